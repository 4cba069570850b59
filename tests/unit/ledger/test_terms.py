"""What a bill and an order must hold to alike."""

import msgspec
import pytest

from ledger.bills import Amounts
from ledger.terms import check_amounts, check_holder_key
from primitives.units import AMOUNT_FEN_MAX
from tests.support.ledgers import HOLDER_KEY, issue
from tests.support.lives import open_order, province
from tests.support.refusals import refused


@pytest.mark.parametrize(
    "amounts",
    [
        (0, 0, 0, 0, 0),
        (10, 1, 2, 3, 4),
        (AMOUNT_FEN_MAX, 0, 0, 0, AMOUNT_FEN_MAX),
    ],
)
def test_amounts_that_add_up_are_taken(amounts: tuple[int, ...]) -> None:
    check_amounts(Amounts(*amounts))


@pytest.mark.parametrize("amounts", [(10, 1, 2, 3, 3), (10, 1, 2, 3, 5), (-1, 0, 0, 0, 0)])
def test_a_total_that_is_not_its_parts_is_refused(amounts: tuple[int, ...]) -> None:
    with refused("bill.amounts_do_not_add_up", "amounts"):
        check_amounts(Amounts(*amounts))


@pytest.mark.parametrize("place", [1, 2, 3, 4])
def test_a_part_below_nothing_is_refused_though_the_sum_holds(place: int) -> None:
    parts = [5, 5, 5, 5]
    parts[place - 1] = -1
    with refused("bill.negative_amount", "amounts"):
        check_amounts(Amounts(sum(parts), *parts))


def test_a_key_under_which_no_signature_counts_is_no_holders() -> None:
    check_holder_key(HOLDER_KEY)
    with refused("bill.bad_holder_key", "holder_key"):
        check_holder_key(bytes(32))


def test_a_bill_and_an_order_are_held_to_the_same() -> None:
    chain = province()
    bill, order = issue("a"), open_order(chain, "o-1")
    for wrong, code in (
        ({"amounts": Amounts(1, 0, 0, 0, 0)}, "bill.amounts_do_not_add_up"),
        ({"amounts": Amounts(0, -1, 0, 0, 1)}, "bill.negative_amount"),
        ({"holder_key": bytes(32)}, "bill.bad_holder_key"),
    ):
        for operation in (bill, order):
            refusal = chain.refuse("hospital", msgspec.structs.replace(operation, **wrong))
            assert refusal.code == code
