import asyncio

from consensus.certificate import CommitCertificate
from consensus.messages import Decided
from node.rejoining import ASK_AGAIN_S
from node.wire import consensus_frame
from primitives import codec
from tests.support.actors import Impostor
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
async def test_a_wiped_validator_signs_again_only_above_what_the_others_hold():
    town = Town()
    await town.start()
    await town.allot()
    for number in range(8):
        await town.issue(f"before-{number}")
    health = town["health"]
    health.crash()
    known = max(town[agency].running.head.height for agency in ("hospital", "finance", "insurance"))
    health.disk.databases.clear()
    health.disk.contents.clear()
    health.create_store()
    await town.start("health")
    await until(lambda: bool(health.journal.named("votes.quarantine_known")), 10)
    (ended,) = health.journal.named("votes.quarantine_known")
    assert ended["sign_from"] >= known + 3
    assert "imported" in health.journal.named("votes.quarantined")[0]["reason"]


CLAIMED = 2
"""A height whose validators a node knows that has nothing but the genesis."""


async def wiped_town(town, first_height):
    """Return a wiped validator among three who greet with height 4 and show one certificate."""
    await town.start()
    await town.allot()
    for number in range(3):
        await town.issue(f"before-{number}")
    await town.level()
    store = town["hospital"].running.store
    shown = {
        height: Decided(
            store.header(height),
            codec.decode(store.certificate(height), CommitCertificate, 16 * 1024),
        )
        for height in (first_height, CLAIMED)
    }
    for machine in town.all:
        machine.crash()
    health = town["health"]
    health.disk.databases.clear()
    health.disk.contents.clear()
    health.create_store()
    await town.start("health")
    others = [Impostor(agency, town.network, town.genesis) for agency in AGENCIES[:3]]
    for other in others:
        town.checker.liars.add(other.agency)
        other.height = CLAIMED
        await other.call("health")
    return health, others, shown


@virtually
async def test_a_proof_below_what_a_member_claimed_at_its_hello_ends_no_quarantine():
    health, others, shown = await wiped_town(Town(), 1)
    for other in others:
        await other.say(consensus_frame(shown[1]))
    await asyncio.sleep(2)
    assert health.running.status().sign_from == -1
    assert not health.journal.named("votes.quarantine_known")
    for other in others:
        await other.say(consensus_frame(shown[CLAIMED]))
    await asyncio.sleep(0.2)
    (ended,) = health.journal.named("votes.quarantine_known")
    assert ended["sign_from"] == CLAIMED + 3


@virtually
async def test_a_proof_of_a_height_whose_validators_are_not_known_yet_ends_no_quarantine():
    health, others, shown = await wiped_town(Town(), 4)
    for other in others:
        await other.say(consensus_frame(shown[4]))
    await asyncio.sleep(2)
    assert health.running.status().sign_from == -1
    peers = {peer.agency: peer for peer in health.running.peers()}
    assert all(peers[other.agency].ban_reason != "consensus.bad_signature" for other in others)


@virtually
async def test_a_member_that_serves_nothing_has_not_proved_that_nothing_was_decided():
    health, _, _ = await wiped_town(Town(), 1)
    await asyncio.sleep(120)
    assert health.running.status().sign_from == -1


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
