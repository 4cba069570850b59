"""The supervising signature (财政监制签名): finance endorses the faces of a block.

Rule: one operation and one leaf a block; who is withheld stands in it with the reason. It may be
repeated with fewer withheld, never with more. A bill whose block is not endorsed, or that is
withheld, opens no claim.
"""

from collections import Counter
from typing import Annotated, Final

import msgspec

from ledger.bills import Bill, find_bill
from ledger.faces import FaceCount, Faces, faces_key
from ledger.holders import is_signed_by
from ledger.ranges import Code, Number, tallied
from ledger.results import Done
from ledger.state import Changes, Context, Facts, Leaves
from ledger.units import Reason
from primitives.codec import AgencyId, Hash32, KeyId, Message, Signature64, UInt, encode
from primitives.errors import Refused
from primitives.signing import Signed, signing_prefix

WITHHELD_MAX: Final = 5_000


class Withheld(Message):
    """A bill that finance does not endorse."""

    code: Code
    """票据代码."""
    number: Number
    """票据号码."""
    reason: Reason
    """Why."""


WithheldBills = Annotated[tuple[Withheld, ...], msgspec.Meta(max_length=WITHHELD_MAX)]
"""Ascending by code and number."""


class EndorseBills(Message, tag=6):
    """Finance signs the faces of a block."""

    height: UInt
    """The block."""
    root: Hash32
    """Root of its faces, as `f/<height>` has it."""
    withheld: WithheldBills
    """The bills it does not endorse."""
    signature: Signature64
    """By the key that signs the transaction, over `endorsement_message`."""


class Endorsement(Message, tag=15):
    """The leaf `e/<height>`."""

    agency: AgencyId
    """Who endorsed."""
    key_id: KeyId
    """With which key."""
    root: Hash32
    """Root of the faces."""
    count: FaceCount
    """How many bills the block made."""
    withheld: WithheldBills
    """Those not endorsed."""
    signature: Signature64
    """Over `endorsement_message`."""
    time_ms: UInt
    """When."""


def endorsement_key(height: int) -> bytes:
    """Return the state key of a block's endorsement."""
    return b"e/%012d" % height


def endorsement_message(
    chain: bytes, height: int, root: bytes, withheld: tuple[Withheld, ...]
) -> bytes:
    """Return the exact bytes under the supervising signature."""
    return signing_prefix(Signed.ENDORSEMENT, chain) + encode((height, root, withheld))


def check_endorse_bills(facts: Facts, operation: EndorseBills, context: Context) -> Changes:
    """Endorse a block's bills.

    Raises:
        Refused: `endorsement.no_bills`, `endorsement.wrong_root`, `endorsement.bad_signature`,
            `endorsement.not_ascending`, `endorsement.other_block`, `endorsement.not_fewer`.
    """
    height = operation.height
    faces = facts.leaf(faces_key(height), Faces)
    if faces is None:
        raise Refused("endorsement.no_bills", "the block made no bills", "height")
    if faces.root != operation.root:
        raise Refused("endorsement.wrong_root", "its faces have another root", "root")
    message = endorsement_message(context.chain, height, operation.root, operation.withheld)
    if not is_signed_by(context.key.public, message, operation.signature):
        raise Refused("endorsement.bad_signature", "sign with the sending key", "signature")
    key = endorsement_key(height)
    before = facts.leaf(key, Endorsement)
    tallies = _tallies(facts, operation, before)
    endorsement = Endorsement(
        context.sender,
        context.key.key_id,
        operation.root,
        faces.count,
        operation.withheld,
        operation.signature,
        context.time_ms,
    )
    return Changes(((key, endorsement), *tallies), Done())


def require_endorsed(facts: Facts, bill: Bill, code: str, number: int) -> None:
    """Refuse a bill that finance did not endorse.

    Raises:
        Refused: `bill.not_endorsed`, `bill.withheld`.
    """
    endorsement = facts.leaf(endorsement_key(bill.height), Endorsement)
    if endorsement is None:
        raise Refused("bill.not_endorsed", "finance has not endorsed it yet", "number")
    if withheld_reason(endorsement, code, number) is not None:
        raise Refused("bill.withheld", "finance withheld its endorsement", "number")


def withheld_reason(endorsement: Endorsement, code: str, number: int) -> str | None:
    """Return why a bill of the endorsed block is withheld; None when it is endorsed."""
    for item in endorsement.withheld:
        if (item.code, item.number) == (code, number):
            return item.reason
    return None


def _tallies(facts: Facts, operation: EndorseBills, before: Endorsement | None) -> Leaves:
    """Return the ranges' tallies of withheld bills after this endorsement."""
    names = _names(operation.withheld)
    now = set(names)
    if names != sorted(now):
        raise Refused("endorsement.not_ascending", "each bill once, ascending", "withheld")
    changed, more = names, 1
    if before is not None:
        earlier = _names(before.withheld)
        if not now < set(earlier):
            raise Refused("endorsement.not_fewer", "withhold fewer than before", "withheld")
        changed, more = [name for name in earlier if name not in now], -1
    counts: Counter[tuple[str, int]] = Counter()
    for code, number in changed:
        bill = find_bill(facts, code, number).bill
        if bill.height != operation.height:
            raise Refused("endorsement.other_block", "another block made it", "withheld")
        counts[code, bill.range_first] += more
    return tuple(
        tallied(facts, code, first, withheld=count) for (code, first), count in counts.items()
    )


def _names(withheld: tuple[Withheld, ...]) -> list[tuple[str, int]]:
    return [(item.code, item.number) for item in withheld]
