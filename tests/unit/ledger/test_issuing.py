"""How a bill is issued, and what few bills have beside their face."""

import msgspec
import pytest

from ledger.bills import Bill, BillName, bill_key
from ledger.issuing import BillIssued, InsuranceSettlement
from ledger.keys import KeyUsage, usage_key
from ledger.orders import BILLED, Order, order_key
from ledger.ranges import Tally
from ledger.references import ReferenceUse, settlement_key
from ledger.units import FreezeUnit
from primitives.signing import key_id
from tests.support.ledgers import CODE, Chain, issue
from tests.support.lives import (
    bill_at,
    bill_of_order,
    cancel,
    endorsed,
    issue_offline,
    issued,
    offline_range,
    open_order,
    pay,
    person,
    province,
    range_at,
    replacing,
    reverse,
    settled,
    take_back,
    with_extras,
)

SIX_IN_THE_MORNING_MS = 1_790_028_000_000
"""2026-09-22 06:00 in Shanghai."""


@pytest.fixture
def chain() -> Chain:
    return province()


def test_the_result_names_the_bill(chain: Chain) -> None:
    assert chain.accept("hospital", issue("a")) == (BillIssued(CODE, 1),)


def test_a_plain_bill_changes_its_own_leaf_its_range_and_what_the_block_sums_up(
    chain: Chain,
) -> None:
    built = chain.commit(chain.sign("hospital", issue("a")))
    assert {key.decode().split("/")[0] for key in built.executed.leaves} == {"b", "r", "f", "t"}


# Replacing


def test_a_bill_replaces_a_reversed_one_and_each_names_the_other(chain: Chain) -> None:
    issued(chain, issue("a"))
    chain.accept("hospital", reverse(1))
    [new] = issued(chain, replacing(issue("b", (100, 0, 0, 0, 100)), 1))
    assert bill_at(chain, new.number).replaces == BillName(CODE, 1)
    assert bill_at(chain, 1).replaced_by == new
    assert bill_at(chain, 1).counterpart == BillName(CODE, 2)


def test_under_its_own_business_number_a_bill_is_issued_anew_by_naming_the_reversed_one(
    chain: Chain,
) -> None:
    issued(chain, issue("a"))
    chain.accept("hospital", reverse(1))
    assert chain.refuse("hospital", issue("a")).code == "bill.business_number_used"
    [new] = issued(chain, replacing(issue("a"), 1))
    assert chain.view.bill_of("hospital", "a") == (CODE, new.number)
    refusal = chain.refuse("hospital", replacing(issue("a"), 1))
    assert (refusal.code, refusal.facts["bill_number"]) == ("bill.business_number_used", new.number)


def test_a_bill_is_replaced_once(chain: Chain) -> None:
    issued(chain, issue("a"))
    chain.accept("hospital", reverse(1))
    issued(chain, replacing(issue("b"), 1))
    refusal = chain.refuse("hospital", replacing(issue("c"), 1))
    assert (refusal.code, refusal.field) == ("bill.replaced", "replaces")


def test_bills_replace_one_another_in_a_row(chain: Chain) -> None:
    issued(chain, issue("a"))
    for old, new in ((1, 3), (3, 5)):
        chain.accept("hospital", reverse(old))
        assert issued(chain, replacing(issue("a"), old)) == [BillName(CODE, new)]
    assert [bill_at(chain, number).replaced_by for number in (1, 3, 5)] == [
        BillName(CODE, 3),
        BillName(CODE, 5),
        None,
    ]


def test_only_a_reversed_bill_of_the_unit_is_replaced(chain: Chain) -> None:
    issued(chain, issue("a"), issue("b"))
    assert chain.refuse("hospital", replacing(issue("c"), 1)).code == "bill.not_reversed"
    chain.accept("hospital", reverse(1))
    assert chain.refuse("hospital", replacing(issue("c"), 3)).code == "bill.is_red"
    assert chain.refuse("hospital", replacing(issue("c"), 9)).code == "bill.unknown"
    with_numbers = msgspec.structs.replace(replacing(issue_offline("c", 1), 1))
    offline_range(chain)
    chain.accept("hospital", with_numbers)
    clinic_chain = province()
    issued(clinic_chain, issue("a"))
    clinic_chain.accept("hospital", reverse(1))
    operation = replacing(issue("c"), 1)
    assert clinic_chain.refuse("clinic", operation).code == "bill.no_open_range"


