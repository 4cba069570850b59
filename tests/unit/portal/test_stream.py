"""What a real node tells is what the portal reads: an order's life, from opening to its refund."""

import asyncio
import json
from pathlib import Path
from typing import Any

import msgspec

from ledger.orders import BILLED, REFUNDED
from ledger.reversal import ReverseBill
from portal.pages.standing import bill_marks, order_state
from portal.projection.events import read_event
from portal.projection.projection import Projection
from portal.pseudonyms import Pseudonyms
from tests.support.market import DUE_FEN, Market
from tests.support.parts import virtually
from tests.support.town import until
from tests.unit.node.test_api_portal_events import events

NOW_MS = 1_767_225_600_000
"""Within the simulated day, before any lease or order ends."""


def told_life() -> list[dict[str, Any]]:
    """Return the events of an order that is paid twice, billed, reversed and paid back."""
    told: list[dict[str, Any]] = []

    @virtually
    async def life() -> None:
        market = Market()
        await market.open()
        await market.order("o-1")
        first = market.order_leaf("o-1").height
        await market.pay("o-1", "p-1")
        await until(lambda: market.order_leaf("o-1").state == BILLED, 5)
        await market.pay("o-1", "p-2")
        bill = market.order_leaf("o-1").bill
        assert bill is not None
        await market.hand_in("hospital", ReverseBill(bill.code, bill.number, "abc123", "refund"))
        await market.refund("p-1", DUE_FEN)
        await until(lambda: market.order_leaf("o-1").money == REFUNDED, 5)
        unanchored = market.offices["hospital"].services.duties.matters.unanchored
        await until(lambda: not unanchored, 5)
        await market.level()
        found = await events(market, first)
        told.extend(json.loads(msgspec.json.encode(event)) for event in found)

    life()
    return told


def test_the_portal_reads_all_that_a_node_tells_of_an_orders_life(tmp_path: Path) -> None:
    read = [read_event(event, "chain", Pseudonyms(bytes(32))) for event in told_life()]

    async def written() -> None:
        projection = Projection(tmp_path / "p.sqlite")
        await projection.begin("chain")
        for head, news in read:
            await projection.write_block(head, news)
        (patient,) = {order.patient for _, news in read for order in news.orders}
        ((order, stray_fen),) = await projection.orders(patient)
        assert (order_state(order, NOW_MS), stray_fen) == ("returned", DUE_FEN)
        stray = (await projection.payments("o-1"))[1]
        assert (stray.is_applied, stray.owed_fen) == (0, DUE_FEN)
        assert stray.due_by_ms > stray.paid_ms
        red, blue = (await projection.page(patient, number=1, size=9)).bills
        assert (blue.counterpart, red.counterpart) == (red.name, blue.name)
        assert red.total_fen == -blue.total_fen
        keys = [mark.key for mark in bill_marks(blue, NOW_MS)]
        assert keys == ["state.reversed", "state.endorsed", "state.delivered"]
        assert blue.order_number == order.number
        projection.close()

    asyncio.run(written())
