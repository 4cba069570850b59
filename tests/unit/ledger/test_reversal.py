"""A bill is taken back whole, by a red bill that mirrors it."""

import msgspec
import pytest

from ledger.bills import RED, REVERSED, Bill, BillName, bill_key
from ledger.orders import REVERSED as ORDER_REVERSED
from ledger.orders import Order, order_key
from ledger.ranges import Tally
from ledger.reversal import BillReversed, negative
from ledger.state import Leaves
from tests.support.ledgers import CODE, Chain, allot, issue
from tests.support.lives import (
    bill_at,
    bill_of_order,
    endorsed,
    exchange,
    issue_offline,
    issued,
    lock,
    offline_range,
    open_order,
    pay,
    province,
    range_at,
    refund,
    replacing,
    reverse,
    settled,
    take_back,
    void_paper,
)


@pytest.fixture
def chain() -> Chain:
    return province()


def test_a_reversal_makes_a_red_bill_with_a_number_of_its_own(chain: Chain) -> None:
    issued(chain, issue("a"), issue("b"))
    assert chain.accept("hospital", reverse(1)) == (BillReversed(CODE, 3),)


def test_red_mirrors_blue_in_everything_but_number_time_and_check_code(chain: Chain) -> None:
    issued(chain, issue("a", (8202, 2092, 10, 100, 6000)))
    blue = bill_at(chain, 1)
    transaction = chain.sign("hospital", reverse(1))
    built = chain.commit(transaction)
    assert bill_at(chain, 2) == msgspec.structs.replace(
        blue,
        check_code="r1r1r1",
        time_ms=built.header.time_ms,
        amounts=negative(blue.amounts),
        height=built.header.height,
        transaction_index=0,
        operation_index=0,
        validity=RED,
        counterpart=BillName(CODE, 1),
    )
    assert msgspec.structs.astuple(negative(blue.amounts)) == (-8202, -2092, -10, -100, -6000)


def test_of_the_blue_bill_only_validity_and_counterpart_change(chain: Chain) -> None:
    issued(chain, issue("a"))
    before = bill_at(chain, 1)
    chain.accept("hospital", reverse(1))
    assert bill_at(chain, 1) == msgspec.structs.replace(
        before, validity=REVERSED, counterpart=BillName(CODE, 2)
    )


def test_the_red_bill_has_a_face_that_names_the_blue_one(chain: Chain) -> None:
    issued(chain, issue("a"))
    built = chain.commit(chain.sign("hospital", reverse(1)))
    [face] = built.executed.faces
    assert (face.number, face.related, face.amounts.total) == (2, BillName(CODE, 1), -8202)


def test_the_tally_counts_the_red_bill_in_the_range_of_its_number(chain: Chain) -> None:
    chain = province(1, 1)
    issued(chain, issue("a"))
    chain.accept("finance", allot(11, 12))
    chain.accept("hospital", reverse(1))
    assert range_at(chain, 1).tally == Tally(blue=1, blue_fen=8202)
    assert range_at(chain, 11).tally == Tally(red=1, red_fen=-8202)


def test_a_red_bill_takes_a_number_of_the_present_year(chain: Chain) -> None:
    issued(chain, issue("a"))
    new_year_ms = 1_798_732_800_000
    assert chain.refuse("hospital", reverse(1), time_ms=new_year_ms).code == "bill.no_open_range"
    chain.accept("finance", allot(1, 5, code="46060127"))
    assert chain.accept("hospital", reverse(1), time_ms=new_year_ms) == (
        BillReversed("46060127", 1),
    )


def test_an_offline_bill_is_reversed_with_a_number_that_the_ledger_gives(chain: Chain) -> None:
    offline_range(chain)
    [bill] = issued(chain, issue_offline("a", 3))
    refusal = chain.refuse("hospital", reverse(3, bill.code))
    assert refusal.code == "bill.no_open_range"
    chain.accept("finance", msgspec.structs.replace(allot(101, 110), kind="02", code="46060226"))
    assert chain.accept("hospital", reverse(3, bill.code)) == (BillReversed("46060226", 101),)


def test_a_bill_is_reversed_once(chain: Chain) -> None:
    issued(chain, issue("a"))
    chain.accept("hospital", reverse(1))
    refusal = chain.refuse("hospital", reverse(1))
    assert (refusal.code, refusal.field) == ("bill.reversed", "number")