def test_another_units_bill_is_not_replaced(chain: Chain) -> None:
    issued(chain, issue("a"))
    chain.accept("hospital", reverse(1))
    numbers = msgspec.structs.replace(range_at(chain), unit="clinic", is_offline=True)
    chain.place(b"r/46060226/0000000001", msgspec.structs.replace(numbers, kind="02", next=1))
    refusal = chain.refuse("clinic", replacing(issue_offline("c", 5), 1))
    assert refusal.code == "bill.not_yours"


def test_a_bill_does_not_replace_itself(chain: Chain) -> None:
    offline_range(chain)
    operation = replacing(issue_offline("a", 5), 5, "46060226")
    assert chain.refuse("hospital", operation).code == "bill.not_reversed"


def test_a_partial_refund_is_one_transaction(chain: Chain) -> None:
    """The whole bill is reversed and one for the rest issued, both or neither."""
    issued(chain, issue("a"))
    rest = replacing(issue("a", (5000, 2000, 0, 0, 3000)), 1)
    wrong = replacing(issue("a", (5000, 2000, 0, 0, 3001)), 1)
    assert chain.refuse("hospital", reverse(1), wrong).facts["operation"] == 1
    assert bill_at(chain, 1).counterpart is None
    chain.accept("hospital", reverse(1), rest)
    old, red, new = (bill_at(chain, number) for number in (1, 2, 3))
    assert (old.counterpart, old.replaced_by) == (BillName(CODE, 2), BillName(CODE, 3))
    assert (red.counterpart, new.replaces) == (BillName(CODE, 1), BillName(CODE, 1))
    assert chain.view.bill_of("hospital", "a") == (CODE, 3)


# Orders


def paid_order(chain: Chain, amount_fen: int = 6110):
    order = open_order(chain, "o-1")
    chain.accept("hospital", order)
    chain.accept("bank", pay(chain, "o-1", amount_fen, "p-1"))
    return order


def test_a_paid_order_gets_its_bill_and_each_names_the_other(chain: Chain) -> None:
    order = paid_order(chain)
    [bill] = issued(chain, bill_of_order(order, "a"))
    leaf = chain.fact(order_key("hospital", "o-1"), Order)
    assert (leaf.state, leaf.bill) == (BILLED, bill)
    assert bill_at(chain, 1).order == "o-1"
    assert range_at(chain).tally == Tally(blue=1, blue_fen=8202)


def test_an_order_gets_one_bill(chain: Chain) -> None:
    order = paid_order(chain)
    issued(chain, bill_of_order(order, "a"))
    assert chain.refuse("hospital", bill_of_order(order, "b")).code == "order.billed"


@pytest.mark.parametrize("amount_fen", [1, 6109])
def test_an_order_that_is_not_paid_gets_none(chain: Chain, amount_fen: int) -> None:
    order = paid_order(chain, amount_fen)
    assert chain.refuse("hospital", bill_of_order(order, "a")).code == "order.not_paid"


def test_an_order_that_is_cancelled_or_unknown_gets_none(chain: Chain) -> None:
    order = paid_order(chain)
    unknown = with_extras(bill_of_order(order, "a"), order="o-2")
    assert chain.refuse("hospital", unknown).code == "order.unknown"
    chain.accept("hospital", cancel("o-1"))
    assert chain.refuse("hospital", bill_of_order(order, "a")).code == "order.cancelled"


