"""Payment facts (缴费, 退费): what a payment provider says of money, signed with its key.

Rule: a payment is never refused for business reasons. What fits no order (too much, too late,
twice, for a cancelled order or for none) is recorded as unapplied and owed back, by whom and by
when. A provider's reference serves once. A refund pays back what is owed, never more.
"""

from typing import Annotated, Final

import msgspec

from ledger.axes import Axis
from ledger.bills import Payment as PaidFen
from ledger.bills import find_bill
from ledger.orders import (
    DEPOSIT,
    MONEY,
    ORDER,
    PAID,
    PART_REFUNDED,
    PREPAY,
    REFUNDED,
    Order,
    due_fen,
    held_fen,
    order_key,
)
from ledger.ranges import tallied
from ledger.references import Reference
from ledger.results import Done
from ledger.state import Changes, Context, Facts, Leaves
from primitives.codec import AgencyId, Hash32, Message, UInt
from primitives.errors import Refused
from primitives.units import AMOUNT_FEN_MAX

REFERENCES_MAX: Final = 500

APPLIED: Final = 0
UNAPPLIED: Final = 1

PAYMENT: Final = Axis(
    "payment",
    "缴费记录",
    ("APPLIED 已入单", "UNAPPLIED 未入单"),
    {
        "RecordRefund": ((APPLIED,), (UNAPPLIED,)),
        "ReconcilePayments": ((APPLIED,), (UNAPPLIED,)),
    },
)
"""Whether a payment found its order; it never moves."""

NO_ORDER: Final = "order_unknown"
TOO_LATE: Final = "order_expired"
AMOUNT_DIFFERS: Final = "amount_differs"

WhyUnapplied = Annotated[str, msgspec.Meta(pattern=r"^[a-z_]{0,40}\Z")]
"""Why a payment found no place; empty when it did."""


class RecordPayment(Message, tag=13):
    """A provider tells that somebody paid."""

    payee: AgencyId
    """The hospital."""
    order: Reference
    """Its order."""
    amount_fen: PaidFen
    """How much."""
    reference: Reference
    """The provider's transaction number; unique for the provider, for ever."""
    paid_ms: UInt
    """When, by the provider."""
    notice_hash: Hash32
    """SHA-256 of the provider's signed notice, as it came."""


class PaymentRecorded(Message, tag=13):
    """The result of RecordPayment."""

    state: Annotated[int, msgspec.Meta(ge=APPLIED, le=UNAPPLIED)]
    """A state of `PAYMENT`."""
    reason: WhyUnapplied
    """Why it is unapplied; else empty."""


class RecordRefund(Message, tag=14):
    """A provider tells that it paid back."""

    payment: Reference
    """Its payment's reference."""
    reference: Reference
    """The refund's own number; unique for the provider, for ever."""
    amount_fen: PaidFen
    """How much."""
    refunded_ms: UInt
    """When, by the provider."""
    notice_hash: Hash32
    """SHA-256 of the provider's signed notice, as it came."""


class ReconcilePayments(Message, tag=41):
    """A provider tells which payments stand in its daily statement (对账)."""

    references: Annotated[
        tuple[Reference, ...], msgspec.Meta(min_length=1, max_length=REFERENCES_MAX)
    ]
    """The payments."""
    statement_hash: Hash32
    """SHA-256 of the statement file."""


class Payment(Message, tag=18):
    """The leaf `y/<provider>/<reference>/`."""

    payee: AgencyId
    """The hospital."""
    order: Reference
    """Its order."""
    amount_fen: PaidFen
    """How much."""
    paid_ms: UInt
    """When, by the provider."""
    notice_hash: Hash32
    """Of the signed notice."""
    recorded_ms: UInt
    """When, by the ledger."""
    state: Annotated[int, msgspec.Meta(ge=APPLIED, le=UNAPPLIED)]
    """A state of `PAYMENT`."""
    reason: WhyUnapplied
    """Why it is unapplied; else empty."""
    owed_fen: UInt
    """What is owed back of an unapplied payment; an applied one's debt stands in its order."""
    due_by_ms: UInt
    """When that is due; 0 while nothing is."""
    refunded_fen: UInt = 0
    """What was paid back."""
    is_reconciled: bool = False
    """Whether it stands in the provider's statement."""


class Refund(Message, tag=19):
    """The leaf `x/<provider>/<refund reference>/`."""

    payment: Reference
    """Of which payment."""
    amount_fen: PaidFen
    """How much."""
    refunded_ms: UInt
    """When, by the provider."""
    notice_hash: Hash32
    """Of the signed notice."""


def payment_key(provider: AgencyId, reference: str) -> bytes:
    """Return the state key of a payment."""
    return f"y/{provider}/{reference}/".encode()


def refund_key(provider: AgencyId, reference: str) -> bytes:
    """Return the state key of a refund."""
    return f"x/{provider}/{reference}/".encode()


def check_record_payment(facts: Facts, operation: RecordPayment, context: Context) -> Changes:
    """Record a payment.

    Raises:
        Refused: `payment.recorded` when this very fact stands already,
            `payment.reference_conflict` when another does, `payment.in_the_future`.
    """
    key = payment_key(context.sender, operation.reference)
    known = facts.leaf(key, Payment)
    if known is not None:
        raise _repeated(known, operation)
    if operation.paid_ms > context.time_ms + context.parameters.precision_ms:
        raise Refused("payment.in_the_future", "later than ledger time", "paid_ms")
    at = order_key(operation.payee, operation.order)
    order = facts.leaf(at, Order)
    reason, paid = _applied(order, operation, context)
    owed = operation.amount_fen if paid is None else 0
    payment = Payment(
        operation.payee,
        operation.order,
        operation.amount_fen,
        operation.paid_ms,
        operation.notice_hash,
        context.time_ms,
        UNAPPLIED if paid is None else APPLIED,
        reason,
        owed,
        context.time_ms + context.parameters.refund_due_ms if owed else 0,
    )
    leaves: Leaves = ((key, payment),)
    if paid is not None:
        leaves += ((at, paid),)
    return Changes(leaves, PaymentRecorded(payment.state, reason))


