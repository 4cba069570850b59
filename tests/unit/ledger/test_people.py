"""The people of an agency: keys given, limited, withdrawn; bills counted against them."""

import msgspec
import pytest

from ledger.bills import Bill, bill_key
from ledger.keys import ActingKey, KeyLimits, KeyUsage, PersonKey, person_key_key, usage_key
from ledger.orders import CancelOrder
from ledger.parameters import Parameters
from ledger.people import IssueKey, LimitKey, RevokeKey, is_same_person
from ledger.reversal import ReverseBill
from primitives.signing import SigningKey, key_id
from tests.support.ledgers import CODE, GENESIS_TIME_MS, Chain, allot, issue, key_pair
from tests.support.money import DAY_MS, MINUTE_MS, STATUTORY, new_town, order_of

CASHIER = key_pair("hospital", "cashier 7")
ID = key_id(CASHIER.public_key)
FREE = KeyLimits((), (), 10**12, 1_000, 100, 0, 1440)
MIDNIGHT_MS = 1_790_006_400_000
"""2026-09-22 00:00 in Shanghai."""


def give(limits: KeyLimits = FREE, key: SigningKey = CASHIER, **fields) -> IssueKey:
    purpose, staff = fields.get("purpose", "desk"), fields.get("staff", "c-7")
    until_ms = fields.get("until_ms", GENESIS_TIME_MS + 30 * DAY_MS)
    return IssueKey(purpose, key.public_key, staff, limits, until_ms)


def limited(**limits) -> KeyLimits:
    return msgspec.structs.replace(FREE, **limits)


def town_with(limits: KeyLimits = FREE, parameters: Parameters = STATUTORY) -> Chain:
    """Return a town whose hospital has a cashier."""
    town = new_town(parameters)
    town.accept("hospital", give(limits))
    return town


def used(town: Chain) -> KeyUsage:
    return town.fact(usage_key("hospital", ID), KeyUsage)


def test_an_issued_key_stands_with_its_limits_and_signs() -> None:
    town = town_with(limited(kinds=("01",)))
    leaf = town.fact(person_key_key("hospital", ID), PersonKey)
    assert (leaf.purpose, leaf.suite, leaf.staff) == ("desk", 1, "c-7")
    assert (leaf.public, leaf.limits.kinds) == (CASHIER.public_key, ("01",))
    assert (leaf.issued_ms, leaf.revoked_ms) == (town.tip.time_ms, 0)
    town.accept("hospital", issue("a"), person=CASHIER)
    assert town.fact(bill_key(CODE, 1), Bill).key_id == ID


def test_a_key_is_of_its_agency_alone() -> None:
    town = town_with()
    assert town.refuse("clinic", issue("a"), person=CASHIER).code == "agency.unknown_key"


@pytest.mark.parametrize(
    ("operation", "code", "field"),
    [
        (
            IssueKey("desk", bytes(32), "c-7", FREE, GENESIS_TIME_MS + DAY_MS),
            "key.bad_public",
            "public",
        ),
        (give(until_ms=GENESIS_TIME_MS), "key.already_over", "until_ms"),
        (give(key=key_pair("hospital", "desk")), "key.exists", "public"),
    ],
)
def test_a_key_that_could_not_count_is_not_given(operation, code: str, field: str) -> None:
    error = new_town().refuse("hospital", operation)
    assert (error.code, error.field) == (code, field)


def test_a_key_is_given_once_even_after_its_withdrawal() -> None:
    town = town_with()
    assert town.refuse("hospital", give()).code == "key.exists"
    town.accept("hospital", RevokeKey(ID))
    assert town.refuse("hospital", give()).code == "key.revoked"


def test_only_a_governance_key_gives_limits_and_withdraws() -> None:
    town = town_with()
    for operation in (give(key=key_pair("hospital", "x")), LimitKey(ID, FREE, 10**14)):
        error = town.refuse("hospital", operation, person=CASHIER)
        assert error.code == "agency.wrong_key_purpose"
    error = town.refuse("hospital", RevokeKey(ID), purpose="desk")
    assert error.code == "agency.wrong_key_purpose"