def test_an_orders_bill_is_what_the_order_said(chain: Chain) -> None:
    order = paid_order(chain)
    bill = bill_of_order(order, "a")
    other = issue("other", (8202, 0, 0, 0, 8202))
    for changes in (
        {"amounts": other.amounts},
        {"document": other.document},
        {"holder_key": other.holder_key[::-1]},
    ):
        refusal = chain.refuse("hospital", msgspec.structs.replace(bill, **changes))
        assert refusal.code in ("order.differs", "bill.bad_holder_key")


def test_the_bill_after_a_reversal_replaces_the_reversed_one(chain: Chain) -> None:
    order = paid_order(chain)
    issued(chain, bill_of_order(order, "a"))
    chain.accept("hospital", reverse(1))
    refusal = chain.refuse("hospital", bill_of_order(order, "b"))
    assert (refusal.code, refusal.field) == ("order.must_replace", "replaces")
    issued(chain, replacing(bill_of_order(order, "b"), 1))
    leaf = chain.fact(order_key("hospital", "o-1"), Order)
    assert (leaf.bill, leaf.owed_fen, leaf.due_by_ms) == (BillName(CODE, 3), 0, 0)
    assert range_at(chain).tally.owing == 0


def test_the_bill_after_a_reversal_asks_for_no_more_than_was_paid(chain: Chain) -> None:
    order = paid_order(chain)
    issued(chain, bill_of_order(order, "a"))
    chain.accept("hospital", reverse(1))
    more = replacing(bill_of_order(open_order(chain, "o-1", (6111, 0, 0, 0, 6111)), "b"), 1)
    assert chain.refuse("hospital", more).code == "order.not_covered"


# Insurance settlements


def insured(business_number: str, reference: str = "i-1", insurer: str = "insurance"):
    settlement = InsuranceSettlement(insurer, reference)
    return with_extras(issue(business_number), insurance=settlement)


def test_a_settlement_stands_behind_one_live_bill(chain: Chain) -> None:
    issued(chain, insured("a"))
    use = chain.fact(settlement_key("insurance", "i-1"), ReferenceUse)
    assert use == ReferenceUse(CODE, 1)
    refusal = chain.refuse("hospital", insured("b"))
    assert (refusal.code, refusal.field) == ("insurance.settlement_used", "insurance")


def test_after_a_reversal_a_settlement_stands_behind_the_next_bill(chain: Chain) -> None:
    issued(chain, insured("a"))
    chain.accept("hospital", reverse(1))
    issued(chain, replacing(insured("a"), 1))
    use = chain.fact(settlement_key("insurance", "i-1"), ReferenceUse)
    assert use == ReferenceUse(CODE, 3)


def test_the_number_of_a_claims_settlement_stands_behind_no_bill(chain: Chain) -> None:
    """A settlement number is unique for its payer for ever, taken back or not."""
    endorsed(chain, issue("a"))
    settled(chain, 1, "s-1")
    assert chain.refuse("hospital", insured("b", "s-1")).code == "insurance.settlement_used"
    chain.accept("insurance", take_back(1, "s-1"))
    chain.accept("hospital", reverse(1))
    assert chain.refuse("hospital", insured("b", "s-1")).code == "insurance.settlement_used"


@pytest.mark.parametrize("insurer", ["nobody", "clinic"])
def test_only_an_insurer_settles(chain: Chain, insurer: str) -> None:
    operation = insured("a", insurer=insurer)
    assert chain.refuse("hospital", operation).code == "insurance.unknown_insurer"


def test_a_settlement_stands_behind_a_fund_payment(chain: Chain) -> None:
    operation = msgspec.structs.replace(insured("a"), amounts=issue("x", (5, 0, 0, 0, 5)).amounts)
    assert chain.refuse("hospital", operation).code == "insurance.nothing_paid"


# A person's key


