"""Payment facts: never refused for business reasons, owed back where they fit nothing."""

import pytest

from ledger.bills import BillName
from ledger.orders import DEPOSIT, PAID, PREPAY, CancelOrder
from ledger.payments import (
    APPLIED,
    UNAPPLIED,
    PaymentRecorded,
    ReconcilePayments,
    Refund,
    refund_key,
)
from primitives.units import AMOUNT_FEN_MAX
from tests.support.ledgers import CODE, GENESIS_TIME_MS, Chain, seed_of
from tests.support.money import (
    DAY_MS,
    bill_of,
    new_town,
    order_at,
    order_of,
    pay,
    payment_at,
    refund,
    reverse,
    tally_at,
)

EXPIRY_MS = GENESIS_TIME_MS + DAY_MS


@pytest.fixture
def town() -> Chain:
    town = new_town()
    town.accept("hospital", order_of("o1", 500))
    return town


def test_a_payment_that_fits_is_applied_to_its_order(town: Chain) -> None:
    (result,) = town.accept("bank", pay("o1", 500, "p1"))
    assert result == PaymentRecorded(APPLIED, "")
    payment = payment_at(town, "p1")
    assert (payment.state, payment.reason, payment.owed_fen) == (APPLIED, "", 0)
    assert (payment.payee, payment.order, payment.amount_fen) == ("hospital", "o1", 500)
    assert payment.recorded_ms == town.tip.time_ms
    order = order_at(town, "o1")
    assert (order.money, order.paid_fen, order.payments) == (PAID, 500, 1)
    assert order.paid_ms == town.tip.time_ms


def unapplied(town: Chain, operation, reason: str, sender: str = "bank") -> None:
    """Require a payment to be recorded as unapplied and owed back by a day."""
    before = town.view.state_root
    (result,) = town.accept(sender, operation)
    assert result == PaymentRecorded(UNAPPLIED, reason)
    payment = payment_at(town, operation.reference)
    assert (payment.state, payment.reason) == (UNAPPLIED, reason)
    assert payment.owed_fen == operation.amount_fen
    assert payment.due_by_ms == town.tip.time_ms + DAY_MS
    assert town.view.state_root != before


def test_a_payment_for_no_order_is_unapplied(town: Chain) -> None:
    unapplied(town, pay("other", 500), "order_unknown")


@pytest.mark.parametrize("amount", [1, 499, 501])
def test_a_payment_of_another_amount_is_unapplied(town: Chain, amount: int) -> None:
    unapplied(town, pay("o1", amount), "amount_differs")
    assert order_at(town, "o1").paid_fen == 0


def test_a_payment_after_the_expiry_is_unapplied_and_one_before_it_is_not(town: Chain) -> None:
    town.accept("bank", pay("o1", 500, "late", EXPIRY_MS + 1), time_ms=EXPIRY_MS + 1)
    assert payment_at(town, "late").reason == "order_expired"
    town.accept("bank", pay("o1", 500, "in-time", EXPIRY_MS), time_ms=EXPIRY_MS + 2)
    assert payment_at(town, "in-time").state == APPLIED


def test_a_second_payment_of_a_paid_order_is_unapplied(town: Chain) -> None:
    town.accept("bank", pay("o1", 500, "first"))
    unapplied(town, pay("o1", 500, "second"), "order_paid")
    assert order_at(town, "o1").paid_fen == 500


def test_a_payment_on_a_cancelled_order_is_unapplied(town: Chain) -> None:
    town.accept("hospital", CancelOrder("hospital", "o1", "not_needed"))
    unapplied(town, pay("o1", 500), "order_cancelled")


def test_a_payment_on_a_billed_or_reversed_order_is_unapplied(town: Chain) -> None:
    town.accept("bank", pay("o1", 500, "first"))
    town.accept("hospital", bill_of("o1", 500))
    unapplied(town, pay("o1", 500, "second"), "order_billed")
    town.accept("hospital", reverse(1))
    unapplied(town, pay("o1", 500, "third"), "order_reversed")


def test_an_order_in_instalments_is_paid_in_as_many_payments(town: Chain) -> None:
    town.accept("hospital", order_of("o2", 500, instalments=3))
    town.accept("bank", pay("o2", 100, "p1"))
    town.accept("bank", pay("o2", 150, "p2"))
    assert (order_at(town, "o2").money, order_at(town, "o2").paid_fen) == (PREPAY, 250)
    unapplied(town, pay("o2", 249, "p3"), "amount_differs")
    unapplied(town, pay("o2", 251, "p4"), "amount_differs")
    town.accept("bank", pay("o2", 250, "p5"))
    assert (order_at(town, "o2").money, order_at(town, "o2").payments) == (PAID, 3)


def test_an_order_in_instalments_may_be_paid_at_once(town: Chain) -> None:
    town.accept("hospital", order_of("o2", 500, instalments=3))
    town.accept("bank", pay("o2", 500))
    assert order_at(town, "o2").money == PAID


def test_a_providers_reference_serves_once(town: Chain) -> None:
    town.accept("bank", pay("o1", 500, "p1"))
    assert town.refuse("bank", pay("o1", 500, "p1")).code == "payment.recorded"
    assert town.refuse("bank", pay("o1", 400, "p1")).code == "payment.reference_conflict"
    assert town.refuse("bank", pay("o2", 500, "p1")).code == "payment.reference_conflict"