def test_a_withdrawn_key_signs_nothing_from_that_transaction_on() -> None:
    town = town_with()
    before = town.sign("hospital", issue("a"), person=CASHIER)
    withdrawal = town.sign("hospital", RevokeKey(ID))
    after = town.sign("hospital", issue("b"), person=CASHIER)
    built = town.commit(before, withdrawal, after)
    assert [error.code for _, error in built.refused] == ["key.revoked"]
    leaf = town.fact(person_key_key("hospital", ID), PersonKey)
    assert leaf.revoked_ms == town.tip.time_ms
    assert town.refuse("hospital", RevokeKey(ID)).code == "key.revoked"
    assert town.refuse("hospital", LimitKey(ID, FREE, 10**14)).code == "key.revoked"


def test_an_unknown_key_is_neither_limited_nor_withdrawn() -> None:
    town = new_town()
    assert town.refuse("hospital", LimitKey(bytes(8), FREE, 10**14)).code == "key.unknown"
    assert town.refuse("hospital", RevokeKey(bytes(8))).code == "key.unknown"


def test_new_limits_hold_from_then_on() -> None:
    town = town_with()
    town.accept("hospital", issue("a"), person=CASHIER)
    until_ms = town.tip.time_ms + MINUTE_MS
    town.accept("hospital", LimitKey(ID, limited(bills_day=1), until_ms))
    assert town.refuse("hospital", issue("b"), person=CASHIER).code == "key.day_exceeded"
    error = town.refuse("hospital", issue("b"), person=CASHIER, time_ms=until_ms)
    assert error.code == "key.not_in_force"
    error = town.refuse("hospital", LimitKey(ID, FREE, town.tip.time_ms))
    assert (error.code, error.field) == ("key.already_over", "until_ms")


def test_a_key_issues_its_kinds_at_its_places() -> None:
    town = town_with(limited(kinds=("01",), places=("460000002",)))
    town.accept("finance", allot(1, 10, code="46060226"), allot(2001, 2009, place="460000002"))
    error = town.refuse("hospital", issue("a", kind="02"), person=CASHIER)
    assert (error.code, error.field) == ("key.kind_not_allowed", "kind")
    error = town.refuse("hospital", issue("a"), person=CASHIER)
    assert (error.code, error.field) == ("key.place_not_allowed", "place")
    town.accept("hospital", issue("a", place="460000002"), person=CASHIER)


def test_a_keys_hours_bind_every_act_not_bills_alone() -> None:
    town = town_with(limited(from_minute=480, to_minute=1080))
    night_ms, morning_ms = MIDNIGHT_MS + 3 * 60 * MINUTE_MS, MIDNIGHT_MS + 8 * 60 * MINUTE_MS
    late = order_of("o1", 500, expiry_ms=MIDNIGHT_MS + DAY_MS)
    for operation in (issue("a"), late, CancelOrder("hospital", "o1", "x")):
        error = town.refuse("hospital", operation, time_ms=night_ms, person=CASHIER)
        assert error.code == "key.outside_hours"
    town.accept("hospital", issue("a"), late, time_ms=morning_ms, person=CASHIER)


def test_hours_may_span_midnight() -> None:
    town = town_with(limited(from_minute=1320, to_minute=360))
    town.accept("hospital", issue("a"), time_ms=MIDNIGHT_MS - 1, person=CASHIER)
    town.accept("hospital", issue("b"), time_ms=MIDNIGHT_MS + MINUTE_MS, person=CASHIER)
    noon_ms = MIDNIGHT_MS + 720 * MINUTE_MS
    error = town.refuse("hospital", issue("c"), time_ms=noon_ms, person=CASHIER)
    assert error.code == "key.outside_hours"


def test_bills_of_a_minute_are_counted_and_the_next_minute_is_new() -> None:
    town = town_with(limited(bills_minute=2))
    town.accept("hospital", issue("a"), issue("b"), time_ms=MIDNIGHT_MS, person=CASHIER)
    late_ms = MIDNIGHT_MS + MINUTE_MS - 1
    error = town.refuse("hospital", issue("c"), time_ms=late_ms, person=CASHIER)
    assert error.code == "key.rate_exceeded"
    town.accept("hospital", issue("c"), time_ms=late_ms + 1, person=CASHIER)
    assert (used(town).minute_bills, used(town).bills) == (1, 3)