def test_a_bill_names_the_persons_key_and_its_usage_counts(chain: Chain) -> None:
    key = person(chain, "c-1")
    chain.accept("hospital", issue("a"), issue("b"), person=key)
    assert bill_at(chain, 1).key_id == key_id(key.public_key)
    usage = chain.fact(usage_key("hospital", key_id(key.public_key)), KeyUsage)
    assert (usage.bills, usage.amount_fen, usage.minute_bills) == (2, 16404, 2)
    chain.accept("hospital", reverse(1), person=key)
    usage = chain.fact(usage_key("hospital", key_id(key.public_key)), KeyUsage)
    assert (usage.bills, usage.amount_fen) == (3, 3 * 8202)


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        ({"kinds": ("02",)}, "key.kind_not_allowed"),
        ({"places": ("460000002",)}, "key.place_not_allowed"),
        ({"from_minute": 480, "to_minute": 1080}, "key.outside_hours"),
        ({"bills_minute": 1}, "key.rate_exceeded"),
        ({"bills_day": 1}, "key.day_exceeded"),
        ({"amount_day_fen": 8202}, "key.amount_exceeded"),
    ],
)
def test_a_persons_key_issues_and_reverses_within_its_limits_alone(
    chain: Chain, limits, code: str
) -> None:
    issued(chain, issue("first"))
    key = person(chain, "c-1", **limits)
    when = {"person": key, "time_ms": SIX_IN_THE_MORNING_MS}
    assert chain.refuse("hospital", issue("a"), issue("b"), **when).code == code
    assert chain.refuse("hospital", issue("a"), reverse(1), **when).code == code
    chain.accept("hospital", issue("a"), issue("b"), time_ms=SIX_IN_THE_MORNING_MS)


def test_the_ledgers_own_limits_hold_beside_the_agencys() -> None:
    chain = province(person_bills_per_minute=2, person_bills_per_day=3)
    key = person(chain, "c-1")
    start_ms = SIX_IN_THE_MORNING_MS
    bills = [issue(f"b-{i}") for i in range(4)]
    assert chain.refuse("hospital", *bills[:3], person=key).code == "key.rate_exceeded"
    chain.accept("hospital", *bills[:2], person=key, time_ms=start_ms)
    chain.accept("hospital", bills[2], person=key, time_ms=start_ms + 60_000)
    late = chain.refuse("hospital", bills[3], person=key, time_ms=start_ms + 120_000)
    assert late.code == "key.day_exceeded"
    next_day_ms = start_ms + 86_400_000
    chain.accept("hospital", bills[3], person=key, time_ms=next_day_ms)


def test_a_refused_bill_uses_nothing_of_a_key(chain: Chain) -> None:
    key = person(chain, "c-1", bills_day=1)
    chain.refuse("hospital", issue("a"), issue("b", kind="03"), person=key)
    chain.accept("hospital", issue("a"), person=key)


# Batches


def test_of_a_thousand_operations_one_bad_one_undoes_all_and_is_named() -> None:
    chain = province(1, 2000)
    bills = [issue(f"b-{i}") for i in range(1000)]
    bills[617] = issue("b-617", (8203, 2092, 0, 0, 6110))
    before = chain.tip.state_root
    built = chain.build(chain.sign("hospital", *bills))
    [(_, refusal)] = built.refused
    assert (refusal.code, refusal.facts["operation"]) == ("bill.amounts_do_not_add_up", 617)
    assert (built.executed.leaves, built.executed.state_root) == ({}, before)
    chain.commit()
    assert [chain.view.bill_of("hospital", f"b-{i}") for i in (0, 616, 618)] == [None] * 3
    assert range_at(chain).tally == Tally()
    bills[617] = issue("b-617")
    assert len(chain.accept("hospital", *bills)) == 1000
    assert chain.fact(bill_key(CODE, 618), Bill).business_number == "b-617"


def test_a_frozen_unit_and_a_key_that_counts_for_nobody_issue_nothing(chain: Chain) -> None:
    no_key = msgspec.structs.replace(issue("a"), holder_key=bytes(32))
    assert chain.refuse("hospital", no_key).code == "bill.bad_holder_key"
    chain.accept("finance", FreezeUnit("hospital", "audit"))
    assert chain.refuse("hospital", issue("a")).code == "unit.frozen"
