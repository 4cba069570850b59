"""The nasty cases that only several nodes can show, by their numbers."""

import asyncio
import copy
from collections.abc import Awaitable, Callable

from tests.support.checker import assert_each_once, assert_same_heads, issued_bills
from tests.support.town import EXPIRY_MS, Town, until
from tests.support.virtual_loop import run_virtually
from tests.support.world import AGENCIES

HOUR_MS = 3_600_000


def virtually(story: Callable[[], Awaitable[None]]) -> Callable[[], None]:
    """Tell a story on a virtual loop."""

    def test() -> None:
        run_virtually(story())  # type: ignore[arg-type]

    test.__name__ = story.__name__
    return test


async def ready_town() -> Town:
    town = Town()
    await town.start()
    await town.allot()
    return town


@virtually
async def test_case_01_one_business_number_sent_to_two_nodes_at_once_is_one_bill() -> None:
    town = await ready_town()
    first = town.hospital.bills(["twice"], EXPIRY_MS)
    second = town.hospital.bills(["twice"], EXPIRY_MS)
    assert first.id != second.id
    town["hospital"].running.submit(first.data)
    town["health"].running.submit(second.data)
    await until(lambda: issued_bills(town["finance"]) != [], 20)
    await asyncio.sleep(2)
    await town.level()
    for machine in town.all:
        assert_each_once(machine, ["twice"])


@virtually
async def test_case_20_a_validator_whose_clock_goes_back_an_hour_holds_nobody_up() -> None:
    town = await ready_town()
    town["insurance"].clock.offset_ms -= HOUR_MS
    for number in range(6):
        await town.issue(f"bill-{number}")
    await town.level()
    assert_same_heads(town.all)
    times = [
        event["round"]
        for event in town["finance"].journal.named("blocks.decided")
        if event["round"] != 0
    ]
    assert len(times) <= 6


@virtually
async def test_case_21_split_two_and_two_nothing_commits_and_healed_all_goes_on() -> None:
    town = await ready_town()
    height = await town.level()
    left, right = AGENCIES[:2], AGENCIES[2:]
    for one in left:
        for other in right:
            town.network.cut(one, other)
            town.network.cut(other, one)
    here = town.hospital.bills(["here"], EXPIRY_MS)
    there = town.desk("hospital", 2).bills(["there"], EXPIRY_MS)
    town[left[0]].running.submit(here.data)
    town[right[0]].running.submit(there.data)
    await asyncio.sleep(20)
    assert all(machine.running.head.height <= height + 1 for machine in town.all)
    assert all(issued_bills(machine) == [] for machine in town.all)
    town.network.heal()
    await until(lambda: len(issued_bills(town["health"])) == 2, 60)
    await town.level()
    assert_same_heads(town.all)
    for machine in town.all:
        assert_each_once(machine, ["here", "there"])


@virtually
async def test_case_22_newest_blocks_that_an_admin_deletes_are_there_again_from_the_others() -> (
    None
):
    town = await ready_town()
    await town.issue("before")
    await town.level()
    town["health"].crash()
    saved = copy.deepcopy(town["health"].disk.contents)
    await town["health"].start()
    await town.issue("after")
    head = await town.level()
    town["health"].crash()
    town["health"].disk.contents = saved
    town.checker.forget("health")
    await town["health"].start()
    await until(lambda: town["health"].running.head.height >= head, 20)
    await town.issue("later")
    await town.level()
    assert_same_heads(town.all)
    assert_each_once(town["health"], ["before", "after", "later"])
