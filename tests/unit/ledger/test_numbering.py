"""Which number a bill gets, and which numbers were burnt."""

import msgspec
import pytest

from ledger.bills import Bill, bill_key
from ledger.numbering import VoidedNumber, voided_number_key
from ledger.range_control import ReturnRange, WriteOffRange
from ledger.ranges import (
    ACTIVE,
    ALLOTTED,
    EXHAUSTED,
    NumberRange,
    Tally,
    range_key,
    unused,
)
from primitives.units import AMOUNT_FEN_MAX, SUM_FEN_MAX
from tests.support.ledgers import CODE, Chain, allot, issue, key_pair
from tests.support.lives import (
    OFFLINE_CODE,
    issue_offline,
    issued,
    offline_range,
    province,
    range_at,
    reverse,
    void_number,
)

NEW_YEAR_2027_MS = 1_798_732_800_000
"""2027-01-01 00:00 in Shanghai."""


@pytest.fixture
def chain() -> Chain:
    chain = province()
    offline_range(chain)
    return chain


def offline(chain: Chain) -> NumberRange:
    return range_at(chain, 1, OFFLINE_CODE)


def test_the_tally_counts_and_sums_blue_and_red(chain: Chain) -> None:
    issued(chain, issue("a"), issue("b", (100, 0, 0, 0, 100)))
    chain.accept("hospital", reverse(1))
    assert range_at(chain).tally == Tally(blue=2, red=1, blue_fen=8302, red_fen=-8202)
    assert (range_at(chain).next, range_at(chain).state) == (4, ACTIVE)


def test_the_red_bill_of_nothing_is_a_red_bill(chain: Chain) -> None:
    issued(chain, issue("a", (0, 0, 0, 0, 0)))
    chain.accept("hospital", reverse(1))
    assert range_at(chain).tally == Tally(blue=1, red=1)


def test_the_last_number_ends_a_range(chain: Chain) -> None:
    chain = province(7, 8)
    issued(chain, issue("a"))
    assert range_at(chain, 7).state == ACTIVE
    issued(chain, issue("b"))
    assert (range_at(chain, 7).state, range_at(chain, 7).next) == (EXHAUSTED, 9)
    assert unused(range_at(chain, 7), 7) == 0


def test_a_red_bill_may_take_the_last_number(chain: Chain) -> None:
    chain = province(1, 2)
    issued(chain, issue("a"))
    chain.accept("hospital", reverse(1))
    assert (range_at(chain).state, range_at(chain).tally.red) == (EXHAUSTED, 1)


def test_in_an_offline_range_the_unit_names_each_number(chain: Chain) -> None:
    bills = issued(chain, issue_offline("a", 5), issue_offline("b", 2))
    assert [(bill.code, bill.number) for bill in bills] == [(OFFLINE_CODE, 5), (OFFLINE_CODE, 2)]
    numbers = offline(chain)
    assert (numbers.next, numbers.state, numbers.tally.blue) == (6, ACTIVE, 2)
    assert chain.fact(bill_key(OFFLINE_CODE, 5), Bill).range_first == 1


def test_an_offline_range_gives_no_number_by_itself(chain: Chain) -> None:
    assert chain.refuse("hospital", issue("a", kind="02")).code == "bill.no_open_range"


def test_a_number_serves_once(chain: Chain) -> None:
    issued(chain, issue_offline("a", 5))
    refusal = chain.refuse("hospital", issue_offline("b", 5))
    assert (refusal.code, refusal.field) == ("number.used", "number")
    assert chain.refuse("hospital", void_number(5)).code == "number.used"


def test_a_burnt_number_is_a_fact_with_its_reason_and_counts(chain: Chain) -> None:
    chain.accept("hospital", void_number(4))
    key_id = chain.sign("hospital", issue("a")).envelope.key_id
    assert chain.fact(voided_number_key(OFFLINE_CODE, 4), VoidedNumber) == VoidedNumber(
        "hospital", key_id, chain.tip.time_ms, "printer_failed"
    )
    assert voided_number_key(OFFLINE_CODE, 4) == b"n/46060226/0000000004"
    assert offline(chain).tally == Tally(void=1)
    assert (offline(chain).state, offline(chain).next) == (ACTIVE, 5)


def test_a_burnt_number_gets_no_bill_and_is_not_burnt_again(chain: Chain) -> None:
    chain.accept("hospital", void_number(4))
    for operation in (issue_offline("a", 4), void_number(4)):
        assert chain.refuse("hospital", operation).code == "number.void"


