import asyncio

from node.rejoining import ASK_AGAIN_S
from tests.support.parts import virtually
from tests.support.town import EXPIRY_MS, Town, until
from tests.support.world import AGENCIES


@virtually
async def test_nobody_signs_before_two_others_were_heard():
    town = Town()
    await town.start("hospital", "finance")
    await asyncio.sleep(ASK_AGAIN_S)
    town["hospital"].running.submit(town.finance.allot(1, 9, EXPIRY_MS).data)
    await asyncio.sleep(0.1)
    assert town.checker.votes_sent == 0
    await town.start("insurance")
    await until(lambda: town["hospital"].running.head.height == 1, 5)


@virtually
async def test_without_answers_a_validator_signs_after_twice_the_round_timeout():
    town = Town()
    await town.start("hospital")
    await asyncio.sleep(1.1)
    assert town["hospital"].journal.named("votes.unanswered")


@virtually
async def test_all_restart_at_once_and_nobody_is_quarantined():
    town = Town()
    await town.start()
    await town.allot()
    for machine in town.all:
        machine.crash()
    await town.start(*AGENCIES)
    await town.issue("after")
    assert all(machine.running.status().sign_from is None for machine in town.all)
    assert not any(machine.journal.named("votes.lost") for machine in town.all)
