"""Charge orders (待缴费单): what a patient owes before there is a bill, and the money paid on it.

An order of sort CHARGE is a bill to be: its terms are those of the bill. One of sort DEPOSIT
(住院预交金) takes payments until the bill that settles it.

Rule: money is driven by payment and refund facts alone. A paid order ends in exactly one live bill
or in a full refund; what its bill does not need is owed back, by a day that stands in its leaf.
"""

from typing import Annotated, Final, NamedTuple

import msgspec

from ledger.agencies import HOSPITAL, PROVIDER_ROLE
from ledger.axes import Axis, Never, No
from ledger.bills import Amounts, BillName, DocumentReference, find_bill, name_of
from ledger.keys import Place
from ledger.parameters import Kind
from ledger.ranges import tallied
from ledger.references import Reference
from ledger.results import Done
from ledger.state import BillNumber, Changes, Context, Facts, Leaves, Overlay
from ledger.terms import check_amounts, check_holder_key
from ledger.units import Reason, require_issuing
from primitives.codec import AgencyId, Key32, KeyId, Message, UInt, UInt32
from primitives.errors import Refused

CHARGE: Final = 0
DEPOSIT: Final = 1

OPEN: Final = 0
CANCELLED: Final = 1
BILLED: Final = 2
REVERSED: Final = 3

_CANCELLED: Final = No("order.cancelled", "it was cancelled; open a new order")
_BILLED: Final = No("order.billed", "it has its bill")
_REVERSED: Final = No("order.reversed", "its bill was reversed; the money is owed back")
_HAS_NO_BILL: Final = Never(
    "order.not_billed", "it has no bill to reverse", "only an order with a bill is named by one"
)
_HAS_NO_LIVE_BILL: Final = Never(
    "order.reversed", "its bill was reversed", "of its bills the newest alone is not reversed"
)
ORDER: Final = Axis(
    "order",
    "待缴费单",
    ("OPEN 待缴费", "CANCELLED 已取消", "BILLED 已开票", "REVERSED 已冲红"),
    {
        "OpenOrder": (
            No("order.exists", "an order number serves once"),
            No("order.exists", "an order number serves once"),
            No("order.exists", "an order number serves once"),
            No("order.exists", "an order number serves once"),
        ),
        "RecordPayment": ((OPEN,), _CANCELLED, _BILLED, _REVERSED),
        "CancelOrder": ((CANCELLED,), _CANCELLED, _BILLED, _REVERSED),
        "IssueBill": ((BILLED,), _CANCELLED, _BILLED, (BILLED,)),
        "ReverseBill": (_HAS_NO_BILL, _HAS_NO_BILL, (REVERSED,), _HAS_NO_LIVE_BILL),
    },
)
"""The life of an order; a payment that a cell refuses is recorded as unapplied."""

UNPAID: Final = 0
PREPAY: Final = 1
PAID: Final = 2
PART_REFUNDED: Final = 3
REFUNDED: Final = 4

_NOT_PAID: Final = No("order.not_paid", "it is issued once it is paid")
_PAID: Final = No("order.paid", "it is paid already")
_REFUNDED: Final = No("order.refunded", "its money was paid back")
_NOT_OPEN: Final = Never(
    "order.refunded", "its money was paid back", "nothing goes back while an order is open"
)
_NOTHING_PAID: Final = Never(
    "refund.not_due", "nothing is owed on it", "a refund is of a payment, so something was paid"
)
_ALL_BACK: Final = Never(
    "refund.not_due", "nothing is owed on it", "each of its payments was paid back wholly"
)
MONEY: Final = Axis(
    "money",
    "资金",
    (
        "UNPAID 未缴",
        "PREPAY 部分预缴",
        "PAID 已缴",
        "PART_REFUNDED 部分退费",
        "REFUNDED 已退费",
    ),
    {
        "RecordPayment": ((PREPAY, PAID), (PREPAY, PAID), _PAID, _NOT_OPEN, _NOT_OPEN),
        "BillCharge": (_NOT_PAID, _NOT_PAID, (PAID,), (PART_REFUNDED,), _REFUNDED),
        "BillDeposit": (_NOT_PAID, (PAID,), (PAID,), (PART_REFUNDED,), _REFUNDED),
        "RecordRefund": (
            _NOTHING_PAID,
            (PART_REFUNDED, REFUNDED),
            (PART_REFUNDED, REFUNDED),
            (PART_REFUNDED, REFUNDED),
            _ALL_BACK,
        ),
    },
)
"""The money of an order; moved by facts of its provider, and by the bill that settles a deposit."""