def test_an_offline_range_ends_when_each_number_is_used_or_burnt(chain: Chain) -> None:
    for number in (10, 1, 2, 3, 4, 5, 6, 7, 8):
        chain.accept("hospital", issue_offline(f"b-{number}", number))
    assert offline(chain).state == ACTIVE
    chain.accept("hospital", void_number(9))
    assert (offline(chain).state, unused(offline(chain), 1)) == (EXHAUSTED, 0)
    for operation in (issue_offline("c", 4), void_number(4)):
        assert chain.refuse("hospital", operation).code == "range.exhausted"
    chain.accept("finance", WriteOffRange(OFFLINE_CODE, 1))


def test_a_returned_offline_range_takes_no_number_that_was_named_on_paper(chain: Chain) -> None:
    chain.accept("finance", ReturnRange(OFFLINE_CODE, 1))
    for operation in (issue_offline("a", 4), void_number(4)):
        assert chain.refuse("hospital", operation).code == "range.returned"


@pytest.mark.parametrize("number", [11, 9_999_999_999])
def test_a_number_outside_its_range_is_refused_and_nothing_burnt(chain: Chain, number: int) -> None:
    for operation in (issue_offline("a", number), void_number(number)):
        refusal = chain.refuse("hospital", operation)
        assert (refusal.code, refusal.field) == ("number.outside_range", "number")
    assert (offline(chain).state, offline(chain).tally) == (ALLOTTED, Tally())


def test_a_range_begins_with_its_first_number(chain: Chain) -> None:
    for operation in (issue_offline("a", 4, first=2), void_number(4, first=2)):
        assert chain.refuse("hospital", operation).code == "range.unknown"


def test_a_range_of_another_unit_is_refused(chain: Chain) -> None:
    for operation in (issue_offline("a", 4), void_number(4)):
        assert chain.refuse("clinic", operation).code == "number.not_yours"


def test_where_the_ledger_assigns_no_number_is_named_or_burnt(chain: Chain) -> None:
    wanted = issue_offline("a", 4)
    assert wanted.extras is not None
    assert wanted.extras.number is not None
    number = msgspec.structs.replace(wanted.extras.number, code=CODE)
    online = msgspec.structs.replace(
        issue("a"), extras=msgspec.structs.replace(wanted.extras, number=number)
    )
    for operation in (online, void_number(4, code=CODE)):
        assert chain.refuse("hospital", operation).code == "number.not_offline"


@pytest.mark.parametrize("changes", [{"place": "460000002"}, {"kind": "01"}])
def test_an_offline_number_is_of_its_place_and_kind(chain: Chain, changes) -> None:
    operation = issue_offline("a", 4, **changes)
    assert chain.refuse("hospital", operation).code == "number.not_yours"


def test_last_years_offline_numbers_get_no_bill_but_may_be_burnt(chain: Chain) -> None:
    operation = issue_offline("a", 4)
    after = chain.refuse("hospital", operation, time_ms=NEW_YEAR_2027_MS)
    assert (after.code, after.field) == ("number.wrong_year", "number")
    chain.accept("hospital", operation, time_ms=NEW_YEAR_2027_MS - 1)
    chain.accept("hospital", void_number(5), time_ms=NEW_YEAR_2027_MS)


def test_sums_stop_where_a_leaf_can_hold_no_more(chain: Chain) -> None:
    """A unit that issues absurd amounts ends nobody's node."""
    issued(chain, issue("a"))
    near = range_at(chain)
    tally = Tally(blue=3, red=2, blue_fen=SUM_FEN_MAX - 1, red_fen=1 - SUM_FEN_MAX)
    full = msgspec.structs.replace(near, tally=tally)
    chain.place(range_key(CODE, 1), full)
    chain.accept("hospital", issue("b", (AMOUNT_FEN_MAX, 0, 0, 0, AMOUNT_FEN_MAX)), reverse(1))
    after = range_at(chain).tally
    assert (after.blue_fen, after.red_fen) == (SUM_FEN_MAX, -SUM_FEN_MAX)
    assert (after.blue, after.red) == (4, 3)


def test_only_a_hospital_burns_numbers(chain: Chain) -> None:
    assert chain.refuse("finance", void_number(4)).code == "agency.wrong_role"
    with_another = chain.refuse("hospital", void_number(4), signer=key_pair("clinic", "desk"))
    assert with_another.code == "transaction.bad_signature"


def test_two_transactions_of_a_block_never_get_the_same_number(chain: Chain) -> None:
    built = chain.commit(
        *(chain.sign("hospital", issue_offline(f"b-{i}", 4)) for i in range(3)),
        *(chain.sign("hospital", issue(f"c-{i}")) for i in range(3)),
    )
    assert [refusal.code for _, refusal in built.refused] == ["number.used"] * 2
    assert range_at(chain).next == 4


def test_an_allotment_after_the_last_number_goes_on(chain: Chain) -> None:
    chain = province(1, 1)
    chain.accept("finance", allot(2, 2))
    assert [bill.number for bill in issued(chain, issue("a"), issue("b"))] == [1, 2]
