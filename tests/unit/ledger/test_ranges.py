"""Allotting numbers: never twice, never to the wrong unit."""

import msgspec
import pytest

from ledger.agencies import SUSPENDED, Agency, agency_key
from ledger.ranges import (
    ALLOTTED,
    EXHAUSTED,
    NO_TALLY,
    NUMBER_MAX,
    OPEN_RANGES_MAX,
    AllotNumbers,
    HighestNumber,
    NumberRange,
    NumbersAllotted,
    OpenRange,
    OpenRanges,
    Tally,
    highest_number_key,
    open_ranges_key,
    range_key,
    range_of,
    tallied,
    unused,
)
from ledger.receipt import decode_receipt
from primitives.codec import decode, encode
from primitives.errors import PeerFault
from tests.support.ledgers import CODE, Chain, allot, issue, new_chain
from tests.support.refusals import refused


@pytest.fixture
def chain() -> Chain:
    return new_chain()


def refusal_of(chain: Chain, *operations, agency: str = "finance"):
    """Offer one transaction to the next block and return why it was refused."""
    [(_, refusal)] = chain.build(chain.sign(agency, *operations)).refused
    return refusal


def test_a_range_is_three_facts_and_a_result(chain: Chain) -> None:
    built = chain.commit(chain.sign("finance", allot(1, 100)))
    receipt = decode_receipt(built.executed.receipts[0])
    assert receipt.results == (NumbersAllotted(CODE, 1, 100),)
    view = chain.view
    assert view.leaf(highest_number_key(CODE), HighestNumber) == HighestNumber(100)
    assert view.leaf(range_key(CODE, 1), NumberRange) == NumberRange(
        "hospital", "460000001", "01", 100, 1, ALLOTTED, False, NO_TALLY
    )
    key = open_ranges_key("hospital", "460000001", "01")
    assert view.leaf(key, OpenRanges) == OpenRanges((OpenRange(CODE, 1),))


def test_keys_are_the_published_ones() -> None:
    assert highest_number_key(CODE) == b"c/46060126"
    assert range_key(CODE, 1001) == b"r/46060126/0000001001"
    assert open_ranges_key("hospital", "460000001", "01") == b"u/hospital/460000001/01"


def test_ranges_that_overlap_are_refused_with_the_highest_allotted_number(chain: Chain) -> None:
    chain.commit(chain.sign("finance", allot(1, 100)))
    for first, last in ((1, 100), (50, 150), (100, 200)):
        refusal = refusal_of(chain, allot(first, last))
        assert (refusal.code, refusal.facts["highest"]) == ("range.overlaps", 100)


def test_a_code_of_another_division_is_refused(chain: Chain) -> None:
    refusal = refusal_of(chain, allot(code="44060126"))
    assert (refusal.code, refusal.field) == ("range.wrong_division", "code")


def test_of_two_officers_allotting_the_same_numbers_exactly_one_commits(chain: Chain) -> None:
    built = chain.commit(chain.sign("finance", allot(1, 100)), chain.sign("finance", allot(1, 100)))
    assert len(built.executed.receipts) == 1
    assert [refusal.code for _, refusal in built.refused] == ["range.overlaps"]


def test_only_finance_allots(chain: Chain) -> None:
    assert refusal_of(chain, allot(), agency="hospital").code == "agency.wrong_role"


@pytest.mark.parametrize(
    ("unit", "code"), [("nobody", "range.unknown_unit"), ("insurance", "range.not_a_hospital")]
)
def test_only_a_hospital_gets_numbers(chain: Chain, unit: str, code: str) -> None:
    operation = msgspec.structs.replace(allot(), unit=unit)
    assert refusal_of(chain, operation).code == code


@pytest.mark.parametrize(("first", "last"), [(0, 10), (10, 9), (1, 10**10)])
def test_numbers_outside_ten_digits_or_backwards_are_refused(
    chain: Chain, first: int, last: int
) -> None:
    assert refusal_of(chain, allot(first, last)).code == "range.malformed"


def test_the_code_must_name_the_kind(chain: Chain) -> None:
    operation = msgspec.structs.replace(allot(), kind="02")
    assert refusal_of(chain, operation).code == "range.wrong_kind"


def test_open_ranges_of_a_place_are_bounded(chain: Chain) -> None:
    ranges = [allot(10 * i + 1, 10 * i + 10) for i in range(OPEN_RANGES_MAX)]
    chain.commit(chain.sign("finance", *ranges))
    assert refusal_of(chain, allot(10_001, 10_002)).code == "range.too_many_open"


