"""Orders: opened, paid, billed, cancelled; their money goes where it belongs."""

import msgspec
import pytest

from ledger.bills import Amounts, BillName
from ledger.orders import (
    BILLED,
    CANCELLED,
    DEPOSIT,
    OPEN,
    PAID,
    PART_REFUNDED,
    PREPAY,
    REFUNDED,
    REVERSED,
    UNPAID,
    CancelOrder,
)
from ledger.parameters import Parameters
from ledger.units import FreezeUnit
from tests.support.ledgers import CODE, GENESIS_TIME_MS, Chain, issue
from tests.support.money import (
    DAY_MS,
    MINUTE_MS,
    bill_at,
    bill_of,
    new_town,
    order_at,
    order_of,
    pay,
    refund,
    reverse,
    split,
    tally_at,
)


@pytest.fixture
def town() -> Chain:
    return new_town()


def cancel(order: str, hospital: str = "hospital") -> CancelOrder:
    return CancelOrder(hospital, order, "not_needed")


def test_an_opened_order_stands_as_it_was_asked_for_and_owes_nothing(town: Chain) -> None:
    town.accept("hospital", order_of("o1", 500))
    order = order_at(town, "o1")
    assert (order.state, order.money) == (OPEN, UNPAID)
    assert (order.place, order.kind, order.amounts) == ("460000001", "01", split(500))
    assert (order.height, order.transaction_index, order.operation_index) == (2, 0, 0)
    assert order.opened_ms == town.tip.time_ms
    assert (order.paid_fen, order.owed_fen, order.refunded_fen, order.due_by_ms) == (0, 0, 0, 0)
    assert order.bill is None


def test_two_hospitals_may_give_the_same_order_number(town: Chain) -> None:
    town.accept("hospital", order_of("o1", 500))
    town.accept("clinic", order_of("o1", 700))
    assert order_at(town, "o1").amounts.own == 500


def test_an_order_number_serves_once_even_after_a_cancellation(town: Chain) -> None:
    town.accept("hospital", order_of("o1", 500))
    assert town.refuse("hospital", order_of("o1", 500)).code == "order.exists"
    town.accept("hospital", cancel("o1"))
    assert town.refuse("hospital", order_of("o1", 500)).code == "order.exists"


@pytest.mark.parametrize(
    ("how", "code", "field"),
    [
        ({"amounts": split(0, fund=10)}, "order.nothing_due", "amounts"),
        ({"amounts": Amounts(10, 0, 0, 0, 11)}, "bill.amounts_do_not_add_up", "amounts"),
        ({"amounts": Amounts(10, -1, 0, 0, 11)}, "bill.negative_amount", "amounts"),
        ({"expiry_ms": GENESIS_TIME_MS}, "order.bad_expiry", "expiry_ms"),
        ({"expiry_ms": GENESIS_TIME_MS + 181 * DAY_MS}, "order.bad_expiry", "expiry_ms"),
        ({"instalments": 13}, "order.too_many_instalments", "instalments"),
    ],
)
def test_a_bad_order_is_refused(town: Chain, how: dict, code: str, field: str) -> None:
    error = town.refuse("hospital", order_of("o1", 500, **how))
    assert (error.code, error.field) == (code, field)


def test_an_order_ends_after_its_block_and_within_the_limit(town: Chain) -> None:
    now_ms = town.tip.time_ms + 1_000
    longest = now_ms + 180 * DAY_MS
    for bad in (now_ms, longest + 1):
        error = town.refuse("hospital", order_of("o1", 500, expiry_ms=bad), time_ms=now_ms)
        assert error.code == "order.bad_expiry"
    soon, late = (order_of(f"o{end}", 500, expiry_ms=end) for end in (now_ms + 1, longest))
    town.accept("hospital", soon, late, time_ms=now_ms)


def test_an_order_may_have_as_many_instalments_as_the_parameter_says(town: Chain) -> None:
    town.accept("hospital", order_of("o1", 500, instalments=12))
    assert order_at(town, "o1").instalments == 12


def test_an_order_whose_holder_key_counts_for_nothing_is_refused(town: Chain) -> None:
    weak = msgspec.structs.replace(order_of("o1", 500), holder_key=bytes(32))
    assert town.refuse("hospital", weak).code == "bill.bad_holder_key"