def check_record_refund(facts: Facts, operation: RecordRefund, context: Context) -> Changes:
    """Record that money went back.

    Raises:
        Refused: `refund.recorded`, `refund.reference_conflict`, `payment.unknown`,
            `refund.exceeds_payment`, `refund.not_due`.
    """
    at = refund_key(context.sender, operation.reference)
    refund = Refund(
        operation.payment, operation.amount_fen, operation.refunded_ms, operation.notice_hash
    )
    known = facts.leaf(at, Refund)
    if known is not None:
        is_same = (known.payment, known.amount_fen) == (refund.payment, refund.amount_fen)
        code = "refund.recorded" if is_same else "refund.reference_conflict"
        raise Refused(code, "each refund has a number of its own", "reference")
    key, payment = _payment(facts, operation.payment, context)
    PAYMENT.move(payment.state, "RecordRefund")
    refunded = payment.refunded_fen + operation.amount_fen
    if refunded > payment.amount_fen:
        raise Refused("refund.exceeds_payment", "more than was paid", "amount_fen")
    if payment.state == UNAPPLIED:
        owed = payment.owed_fen - operation.amount_fen
        leaves: Leaves = ()
    else:
        owed = 0
        leaves = _order_refunded(facts, payment, operation.amount_fen)
    after = msgspec.structs.replace(
        payment,
        owed_fen=owed,
        refunded_fen=refunded,
        due_by_ms=payment.due_by_ms if owed else 0,
    )
    return Changes(((key, after), (at, refund), *leaves), Done())


def check_reconcile_payments(
    facts: Facts, operation: ReconcilePayments, context: Context
) -> Changes:
    """Mark payments that stand in a statement; marking one again changes nothing.

    Raises:
        Refused: `payment.unknown`.
    """
    leaves: Leaves = ()
    for reference in dict.fromkeys(operation.references):
        key, payment = _payment(facts, reference, context)
        PAYMENT.move(payment.state, "ReconcilePayments")
        leaves += ((key, msgspec.structs.replace(payment, is_reconciled=True)),)
    return Changes(leaves, Done())


def _applied(
    order: Order | None, operation: RecordPayment, context: Context
) -> tuple[str, Order | None]:
    """Return why a payment finds no place, or the order after it."""
    if order is None:
        return NO_ORDER, None
    try:
        state = ORDER.move(order.state, "RecordPayment")
        if operation.paid_ms > order.expiry_ms:
            return TOO_LATE, None
        after = _money_after(order, operation.amount_fen)
        if after is None:
            return AMOUNT_DIFFERS, None
        money = MONEY.move(order.money, "RecordPayment", after)
    except Refused as error:
        return error.code.replace(".", "_"), None
    return "", msgspec.structs.replace(
        order,
        state=state,
        money=money,
        payments=order.payments + 1,
        paid_fen=order.paid_fen + operation.amount_fen,
        paid_ms=context.time_ms,
    )


def _money_after(order: Order, amount_fen: int) -> int | None:
    """Return where a payment of so much brings an order's money; None when it does not fit."""
    if order.sort == DEPOSIT:
        # Beyond what an amount can be, the leaf could be written but never read.
        return PREPAY if order.paid_fen + amount_fen <= AMOUNT_FEN_MAX else None
    left = due_fen(order) - order.paid_fen
    if left in (0, amount_fen):
        return PAID
    is_part = amount_fen < left and order.payments + 1 < order.instalments
    return PREPAY if is_part else None


def _order_refunded(facts: Facts, payment: Payment, amount_fen: int) -> Leaves:
    """Return what changes on an order when money of it went back.

    Raises:
        Refused: `refund.not_due`.
    """
    key = order_key(payment.payee, payment.order)
    order = facts.leaf(key, Order)
    assert order is not None, "an applied payment has its order"
    if amount_fen > order.owed_fen:
        raise Refused("refund.not_due", "so much is not owed on its order", "amount_fen")
    money = REFUNDED if amount_fen == held_fen(order) else PART_REFUNDED
    owed = order.owed_fen - amount_fen
    after = msgspec.structs.replace(
        order,
        money=MONEY.move(order.money, "RecordRefund", money),
        owed_fen=owed,
        refunded_fen=order.refunded_fen + amount_fen,
        due_by_ms=order.due_by_ms if owed else 0,
    )
    leaves: Leaves = ((key, after),)
    if owed == 0 and order.bill is not None:
        bill = find_bill(facts, order.bill.code, order.bill.number).bill
        leaves += (tallied(facts, order.bill.code, bill.range_first, owing=-1),)
    return leaves


def _payment(facts: Facts, reference: str, context: Context) -> tuple[bytes, Payment]:
    key = payment_key(context.sender, reference)
    payment = facts.leaf(key, Payment)
    if payment is None:
        raise Refused("payment.unknown", "you recorded no such payment", "payment")
    return key, payment


def _repeated(known: Payment, operation: RecordPayment) -> Refused:
    """Return the refusal of a reference that was used."""
    same = (known.payee, known.order, known.amount_fen) == (
        operation.payee,
        operation.order,
        operation.amount_fen,
    )
    if same:
        return Refused("payment.recorded", "this payment is on the chain already", "reference")
    return Refused(
        "payment.reference_conflict", "this reference names another payment", "reference"
    )
