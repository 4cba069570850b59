"""Power fails at each moment of a block: nobody contradicts himself, nothing told is gone."""

import asyncio

import pytest

from tests.support.checker import assert_each_once, assert_same_heads
from tests.support.scale import scaled
from tests.support.town import EXPIRY_MS, Town, until
from tests.support.virtual_loop import run_virtually
from tests.support.world import AGENCIES

MOMENTS = scaled(400)


async def fail_at(moment: int, victims: tuple[str, ...]) -> None:
    """Let power fail so many steps after a bill was handed in, then see it through."""
    town = Town(seed=moment)
    for machine in town.all:
        machine.sync_ms = 2.0
    await town.start()
    await town.allot()
    await asyncio.sleep(0.2)
    node = town["hospital"].running
    transaction = town.hospital.bills(["a"], EXPIRY_MS)
    node.submit(transaction.data)
    told = asyncio.ensure_future(node.wait(transaction.id, 60_000))
    await asyncio.sleep(moment * 0.04 / MOMENTS)
    was_told = told.done()
    told.cancel()
    for agency in victims:
        town[agency].crash()
    for agency in victims:
        await town[agency].start()
    if was_told and len(victims) == len(AGENCIES):
        assert_each_once(town["hospital"], ["a"])
    hospital = town["hospital"].running
    if hospital.outcome(transaction.id).status != "committed":
        answer = hospital.submit(transaction.data)
        assert answer.status in ("accepted", "committed")
    await until(lambda: hospital.outcome(transaction.id).status == "committed", 60)
    await town.level()
    assert_same_heads(town.all)
    for machine in town.all:
        assert_each_once(machine, ["a"])


@pytest.mark.parametrize("moment", range(MOMENTS))
def test_all_machines_lose_power_at_one_moment_of_a_block(moment: int) -> None:
    run_virtually(fail_at(moment, AGENCIES))


@pytest.mark.parametrize("moment", range(0, MOMENTS, 4))
def test_half_of_the_machines_lose_power_at_one_moment_of_a_block(moment: int) -> None:
    run_virtually(fail_at(moment, ("hospital", "insurance")))