def test_bills_and_amount_of_a_day_are_counted_and_the_next_day_is_new() -> None:
    town = town_with(limited(bills_day=2, amount_day_fen=2 * 8202))
    before_ms = MIDNIGHT_MS - 5 * MINUTE_MS
    town.accept("hospital", issue("a"), issue("b"), time_ms=before_ms, person=CASHIER)
    assert used(town) == KeyUsage(20260921, 2, 16404, before_ms // MINUTE_MS, 2)
    assert town.refuse("hospital", issue("c"), person=CASHIER).code == "key.day_exceeded"
    town.accept("hospital", issue("c"), time_ms=MIDNIGHT_MS, person=CASHIER)
    assert used(town) == KeyUsage(20260922, 1, 8202, MIDNIGHT_MS // MINUTE_MS, 1)


def test_the_days_amount_is_a_limit_of_its_own() -> None:
    town = town_with(limited(amount_day_fen=8201))
    assert town.refuse("hospital", issue("a"), person=CASHIER).code == "key.amount_exceeded"


def test_the_ledgers_own_limits_hold_whatever_the_agency_allows() -> None:
    one = msgspec.structs.replace(STATUTORY, person_bills_per_minute=1)
    town = town_with(parameters=one)
    error = town.refuse("hospital", issue("a"), issue("b"), person=CASHIER)
    assert (error.code, error.facts["operation"]) == ("key.rate_exceeded", 1)
    two = msgspec.structs.replace(STATUTORY, person_bills_per_day=1)
    town = town_with(parameters=two)
    assert (
        town.refuse("hospital", issue("a"), issue("b"), person=CASHIER).code == "key.day_exceeded"
    )


def test_a_reversal_counts_like_a_bill_with_its_amount() -> None:
    town = town_with(limited(bills_day=1, amount_day_fen=8202))
    town.accept("hospital", issue("a"), issue("b"))
    town.accept("hospital", ReverseBill(CODE, 1, "d4e5f6", "refund"), person=CASHIER)
    assert (used(town).bills, used(town).amount_fen) == (1, 8202)
    error = town.refuse("hospital", ReverseBill(CODE, 2, "d4e5f6", "refund"), person=CASHIER)
    assert error.code == "key.day_exceeded"


def test_an_old_key_of_a_person_counts_beside_the_new_one() -> None:
    town = town_with()
    new = key_pair("hospital", "cashier 7, new")
    town.accept("hospital", give(key=new))
    town.accept("hospital", LimitKey(ID, FREE, town.tip.time_ms + MINUTE_MS))
    end_ms = town.tip.time_ms + MINUTE_MS
    town.accept("hospital", issue("a"), person=CASHIER)
    town.accept("hospital", issue("b"), person=new)
    assert town.refuse("hospital", issue("c"), person=CASHIER, time_ms=end_ms).code == (
        "key.not_in_force"
    )


def test_two_keys_of_one_staff_number_are_one_person() -> None:
    town = town_with()
    town.accept("hospital", give(key=key_pair("hospital", "x")))
    leaves = [
        town.fact(person_key_key("hospital", key_id(key.public_key)), PersonKey)
        for key in (CASHIER, key_pair("hospital", "x"))
    ]
    first, second = (ActingKey(key_id(p.public), "desk", p.public, p) for p in leaves)
    other = msgspec.structs.replace(leaves[1], staff="c-8")
    third = ActingKey(second.key_id, "desk", other.public, other)
    program = ActingKey(bytes(8), "desk", bytes(32), None)
    assert is_same_person(first, first)
    assert is_same_person(first, second)
    assert not is_same_person(first, third)
    assert is_same_person(program, program)
    assert not is_same_person(program, first)


def test_a_programs_key_is_counted_nowhere() -> None:
    town = town_with()
    town.accept("hospital", issue("a"))
    assert town.view.leaf(usage_key("hospital", ID), KeyUsage) is None
