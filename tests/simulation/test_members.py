"""Stories of members that come, change their keys and leave, while the network runs."""

import asyncio

from consensus import certificate as certificates
from ledger.governance import Propose
from ledger.membership import RemoveValidator, ScheduleUpgrade, SetParameter
from ledger.parameters import PARAMETERS_KEY, Parameters
from node.node import Node
from primitives.codec import encode
from primitives.errors import NodeFault
from tests.support.checker import assert_each_once, assert_same_heads
from tests.support.council import UNTIL_MS, Council
from tests.support.parts import virtually
from tests.support.town import EXPIRY_MS, Town, until
from tests.support.world import AGENCIES, SeededSigner

FIVE = (*AGENCIES, "bank")


def signers_of(node: Node, height: int) -> list[str]:
    """Return the agencies whose seals stand in a height's certificate."""
    data = node.store.certificate(height)
    assert data is not None
    certificate = certificates.decode(data)
    entries = node.sets.at(height)
    return [entries[index].agency for index, _ in certificate.seals]


async def five() -> tuple[Town, Council]:
    """Return a running town whose fifth agency was voted in."""
    town = Town(candidates=("bank",))
    await town.start()
    await town.allot()
    await town.start("bank")
    council = Council(town)
    await council.seat("bank")
    await until(lambda: town["bank"].running.status().is_validator)
    await town.level()
    return town, council


@virtually
async def test_a_fifth_agency_joins_signals_is_voted_in_and_votes_two_blocks_later() -> None:
    town = Town(candidates=("bank",))
    await town.start()
    await town.allot()
    await town.start("bank")
    await asyncio.sleep(5)
    waiting = town["bank"].running
    assert (waiting.status().is_member, waiting.status().ready) == (False, False)
    assert town["bank"].journal.named("node.not_yet_a_member")
    assert waiting.head.height == 0
    council = Council(town)
    decided = await council.seat("bank")
    await until(lambda: waiting.head.height > decided)
    assert [entry.agency for entry in waiting.sets.at(decided + 1)] == list(AGENCIES)
    assert [entry.agency for entry in waiting.sets.at(decided + 2)] == list(FIVE)
    town["finance"].crash()
    height = await town.issue("four-of-five")
    assert signers_of(waiting, height) == ["hospital", "insurance", "health", "bank"]


@virtually
async def test_five_go_on_without_one_and_stand_still_without_two() -> None:
    town, _ = await five()
    town["health"].crash()
    await town.issue("one-is-gone")
    town["insurance"].crash()
    transaction = town.hospital.bills(["waits"], EXPIRY_MS)
    node = town["hospital"].running
    node.submit(transaction.data)
    assert await node.wait(transaction.id, 20_000) is None
    await town.start("health")
    assert await node.wait(transaction.id, 30_000) is not None
    await town.start("insurance")
    await town.level()
    assert_same_heads(town.all)
    assert_each_once(town["bank"], ["one-is-gone", "waits"])


@virtually
async def test_a_validator_that_lost_its_vote_follows_without_one() -> None:
    town, council = await five()
    decided = await council.unseat("health", ("hospital", "finance", "insurance", "bank"))
    await until(lambda: town["health"].running.head.height > decided)
    assert "health" not in [e.agency for e in town["health"].running.sets.at(decided + 2)]
    assert not town["health"].running.status().is_validator
    height = await town.issue("without-its-vote")
    await town.level()
    assert "health" not in signers_of(town["health"].running, height)


@virtually
async def test_a_removed_member_is_dropped_and_refused() -> None:
    town, council = await five()
    voters = ("hospital", "finance", "insurance", "bank")
    decided = await council.unseat("health", voters)
    await until(lambda: town["hospital"].running.head.height > decided)
    await council.remove("health", voters[:3])
    others = [town[agency] for agency in ("hospital", "finance", "insurance", "bank")]
    await until(
        lambda: all("health" not in [p.agency for p in m.running.peers()] for m in others), 30
    )
    assert all(m.journal.named("peers.dropped")[-1]["reason"] == "member.removed" for m in others)
    before = town["health"].running.head.height
    await town.issue("they-go-on")
    await asyncio.sleep(10)
    assert town["health"].running.head.height == before
    assert town["health"].running.status().peers_connected == 0


