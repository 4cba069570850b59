import asyncio

import msgspec

from consensus.certificate import CommitCertificate
from consensus.messages import (
    UNSIGNED,
    BodyReference,
    Decided,
    Prepare,
    Proposal,
    RoundChangeSeal,
    header_hash,
    sign_bytes,
)
from consensus.sign_bytes import block_vote_bytes, round_change_bytes
from node.intake import HEIGHTS_AHEAD
from node.verdicts import BATCH_MIN
from node.wire import Hello, Kind, consensus_frame, encode_frame
from primitives.hashing import plain_hash
from primitives.signing import Signed
from tests.support.actors import Impostor
from tests.support.parts import virtually
from tests.support.town import Town
from tests.support.world import SeededSigner


async def three_and_a_stand_in():
    """Three honest nodes, and somebody who holds health's link certificate and vote key."""
    town = Town()
    await town.start("hospital", "finance", "insurance")
    town.checker.liars.add("health")
    stand_in = Impostor("health", town.network, town.genesis)
    await stand_in.call("hospital")
    await town.allot()
    return town, stand_in


def prepare(town, height, *, hash_=bytes(32), signer=3, key="health"):
    vote = Prepare(signer, height, 0, hash_, UNSIGNED)
    chain = plain_hash(town.genesis)
    signature = SeededSigner(key).sign_vote(Signed.PREPARE, sign_bytes(vote, chain))
    return consensus_frame(msgspec.structs.replace(vote, signature=signature))


def faults(town):
    return [event["code"] for event in town["hospital"].journal.named("peers.fault_seen")]


@virtually
async def test_a_vote_with_a_bad_signature_costs_its_sender():
    town, stand_in = await three_and_a_stand_in()
    await stand_in.say(prepare(town, 2, key="finance"))
    await asyncio.sleep(0.1)
    assert faults(town) == ["consensus.bad_signature"]


@virtually
async def test_a_signer_outside_the_set_costs_its_sender():
    town, stand_in = await three_and_a_stand_in()
    await stand_in.say(prepare(town, 2, signer=9))
    await asyncio.sleep(0.1)
    assert faults(town) == ["consensus.not_a_validator"]


@virtually
async def test_a_message_far_ahead_is_a_claim_and_nothing_more():
    town, stand_in = await three_and_a_stand_in()
    await stand_in.say(prepare(town, 2 + HEIGHTS_AHEAD + 1, key="finance"))
    await asyncio.sleep(0.1)
    assert faults(town) == []
    peer = next(p for p in town["hospital"].running.peers() if p.agency == "health")
    assert peer.height == 2 + HEIGHTS_AHEAD


@virtually
async def test_a_second_hello_costs_its_sender():
    town, stand_in = await three_and_a_stand_in()
    hello = Hello(1, plain_hash(town.genesis), "health", 0)
    await stand_in.say(encode_frame(Kind.HELLO, hello))
    await asyncio.sleep(0.1)
    assert faults(town) == ["hello.twice"]


@virtually
async def test_two_votes_of_one_round_are_evidence_on_record():
    town, stand_in = await three_and_a_stand_in()
    await stand_in.say(prepare(town, 2, hash_=bytes([1]) * 32))
    await stand_in.say(prepare(town, 2, hash_=bytes([2]) * 32))
    await asyncio.sleep(1)
    assert len(town["hospital"].journal.named("consensus.liar_found")) == 1
    await town.issue("unmoved")


@virtually
async def test_a_certificate_of_one_seal_many_times_costs_its_sender_and_no_node():
    town, stand_in = await three_and_a_stand_in()
    header = b"any header"
    chain, hash_ = plain_hash(town.genesis), header_hash(header)
    signed = block_vote_bytes(Signed.COMMIT, chain, 2, 0, hash_)
    seal = (3, SeededSigner("health").sign_vote(Signed.COMMIT, signed))
    certificate = CommitCertificate(2, 0, hash_, (seal,) * BATCH_MIN)
    await stand_in.say(consensus_frame(Decided(header, certificate)))
    await asyncio.sleep(0.5)
    assert faults(town) == ["certificate.no_quorum"]
    await town.issue("goes-on")


@virtually
async def test_a_fault_found_after_many_signatures_costs_its_sender_and_no_node():
    town, stand_in = await three_and_a_stand_in()
    chain, none, health = plain_hash(town.genesis), bytes(32), SeededSigner("health")
    asked = round_change_bytes(chain, 3, round_=1, prepared_round_plus_1=0, prepared_hash=none)
    seal = RoundChangeSeal(3, 0, none, health.sign_vote(Signed.ROUND_CHANGE, asked))
    body = BodyReference((), b"no certificate")
    bare = Proposal(3, 3, 1, b"any header", body, (seal,) * BATCH_MIN, None, UNSIGNED)
    signature = health.sign_vote(Signed.PROPOSAL, sign_bytes(bare, chain))
    await stand_in.say(consensus_frame(msgspec.structs.replace(bare, signature=signature)))
    await asyncio.sleep(0.5)
    assert faults(town) == ["codec.malformed"]
    await town.issue("goes-on")
