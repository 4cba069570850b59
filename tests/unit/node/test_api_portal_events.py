"""A hospital's portal hears what became of its own bills and orders, and of nobody else's."""

import msgspec
import pytest

from ledger.orders import BILLED, REFUNDED
from ledger.reversal import ReverseBill
from node.api.details import get_portal_order_details
from node.api.portal_answers import PortalEvent
from node.api.portal_events import portal_event
from primitives.errors import Refused
from storage.memory import MemoryFiles
from tests.support.market import DUE_FEN, Market
from tests.support.parts import virtually
from tests.support.town import until


async def events(market: Market, first: int, agency: str = "hospital") -> list[PortalEvent]:
    """Return what the portal of an agency is told of all blocks from `first` on."""
    office, found = market.offices[agency], []
    for height in range(first, office.services.node.head.height + 1):
        block = office.services.blocks.block(height)
        assert block is not None
        found.append(await office.ask(lambda call, told=block: portal_event(call, told)))
    return found


@virtually
async def test_the_life_of_an_order_and_its_bill_is_told_block_by_block() -> None:
    market = Market()
    await market.open()
    await market.order("o-1")
    first = market.order_leaf("o-1").height
    await market.pay("o-1", "p-1")
    await until(lambda: market.order_leaf("o-1").state == BILLED, 5)
    bill = market.order_leaf("o-1").bill
    assert bill is not None
    await market.hand_in("hospital", ReverseBill(bill.code, bill.number, "abc123", "refund"))
    await market.level()
    await market.refund("p-1", DUE_FEN)
    await until(lambda: market.order_leaf("o-1").money == REFUNDED, 5)
    unanchored = market.offices["hospital"].services.duties.matters.unanchored
    await until(lambda: not unanchored, 5)
    await market.level()
    told = await events(market, first)
    orders = [order for event in told for order in event.orders]
    bills = [bill for event in told for bill in event.bills]
    assert len(orders) == 5
    assert {order.order for order in orders} == {"o-1"}
    assert orders[-1].state == "reversed"
    assert orders[-1].money == "refunded"
    assert [(item.number, item.validity) for item in bills] == [
        ("0000000001", "reversed"), ("0000000002", "red"), ("0000000001", "reversed"),
    ]  # fmt: skip
    assert len({item.patient for item in (*orders, *bills)}) == 1
    heights = [height for event in told for height in event.heights]
    assert {height.height for height in heights} == {bill.height for bill in bills}
    assert all(height.endorsement == "endorsed" and not height.withheld for height in heights)
    (payment,) = {item.reference: item for event in told for item in event.payments}.values()
    assert (payment.order, payment.state, payment.refunded_fen) == ("o-1", "applied", DUE_FEN)


@virtually
async def test_money_that_finds_no_order_is_told_with_the_day_by_which_it_goes_back() -> None:
    market = Market()
    await market.open()
    await market.order("o-1")
    first = market.order_leaf("o-1").height
    await market.pay("o-1", "p-1")
    await market.pay("o-1", "p-2")
    await market.level()
    payments = {
        item.reference: item for event in await events(market, first) for item in event.payments
    }
    assert payments["p-1"].owed_fen == 0
    late = payments["p-2"]
    assert (late.state, late.order, late.owed_fen) == ("unapplied", "o-1", DUE_FEN)
    assert late.due_by_ms is not None
    assert late.due_by_ms > late.paid_ms


@virtually
async def test_another_hospitals_portal_hears_nothing_of_it() -> None:
    market = Market()
    await market.open()
    await market.order("o-1")
    first = market.order_leaf("o-1").height
    await market.pay("o-1", "p-1")
    await until(lambda: market.order_leaf("o-1").state == BILLED, 5)
    await market.level()
    for event in await events(market, first, "insurance"):
        assert [*event.bills, *event.orders, *event.payments, *event.heights] == []


@virtually
async def test_an_orders_details_are_opened_for_a_session_recorded_and_limited() -> None:
    market = Market()
    await market.open()
    await market.order("o-1")
    office = market.offices["hospital"]
    for _ in range(3):
        details = await office.ask(get_portal_order_details, "session=s1", order="o-1")
        assert '"busNo": "o-1"' in details.text
    with pytest.raises(Refused, match=r"vault\.too_many_openings"):
        await office.ask(get_portal_order_details, "session=s1", order="o-1")
    with pytest.raises(Refused, match=r"order\.not_found"):
        await office.ask(get_portal_order_details, "session=s2", order="o-2")
    journal = MemoryFiles(market["hospital"].disk).read("vault/openings.jsonl")
    assert journal is not None
    lines = [msgspec.json.decode(line) for line in journal.splitlines()]
    assert [line["order"] for line in lines] == ["o-1"] * 3
    assert "s1" not in {line["session"] for line in lines}