def test_numbers_are_taken_from_the_lowest_range_to_its_last_then_from_the_next(
    chain: Chain,
) -> None:
    chain.commit(chain.sign("finance", allot(5, 6), allot(9, 9)))
    built = chain.commit(chain.sign("hospital", issue("a"), issue("b"), issue("c")))
    [receipt] = built.executed.receipts
    assert [result.number for result in decode_receipt(receipt).results] == [5, 6, 9]
    key = open_ranges_key("hospital", "460000001", "01")
    assert chain.view.leaf(key, OpenRanges) == OpenRanges(())
    exhausted = chain.view.leaf(range_key(CODE, 5), NumberRange)
    assert exhausted is not None
    assert (exhausted.next, exhausted.state) == (7, EXHAUSTED)
    assert refusal_of(chain, issue("d"), agency="hospital").code == "bill.no_open_range"


def test_a_suspended_hospital_gets_no_numbers(chain: Chain) -> None:
    hospital = chain.fact(agency_key("clinic"), Agency)
    chain.place(agency_key("clinic"), msgspec.structs.replace(hospital, standing=SUSPENDED))
    operation = msgspec.structs.replace(allot(), unit="clinic")
    assert refusal_of(chain, operation).code == "range.not_a_hospital"


def test_an_offline_range_stands_among_no_open_ranges_and_counts_to_no_limit(
    chain: Chain,
) -> None:
    ranges = [allot(10 * i + 1, 10 * i + 10) for i in range(OPEN_RANGES_MAX)]
    chain.commit(chain.sign("finance", *ranges))
    chain.accept("finance", msgspec.structs.replace(allot(9001, 9010), is_offline=True))
    assert chain.fact(range_key(CODE, 9001), NumberRange).is_offline
    key = open_ranges_key("hospital", "460000001", "01")
    assert len(chain.fact(key, OpenRanges).ranges) == OPEN_RANGES_MAX


def test_codes_have_numbers_of_their_own(chain: Chain) -> None:
    chain.accept("finance", allot(1, 100), allot(1, 100, code="46060127"))
    key = open_ranges_key("hospital", "460000001", "01")
    assert chain.fact(key, OpenRanges) == OpenRanges((OpenRange(CODE, 1), OpenRange("46060127", 1)))


def test_the_highest_number_of_all_may_be_allotted_and_used(chain: Chain) -> None:
    chain.accept("finance", allot(NUMBER_MAX, NUMBER_MAX))
    built = chain.commit(chain.sign("hospital", issue("a")))
    [receipt] = built.executed.receipts
    assert decode_receipt(receipt).results[0].number == NUMBER_MAX
    assert chain.fact(range_key(CODE, NUMBER_MAX), NumberRange).next == NUMBER_MAX + 1
    assert refusal_of(chain, allot(1, 1)).code == "range.overlaps"


def test_a_tally_is_added_to_by_its_names(chain: Chain) -> None:
    chain.accept("finance", allot(1, 100))
    key, leaf = tallied(chain.view, CODE, 1, locked=2, owing=1)
    assert key == range_key(CODE, 1)
    assert isinstance(leaf, NumberRange)
    assert leaf.tally == Tally(locked=2, owing=1)


def test_numbers_without_a_bill_and_not_burnt_are_unused(chain: Chain) -> None:
    chain.accept("finance", allot(11, 20))
    numbers = chain.fact(range_key(CODE, 11), NumberRange)
    told = msgspec.structs.replace(numbers, tally=Tally(blue=3, red=2, void=1))
    assert (unused(numbers, 11), unused(told, 11)) == (10, 4)


@pytest.mark.parametrize("code", ["4606012", "460601260", "4606012x", "４6060126", "46060126\n"])
def test_a_code_has_eight_digits(code: str) -> None:
    with refused("codec.malformed", error=PeerFault):
        decode(encode(msgspec.structs.replace(allot(), code=code)), AllotNumbers, 1000)


def test_a_range_is_found_by_its_first_number_alone(chain: Chain) -> None:
    chain.accept("finance", allot(11, 20))
    assert range_of(chain.view, CODE, 11).last == 20
    with refused("range.unknown", "first"):
        range_of(chain.view, CODE, 12)
