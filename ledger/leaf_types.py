"""What stands under which state key: the first letter of a key names the type of its leaf.

Rule: one letter, one type, for ever; a reader of any leaf begins here.
"""

from collections.abc import Mapping
from typing import Final

from ledger.agencies import Agency, Register
from ledger.bills import Bill
from ledger.day_totals import DayTotal
from ledger.endorsement import Endorsement
from ledger.faces import Faces
from ledger.governance import Proposal
from ledger.keys import KeyUsage, PersonKey
from ledger.numbering import VoidedNumber
from ledger.orders import Order
from ledger.originals import Originals
from ledger.parameters import Parameters
from ledger.payments import Payment, Refund
from ledger.publishing import PublishedDocument, document_key, read_document_name
from ledger.ranges import HighestNumber, NumberRange, OpenRanges
from ledger.readiness import Readiness
from ledger.references import ReferenceUse
from ledger.requests import NumberRequest
from ledger.schedule import Schedule
from ledger.state import VALUE_SIZE_MAX
from ledger.validators import ValidatorSets
from primitives.codec import Message, decode

LEAF_TYPES: Final[Mapping[str, type[Message]]] = {
    "a": Agency,
    "b": Bill,
    "c": HighestNumber,
    "d": Order,
    "e": Endorsement,
    "f": Faces,
    "g": Proposal,
    "h": Readiness,
    "i": ReferenceUse,
    "j": PublishedDocument,
    "k": PersonKey,
    "l": KeyUsage,
    "m": Register,
    "n": VoidedNumber,
    "o": Originals,
    "p": Parameters,
    "q": NumberRequest,
    "r": NumberRange,
    "s": Schedule,
    "t": DayTotal,
    "u": OpenRanges,
    "v": ValidatorSets,
    "w": ReferenceUse,
    "x": Refund,
    "y": Payment,
}
"""By first letter."""
_TEN_DIGITS: Final = frozenset("bnr")
"""Keys that end with a number of ten digits."""
_TWELVE_DIGITS: Final = frozenset("efo")
"""Keys whose first part is a height of twelve digits."""
_DOCUMENT_SIZE: Final = 23
"""Characters that name a document in its key."""
_CLOSED: Final = frozenset("adhijmopqsvwxy")
"""Keys that end with a slash."""


def read_leaf(key: bytes, value: bytes) -> Message | None:
    """Return the fact under a key; None under a key of no known type.

    Raises:
        PeerFault: `codec.*` when the bytes are not of the key's type.
    """
    type_ = LEAF_TYPES.get(key[:1].decode("ascii", "replace")) if key[1:2] == b"/" else None
    return None if type_ is None else decode(value, type_, VALUE_SIZE_MAX)


def state_key(path: str) -> bytes:
    """Return the state key that somebody means by a path.

    Digits may be short and the last slash left out: `b/46060126/12` is
    `b/46060126/0000000012`, `a/bank` is `a/bank/`, `j/hospital/8-0-3` is the document's key.

    Raises:
        Refused: `document.malformed_name`.
    """
    parts = path.strip("/").split("/")
    letter = parts[0]
    if letter in _TEN_DIGITS and len(parts) == 3 and parts[2].isdigit():
        parts[2] = parts[2].zfill(10)
    if letter in _TWELVE_DIGITS and len(parts) >= 2 and parts[1].isdigit():
        parts[1] = parts[1].zfill(12)
    if letter == "j" and len(parts) == 3 and len(parts[2]) < _DOCUMENT_SIZE:
        return document_key(read_document_name(parts[1], parts[2]))
    return ("/".join(parts) + ("/" if letter in _CLOSED else "")).encode()
