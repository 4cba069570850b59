"""The bill (医疗收费票据) on the chain: its face, and all its axes in one leaf.

Rule: a bill is one leaf holding all its axes; what was issued is never edited. A red bill (红票)
mirrors its blue one: every amount the exact negative, each naming the other.
Source: the chain-face rules of the bill's data standard: total = fund + other + account + own.
"""

from typing import Annotated, Final, NamedTuple

import msgspec

from ledger.axes import Axis, No
from ledger.keys import Place
from ledger.parameters import Kind, PayerClass
from ledger.ranges import Code, Number
from ledger.references import Reference
from ledger.state import BillNumber, Facts
from primitives.codec import AgencyId, Hash32, Key32, KeyId, Message, UInt, UInt32
from primitives.errors import Refused
from primitives.units import AMOUNT_FEN_MAX

FenAmount = Annotated[int, msgspec.Meta(ge=-AMOUNT_FEN_MAX, le=AMOUNT_FEN_MAX)]
"""Fen; below 0 on a red bill alone."""
Payment = Annotated[int, msgspec.Meta(ge=1, le=AMOUNT_FEN_MAX)]
"""Fen that somebody pays: above 0."""
BusinessNumber = Annotated[str, msgspec.Meta(pattern=r"^[!-~]{1,50}\Z")]
"""业务流水号 (busNo): printable ASCII without blanks."""
CheckCode = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-z]{6}\Z")]
"""校验码: random, made by the issuer."""
Purpose = Annotated[str, msgspec.Meta(pattern=r"^[a-z_]{1,40}\Z")]
"""用途, in a code's form; never free text, which could name a person."""
SETTLEMENTS_MAX: Final = 16
BOOKINGS_MAX: Final = 16

ISSUED: Final = 0
REVERSED: Final = 1
RED: Final = 2

_REVERSED: Final = No("bill.reversed", "this bill was reversed; use the one that replaces it")
_RED: Final = No("bill.is_red", "a red bill only takes back its blue one")
VALIDITY: Final = Axis(
    "validity",
    "有效性",
    ("ISSUED 已开具", "REVERSED 已冲红", "RED 红票"),
    {
        "ReverseBill": ((REVERSED,), _REVERSED, _RED),
        "ExchangeForPaper": ((ISSUED,), _REVERSED, _RED),
        "VoidPaper": ((ISSUED,), _REVERSED, _RED),
        "LockClaim": ((ISSUED,), _REVERSED, _RED),
        "BookBill": ((ISSUED,), _REVERSED, _RED),
        "ArchiveBill": ((ISSUED,), (REVERSED,), _RED),
        "RotateHolder": ((ISSUED,), _REVERSED, _RED),
        "ReplaceBill": (
            No("bill.not_reversed", "reverse the bill before another replaces it"),
            (REVERSED,),
            _RED,
        ),
    },
)
"""Whether a bill counts, and what may still be done with it; there is no edit and no delete."""


class Amounts(Message):
    """What was billed and who pays it, in fen; all negative on a red bill."""

    total: FenAmount
    """合计."""
    fund: FenAmount
    """医保统筹基金支付."""
    other: FenAmount
    """其他支付."""
    account: FenAmount
    """个人账户支付."""
    own: FenAmount
    """个人现金支付."""


class DocumentReference(Message):
    """What the chain knows of the sealed details."""

    commitment: Hash32
    """Root over the document's salted leaves."""
    ciphertext_hash: Hash32
    """Hash of the sealed bytes."""
    retention_years: Annotated[int, msgspec.Meta(ge=1, le=100)]
    """How long its custodian keeps it."""


class BillName(Message):
    """Names a bill."""

    code: Code
    """票据代码."""
    number: Number
    """票据号码."""


class Paper(Message):
    """The newest paper of a bill (纸质票据)."""

    state: Annotated[int, msgspec.Meta(ge=1, le=2)]
    """A state of `ledger.papers.PAPER`; a bill that was never on paper has no paper."""
    code: Reference
    """Code of the paper form."""
    number: Reference
    """Its number."""
    time_ms: UInt
    """When it was handed out."""
    count: UInt32
    """How many papers the bill has had."""


class Lock(Message):
    """A payer reviews the bill; no other may meanwhile."""

    payer: AgencyId
    """Who."""
    payer_class: PayerClass
    """For which class."""
    purpose: Purpose
    """What for."""
    amount_fen: Payment
    """What it may settle at most."""
    until_ms: UInt
    """Ledger time at which the lease ends."""


class Settlement(Message):
    """What a payer paid on the bill."""

    payer: AgencyId
    """Who."""
    payer_class: PayerClass
    """For which class."""
    amount_fen: Payment
    """How much."""
    reference: Reference
    """The payer's settlement number; unique for the payer, for ever."""
    time_ms: UInt
    """When."""
    is_reversed: bool
    """Whether the payer took it back."""