def test_a_payment_of_the_future_is_refused(town: Chain) -> None:
    now_ms = town.tip.time_ms + 1_000
    ahead = pay("o1", 500, "p1", now_ms + 501)
    error = town.refuse("bank", ahead, time_ms=now_ms)
    assert (error.code, error.field) == ("payment.in_the_future", "paid_ms")
    town.accept("bank", pay("o1", 500, "p1", now_ms + 500), time_ms=now_ms)


def test_only_a_provider_with_its_providers_key_records_payments(town: Chain) -> None:
    assert town.refuse("hospital", pay("o1", 500), purpose="desk").code == "agency.wrong_role"
    error = town.refuse("bank", pay("o1", 500), purpose="desk")
    assert error.code == "agency.wrong_key_purpose"


def test_the_sums_of_a_deposit_stay_within_what_an_amount_can_be(town: Chain) -> None:
    town.accept("hospital", order_of("d1", 1000, sort=DEPOSIT))
    town.accept("bank", pay("d1", AMOUNT_FEN_MAX - 1, "p1"))
    unapplied(town, pay("d1", 2, "p2"), "amount_differs")
    town.accept("bank", pay("d1", 1, "p3"))
    assert order_at(town, "d1").paid_fen == AMOUNT_FEN_MAX


def test_an_unapplied_payment_is_paid_back_in_parts_and_never_more(town: Chain) -> None:
    town.accept("bank", pay("none", 500, "p1"))
    town.accept("bank", refund("p1", 200, "r1"))
    payment = payment_at(town, "p1")
    assert (payment.owed_fen, payment.refunded_fen) == (300, 200)
    assert payment.due_by_ms > 0
    error = town.refuse("bank", refund("p1", 301, "r2"))
    assert (error.code, error.field) == ("refund.exceeds_payment", "amount_fen")
    town.accept("bank", refund("p1", 300, "r2"))
    payment = payment_at(town, "p1")
    assert (payment.owed_fen, payment.refunded_fen, payment.due_by_ms) == (0, 500, 0)
    kept = town.fact(refund_key("bank", "r1"), Refund)
    assert (kept.payment, kept.amount_fen, kept.notice_hash) == ("p1", 200, seed_of("r1"))


def test_nothing_goes_back_of_a_payment_while_nothing_is_owed(town: Chain) -> None:
    town.accept("bank", pay("o1", 500, "p1"))
    error = town.refuse("bank", refund("p1", 1))
    assert (error.code, error.field) == ("refund.not_due", "amount_fen")
    town.accept("hospital", bill_of("o1", 500))
    assert town.refuse("bank", refund("p1", 500)).code == "refund.not_due"


def test_no_more_goes_back_than_the_order_owes(town: Chain) -> None:
    town.accept("bank", pay("o1", 500, "p1"))
    town.accept("hospital", bill_of("o1", 500))
    town.accept("hospital", reverse(1), bill_of("o1", 400, replaces=BillName(CODE, 1)))
    assert town.refuse("bank", refund("p1", 101)).code == "refund.not_due"
    town.accept("bank", refund("p1", 100))
    assert town.refuse("bank", refund("p1", 1, "again")).code == "refund.not_due"
    assert payment_at(town, "p1").refunded_fen == 100


def test_a_refund_of_one_payment_is_not_taken_from_another(town: Chain) -> None:
    town.accept("hospital", order_of("o2", 500, instalments=2))
    town.accept("bank", pay("o2", 100, "p1"))
    town.accept("bank", pay("o2", 400, "p2"))
    town.accept("hospital", CancelOrder("hospital", "o2", "not_needed"))
    assert town.refuse("bank", refund("p1", 101)).code == "refund.exceeds_payment"
    town.accept("bank", refund("p1", 100), refund("p2", 400))
    assert order_at(town, "o2").owed_fen == 0


def test_a_refunds_number_serves_once(town: Chain) -> None:
    town.accept("bank", pay("none", 500, "p1"))
    town.accept("bank", refund("p1", 200, "r1"))
    assert town.refuse("bank", refund("p1", 200, "r1")).code == "refund.recorded"
    assert town.refuse("bank", refund("p1", 100, "r1")).code == "refund.reference_conflict"


def test_an_unknown_payment_is_neither_refunded_nor_reconciled(town: Chain) -> None:
    assert town.refuse("bank", refund("p1", 200)).code == "payment.unknown"
    reconcile = ReconcilePayments(("p1",), seed_of("statement"))
    assert town.refuse("bank", reconcile).code == "payment.unknown"


def test_a_statement_marks_its_payments_and_marking_again_changes_nothing(town: Chain) -> None:
    town.accept("bank", pay("o1", 500, "p1"), pay("none", 100, "p2"), pay("none", 1, "p3"))
    reconcile = ReconcilePayments(("p1", "p2", "p1"), seed_of("statement"))
    town.accept("bank", reconcile)
    marks = [payment_at(town, name).is_reconciled for name in ("p1", "p2", "p3")]
    assert marks == [True, True, False]
    root = town.tip.state_root
    town.accept("bank", reconcile)
    assert town.tip.state_root == root
    assert tally_at(town).owing == 0