@virtually
async def test_a_certificate_changes_and_the_links_never_fall_below_a_quorum() -> None:
    town = Town()
    following = b"second certificate of health"
    town["health"].next_certificates = (following,)
    await town.start()
    await town.allot()
    council = Council(town)
    await council.rotate_certificate("health", following, 20_000)
    await town.issue("both-count")
    town.network.reset("health")
    await until(lambda: town["health"].running.status().peers_connected == 3, 20)
    for number in range(30):
        await town.issue(f"later-{number}")
        await asyncio.sleep(1)
        assert town["hospital"].running.status().ready
    assert town["health"].running.status().peers_connected == 3
    await town.level()
    assert_same_heads(town.all)


@virtually
async def test_a_node_that_keeps_its_old_certificate_too_long_is_dropped() -> None:
    town = Town()
    await town.start()
    await town.allot()
    await Council(town).rotate_certificate("health", b"a certificate that it does not hold", 5_000)
    await town.issue("before")
    assert town["health"].running.status().peers_connected == 3
    await asyncio.sleep(6)
    await town.issue("after")
    await until(lambda: town["health"].running.status().peers_connected == 0, 20)
    reasons = town["hospital"].journal.named("peers.dropped")
    assert reasons[-1]["reason"] == "member.certificate_over"


@virtually
async def test_a_validator_key_changes_and_the_node_goes_on_voting() -> None:
    town = Town()
    signer = town["health"].signer = SeededSigner("health", "second")
    await town.start()
    await town.allot()
    decided = await Council(town).rotate_validator_key("health", signer, 1)
    await until(lambda: town["hospital"].running.head.height > decided)
    town["finance"].crash()
    height = await town.issue("with-the-new-key")
    assert height >= decided + 2
    node = town["hospital"].running
    entries = {e.agency: e.public_key for e in node.sets.at(height)}
    assert entries["health"] == signer.validator_public_keys[1]
    assert "health" in signers_of(node, height)
    town["health"].crash()
    await town.start("health")
    await town.issue("after-a-restart")
    assert not town["health"].journal.named("votes.quarantined")


@virtually
async def test_whoever_was_away_over_changes_of_the_validators_catches_up() -> None:
    town, council = await five()
    town["bank"].crash()
    signer = town["health"].signer
    town["health"].crash()
    town["health"].signer = SeededSigner("health", "second")
    await town.start("health")
    await council.rotate_validator_key("health", town["health"].signer, 1)
    for number in range(5):
        await town.issue(f"away-{number}")
    await town.start("bank")
    await town.level()
    await town.issue("all-five")
    await town.level()
    assert_same_heads(town.all)
    assert signer.validator_public_key != town["health"].signer.validator_public_keys[1]


@virtually
async def test_a_program_that_does_not_know_voted_rules_stops_before_their_first_block() -> None:
    town = Town()
    await town.start()
    await town.allot()
    decided = await Council(town).carry(ScheduleUpgrade(9))
    await until(lambda: all(machine.error is not None for machine in town.all), 30)
    for machine in town.all:
        assert isinstance(machine.error, NodeFault)
        assert (machine.error.code, machine.error.exit_code) == ("node.too_old", 78)
        decisions = machine.journal.named("blocks.decided")
        assert max(int(e["height"]) for e in decisions) == decided + 1


@virtually
async def test_a_change_of_a_near_height_makes_the_blocks_up_to_it_and_of_a_far_one_none() -> None:
    town = Town()
    await town.start()
    await town.allot()
    council = Council(town)
    value = encode(120_000)
    height = town["hospital"].running.head.height + 12
    await council.carry(SetParameter("heartbeat_ms", value), height=height)
    await asyncio.sleep(20)
    assert town["hospital"].running.head.height == height - 1
    assert town["hospital"].running.state.leaf(PARAMETERS_KEY, Parameters).heartbeat_ms == 120_000
    far = await council.carry(SetParameter("heartbeat_ms", encode(60_000)), height=height + 1_000)
    await asyncio.sleep(20)
    assert town["hospital"].running.head.height == far


@virtually
async def test_fewer_than_four_validators_are_refused_while_the_network_runs() -> None:
    town = Town()
    await town.start()
    await town.allot()
    asked = Propose(RemoveValidator("health"), 0, UNTIL_MS)
    transaction = town.desk("hospital", 1).transaction((asked,), EXPIRY_MS, "governance")
    refusal = town["hospital"].running.submit(transaction.data).refusal
    assert refusal is not None
    assert refusal.code == "governance.too_few_validators"
