"""Power fails before each write and each frame between an order and its bill: one bill, always.

The moments are counted by the ports: every sync of the machine's disk and every frame it sends,
from the hospital's line to the bill of the paid order. A tenth of them is tried without FULL=1.
"""

import asyncio
from functools import cache

import pytest

from ledger.orders import BILLED, CHARGE
from node.intents import OrderIntent
from tests.support.checker import assert_same_heads, issued_bills
from tests.support.fuse import Fuse
from tests.support.market import BANK, DAY_MS, Market
from tests.support.office import line
from tests.support.scale import scaled
from tests.support.town import until
from tests.support.virtual_loop import run_virtually
from tests.support.world import EPOCH_MS

SEED = 11
VICTIMS = ("hospital", BANK)


async def see_through(victim: str, blows_at: int) -> int:
    """Open, pay and bill one order while a machine's power fails once; return the moments."""
    market = Market(SEED)
    await market.open()
    await asyncio.sleep(1)
    fuse = Fuse(market, victim, blows_at)
    story = asyncio.ensure_future(tell(market))
    await until(lambda: fuse.is_blown or story.done(), 120)
    moments = fuse.moments
    fuse.remove()
    if fuse.is_blown:
        await asyncio.sleep(0.7)
        await market.restart(victim)
    await asyncio.wait_for(story, 120)
    await market.level()
    assert_same_heads(market.all)
    for agency in (victim, "finance"):
        order = market.order_leaf("o-1", agency)
        assert (order.state, order.paid_fen, order.owed_fen) == (BILLED, 600, 0)
        assert issued_bills(market[agency]) == ["o-1"]
    duties = market.offices["hospital"].services.duties
    await until(lambda: not duties.matters.paid and not len(duties.matters.unanchored), 60)
    assert not duties.matters.impossible
    assert market.offices["hospital"].services.vault.shelf.waiting() == []
    return moments


async def tell(market: Market) -> None:
    """Open the order, pay it, and wait for its bill, whoever fails meanwhile."""
    await market.send_lines([line("o-1")], OrderIntent(CHARGE, 1, EPOCH_MS + DAY_MS))
    await market.pay("o-1", "p-1")
    await until(lambda: market["finance"].running.state.bill_of("hospital", "o-1") is not None, 60)


@cache
def moments_of(victim: str) -> int:
    """Return how many moments there are."""
    return run_virtually(see_through(victim, 0))


@pytest.mark.slow
@pytest.mark.parametrize("victim", VICTIMS)
def test_whatever_moment_power_fails_a_paid_order_has_one_bill(victim: str) -> None:
    moments = moments_of(victim)
    assert moments > 50
    step = max(1, moments // scaled(moments))
    print(f"{victim}: {moments} moments, each {step}th tried, seed {SEED}")  # noqa: T201
    for moment in range(1, moments + 1, step):
        try:
            run_virtually(see_through(victim, moment))
        except BaseException:
            print(f"failed: {victim}, moment {moment} of {moments}, seed {SEED}")  # noqa: T201
            raise
