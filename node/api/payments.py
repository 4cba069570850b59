"""Payments and refunds: facts of a provider, and what it owes.

Rule: a fact that stands already is answered with `exists`; the same number with other content is a
conflict. What is owed is told exactly once a payment, so that nobody pays it back twice.
"""

import asyncio

from ledger.agencies import PROVIDER, PROVIDER_ROLE, Agency, agency_key
from ledger.operations import Operation
from ledger.orders import CANCELLED, Order, order_key
from ledger.payments import APPLIED, RecordPayment, RecordRefund, payment_key
from ledger.payments import Payment as PaymentLeaf
from node.answers import Submission
from node.api import answers
from node.api.call import Call, Services
from node.api.encoding import base64url, from_base64url
from node.api.money_answers import (
    Owed,
    OwedRefunds,
    Payment,
    PaymentRequest,
    Payments,
    Recorded,
    RefundRequest,
)
from node.api.pages import LEAF_SIZE_MAX, LEAVES_PER_SLICE, SCAN_MAX, page_of, parts_of, read_page
from node.api.transactions import final_answer
from primitives.codec import decode
from primitives.errors import Refused

HASH_SIZE = 32
_EXISTS = ("payment.recorded", "refund.recorded")
_WAITS = "transaction.name_waiting"


async def record_payment(call: Call) -> Recorded:
    """Record that somebody paid; at a provider."""
    asked = await call.body(PaymentRequest)
    operation = RecordPayment(
        asked.payee,
        asked.order,
        asked.amount_fen,
        asked.reference,
        asked.paid_ms,
        _hash(asked.notice_hash),
    )
    recorded = await _hand_in(call, operation)
    if recorded.status != "exists":
        return recorded
    known = call.services.view.leaf(payment_key(call.services.agency, asked.reference), PaymentLeaf)
    return recorded if known is None else _with_state(recorded, known)


async def record_refund(call: Call) -> Recorded:
    """Record that money went back; at the provider of the payment."""
    asked = await call.body(RefundRequest)
    operation = RecordRefund(
        asked.payment,
        asked.reference,
        asked.amount_fen,
        asked.refunded_ms,
        _hash(asked.notice_hash),
    )
    return await _hand_in(call, operation)


async def get_payments(call: Call) -> Payments:
    """Return a page of payments: a provider's own, elsewhere all; filters: provider, state."""
    provider, state = call.text("provider") or _own(call.services), call.text("state")

    def read(key: bytes, value: bytes) -> Payment | None:
        of, reference = parts_of(key)
        told = payment_answer(of, reference, decode(value, PaymentLeaf, LEAF_SIZE_MAX))
        return told if state in ("", told.state) else None

    prefix = f"y/{provider}/" if provider else "y/"
    items, following = await read_page(call, prefix.encode(), read)
    return Payments(items=items, next=following)


async def get_owed_refunds(call: Call) -> OwedRefunds:
    """Return a page of what a provider owes back: its own, or that of `provider`."""
    provider = call.text("provider") or call.services.agency
    page, store = page_of(call), call.services.store
    items: list[Owed] = []
    key, seen = b"", 0
    for key, value in store.leaves(f"y/{provider}/".encode(), after=page.after, limit=SCAN_MAX):
        seen += 1
        payment = decode(value, PaymentLeaf, LEAF_SIZE_MAX)
        owed = await _owed(call.services, key, payment)
        if owed is not None:
            items.append(owed)
        if len(items) == page.limit:
            break
        if seen % LEAVES_PER_SLICE == 0:
            await asyncio.sleep(0)
    is_last = seen < SCAN_MAX and len(items) < page.limit
    return OwedRefunds(items=items, next=None if is_last else base64url(key))


async def _hand_in(call: Call, operation: Operation) -> Recorded:
    """Hand a fact in and wait for it.

    Raises:
        Refused: as its check says; what stands already is no refusal.
    """
    services, wait_ms = call.services, call.wait_ms()
    transaction = services.desk.transaction([operation], PROVIDER)
    submission = services.node.submit(transaction.data)
    if submission.refusal is not None:
        return _known(submission)
    answer = await final_answer(services, submission, wait_ms)
    if answer.status == "committed":
        return _committed(answer)
    # While it waited a block may have recorded the same fact from another try.
    outcome = services.node.outcome(submission.id)
    if outcome.refusal is not None:
        return _known(outcome)
    is_open = answer.status == "unknown"
    return Recorded(status="unknown" if is_open else "accepted", transaction=answer.id)