def test_only_a_hospital_opens_orders(town: Chain) -> None:
    assert town.refuse("bank", order_of("o1", 500), purpose="provider").code == "agency.wrong_role"


def test_a_paid_order_gets_its_bill_and_names_it(town: Chain) -> None:
    town.accept("hospital", order_of("o1", 500))
    town.accept("bank", pay("o1", 500))
    assert order_at(town, "o1").money == PAID
    town.accept("hospital", bill_of("o1", 500))
    order = order_at(town, "o1")
    assert (order.state, order.money, order.bill) == (BILLED, PAID, BillName(CODE, 1))
    assert (order.owed_fen, order.due_by_ms) == (0, 0)
    assert bill_at(town, 1).order == "o1"
    assert tally_at(town).owing == 0


def test_an_unpaid_or_part_paid_charge_has_no_bill(town: Chain) -> None:
    town.accept("hospital", order_of("o1", 500, instalments=3))
    assert town.refuse("hospital", bill_of("o1", 500)).code == "order.not_paid"
    town.accept("bank", pay("o1", 200))
    assert order_at(town, "o1").money == PREPAY
    assert town.refuse("hospital", bill_of("o1", 500)).code == "order.not_paid"


def test_an_unknown_order_has_no_bill(town: Chain) -> None:
    error = town.refuse("hospital", bill_of("o1", 500))
    assert (error.code, error.field) == ("order.unknown", "order")


def test_the_bill_of_a_charge_is_what_the_order_said(town: Chain) -> None:
    town.accept("hospital", order_of("o1", 500))
    town.accept("bank", pay("o1", 500))
    assert town.refuse("hospital", bill_of("o1", 499)).code == "order.differs"


def test_an_order_has_one_bill(town: Chain) -> None:
    town.accept("hospital", order_of("o1", 500))
    town.accept("bank", pay("o1", 500))
    town.accept("hospital", bill_of("o1", 500))
    error = town.refuse("hospital", bill_of("o1", 500, business_number="other"))
    assert error.code == "order.billed"


def test_the_hospital_cancels_its_order_and_what_was_paid_is_owed_by_a_day(town: Chain) -> None:
    town.accept("hospital", order_of("o1", 500, instalments=2))
    town.accept("bank", pay("o1", 200))
    town.accept("hospital", cancel("o1"))
    order = order_at(town, "o1")
    assert (order.state, order.money) == (CANCELLED, PREPAY)
    assert (order.owed_fen, order.due_by_ms) == (200, town.tip.time_ms + DAY_MS)
    town.accept("bank", refund("o1-200", 200))
    order = order_at(town, "o1")
    assert (order.money, order.owed_fen, order.due_by_ms) == (REFUNDED, 0, 0)
    assert order.refunded_fen == order.paid_fen == 200


def test_a_cancelled_order_that_nobody_paid_owes_nothing(town: Chain) -> None:
    town.accept("hospital", order_of("o1", 500))
    town.accept("hospital", cancel("o1"))
    order = order_at(town, "o1")
    assert (order.state, order.money, order.owed_fen, order.due_by_ms) == (CANCELLED, UNPAID, 0, 0)


@pytest.mark.parametrize(
    ("sender", "operation", "code"),
    [
        ("hospital", cancel("nothing"), "order.unknown"),
        ("clinic", cancel("o1"), "order.not_yours"),
        ("bank", cancel("o1"), "order.not_yours"),
    ],
)
def test_others_do_not_cancel_an_order(
    town: Chain, sender: str, operation: CancelOrder, code: str
) -> None:
    town.accept("hospital", order_of("o1", 500))
    assert town.refuse(sender, operation).code == code


def test_a_cancelled_order_is_neither_cancelled_nor_billed_again(town: Chain) -> None:
    town.accept("hospital", order_of("o1", 500))
    town.accept("bank", pay("o1", 500))
    town.accept("hospital", cancel("o1"))
    assert town.refuse("hospital", cancel("o1")).code == "order.cancelled"
    assert town.refuse("hospital", bill_of("o1", 500)).code == "order.cancelled"


