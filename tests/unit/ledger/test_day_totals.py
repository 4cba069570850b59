"""What a unit issued and reversed in a day."""

from ledger.day_totals import DayTotal, day_total_key, day_total_leaves
from ledger.state import VALUE_SIZE_MAX, Draft
from primitives.codec import decode, encode
from primitives.units import AMOUNT_FEN_MAX
from tests.support.ledgers import Chain, allot, issue
from tests.support.money import new_town, reverse

MIDNIGHT_MS = 1_790_006_400_000
"""2026-09-22 00:00 in Shanghai."""


def total(town: Chain, date: str, unit: str = "hospital") -> DayTotal:
    return town.fact(day_total_key(unit, date), DayTotal)


def test_bills_of_a_day_are_summed_as_blocks_come() -> None:
    town = new_town()
    town.accept("hospital", issue("a"), issue("b"))
    assert total(town, "20260921") == DayTotal(2, 0, 2 * 8202, 0)
    town.accept("hospital", issue("c"))
    assert total(town, "20260921") == DayTotal(3, 0, 3 * 8202, 0)


def test_red_bills_are_counted_apart_with_their_sign_even_those_of_nothing() -> None:
    town = new_town()
    town.accept("hospital", issue("a"), issue("free", (0, 0, 0, 0, 0)))
    town.accept("hospital", reverse(1), reverse(2))
    assert total(town, "20260921") == DayTotal(2, 2, 8202, -8202)


def test_a_day_ends_at_midnight_in_shanghai() -> None:
    town = new_town()
    town.accept("hospital", issue("a"), time_ms=MIDNIGHT_MS - 1)
    town.accept("hospital", issue("b"), time_ms=MIDNIGHT_MS + 60)
    assert total(town, "20260921").blue == 1
    assert total(town, "20260922").blue == 1


def test_units_are_summed_apart_in_one_block() -> None:
    town = new_town()
    numbers = allot(5001, 5002)
    town.accept("finance", type(numbers)("clinic", "460000001", "01", "46060126", 5001, 5002))
    town.commit(town.sign("hospital", issue("a")), town.sign("clinic", issue("a"), issue("b")))
    assert total(town, "20260921").blue == 1
    assert total(town, "20260921", "clinic").blue == 2


def test_a_block_without_bills_writes_no_day() -> None:
    town = new_town()
    town.commit()
    assert town.view.leaf(day_total_key("hospital", "20260921"), DayTotal) is None


def test_a_day_of_the_largest_bills_is_held_at_the_largest_sum_that_can_be_read() -> None:
    town = new_town()
    all_ = (AMOUNT_FEN_MAX, 0, 0, 0, AMOUNT_FEN_MAX)
    town.accept("hospital", issue("a", all_))
    built = town.build(town.sign("hospital", issue("b", all_), reverse(1)))
    draft = Draft(town.view)
    key = day_total_key("hospital", "20260921")
    most = 2**63 - 1
    draft.facts[key] = DayTotal(1, 1, most - 1, -most + 1)
    leaf = day_total_leaves(draft, built.executed.faces, town.tip.time_ms)[key]
    assert leaf == DayTotal(2, 2, most, -most)
    assert decode(encode(leaf), DayTotal, VALUE_SIZE_MAX) == leaf