class OpenOrder(Message, tag=11):
    """A hospital asks for money from home (开立缴费单)."""

    order: Reference
    """Its number; unique for the hospital, for ever."""
    sort: Annotated[int, msgspec.Meta(ge=CHARGE, le=DEPOSIT)]
    """CHARGE or DEPOSIT."""
    place: Place
    """The issuing point of the bill."""
    kind: Kind
    """The bill's kind."""
    amounts: Amounts
    """Of the bill; the own payment is what is due. Of a deposit the first expected payment."""
    document: DocumentReference
    """The sealed details of the bill; of a deposit the notice that asks for it."""
    holder_key: Key32
    """The bill's holder key."""
    instalments: Annotated[int, msgspec.Meta(ge=1, le=100)]
    """How many payments may make the amount due."""
    expiry_ms: UInt
    """The last time at which it may be paid."""


class CancelOrder(Message, tag=12):
    """An order ends without a bill; what was paid is owed back."""

    hospital: AgencyId
    """Whose order."""
    order: Reference
    """Which."""
    reason: Reason
    """Why."""


class Order(Message, tag=17):
    """The leaf `d/<hospital>/<order>/`."""

    sort: Annotated[int, msgspec.Meta(ge=CHARGE, le=DEPOSIT)]
    """CHARGE or DEPOSIT."""
    place: Place
    """The issuing point of the bill."""
    kind: Kind
    """The bill's kind."""
    amounts: Amounts
    """Of the bill to be."""
    document: DocumentReference
    """The sealed details."""
    holder_key: Key32
    """The bill's holder key."""
    instalments: UInt32
    """How many payments may make the amount due."""
    opened_ms: UInt
    """When it was opened."""
    expiry_ms: UInt
    """The last time at which it may be paid."""
    height: UInt
    """The block that opened it."""
    transaction_index: UInt32
    """The transaction in that block."""
    operation_index: UInt32
    """The operation in that transaction."""
    key_id: KeyId
    """The key that opened it."""
    state: Annotated[int, msgspec.Meta(ge=OPEN, le=REVERSED)] = OPEN
    """A state of `ORDER`."""
    money: Annotated[int, msgspec.Meta(ge=UNPAID, le=REFUNDED)] = UNPAID
    """A state of `MONEY`."""
    payments: UInt32 = 0
    """How many payments were applied."""
    paid_fen: UInt = 0
    """Their sum."""
    paid_ms: UInt = 0
    """When the last of them took effect."""
    owed_fen: UInt = 0
    """What is owed back now."""
    refunded_fen: UInt = 0
    """What was paid back."""
    due_by_ms: UInt = 0
    """When what is owed is due; 0 while nothing is."""
    bill: BillName | None = None
    """Its newest bill."""


class Terms(NamedTuple):
    """What an order and its bill have in common."""

    place: str
    """The issuing point."""
    kind: str
    """The bill kind."""
    amounts: Amounts
    """Who pays what."""
    document: DocumentReference
    """The sealed details."""
    holder_key: bytes
    """The bill's holder key."""


def order_key(hospital: AgencyId, order: str) -> bytes:
    """Return the state key of an order."""
    return f"d/{hospital}/{order}/".encode()


def due_fen(order: Order) -> int:
    """Return what must be paid before a charge's bill is issued, in fen."""
    return order.amounts.own


def held_fen(order: Order) -> int:
    """Return what was paid on an order and not paid back, in fen."""
    return order.paid_fen - order.refunded_fen


def check_open_order(facts: Facts, operation: OpenOrder, context: Context) -> Changes:
    """Open an order.

    Raises:
        Refused: `unit.frozen`, `order.exists`, `order.nothing_due`, `order.bad_expiry`,
            `order.too_many_instalments`, `bill.amounts_do_not_add_up`, `bill.negative_amount`,
            `bill.bad_holder_key`.
    """
    require_issuing(context.agency, "OpenOrder")
    key = order_key(context.sender, operation.order)
    known = facts.leaf(key, Order)
    if known is not None:
        ORDER.move(known.state, "OpenOrder", field="order")
    check_amounts(operation.amounts)
    check_holder_key(operation.holder_key)
    if operation.amounts.own == 0:
        raise Refused("order.nothing_due", "nothing is due from the patient", "amounts")
    longest = context.time_ms + context.parameters.order_life_max_ms
    if not context.time_ms < operation.expiry_ms <= longest:
        raise Refused("order.bad_expiry", "it ends later, within the limit", "expiry_ms")
    if operation.instalments > context.parameters.instalments_max:
        raise Refused("order.too_many_instalments", "fewer payments", "instalments")
    order = Order(
        operation.sort,
        operation.place,
        operation.kind,
        operation.amounts,
        operation.document,
        operation.holder_key,
        operation.instalments,
        context.time_ms,
        operation.expiry_ms,
        context.height,
        context.transaction_index,
        context.operation_index,
        context.key.key_id,
    )
    return Changes(((key, order),), Done())


