"""What a holder shows of a sealed document, against the commitment in the leaf.

Rule: every field and line of a whole text is one leaf of the commitment, in order; opened lines
each prove themselves. The business number and the amounts that a bill's details name must be the
face's; a published document has no face beside its leaf.
"""

import itertools
from collections.abc import Sequence
from typing import Final

import msgspec

from ledger.bills import RED, Bill, DocumentReference
from ledger.documents import (
    SALT_SIZE,
    SEED_SIZE,
    TEXT_SIZE_MAX,
    Leaf,
    Opening,
    commitment,
    commitment_of_opening,
    leaves_of,
)
from primitives.errors import HouseError, PeerFault
from primitives.hashing import HASH_SIZE
from primitives.units import parse_fen
from proofs.errors import VerificationFailed, require
from proofs.jsonfile import Base64Url
from proofs.receipt import Details, OpenedLine

STEP: Final = "document"

FACE_AMOUNTS: Final = {
    "totalAmt": "total",
    "fundPay": "fund",
    "otherfundPay": "other",
    "accountPay": "account",
    "ownPay": "own",
}
"""Which amount of the face each field of the details repeats."""


def check_details(details: Details, document: DocumentReference) -> tuple[Leaf, ...]:
    """Check what is shown of any sealed document.

    Args:
        details: whole text or opened lines.
        document: what the certified leaf says of it.

    Returns:
        The leaves that are shown, in the order of the text.

    Raises:
        VerificationFailed: `document.malformed`, `document.differs`.
    """
    try:
        leaves, roots = _opened(details) if details.lines else _whole(details)
    except PeerFault as error:
        raise VerificationFailed(STEP, "malformed", f"{error}") from error
    same = roots == {document.commitment}
    require(same, STEP, "differs", "the details are not those that were committed to")
    return leaves


def check_bill_details(details: Details, bill: Bill) -> tuple[Leaf, ...]:
    """Check what is shown of a bill's details; see `check_details`.

    Raises:
        VerificationFailed: as `check_details`, or `document.other_bill`.
    """
    size = len((details.text or "").encode())
    require(size <= TEXT_SIZE_MAX, STEP, "malformed", "no bill has so long details")
    leaves = check_details(details, bill.document)
    _check_face(leaves, bill)
    return leaves


def _whole(details: Details) -> tuple[tuple[Leaf, ...], set[bytes]]:
    text, seed = details.text, details.seed
    if text is None or seed is None or len(seed) != SEED_SIZE:
        raise PeerFault("document.malformed", "text and seed belong together")
    leaves = leaves_of(text.encode())
    return tuple(leaves), {commitment(leaves, seed)}


def _opened(details: Details) -> tuple[tuple[Leaf, ...], set[bytes]]:
    lines = details.lines
    ascending = all(a.index < b.index for a, b in itertools.pairwise(lines))
    if details.text is not None or details.seed is not None or not ascending:
        raise PeerFault("document.malformed", "opened lines stand alone and in order")
    roots = {commitment_of_opening(_opening(line)) for line in lines}
    return tuple(Leaf(line.path, line.value) for line in lines), roots


def _opening(line: OpenedLine) -> Opening:
    whole = len(line.salt) == SALT_SIZE and all(len(hash_) == HASH_SIZE for hash_ in line.proof)
    if not whole:
        raise PeerFault("document.malformed", "a salt or a hash has another length")
    return Opening(
        line.path, line.value, bytes(line.salt), line.index, line.size, tuple(line.proof)
    )


def _check_face(leaves: Sequence[Leaf], bill: Bill) -> None:
    """Require that details and face name the same business number and amounts.

    The details of a red bill are its blue one's: each amount of its face is the exact negative.
    """
    sign = -1 if bill.validity == RED else 1
    for path, value in leaves:
        if path == "busNo":
            same = _scalar(value) == bill.business_number
        elif path in FACE_AMOUNTS:
            same = _fen(value) == sign * getattr(bill.amounts, FACE_AMOUNTS[path])
        else:
            continue
        require(same, STEP, "other_bill", f"{path} is not what stands on the face")


def _scalar(value: str) -> str:
    """Return the text of a JSON string, or the digits of a number."""
    try:
        return msgspec.json.decode(value, type=str) if value.startswith('"') else value
    except (msgspec.DecodeError, UnicodeError):
        return ""


def _fen(value: str) -> int | None:
    try:
        return parse_fen(_scalar(value), "")
    except HouseError:
        return None


def details_of_text(text: str, seed: bytes) -> Details:
    """Return the details of a receipt that shows everything."""
    return Details(text=text, seed=Base64Url(seed))


def details_of_lines(openings: Sequence[Opening]) -> Details:
    """Return the details of a receipt that shows some lines only."""
    return Details(
        lines=tuple(
            OpenedLine(
                opening.path,
                opening.value,
                Base64Url(opening.salt),
                opening.index,
                opening.size,
                tuple(Base64Url(hash_) for hash_ in opening.proof),
            )
            for opening in openings
        )
    )