def test_a_billed_order_is_not_cancelled(town: Chain) -> None:
    town.accept("hospital", order_of("o1", 500))
    town.accept("bank", pay("o1", 500))
    town.accept("hospital", bill_of("o1", 500))
    assert town.refuse("hospital", cancel("o1")).code == "order.billed"


def test_a_provider_ends_an_unpaid_order_after_its_expiry(town: Chain) -> None:
    expiry_ms = GENESIS_TIME_MS + MINUTE_MS
    town.accept("hospital", order_of("o1", 500, expiry_ms=expiry_ms))
    assert town.refuse("bank", cancel("o1"), time_ms=expiry_ms).code == "order.not_yours"
    town.accept("bank", cancel("o1"), time_ms=expiry_ms + 1)
    assert order_at(town, "o1").state == CANCELLED


def test_a_provider_asks_the_money_back_of_a_paid_order_that_has_no_bill_in_time() -> None:
    town = new_town(Parameters(bill_due_ms=MINUTE_MS))
    town.accept("hospital", order_of("o1", 500, expiry_ms=GENESIS_TIME_MS + 1_000))
    town.accept("bank", pay("o1", 500))
    paid_ms = town.tip.time_ms
    error = town.refuse("bank", cancel("o1"), time_ms=paid_ms + MINUTE_MS)
    assert error.code == "order.not_yours"
    town.accept("bank", cancel("o1"), time_ms=paid_ms + MINUTE_MS + 1)
    assert order_at(town, "o1").owed_fen == 500


def test_a_frozen_unit_opens_no_order(town: Chain) -> None:
    town.accept("finance", FreezeUnit("hospital", "rate_too_high"))
    assert town.refuse("hospital", order_of("o1", 500)).code == "unit.frozen"


def test_a_deposit_takes_payments_and_its_bill_returns_what_it_does_not_need(town: Chain) -> None:
    town.accept("hospital", order_of("d1", 1000, sort=DEPOSIT))
    for reference, amount in (("p1", 1000), ("p2", 1), ("p3", 700)):
        town.accept("bank", pay("d1", amount, reference))
    order = order_at(town, "d1")
    assert (order.money, order.paid_fen, order.payments) == (PREPAY, 1701, 3)
    town.accept("hospital", bill_of("d1", 1500))
    order = order_at(town, "d1")
    assert (order.state, order.money, order.owed_fen) == (BILLED, PAID, 201)
    assert tally_at(town).owing == 1
    town.accept("bank", refund("p3", 200))
    assert (order_at(town, "d1").money, order_at(town, "d1").owed_fen) == (PART_REFUNDED, 1)
    assert tally_at(town).owing == 1
    town.accept("bank", refund("p2", 1))
    assert order_at(town, "d1").owed_fen == 0
    assert tally_at(town).owing == 0


def test_a_deposits_bill_asks_no_more_than_was_paid(town: Chain) -> None:
    town.accept("hospital", order_of("d1", 1000, sort=DEPOSIT))
    assert town.refuse("hospital", bill_of("d1", 10)).code == "order.not_paid"
    town.accept("bank", pay("d1", 1000))
    error = town.refuse("hospital", bill_of("d1", 1001))
    assert (error.code, error.field) == ("order.not_covered", "amounts")
    town.accept("bank", pay("d1", 1, "top-up"))
    town.accept("hospital", bill_of("d1", 1001))
    assert order_at(town, "d1").owed_fen == 0


def test_a_deposit_that_the_fund_covers_is_wholly_owed(town: Chain) -> None:
    town.accept("hospital", order_of("d1", 1000, sort=DEPOSIT))
    town.accept("bank", pay("d1", 1000))
    town.accept("hospital", bill_of("d1", 0, amounts=split(0, fund=900)))
    assert order_at(town, "d1").owed_fen == 1000
    town.accept("bank", refund("d1-1000", 1000))
    assert order_at(town, "d1").money == REFUNDED
    assert tally_at(town).owing == 0


def test_a_reversed_bills_order_owes_all_its_money(town: Chain) -> None:
    town.accept("hospital", order_of("o1", 500))
    town.accept("bank", pay("o1", 500))
    town.accept("hospital", bill_of("o1", 500))
    town.accept("hospital", reverse(1))
    order = order_at(town, "o1")
    assert (order.state, order.owed_fen) == (REVERSED, 500)
    assert order.due_by_ms == town.tip.time_ms + DAY_MS
    assert tally_at(town).owing == 1