def check_cancel_order(facts: Facts, operation: CancelOrder, context: Context) -> Changes:
    """End an order without a bill.

    Its hospital may at any time; a provider once it is past its time: unpaid after its expiry, or
    paid and still without a bill after `bill_due_ms`.

    Raises:
        Refused: `order.unknown`, `order.not_yours`, or as `ORDER` says.
    """
    key, order = find_order(facts, operation.hospital, operation.order)
    is_own = context.sender == operation.hospital and HOSPITAL in context.agency.roles
    is_past = PROVIDER_ROLE in context.agency.roles and _is_past(order, context)
    if not is_own and not is_past:
        raise Refused("order.not_yours", "its hospital may; a provider once it is past", "order")
    state = ORDER.move(order.state, "CancelOrder", field="order")
    ended = msgspec.structs.replace(order, state=state)
    return Changes(((key, _owing(ended, held_fen(order), context)),), Done())


def find_order(facts: Facts, hospital: str, order: str) -> tuple[bytes, Order]:
    """Return an order with its state key.

    Raises:
        Refused: `order.unknown`.
    """
    key = order_key(hospital, order)
    found = facts.leaf(key, Order)
    if found is None:
        raise Refused("order.unknown", "the hospital opened no such order", "order")
    return key, found


def bill_order(
    facts: Facts,
    context: Context,
    number: str,
    *,
    terms: Terms,
    replaces: BillName | None,
    bill: BillNumber,
    range_first: int,
) -> Leaves:
    """Return what changes when an order gets its bill.

    Args:
        facts: the state, with the bill's own changes above it.
        context: who, when.
        number: the order's.
        terms: the bill's.
        replaces: the reversed bill that the bill replaces.
        bill: its code and number.
        range_first: first number of its range.

    Raises:
        Refused: `order.unknown`, `order.must_replace`, `order.differs`, `order.not_covered`, or as
            `ORDER` and `MONEY` say.
    """
    key, order = find_order(facts, context.sender, number)
    state = ORDER.move(order.state, "IssueBill", field="order")
    event = "BillCharge" if order.sort == CHARGE else "BillDeposit"
    money = MONEY.move(order.money, event, field="order")
    if order.state == REVERSED and replaces != order.bill:
        raise Refused("order.must_replace", "name the reversed bill of this order", "replaces")
    is_first = order.state == OPEN and order.sort == CHARGE
    if is_first and terms != Terms(
        order.place, order.kind, order.amounts, order.document, order.holder_key
    ):
        raise Refused("order.differs", "the bill is what the order said", "order")
    rest = held_fen(order) - terms.amounts.own
    if rest < 0:
        raise Refused("order.not_covered", "less was paid than the bill asks for", "amounts")
    leaves: Leaves = ()
    if order.owed_fen and order.bill is not None:
        old = find_bill(facts, order.bill.code, order.bill.number).bill
        leaves += (tallied(facts, order.bill.code, old.range_first, owing=-1),)
    if rest:
        above = Overlay(facts, leaves)
        leaves += (tallied(above, bill[0], range_first, owing=1),)
    billed = msgspec.structs.replace(order, state=state, money=money, bill=name_of(bill))
    return (*leaves, (key, _owing(billed, rest, context)))


def owe_order(
    facts: Facts, context: Context, number: str, *, code: str, range_first: int
) -> Leaves:
    """Return what changes when an order's bill is reversed: all its money is owed back.

    Args:
        facts: the state, with the reversal's own changes above it.
        context: who, when.
        number: the order's.
        code: of the reversed bill.
        range_first: first number of the reversed bill's range.

    Raises:
        Refused: as `ORDER` says.
    """
    key, order = find_order(facts, context.sender, number)
    state = ORDER.move(order.state, "ReverseBill", field="order")
    reversed_ = msgspec.structs.replace(order, state=state)
    owed = held_fen(order)
    leaves: Leaves = ((key, _owing(reversed_, owed, context)),)
    if owed and not order.owed_fen:
        leaves += (tallied(facts, code, range_first, owing=1),)
    return leaves


def _owing(order: Order, owed_fen: int, context: Context) -> Order:
    """Return an order that owes so much; a debt that goes on keeps its day."""
    due_by_ms = order.due_by_ms or context.time_ms + context.parameters.refund_due_ms
    return msgspec.structs.replace(order, owed_fen=owed_fen, due_by_ms=due_by_ms if owed_fen else 0)


def _is_past(order: Order, context: Context) -> bool:
    """Tell whether an order waited too long for its payment or its bill."""
    if order.money == PAID:
        return context.time_ms > order.paid_ms + context.parameters.bill_due_ms
    return context.time_ms > order.expiry_ms
