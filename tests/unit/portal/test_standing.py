"""Where a bill and an order stand, said in the right marks at the right time."""

import dataclasses
from typing import Any

import pytest

from portal.pages.catalogue import has_text
from portal.pages.standing import TO_PAY, bill_marks, is_payable, order_state
from portal.projection.rows import BillRow, OrderRow
from tests.support.portal_node import ORDER_MS
from tests.unit.portal.test_projection import row

BILL = row("0000000001")
ORDER = OrderRow(
    patient=b"patient", number="o-1", hospital="hospital", sort="charge", state="open",
    money="unpaid", kind="01", place="460000001", total_fen=1305, fund_fen=0, other_fen=0,
    account_fen=0, due_fen=1305, paid_fen=0, refunded_fen=0, owed_fen=0, due_by_ms=0,
    opened_ms=ORDER_MS, expiry_ms=ORDER_MS + 1_000, bill="",
)  # fmt: skip

BILLS: list[tuple[dict[str, Any], list[str]]] = [
    ({}, ["issued", "not_endorsed", "on_the_way"]),
    ({"endorsement": "endorsed", "is_delivered": 1}, ["issued", "endorsed", "delivered"]),
    ({"endorsement": "withheld"}, ["issued", "withheld", "on_the_way"]),
    ({"is_on_paper": 1}, ["issued", "on_paper", "not_endorsed", "on_the_way"]),
    ({"claimed": "commercial"}, ["issued", "claimed", "not_endorsed", "on_the_way"]),
    ({"books": "archived"}, ["issued", "archived", "not_endorsed", "on_the_way"]),
    (
        {"validity": "reversed", "counterpart": "46060126/0000000002", "replaced_by": "x/y"},
        ["reversed", "replaced_by", "not_endorsed", "on_the_way"],
    ),
    ({"validity": "red"}, ["red", "not_endorsed", "on_the_way"]),
]


@pytest.mark.parametrize(("changes", "said"), BILLS)
def test_each_axis_of_a_bill_is_said(changes: dict[str, Any], said: list[str]) -> None:
    marks = bill_marks(dataclasses.replace(BILL, **changes), ORDER_MS)
    assert [mark.key for mark in marks] == [f"state.{key}" for key in said]
    assert all(has_text(mark.key) for mark in marks)


def test_a_hold_counts_until_its_lease_ends() -> None:
    held = dataclasses.replace(BILL, lock_class="commercial", lock_until_ms=ORDER_MS)
    assert is_being_claimed(held, ORDER_MS - 1)
    assert not is_being_claimed(held, ORDER_MS)


def is_being_claimed(bill: BillRow, now_ms: int) -> bool:
    return "state.being_claimed" in [mark.key for mark in bill_marks(bill, now_ms)]


ORDERS: list[tuple[dict[str, Any], str]] = [
    ({}, "to_pay"),
    ({"money": "prepay", "paid_fen": 1}, "part_paid"),
    ({"money": "paid", "paid_fen": 1305}, "paid"),
    ({"money": "paid", "paid_fen": 1305, "expiry_ms": 0}, "paid"),
    ({"sort": "deposit", "money": "prepay", "paid_fen": 1305}, "deposit_held"),
    ({"expiry_ms": 0}, "expired"),
    ({"expiry_ms": 0, "money": "prepay", "paid_fen": 1}, "returning"),
    ({"state": "billed", "owed_fen": 1}, "billed"),
    ({"state": "cancelled"}, "cancelled"),
    ({"state": "cancelled", "owed_fen": 1}, "returning"),
    ({"state": "reversed", "owed_fen": 0, "refunded_fen": 1305}, "returned"),
    ({"state": "reversed"}, "bill_reversed"),
]


@pytest.mark.parametrize(("changes", "state"), ORDERS)
def test_an_order_is_in_one_state_and_payable_only_while_something_is_due(
    changes: dict[str, Any], state: str
) -> None:
    order = dataclasses.replace(ORDER, **changes)
    assert order_state(order, ORDER_MS) == state
    assert is_payable(order, ORDER_MS) == (state in TO_PAY)
    assert has_text(f"order.{state}")
    assert has_text(f"order.{state}.what")
