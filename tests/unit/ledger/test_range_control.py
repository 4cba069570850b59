"""Finance's hand on a range: freeze, release, take back, write off."""

import msgspec
import pytest

from ledger.claims import ReleaseClaim
from ledger.range_control import FreezeRange, ReleaseRange, ReturnRange, WriteOffRange
from ledger.ranges import (
    ACTIVE,
    ALLOTTED,
    EXHAUSTED,
    FROZEN,
    OPEN_RANGES_MAX,
    RETURNED,
    WRITTEN_OFF,
    OpenRange,
    OpenRanges,
    open_ranges_key,
)
from tests.support.ledgers import CODE, Chain, allot, issue
from tests.support.lives import (
    OFFLINE_CODE,
    PLACE,
    bill_of_order,
    endorsed,
    endorsement,
    issue_offline,
    issued,
    lock,
    offline_range,
    open_order,
    pay,
    province,
    range_at,
    refund,
    reverse,
    void_number,
)

FREEZE = FreezeRange(CODE, 1)
RELEASE = ReleaseRange(CODE, 1)
RETURN = ReturnRange(CODE, 1)
WRITE_OFF = WriteOffRange(CODE, 1)


@pytest.fixture
def chain() -> Chain:
    return province(1, 3)


def open_ranges(chain: Chain, kind: str = "01") -> list[OpenRange]:
    found = chain.view.leaf(open_ranges_key("hospital", PLACE, kind), OpenRanges)
    return [] if found is None else list(found.ranges)


def test_a_frozen_range_gives_no_number_until_it_is_released(chain: Chain) -> None:
    issued(chain, issue("a"))
    chain.accept("finance", FREEZE)
    assert (range_at(chain).state, open_ranges(chain)) == (FROZEN, [])
    assert chain.refuse("hospital", issue("b")).code == "bill.no_open_range"
    chain.accept("finance", RELEASE)
    assert (range_at(chain).state, open_ranges(chain)) == (ACTIVE, [OpenRange(CODE, 1)])
    assert [bill.number for bill in issued(chain, issue("b"))] == [2]


def test_a_range_that_was_never_used_is_released_to_allotted(chain: Chain) -> None:
    chain.accept("finance", FREEZE)
    chain.accept("finance", RELEASE)
    assert range_at(chain).state == ALLOTTED


def test_while_a_range_is_frozen_the_next_one_serves(chain: Chain) -> None:
    chain.accept("finance", allot(11, 12), FREEZE)
    assert [bill.number for bill in issued(chain, issue("a"))] == [11]
    chain.accept("finance", RELEASE)
    assert open_ranges(chain) == [OpenRange(CODE, 1), OpenRange(CODE, 11)]
    assert [bill.number for bill in issued(chain, issue("b"))] == [1]


def test_a_returned_range_serves_nobody_again(chain: Chain) -> None:
    issued(chain, issue("a"))
    chain.accept("finance", RETURN)
    assert (range_at(chain).state, open_ranges(chain)) == (RETURNED, [])
    assert chain.refuse("hospital", issue("b")).code == "bill.no_open_range"
    assert chain.refuse("finance", RELEASE).code == "range.returned"
    assert chain.refuse("finance", allot(2, 3)).code == "range.overlaps"


def test_a_frozen_range_may_be_returned(chain: Chain) -> None:
    chain.accept("finance", FREEZE)
    chain.accept("finance", RETURN)
    assert range_at(chain).state == RETURNED


def test_a_used_up_or_returned_range_is_written_off(chain: Chain) -> None:
    issued(chain, issue("a"), issue("b"), issue("c"))
    assert range_at(chain).state == EXHAUSTED
    chain.accept("finance", WRITE_OFF)
    assert range_at(chain).state == WRITTEN_OFF
    chain.accept("finance", allot(4, 6))
    chain.accept("finance", ReturnRange(CODE, 4))
    chain.accept("finance", WriteOffRange(CODE, 4))
    assert range_at(chain, 4).state == WRITTEN_OFF


