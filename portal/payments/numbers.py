"""The numbers by which trades and refunds are known, and what a trade carries back to us.

Rule: a number tells nothing about a person. A trade's number is a hash of (hospital, order number,
attempt), so that asking again is the same trade; a refund's number is a hash of (payment, which
refund of it), so that trying again pays once. What leads back from a trade to its order is the
text `hospital/order number` that travels with it (`attach`).
"""

import base64
import hashlib
import re

from primitives.errors import Refused

ATTEMPTS_MAX = 99
"""New numbers one order may get."""
ATTACH_BYTES_MAX = 128
"""The company's limit."""

_TRADE_NUMBER = re.compile(r"[0-9A-Za-z_\-|*]{6,32}", re.ASCII)
_REFUND_NUMBER = re.compile(r"[0-9A-Za-z_\-|*@]{1,64}", re.ASCII)
_ATTACH = re.compile(r"([a-z][a-z0-9-]{1,30})/([0-9A-Za-z._|*-]{1,64})", re.ASCII)


def is_trade_number(text: str) -> bool:
    """Tell whether this may be an `out_trade_no`."""
    return _TRADE_NUMBER.fullmatch(text) is not None


def is_refund_number(text: str) -> bool:
    """Tell whether this may be an `out_refund_no`."""
    return _REFUND_NUMBER.fullmatch(text) is not None


def trade_number(hospital: str, order: str, attempt: int) -> str:
    """Return the `out_trade_no` of an order's n-th attempt, 30 characters.

    Args:
        hospital: agency id.
        order: number of the charge order.
        attempt: from 1 to 99.
    """
    assert 1 <= attempt <= ATTEMPTS_MAX
    return f"PL{attempt:02d}{_hash('trade', hospital, order, str(attempt))}"


def refund_number(payment: str, ordinal: int) -> str:
    """Return the `out_refund_no` of a payment's n-th refund, 30 characters.

    Args:
        payment: the company's number of the trade.
        ordinal: from 1.
    """
    return f"RF{ordinal:02d}{_hash('refund', payment, str(ordinal))}"


def write_attach(hospital: str, order: str) -> str:
    """Return what a trade carries back.

    Raises:
        Refused: `order.number_malformed` when the two could not be read back.
    """
    text = f"{hospital}/{order}"
    if not _ATTACH.fullmatch(text):
        raise Refused("order.number_malformed", "1 to 64 of 0-9 A-Z a-z . _ | * -", "order")
    return text


def read_attach(text: str) -> tuple[str, str] | None:
    """Return (hospital, order number); None when the text leads nowhere."""
    found = _ATTACH.fullmatch(text)
    return (found[1], found[2]) if found else None


def _hash(*parts: str) -> str:
    """Return 26 characters of base 32; each part is preceded by its length."""
    data = b"".join(len(part.encode()).to_bytes(2, "big") + part.encode() for part in parts)
    return base64.b32encode(hashlib.sha256(b"piaolian/payments/" + data).digest())[:26].decode()
