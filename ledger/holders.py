"""What the holder of a bill says: a grant to a payer, and the move to a key of their own.

The key made for a bill lies with the issuer's node for the patient until the patient moves it to
their own device; from then on no portal can speak for them.

Rule: the holder's word is a signature by the bill's holder key over a string that names chain,
bill and end, so that it serves for nothing else and not for ever.
"""

from functools import lru_cache
from typing import Final

import msgspec

from ledger.bills import VALIDITY, Bill, Purpose, find_bill, holder_key_of
from ledger.parameters import PayerClass
from ledger.ranges import Code, Number
from ledger.results import Done
from ledger.state import Changes, Context, Facts
from primitives.codec import AgencyId, Key32, Message, Signature64, UInt, encode
from primitives.errors import Refused
from primitives.signing import Signed, is_valid_public_key, signing_prefix, verify

REMEMBERED_SIZE_MAX: Final = 1024
"""Longer messages are not kept for the sake of their verdict: 4,096 of these take 4 MiB."""
_remembered = lru_cache(maxsize=4096)(verify)


def is_signed_by(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether a signature is the key's over `message`; verdicts on short ones are remembered.

    A word is checked at admission and again in each block it is tried in. An endorsement or an
    approval may be as long as a transaction; its sender must not fill the memory with them.
    """
    check = verify if len(message) > REMEMBERED_SIZE_MAX else _remembered
    return check(public_key, message, signature)


class Grant(Message):
    """The holder lets a payer claim on a bill (授信流转)."""

    until_ms: UInt
    """Ledger time until which a lock may rest on it."""
    signature: Signature64
    """By the holder key over `grant_message`."""


class RotateHolder(Message, tag=18):
    """The holder moves a bill to a key of their own; any agency may carry the word."""

    code: Code
    """票据代码."""
    number: Number
    """票据号码."""
    new_key: Key32
    """Ed25519 key on the holder's device."""
    until_ms: UInt
    """Ledger time until which the word counts."""
    signature: Signature64
    """By the holder key so far over `rotation_message`."""


def grant_message(
    chain: bytes,
    code: str,
    number: int,
    *,
    payer: AgencyId,
    payer_class: PayerClass,
    purpose: Purpose,
    until_ms: int,
) -> bytes:
    """Return the exact bytes under a holder's grant."""
    words = encode((code, number, payer, payer_class, purpose, until_ms))
    return signing_prefix(Signed.HOLDER_GRANT, chain) + words


def rotation_message(
    chain: bytes, code: str, number: int, *, new_key: bytes, until_ms: int
) -> bytes:
    """Return the exact bytes under a holder's move to another key."""
    words = encode((code, number, new_key, until_ms))
    return signing_prefix(Signed.HOLDER_ROTATION, chain) + words


def require_word(
    bill: Bill, message: bytes, signature: bytes, *, until_ms: int, now_ms: int
) -> None:
    """Refuse what the holder did not say, or said for a time that is over.

    Raises:
        Refused: `holder.word_is_over`, `holder.bad_signature`.
    """
    if until_ms < now_ms:
        raise Refused("holder.word_is_over", "ask the holder for a new one", "until_ms")
    if not is_signed_by(holder_key_of(bill), message, signature):
        raise Refused(
            "holder.bad_signature", "the bill's holder key did not sign this", "signature"
        )


def check_rotate_holder(facts: Facts, operation: RotateHolder, context: Context) -> Changes:
    """Move a bill to another holder key.

    Raises:
        Refused: `bill.unknown`, `holder.*`, or as `VALIDITY` says.
    """
    code, number = operation.code, operation.number
    key, bill = find_bill(facts, code, number)
    VALIDITY.move(bill.validity, "RotateHolder", field="number")
    if not is_valid_public_key(operation.new_key):
        raise Refused("holder.bad_key", "not a public key of this suite", "new_key")
    # Back at the key it left, the bill could be moved again by the word that is on the chain.
    if operation.new_key in (bill.holder_key, bill.moved_holder_key):
        raise Refused("holder.same_key", "name a key that this bill never had", "new_key")
    message = rotation_message(
        context.chain, code, number, new_key=operation.new_key, until_ms=operation.until_ms
    )
    require_word(
        bill,
        message,
        operation.signature,
        until_ms=operation.until_ms,
        now_ms=context.time_ms,
    )
    moved = msgspec.structs.replace(bill, moved_holder_key=operation.new_key)
    return Changes(((key, moved),), Done())