def test_a_range_with_free_numbers_is_not_written_off(chain: Chain) -> None:
    refusal = chain.refuse("finance", WRITE_OFF)
    assert (refusal.code, refusal.field) == ("range.in_use", "first")


def test_an_open_claim_keeps_a_range_from_being_written_off(chain: Chain) -> None:
    endorsed(chain, issue("a"), issue("b"))
    chain.accept("insurance", lock(chain, 1))
    chain.accept("finance", RETURN)
    refusal = chain.refuse("finance", WRITE_OFF)
    assert refusal.code == "range.open_matters"
    assert [refusal.facts[name] for name in ("locked", "withheld", "owing")] == [1, 0, 0]


def test_a_lock_past_its_lease_is_open_until_somebody_lets_it_go(chain: Chain) -> None:
    """Even of a bill that was reversed meanwhile: then finance lets it go."""
    endorsed(chain, issue("a"))
    held = lock(chain, 1, lease_ms=1000)
    chain.accept("insurance", held)
    chain.accept("hospital", reverse(1), time_ms=held.until_ms)
    chain.accept("finance", RETURN)
    assert chain.refuse("finance", WRITE_OFF).facts["locked"] == 1
    chain.accept("finance", ReleaseClaim(CODE, 1))
    chain.accept("finance", WRITE_OFF)


def test_a_withheld_bill_keeps_a_range_from_being_written_off(chain: Chain) -> None:
    issued(chain, issue("a"), issue("b"))
    height = chain.tip.height
    chain.accept("finance", endorsement(chain, height, 1, 2), RETURN)
    assert chain.refuse("finance", WRITE_OFF).facts["withheld"] == 2
    chain.accept("finance", endorsement(chain, height))
    chain.accept("finance", WRITE_OFF)


def test_money_that_is_owed_keeps_a_range_from_being_written_off(chain: Chain) -> None:
    order = open_order(chain, "o-1")
    chain.accept("hospital", order)
    chain.accept("bank", pay(chain, "o-1", 6110, "p-1"))
    chain.accept("hospital", bill_of_order(order, "a"))
    chain.accept("hospital", reverse(1))
    chain.accept("finance", RETURN)
    assert chain.refuse("finance", WRITE_OFF).facts["owing"] == 1
    chain.accept("bank", refund(chain, "p-1", 6110, "f-1"))
    chain.accept("finance", WRITE_OFF)


def test_numbers_of_an_offline_range_stand_among_no_open_ranges(chain: Chain) -> None:
    offline_range(chain)
    freeze = FreezeRange(OFFLINE_CODE, 1)
    chain.accept("finance", freeze)
    for operation in (issue_offline("a", 1), void_number(1)):
        assert chain.refuse("hospital", operation).code == "range.frozen"
    chain.accept("finance", ReleaseRange(OFFLINE_CODE, 1))
    chain.accept("hospital", issue_offline("a", 1))
    assert open_ranges(chain, "02") == []
    assert range_at(chain, 1, OFFLINE_CODE).state == ACTIVE


def test_a_range_is_released_only_where_there_is_room(chain: Chain) -> None:
    chain.accept("finance", FREEZE)
    ranges = [allot(10 * i + 1, 10 * i + 2) for i in range(1, OPEN_RANGES_MAX + 1)]
    chain.accept("finance", *ranges)
    assert chain.refuse("finance", RELEASE).code == "range.too_many_open"


@pytest.mark.parametrize("operation", [FREEZE, RELEASE, RETURN, WRITE_OFF])
def test_a_range_is_named_by_its_code_and_first_number(chain: Chain, operation) -> None:
    unknown = msgspec.structs.replace(operation, first=2)
    refusal = chain.refuse("finance", unknown)
    assert (refusal.code, refusal.field) == ("range.unknown", "first")
    assert chain.refuse("hospital", operation).code == "agency.wrong_role"