class Claim(Message):
    """The claim axis: who holds the bill, and who paid on it."""

    lock: Lock | None
    """The newest lock that was neither settled nor released; its lease may be over."""
    settlements: Annotated[tuple[Settlement, ...], msgspec.Meta(max_length=SETTLEMENTS_MAX)]
    """In their order."""


class Booking(Message):
    """A unit entered the bill into its books (入账)."""

    unit: AgencyId
    """Who."""
    date: UInt32
    """The accounting date, yyyymmdd (AccDate)."""
    amount_fen: Payment
    """The booked amount (AccAmount)."""


class Books(Message):
    """The books axis."""

    bookings: Annotated[tuple[Booking, ...], msgspec.Meta(max_length=BOOKINGS_MAX)]
    """In their order."""
    archived_by: AgencyId | None
    """Who keeps it in its archive."""
    archived_until: UInt32
    """The year to whose end it is kept; 0 while it is not archived."""


class Bill(Message, tag=7):
    """The leaf `b/<code>/<number>`."""

    issuer: AgencyId
    """The hospital."""
    place: Place
    """The issuing point."""
    kind: Kind
    """The bill kind."""
    business_number: BusinessNumber
    """业务流水号."""
    check_code: CheckCode
    """校验码."""
    time_ms: UInt
    """Issue time: the block's."""
    amounts: Amounts
    """Of the chain face."""
    document: DocumentReference
    """The sealed details; a red bill's are its blue one's."""
    holder_key: Key32
    """The key made for this bill: who speaks for the holder until it is moved."""
    height: UInt
    """The block that issued it."""
    transaction_index: UInt32
    """The transaction in that block."""
    operation_index: UInt32
    """The operation in that transaction."""
    range_first: Number
    """First number of the range it came from."""
    key_id: KeyId
    """The key that issued it."""
    validity: Annotated[int, msgspec.Meta(ge=ISSUED, le=RED)]
    """A state of `VALIDITY`."""
    counterpart: BillName | None = None
    """Of a reversed bill its red one, of a red bill its blue one (相关票据)."""
    replaces: BillName | None = None
    """The reversed bill in whose place this one was issued."""
    replaced_by: BillName | None = None
    """The bill that was issued in this one's place."""
    order: Reference | None = None
    """The order whose money it proves."""
    moved_holder_key: Key32 | None = None
    """The holder's own key, once it was moved there."""
    paper: Paper | None = None
    """The paper axis; None while it was never on paper."""
    claim: Claim | None = None
    """The claim axis; None while nobody claimed."""
    books: Books | None = None
    """The books axis; None while nobody booked or archived it."""


class Face(Message):
    """The chain face of an issued bill: what is supervised and endorsed."""

    code: Code
    """票据代码."""
    number: Number
    """票据号码."""
    check_code: CheckCode
    """校验码."""
    kind: Kind
    """The bill kind."""
    issuer: AgencyId
    """The hospital."""
    place: Place
    """The issuing point."""
    business_number: BusinessNumber
    """业务流水号."""
    time_ms: UInt
    """Issue time."""
    amounts: Amounts
    """Who pays what."""
    document: DocumentReference
    """The sealed details."""
    holder_key: Key32
    """The key made for this bill."""
    related: BillName | None
    """Of a red bill its blue one."""


class Found(NamedTuple):
    """A bill with its name."""

    key: bytes
    """Its state key."""
    bill: Bill
    """Its leaf."""


def bill_key(code: str, number: int) -> bytes:
    """Return the state key of a bill."""
    return b"b/%b/%010d" % (code.encode(), number)


def face_of(bill: Bill, code: str, number: int) -> Face:
    """Return the face of a bill as it was issued."""
    return Face(
        code,
        number,
        bill.check_code,
        bill.kind,
        bill.issuer,
        bill.place,
        bill.business_number,
        bill.time_ms,
        bill.amounts,
        bill.document,
        bill.holder_key,
        bill.counterpart if bill.validity == RED else None,
    )


def holder_key_of(bill: Bill) -> bytes:
    """Return the key that speaks for the holder now."""
    return bill.holder_key if bill.moved_holder_key is None else bill.moved_holder_key


def name_of(number: BillNumber) -> BillName:
    """Return a bill's name as it stands in leaves."""
    return BillName(*number)


def find_bill(facts: Facts, code: str, number: int) -> Found:
    """Return a bill.

    Raises:
        Refused: `bill.unknown`.
    """
    key = bill_key(code, number)
    bill = facts.leaf(key, Bill)
    if bill is None:
        raise Refused("bill.unknown", "no bill has this code and number", "number")
    return Found(key, bill)


def own_bill(facts: Facts, code: str, number: int, issuer: str) -> Found:
    """Return a bill that `issuer` issued.

    Raises:
        Refused: `bill.unknown`, `bill.not_yours`.
    """
    found = find_bill(facts, code, number)
    if found.bill.issuer != issuer:
        raise Refused("bill.not_yours", "only its issuer may do this", "number")
    return found


def personal_burden(bill: Bill) -> int:
    """Return what the holder bears of a bill, in fen: account + own payment."""
    return bill.amounts.account + bill.amounts.own