def test_a_partial_refund_reverses_the_whole_and_issues_the_rest_in_one_transaction(
    town: Chain,
) -> None:
    town.accept("hospital", order_of("o1", 500))
    town.accept("bank", pay("o1", 500))
    town.accept("hospital", bill_of("o1", 500))
    again = bill_of("o1", 300, replaces=BillName(CODE, 1))
    red, rest = town.accept("hospital", reverse(1), again)
    assert (red.number, rest.number) == (2, 3)
    assert bill_at(town, 1).counterpart == BillName(CODE, 2)
    assert bill_at(town, 2).counterpart == BillName(CODE, 1)
    assert bill_at(town, 1).replaced_by == BillName(CODE, 3)
    assert bill_at(town, 3).replaces == BillName(CODE, 1)
    order = order_at(town, "o1")
    assert (order.state, order.money, order.owed_fen) == (BILLED, PAID, 200)
    assert order.bill == BillName(CODE, 3)
    assert tally_at(town).owing == 1
    town.accept("bank", refund("o1-500", 200))
    assert (order_at(town, "o1").money, tally_at(town).owing) == (PART_REFUNDED, 0)


def test_a_second_partial_refund_of_the_same_order_goes_the_same_way(town: Chain) -> None:
    town.accept("hospital", order_of("o1", 500))
    town.accept("bank", pay("o1", 500))
    town.accept("hospital", bill_of("o1", 500))
    town.accept("hospital", reverse(1), bill_of("o1", 300, replaces=BillName(CODE, 1)))
    day_ms = order_at(town, "o1").due_by_ms
    town.accept("hospital", reverse(3))
    assert order_at(town, "o1").owed_fen == 500
    assert order_at(town, "o1").due_by_ms == day_ms
    assert tally_at(town).owing == 1
    town.accept("hospital", bill_of("o1", 500, replaces=BillName(CODE, 3)))
    assert (order_at(town, "o1").owed_fen, order_at(town, "o1").due_by_ms) == (0, 0)
    assert tally_at(town).owing == 0


def test_a_new_bill_of_a_reversed_order_names_the_reversed_one(town: Chain) -> None:
    town.accept("hospital", order_of("o1", 500))
    town.accept("bank", pay("o1", 500))
    town.accept("hospital", bill_of("o1", 500))
    town.accept("hospital", reverse(1))
    error = town.refuse("hospital", bill_of("o1", 500, business_number="other"))
    assert (error.code, error.field) == ("order.must_replace", "replaces")
    town.accept("hospital", bill_of("o1", 500, replaces=BillName(CODE, 1)))


def test_an_order_whose_money_went_back_gets_no_bill(town: Chain) -> None:
    town.accept("hospital", order_of("o1", 500))
    town.accept("bank", pay("o1", 500))
    town.accept("hospital", bill_of("o1", 500))
    town.accept("hospital", reverse(1))
    town.accept("bank", refund("o1-500", 500))
    assert tally_at(town).owing == 0
    again = bill_of("o1", 300, replaces=BillName(CODE, 1))
    assert town.refuse("hospital", again).code == "order.refunded"


def test_a_part_of_the_money_went_back_and_the_rest_still_has_its_bill(town: Chain) -> None:
    town.accept("hospital", order_of("o1", 500))
    town.accept("bank", pay("o1", 500))
    town.accept("hospital", bill_of("o1", 500))
    town.accept("hospital", reverse(1))
    town.accept("bank", refund("o1-500", 200))
    assert tally_at(town).owing == 1
    again = bill_of("o1", 301, replaces=BillName(CODE, 1))
    assert town.refuse("hospital", again).code == "order.not_covered"
    town.accept("hospital", bill_of("o1", 300, replaces=BillName(CODE, 1)))
    order = order_at(town, "o1")
    assert (order.state, order.money, order.owed_fen) == (BILLED, PART_REFUNDED, 0)
    assert tally_at(town).owing == 0


def test_a_bill_without_an_order_leaves_every_order_alone(town: Chain) -> None:
    town.accept("hospital", order_of("o1", 500))
    town.accept("hospital", issue("cash"))
    assert order_at(town, "o1").state == OPEN
