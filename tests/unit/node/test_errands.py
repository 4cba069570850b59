"""What the node hands in by itself is seen to its end, or told why it has none."""

import asyncio

import pytest

from ledger.orders import CancelOrder
from ledger.units import FreezeUnit
from node.errands import Errands
from primitives.errors import Refused, Unavailable
from tests.support.market import Market
from tests.support.parts import virtually


async def opened() -> tuple[Market, Errands]:
    market = Market()
    await market.open()
    return market, market.offices["finance"].services.duties.errands


@virtually
async def test_an_errand_returns_when_it_took_effect() -> None:
    market, errands = await opened()
    receipt = await errands.run([FreezeUnit("hospital", "audit")])
    assert receipt.height <= market["finance"].running.head.height


@virtually
async def test_a_refused_errand_names_the_operation_at_fault() -> None:
    market, _ = await opened()
    errands = market.offices["hospital"].services.duties.errands
    await market.order("o-1")
    cancels = [CancelOrder("hospital", number, "expired") for number in ("o-1", "o-2")]
    with pytest.raises(Refused, match=r"order\.unknown") as caught:
        await errands.run(cancels)
    assert caught.value.facts["operation"] == 1


@virtually
async def test_of_two_errands_for_the_same_thing_the_later_is_told_that_it_was_done() -> None:
    market, errands = await opened()
    freeze = [FreezeUnit("hospital", "audit")]
    results = await asyncio.gather(errands.run(freeze), errands.run(freeze), return_exceptions=True)
    refused = [result for result in results if isinstance(result, Refused)]
    assert [error.code for error in refused] == ["unit.frozen"]
    assert market["finance"].running.head.height > 1


@virtually
async def test_without_a_quorum_an_errand_waits_and_goes_on_when_one_is_back() -> None:
    market, errands = await opened()
    for agency in ("insurance", "health"):
        market[agency].crash()
    task = asyncio.ensure_future(errands.run([FreezeUnit("hospital", "audit")]))
    await asyncio.sleep(30)
    assert not task.done()
    await market.restart("health")
    assert (await asyncio.wait_for(task, 60)).height > 0


@virtually
async def test_an_errand_whose_time_is_over_is_undecided() -> None:
    market, errands = await opened()
    for agency in ("insurance", "health"):
        market[agency].crash()
    task = asyncio.ensure_future(errands.run([FreezeUnit("hospital", "audit")]))
    await asyncio.sleep(700)
    for agency in ("insurance", "health"):
        await market.restart(agency)
    with pytest.raises((Unavailable, Refused)) as caught:
        await asyncio.wait_for(task, 120)
    assert caught.value.code in ("errand.undecided", "transaction.expired")