def test_twice_in_one_transaction_reverses_nothing(chain: Chain) -> None:
    issued(chain, issue("a"))
    assert chain.refuse("hospital", reverse(1), reverse(1)).facts["operation"] == 1
    assert bill_at(chain, 1).counterpart is None


def test_a_red_bill_is_not_reversed(chain: Chain) -> None:
    issued(chain, issue("a"))
    chain.accept("hospital", reverse(1))
    assert chain.refuse("hospital", reverse(2)).code == "bill.is_red"


def test_another_units_bill_and_an_unknown_one_are_not_reversed(chain: Chain) -> None:
    issued(chain, issue("a"))
    refusal = chain.refuse("clinic", reverse(1))
    assert (refusal.code, refusal.field) == ("bill.not_yours", "number")
    assert chain.refuse("hospital", reverse(2)).code == "bill.unknown"
    assert chain.refuse("finance", reverse(1)).code == "agency.wrong_role"


def test_a_claim_keeps_a_bill_from_reversal_until_its_payer_lets_go(chain: Chain) -> None:
    endorsed(chain, issue("a"))
    chain.accept("insurance", lock(chain, 1))
    assert chain.refuse("hospital", reverse(1)).code == "bill.locked"
    settled_chain = province()
    endorsed(settled_chain, issue("a"))
    settled(settled_chain, 1)
    assert settled_chain.refuse("hospital", reverse(1)).code == "bill.settled"
    settled_chain.accept("insurance", take_back(1))
    settled_chain.accept("hospital", reverse(1))


def test_a_lock_past_its_lease_keeps_nothing(chain: Chain) -> None:
    endorsed(chain, issue("a"))
    operation = lock(chain, 1, lease_ms=1000)
    chain.accept("insurance", operation)
    assert (
        chain.refuse("hospital", reverse(1), time_ms=operation.until_ms - 1).code == "bill.locked"
    )
    chain.accept("hospital", reverse(1), time_ms=operation.until_ms)


def test_a_paper_that_is_out_keeps_a_bill_from_reversal_until_it_is_void(chain: Chain) -> None:
    issued(chain, issue("a"))
    chain.accept("hospital", exchange(1))
    assert chain.refuse("hospital", reverse(1)).code == "bill.paper_is_out"
    chain.accept("hospital", void_paper(1))
    chain.accept("hospital", reverse(1))


def billed_order(chain: Chain) -> None:
    """Open an order, pay it, and issue its bill as number 1."""
    order = open_order(chain, "o-1")
    chain.accept("hospital", order)
    chain.accept("bank", pay(chain, "o-1", 6110, "p-1"))
    chain.accept("hospital", bill_of_order(order, "a"))


def test_the_money_of_its_order_is_owed_back(chain: Chain) -> None:
    billed_order(chain)
    chain.accept("hospital", reverse(1))
    order = chain.fact(order_key("hospital", "o-1"), Order)
    assert (order.state, order.owed_fen) == (ORDER_REVERSED, 6110)
    assert order.due_by_ms == chain.tip.time_ms + chain.genesis.parameters.refund_due_ms
    assert range_at(chain).tally == Tally(blue=1, red=1, blue_fen=8202, red_fen=-8202, owing=1)
    chain.accept("bank", refund(chain, "p-1", 6110, "f-1"))
    assert range_at(chain).tally.owing == 0


def test_a_bill_for_the_rest_takes_over_the_debt(chain: Chain) -> None:
    billed_order(chain)
    chain.accept("hospital", reverse(1))
    rest = replacing(bill_of_order(open_order(chain, "o-1", (5000, 2092, 0, 0, 2908)), "b"), 1)
    chain.accept("hospital", rest)
    order = chain.fact(order_key("hospital", "o-1"), Order)
    assert (order.owed_fen, order.bill) == (6110 - 2908, BillName(CODE, 3))
    assert range_at(chain).tally.owing == 1
    chain.accept("hospital", reverse(3))
    assert chain.fact(order_key("hospital", "o-1"), Order).owed_fen == 6110
    assert range_at(chain).tally.owing == 1


def test_a_reversal_changes_these_leaves_and_no_other(chain: Chain) -> None:
    issued(chain, issue("a"))
    built = chain.commit(chain.sign("hospital", reverse(1)))
    leaves: Leaves = tuple(built.executed.draft.facts.items())
    named = {key.decode().split("/")[0] for key, _ in leaves}
    assert named == {"b", "r", "f", "t"}
    assert chain.fact(bill_key(CODE, 2), Bill).counterpart == BillName(CODE, 1)
