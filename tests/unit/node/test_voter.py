import asyncio

import pytest

from consensus.effects import Vote
from consensus.inputs import Received
from consensus.messages import UNSIGNED, Commit, EvidenceFound, Prepare
from consensus.recovery import SIGN_FROM_UNKNOWN, recover
from node.voter import EVIDENCE_PER_SIGNER, LOG_BYTES_MAX, Voter
from primitives.errors import NodeFault
from storage.votes import COPIES, VoteLog
from tests.support.parts import collect, make_bench, soon, virtually

HASH, OTHER = bytes([1]) * 32, bytes([2]) * 32


def prepare(height=1, round_=0, hash_=HASH):
    return Vote(height, round_, hash_, Prepare(0, height, round_, hash_, UNSIGNED), None)


def commit(height=1, round_=0, hash_=HASH):
    return Vote(height, round_, hash_, Commit(0, height, round_, hash_, UNSIGNED), None)


def make_voter(bench):
    """Return a running voter, what it sent, and what it fed back."""
    sent, send = collect()
    told, tell = collect()
    restored = bench.restored
    voter = Voter(
        bench.ground,
        restored.log,
        restored.guard,
        payloads=restored.payloads,
        send=send,
        tell=tell,
    )
    bench.ground.tasks.spawn("voter", voter.run())
    return voter, sent, told


def on_record(bench):
    """Return the signed messages in the log, as a restart would find them."""
    _, found = VoteLog.open(bench.ground.world.files, bench.ground.store.identity)
    return recover(found.payloads).signed


@virtually
async def test_a_vote_is_in_both_copies_of_the_log_before_it_is_sent():
    bench = make_bench()
    voter, sent, told = make_voter(bench)
    disk = bench.machine.disk
    at_sending = []
    voter.vote(prepare())
    while not sent:
        at_sending = [bytes(disk.contents[path].durable) for path in COPIES]
        await asyncio.sleep(0.00001)
    assert on_record(bench) == (sent[0],)
    assert at_sending == [bytes(disk.contents[path].durable) for path in COPIES]
    assert told == [Received(sent[0], "hospital", told[0].received_ms, told[0].now_ms)]


@virtually
async def test_nothing_is_sent_when_the_log_cannot_be_written():
    bench = make_bench()
    voter, sent, told = make_voter(bench)
    bench.machine.disk.fault = lambda _place, _size: 0
    voter.vote(prepare())
    with pytest.raises(NodeFault) as caught:
        await bench.ground.tasks.over()
    assert caught.value.code == "storage.write_failed"
    assert (sent, told) == ([], [])


@virtually
async def test_votes_of_one_moment_share_one_sync_and_keep_their_order():
    bench = make_bench()
    voter, sent, _ = make_voter(bench)
    writes = []
    bench.machine.disk.fault = lambda place, size: writes.append((place, size)) if size else None
    voter.vote(prepare())
    voter.vote(commit())
    await soon()
    assert [type(message) for message in sent] == [Prepare, Commit]
    assert len(writes) == len(COPIES)


@virtually
async def test_a_second_payload_of_one_round_is_refused_and_the_same_one_is_sent_again():
    bench = make_bench()
    voter, sent, _ = make_voter(bench)
    voter.vote(prepare())
    await soon()
    voter.vote(prepare(hash_=OTHER))
    voter.vote(prepare())
    await soon()
    assert sent == [sent[0], sent[0]]
    refused = bench.machine.journal.named("votes.refused")
    assert [(event["height"], event["reason"]) for event in refused] == [(1, "g1")]


@virtually
async def test_a_vote_asked_for_again_waits_until_its_record_is_durable():
    bench = make_bench()
    voter, sent, told = make_voter(bench)
    voter.vote(prepare())
    voter.vote(prepare())
    assert (sent, told) == ([], [])
    await soon()
    assert [type(message) for message in sent] == [Prepare, Prepare]
    assert on_record(bench) == (sent[0],)
    bench.machine.disk.fault = lambda _place, _size: 0
    voter.vote(commit())
    voter.vote(commit())
    voter.vote(prepare(round_=0))
    with pytest.raises(NodeFault):
        await bench.ground.tasks.over()
    assert len(sent) == 2


@virtually
async def test_a_quarantined_voter_signs_nothing_and_says_so():
    bench = make_bench()
    voter, sent, _ = make_voter(bench)
    voter.quarantine(SIGN_FROM_UNKNOWN)
    voter.vote(prepare())
    await soon()
    assert sent == []
    assert bench.machine.journal.named("votes.refused")[0]["reason"] == "g5"
    _, found = VoteLog.open(bench.ground.world.files, bench.ground.store.identity)
    assert recover(found.payloads).sign_from == SIGN_FROM_UNKNOWN


@virtually
async def test_without_room_on_the_disk_nothing_is_signed():
    bench = make_bench()
    voter, sent, _ = make_voter(bench)
    voter.has_room = False
    assert voter.sign_from == SIGN_FROM_UNKNOWN
    voter.vote(prepare())
    await soon()
    assert sent == []


@virtually
async def test_a_long_log_begins_anew_with_what_still_binds():
    bench = make_bench()
    voter, sent, _ = make_voter(bench)
    round_ = 0
    biggest = 0
    while biggest < LOG_BYTES_MAX and bench.restored.log.size_bytes >= biggest:
        biggest = bench.restored.log.size_bytes
        for _ in range(500):
            round_ += 1
            voter.vote(prepare(round_=round_))
        await soon()
    for _ in range(500):
        round_ += 1
        voter.vote(prepare(round_=round_))
    await soon()
    assert on_record(bench) == tuple(sent)


def lie(height):
    """Return a proof that validator 3 prepared two blocks of a height."""
    return EvidenceFound(
        Prepare(3, height, 0, HASH, bytes(64)), Prepare(3, height, 0, OTHER, bytes(64))
    )


@virtually
async def test_a_liar_that_never_stops_lying_does_not_make_the_log_grow():
    bench = make_bench()
    voter, _, _ = make_voter(bench)
    for height in range(1, 3_000):
        voter.keep_evidence(lie(height))
        await asyncio.sleep(0)
    await soon()
    assert bench.restored.log.size_bytes < 4096
    _, found = VoteLog.open(bench.ground.world.files, bench.ground.store.identity)
    assert recover(found.payloads).evidence == tuple(map(lie, range(1, EVIDENCE_PER_SIGNER + 1)))


@virtually
async def test_what_was_convicted_before_a_restart_is_not_recorded_anew():
    bench = make_bench()
    voter, _, _ = make_voter(bench)
    for height in range(1, 10):
        voter.keep_evidence(lie(height))
    await voter.close(height=1)
    bench.restored.log.close()
    bench.ground.store.close()
    again = make_bench(machine=bench.machine)
    voter, _, _ = make_voter(again)
    voter.keep_evidence(lie(10))
    await soon()
    _, found = VoteLog.open(again.ground.world.files, again.ground.store.identity)
    assert len(recover(found.payloads).evidence) == EVIDENCE_PER_SIGNER


@virtually
async def test_a_stop_in_order_is_on_record():
    bench = make_bench()
    voter, _, _ = make_voter(bench)
    voter.vote(prepare())
    await voter.close(height=1)
    _, found = VoteLog.open(bench.ground.world.files, bench.ground.store.identity)
    assert recover(found.payloads).is_clean
