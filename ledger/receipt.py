"""What a committed transaction is answered with.

Rule: a receipt is a pure function of the chain; its bytes are leaves of the receipts root. A
second arrival of the same transaction is answered with the first receipt.
"""

from typing import Annotated, Final

import msgspec

from ledger.operations import Result
from primitives.codec import Message, UInt, UInt32, decode, encode

RECEIPT_SIZE_MAX: Final = 128 * 1024
TransactionId = Annotated[bytes, msgspec.Meta(min_length=40, max_length=40)]
"""Expiry in milliseconds, big-endian in 8 bytes, followed by the envelope's hash."""


class Receipt(Message, tag=1):
    """The answer to one committed transaction."""

    transaction_id: TransactionId
    """Which transaction."""
    height: UInt
    """The block it stands in."""
    index: UInt32
    """Its place in the block."""
    results: Annotated[tuple[Result, ...], msgspec.Meta(max_length=1000)]
    """One result per operation, in order."""


def encode_receipt(receipt: Receipt) -> bytes:
    """Return the receipt's bytes."""
    return encode(receipt)


def decode_receipt(data: bytes) -> Receipt:
    """Read a receipt; PeerFault `codec.*` when it is none."""
    return decode(data, Receipt, RECEIPT_SIZE_MAX)