def _known(submission: Submission) -> Recorded:
    refusal = submission.refusal
    assert refusal is not None, "only a refused one is known"
    if refusal.code in _EXISTS:
        return Recorded(status="exists")
    if refusal.code == _WAITS:
        # A fact of this reference is in line already, from another try: its outcome is not known.
        return Recorded(status="unknown")
    refusal.facts.pop("operation", None)
    raise refusal


def _committed(answer: answers.Transaction) -> Recorded:
    result = answer.results[0] if answer.results else None
    if isinstance(result, answers.PaymentRecorded):
        return Recorded(
            status="committed",
            transaction=answer.id,
            state=result.state,
            reason=result.reason or None,
        )
    return Recorded(status="committed", transaction=answer.id)


def _with_state(recorded: Recorded, known: PaymentLeaf) -> Recorded:
    return Recorded(
        status=recorded.status,
        state="applied" if known.state == APPLIED else "unapplied",
        reason=known.reason or None,
    )


async def _owed(services: Services, key: bytes, payment: PaymentLeaf) -> Owed | None:
    """Return what is owed back on a payment: an unapplied one's rest, or its part of its order's.

    What an order owes is divided among its payments in the order of their keys.
    """
    _, reference = parts_of(key)
    if payment.state != APPLIED:
        amount_fen, due_by_ms, reason = payment.owed_fen, payment.due_by_ms, payment.reason
    else:
        order = services.view.leaf(order_key(payment.payee, payment.order), Order)
        assert order is not None, "an applied payment has its order"
        due_by_ms = order.due_by_ms
        reason = "order_cancelled" if order.state == CANCELLED else "order_overpaid"
        rest = payment.amount_fen - payment.refunded_fen
        if order.owed_fen and order.payments > 1:
            before = await _owed_before(services, key, payment)
        else:
            before = 0
        amount_fen = max(0, min(rest, order.owed_fen - before))
    if amount_fen == 0:
        return None
    return Owed(
        payment=reference,
        payee=payment.payee,
        order=payment.order,
        amount_fen=amount_fen,
        due_by_ms=due_by_ms,
        reason=reason,
    )


async def _owed_before(services: Services, key: bytes, payment: PaymentLeaf) -> int:
    """Return what payments of the same order with lower keys can pay back, in fen."""
    can_fen = 0
    for place, (other, value) in enumerate(services.store.leaves(b"y/")):
        if other >= key:
            break
        leaf = decode(value, PaymentLeaf, LEAF_SIZE_MAX)
        is_same = (leaf.payee, leaf.order) == (payment.payee, payment.order)
        if is_same and leaf.state == APPLIED:
            can_fen += leaf.amount_fen - leaf.refunded_fen
        if place % LEAVES_PER_SLICE == 0:
            await asyncio.sleep(0)
    return can_fen


def payment_answer(provider: str, reference: str, leaf: PaymentLeaf) -> Payment:
    """Return a payment as the API tells it."""
    return Payment(
        provider=provider,
        reference=reference,
        payee=leaf.payee,
        order=leaf.order,
        amount_fen=leaf.amount_fen,
        refunded_fen=leaf.refunded_fen,
        state="applied" if leaf.state == APPLIED else "unapplied",
        reason=leaf.reason,
        paid_ms=leaf.paid_ms,
        recorded_ms=leaf.recorded_ms,
        reconciled=leaf.is_reconciled,
    )


def _own(services: Services) -> str:
    """Return this agency's id when it is a provider; else nothing."""
    agency = services.view.leaf(agency_key(services.agency), Agency)
    is_provider = agency is not None and PROVIDER_ROLE in agency.roles
    return services.agency if is_provider else ""


def _hash(text: str) -> bytes:
    data = from_base64url(text, "notice_hash")
    if len(data) != HASH_SIZE:
        raise Refused("request.wrong_value", "write 32 bytes as base64url", "notice_hash")
    return data
