"""The bill (医疗收费票据) on the chain: its face, and how one is issued.

Rule: a bill is one leaf holding all its axes; the ledger assigns the next number of the lowest
open range, gap-free; a business number once used by an issuer answers with its bill for ever.
Source: the chain-face rules of the bill's data standard: total = fund + other + account + own;
the year digits of the code are those of the issue.
"""

from typing import Annotated, Final

import msgspec

from ledger.agencies import HOSPITAL, require_role
from ledger.parameters import Kind
from ledger.ranges import (
    EXHAUSTED,
    OPEN,
    Code,
    Number,
    NumberRange,
    OpenRanges,
    Place,
    open_ranges_key,
    range_key,
)
from ledger.state import Changes, Context, Facts
from primitives.codec import AgencyId, Hash32, Key32, Message, UInt, UInt32
from primitives.errors import Refused
from primitives.signing import is_strong_encoding
from primitives.units import AMOUNT_FEN_MAX

FenAmount = Annotated[int, msgspec.Meta(ge=0, le=AMOUNT_FEN_MAX)]
BusinessNumber = Annotated[str, msgspec.Meta(pattern=r"^[!-~]{1,50}\Z")]
"""业务流水号 (busNo): printable ASCII without blanks."""
CheckCode = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-z]{6}\Z")]
"""校验码: random, made by the issuer."""

ISSUED: Final = 0
"""Validity of a bill that was not reversed."""


class Amounts(Message):
    """What was billed and who pays it, in fen."""

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


class IssueBill(Message, tag=2):
    """A hospital issues a bill (开具); the ledger assigns code and number."""

    place: Place
    """The issuing point."""
    kind: Kind
    """The bill kind."""
    business_number: BusinessNumber
    """Unique for the issuer, for ever."""
    check_code: CheckCode
    """Printed on the bill; keeps the public out."""
    amounts: Amounts
    """Of the chain face."""
    document: DocumentReference
    """The sealed details."""
    holder_key: Key32
    """Ed25519 key made for this bill alone."""


class BillIssued(Message, tag=2):
    """The result of IssueBill."""

    code: Code
    """票据代码."""
    number: Number
    """票据号码."""


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
    """The sealed details."""
    holder_key: Key32
    """Who may speak for the holder."""
    height: UInt
    """The block that issued it."""
    transaction_index: UInt32
    """The transaction in that block."""
    operation_index: UInt32
    """The operation in that transaction."""
    range_first: Number
    """First number of the range it came from."""
    validity: Annotated[int, msgspec.Meta(ge=ISSUED, le=ISSUED)]
    """ISSUED."""


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
    """Who may speak for the holder."""


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
    )


def check_issue_bill(facts: Facts, operation: IssueBill, context: Context) -> Changes:
    """Issue a bill.

    Raises:
        Refused: `agency.wrong_role`, `bill.amounts_do_not_add_up`, `bill.bad_holder_key`,
            `bill.business_number_used` (with code and number), `bill.no_open_range`.
    """
    require_role(context.agency, HOSPITAL)
    _check_alone(operation)
    issuer, business_number = context.sender, operation.business_number
    existing = facts.bill_of(issuer, business_number)
    if existing is not None:
        raise Refused(
            "bill.business_number_used",
            "this business number has a bill already",
            "business_number",
            bill_code=existing[0],
            bill_number=existing[1],
        )
    code, first, number, leaves = _take_number(facts, operation, context)
    bill = Bill(
        issuer,
        operation.place,
        operation.kind,
        business_number,
        operation.check_code,
        context.time_ms,
        operation.amounts,
        operation.document,
        operation.holder_key,
        context.height,
        context.transaction_index,
        context.operation_index,
        first,
        ISSUED,
    )
    return Changes(
        ((bill_key(code, number), bill), *leaves),
        BillIssued(code, number),
        face_of(bill, code, number),
        f"{issuer}/{business_number}",
        (code, number),
    )


def _check_alone(operation: IssueBill) -> None:
    """Check what needs no state."""
    amounts = operation.amounts
    if amounts.total != amounts.fund + amounts.other + amounts.account + amounts.own:
        raise Refused(
            "bill.amounts_do_not_add_up", "total = fund + other + account + own", "amounts"
        )
    if not is_strong_encoding(operation.holder_key):
        raise Refused("bill.bad_holder_key", "no signature of this key would count", "holder_key")


def _take_number(
    facts: Facts, operation: IssueBill, context: Context
) -> tuple[str, int, int, tuple[tuple[bytes, Message], ...]]:
    """Return code, first of the range, the number, and the leaves that taking it changes."""
    open_key = open_ranges_key(context.sender, operation.place, operation.kind)
    open_ranges = facts.leaf(open_key, OpenRanges)
    for open_range in () if open_ranges is None else open_ranges.ranges:
        if open_range.code[6:] == context.year:
            break
    else:
        raise Refused(
            "bill.no_open_range", "ask finance for numbers of this place, kind and year", "kind"
        )
    code, first = open_range.code, open_range.first
    key = range_key(code, first)
    numbers = facts.leaf(key, NumberRange)
    assert numbers is not None, "an open range has its leaf"
    number = numbers.next
    exhausted = number == numbers.last
    state = EXHAUSTED if exhausted else OPEN
    taken = NumberRange(numbers.unit, numbers.place, numbers.kind, numbers.last, number + 1, state)
    leaves: tuple[tuple[bytes, Message], ...] = ((key, taken),)
    if exhausted:
        assert open_ranges is not None
        rest = tuple(item for item in open_ranges.ranges if item != open_range)
        leaves = (*leaves, (open_key, OpenRanges(rest)))
    return code, first, number, leaves
