import asyncio

import msgspec

from consensus import certificate as certificates
from consensus.messages import (
    UNSIGNED,
    BlockBody,
    BodyReference,
    Decided,
    GetBody,
    GetCertificates,
    GetVoteOfMine,
    Proposal,
    VoteOfYours,
    decode,
    header_hash,
    sign_bytes,
)
from consensus.sign_bytes import status_answer_bytes
from ledger.block import decode_body
from node.serving import BLOCKS_BYTES_MAX
from node.wire import (
    BlocksEnd,
    FinalBlock,
    GetBlocks,
    GetTransactions,
    Kind,
    consensus_frame,
    encode_frame,
)
from primitives.hashing import plain_hash
from primitives.signing import Signed, verify
from tests.support.actors import Impostor
from tests.support.parts import virtually
from tests.support.town import EXPIRY_MS, Town
from tests.support.world import SeededSigner


async def asking(frame):
    """Let a stand-in for health ask the hospital; return the town and the answers."""
    town = Town()
    await town.start()
    await town.allot()
    for i in range(3):
        await town.issue(f"n{i}")
    await town.level()
    town["health"].crash()
    asker = Impostor("health", town.network, town.genesis)
    await asker.call("hospital")
    asker.heard.clear()
    await asker.say(frame)
    await asyncio.sleep(0.2)
    return town, asker.heard


@virtually
async def test_final_blocks_are_served_in_order_with_their_proof_and_an_end():
    town, heard = await asking(encode_frame(Kind.GET_BLOCKS, GetBlocks(2, 64)))
    blocks = sorted((f for f in heard if isinstance(f, FinalBlock)), key=lambda b: b.height)
    head = town["hospital"].running.head
    assert [block.height for block in blocks] == list(range(2, head.height + 1))
    assert header_hash(blocks[-1].header) == head.hash
    assert certificates.decode(blocks[-1].certificate).hash == head.hash
    assert len(decode_body(blocks[-1].body).transactions) == 1
    ends = [frame for frame in heard if isinstance(frame, BlocksEnd)]
    assert ends == [BlocksEnd(head.height + 1, head.height)]
    assert sum(len(block.body) for block in blocks) < BLOCKS_BYTES_MAX


@virtually
async def test_certificates_are_served_as_decisions():
    town, heard = await asking(consensus_frame(GetCertificates(1, 2)))
    decisions = [frame for frame in heard if isinstance(frame, Decided)]
    assert sorted(d.certificate.height for d in decisions) == [1, 2]
    assert town["hospital"].running.head.height > 2


@virtually
async def test_a_body_is_served_by_hash_with_its_header():
    town = Town()
    await town.start()
    await town.allot()
    town["health"].crash()
    asker = Impostor("health", town.network, town.genesis)
    await asker.call("hospital")
    head = town["hospital"].running.head
    await asker.say(consensus_frame(GetBody(head.height, head.hash)))
    await asker.say(consensus_frame(GetBody(head.height, bytes(32))))
    await asyncio.sleep(0.2)
    bodies = [frame for frame in asker.heard if isinstance(frame, BlockBody)]
    assert [header_hash(body.header) for body in bodies] == [head.hash]


@virtually
async def test_waiting_transactions_are_served_by_hash():
    town = Town()
    await town.start()
    await town.allot()
    for agency in ("health", "insurance", "finance"):
        town[agency].crash()
    asker = Impostor("health", town.network, town.genesis)
    await asker.call("hospital")
    await asyncio.sleep(1)
    transaction = town.hospital.bills(["a"], EXPIRY_MS)
    town["hospital"].running.submit(transaction.data)
    await asyncio.sleep(0.1)
    asker.heard.clear()
    question = GetTransactions((bytes(32), transaction.hash))
    await asker.say(encode_frame(Kind.GET_TRANSACTIONS, question))
    await asyncio.sleep(0.1)
    assert [transaction.data] in asker.heard


@virtually
async def test_the_highest_vote_of_a_validator_is_told_to_it_signed():
    nonce = bytes(range(16))
    town, heard = await asking(consensus_frame(GetVoteOfMine(nonce)))
    answer = next(frame for frame in heard if isinstance(frame, VoteOfYours))
    vote = decode(answer.vote)
    assert vote.signer == 3
    assert vote.height == town["hospital"].running.head.height
    signed = status_answer_bytes(
        town["hospital"].running.status().chain, nonce, plain_hash(answer.vote)
    )
    key = SeededSigner("hospital").validator_public_key
    assert verify(key, signed, answer.signature)


@virtually
async def test_an_asker_gets_no_more_than_its_budget():
    nonce = bytes(range(16))
    town, heard = await asking(consensus_frame(GetVoteOfMine(nonce)))
    asker_frames = len([f for f in heard if isinstance(f, VoteOfYours)])
    assert asker_frames == 1
    flood = Impostor("health", town.network, town.genesis)
    await flood.call("hospital")
    flood.heard.clear()
    for _ in range(500):
        await flood.say(consensus_frame(GetVoteOfMine(nonce)))
    await asyncio.sleep(0.2)
    answers = [frame for frame in flood.heard if isinstance(frame, VoteOfYours)]
    assert 30 < len(answers) < 100


@virtually
async def test_a_proposal_of_a_thousand_transactions_is_told_bare_and_fits_the_answer():
    town = Town()
    await town.start("hospital", "finance", "insurance")
    town.checker.liars.add("health")
    asker = Impostor("health", town.network, town.genesis)
    await asker.call("hospital")
    await town.allot()
    chain = plain_hash(town.genesis)
    body = BodyReference(tuple(plain_hash(bytes([i % 256, i // 256])) for i in range(1200)), b"")
    unsigned = Proposal(3, 2, 7, b"any header", body, (), None, UNSIGNED)
    signature = SeededSigner("health").sign_vote(Signed.PROPOSAL, sign_bytes(unsigned, chain))
    await asker.say(consensus_frame(msgspec.structs.replace(unsigned, signature=signature)))
    await asker.say(consensus_frame(GetVoteOfMine(bytes(16))))
    await asyncio.sleep(0.2)
    (answer,) = [frame for frame in asker.heard if isinstance(frame, VoteOfYours)]
    told = decode(answer.vote)
    assert isinstance(told, Proposal)
    assert (told.height, told.round, told.signature) == (2, 7, signature)
    assert told.body.transactions == ()
