"""Scenarios A1 to A10: one height, one round, and what must not disturb it."""

import msgspec
import pytest

from consensus import messages
from consensus.effects import BuildBlock, CancelTimers, CheckBlock, Decide, TimerKind, Vote
from consensus.inputs import Received, Verdict
from consensus.messages import Commit, Prepare, Proposal, RoundChange
from primitives import codec
from primitives.errors import PeerFault
from tests.support.consensus_keys import NAMES
from tests.support.consensus_lab import Lab


def test_a1_happy_not_proposer_prepares_at_once_commits_at_the_third_prepare_and_decides():
    lab = Lab()
    x = lab.block()
    effects = lab.receive(lab.forge.proposal(1, 0, x))
    assert [vote.hash for vote in lab.votes(Prepare, effects)] == [x.hash]
    assert lab.votes(Commit, lab.receive(lab.forge.prepare(1, 0, x))) == []
    effects = lab.receive(lab.forge.prepare(2, 0, x))
    assert [vote.hash for vote in lab.votes(Commit, effects)] == [x.hash]
    assert lab.receive(lab.forge.prepare(3, 0, x)) == []
    assert lab.of(Decide, lab.receive(lab.forge.commit(1, 0, x))) == []
    effects = lab.receive(lab.forge.commit(2, 0, x))
    assert [type(effect) for effect in effects] == [CancelTimers, Decide]
    assert lab.receive(lab.forge.commit(3, 0, x)) == []
    decision = lab.of(Decide)[0]
    assert [signer for signer, _ in decision.certificate.seals] == [0, 1, 2]
    assert decision.certificate.round == 0


def test_a2_happy_proposer_proposes_and_prepares_once_when_its_block_is_due():
    lab = Lab(height=4)
    effects = lab.fire(TimerKind.BLOCK)
    assert len(lab.of(BuildBlock, effects)) == 1
    assert len(lab.votes(Proposal, effects)) == len(lab.votes(Prepare, effects)) == 1
    assert lab.fire(TimerKind.BLOCK) == []
    built = lab.known[lab.votes(Prepare)[0].hash]
    lab.receive(lab.forge.prepare(1, 0, built), lab.forge.prepare(2, 0, built))
    lab.receive(lab.forge.commit(1, 0, built), lab.forge.commit(2, 0, built))
    assert lab.decided() == [built.hash]
    assert len(lab.votes(Proposal)) == 1


def test_a2_proposal_and_prepare_are_one_batch_for_the_voter():
    lab = Lab(height=4)
    lab.is_voting = False
    effects = lab.fire(TimerKind.BLOCK)
    kinds = [type(effect.message) for effect in lab.of(Vote, effects)]
    assert kinds == [Proposal, Prepare]


def test_a2_a_proposer_does_not_build_before_the_block_interval_is_over():
    lab = Lab(height=4)
    assert lab.of(BuildBlock) == []


def test_a3_reverse_order_prepares_then_commits_with_its_lock_then_decides():
    lab = Lab()
    x = lab.block()
    lab.receive(*(lab.forge.commit(i, 0, x) for i in (1, 2)))
    lab.receive(*(lab.forge.prepare(i, 0, x) for i in (2, 3)))
    effects = lab.receive(lab.forge.proposal(1, 0, x))
    votes = lab.of(Vote, effects)
    assert [type(vote.message) for vote in votes] == [Prepare, Commit]
    assert votes[1].lock is not None
    assert votes[1].lock.hash == x.hash
    assert len(votes[1].lock.seals) == 3
    assert lab.decided() == [x.hash]


def test_a3_three_commits_first_decide_as_soon_as_the_body_is_checked():
    lab = Lab()
    x = lab.block()
    del lab.known[x.hash]
    lab.receive(*(lab.forge.commit(i, 0, x) for i in (1, 2, 3)))
    assert lab.decided() == []
    lab.known[x.hash] = x
    lab.answer(x)
    assert lab.decided() == [x.hash]


def test_a4_commits_without_prepares_never_count_an_own_commit_that_was_not_signed():
    lab = Lab()
    x = lab.block()
    lab.receive(lab.forge.proposal(1, 0, x))
    lab.receive(lab.forge.commit(1, 0, x), lab.forge.commit(2, 0, x))
    assert lab.decided() == []
    lab.receive(lab.forge.commit(3, 0, x))
    assert lab.decided() == [x.hash]
    assert lab.votes(Commit) == []
    assert [signer for signer, _ in lab.of(Decide)[0].certificate.seals] == [1, 2, 3]


def test_a5_silent_after_decide():
    lab = Lab()
    x = lab.block()
    lab.receive(lab.forge.proposal(1, 0, x))
    lab.receive(*(lab.forge.commit(i, 0, x) for i in (1, 2, 3)))
    assert lab.decided() == [x.hash]
    assert lab.time_out(0) == []
    assert lab.receive(*(lab.forge.prepare(i, 0, x) for i in (1, 2, 3))) == []
    assert lab.receive(*lab.forge.round_changes(1, (1, 2, 3))) == []
    assert lab.receive(lab.forge.proposal(2, 1, x, changes=())) == []
    assert lab.receive(lab.forge.commit(2, 1, x)) == []
    assert lab.decided() == [x.hash]


def test_a6_wrong_digest_is_not_counted_for_the_right_one():
    lab = Lab()
    x, y = lab.block("X"), lab.block("Y")
    lab.receive(lab.forge.proposal(1, 0, x))
    lab.receive(*(lab.forge.prepare(i, 0, y) for i in (1, 2)))
    assert lab.votes(Commit) == []
    lab.receive(lab.forge.prepare(3, 0, x))
    assert lab.votes(Commit) == []
    lab.receive(lab.forge.commit(3, 0, y))
    lab.receive(lab.forge.commit(1, 0, x), lab.forge.commit(2, 0, x))
    assert lab.decided() == []
    certificate = lab.forge.certificate(0, x, (0, 1, 2))
    lab.receive(messages.Decided(x.header, certificate))
    assert lab.decided() == [x.hash]


def test_a7_bad_sig_then_good_does_not_occupy_the_slot():
    lab = Lab()
    x = lab.block()
    lab.receive(lab.forge.proposal(1, 0, x))
    lab.receive(lab.forge.commit(1, 0, x), lab.forge.commit(2, 0, x))
    forged = msgspec.structs.replace(lab.forge.commit(3, 0, x), signature=bytes(64))
    assert lab.receive(forged) == []
    assert lab.peer_faults == 1
    lab.receive(lab.forge.commit(3, 0, x))
    assert lab.decided() == [x.hash]


def _garbage() -> list[bytes]:
    lab = Lab(is_started=False)
    vote = codec.encode(lab.forge.prepare(1, 0, lab.block()))
    huge_round = codec.encode(
        msgspec.structs.replace(lab.forge.prepare(1, 0, lab.block()), round=2**31)
    )
    negative = msgspec.msgpack.encode([2, 1, -1, 0, bytes(32), bytes(64)])
    unknown = msgspec.msgpack.encode([99, 1, 1, 0, bytes(32), bytes(64)])
    wide_index = msgspec.msgpack.encode([2, 128, 1, 0, bytes(32), bytes(64)])
    oversized = codec.encode(
        messages.Prepare(1, 1, 0, bytes(32), bytes(64 * 1024)),
    )
    not_minimal = vote[:2] + b"\xcc\x01" + vote[3:]
    return [
        b"",
        b"\x96",
        vote[:-1],
        vote + b"\x00",
        huge_round,
        negative,
        unknown,
        wide_index,
        oversized,
        not_minimal,
        b"\xdf\xff\xff\xff\xff",
    ]


@pytest.mark.parametrize("data", _garbage(), ids=range(11))
def test_a8_garbage_is_refused_and_the_next_valid_message_works(data):
    with pytest.raises(PeerFault):
        messages.decode(data)
    lab = Lab()
    x = lab.block()
    good = lab.forge.proposal(1, 0, x)
    assert lab.votes(Prepare, lab.receive(messages.decode(codec.encode(good))))


def test_a9_non_validator_gets_no_answer():
    lab = Lab()
    x = lab.block()
    stranger = msgspec.structs.replace(lab.forge.prepare(1, 0, x), signer=4)
    assert lab.receive(stranger) == []
    assert lab.peer_faults == 1
    unsigned = lab.forge.proposal(1, 0, x)
    by_stranger = lab.keys.sign("stranger", msgspec.structs.replace(unsigned, signature=b""))
    assert lab.receive(by_stranger) == []
    assert lab.peer_faults == 2


def test_a9_the_engine_itself_drops_an_index_outside_the_set():
    lab = Lab()
    x = lab.block()
    stray = msgspec.structs.replace(lab.forge.commit(1, 0, x), signer=9)
    assert lab.give(Received(stray, "dora", lab.now_ms, lab.now_ms)) == []


def test_a10_duplicates_are_counted_once_and_answered_never():
    lab = Lab()
    x = lab.block()
    proposal = lab.forge.proposal(1, 0, x)
    lab.receive(proposal)
    assert lab.receive(proposal, proposal, sender=NAMES[2]) == []
    for signer in (1, 1, 1):
        lab.receive(lab.forge.prepare(signer, 0, x), sender=NAMES[3])
    assert lab.votes(Commit) == []
    lab.receive(lab.forge.prepare(2, 0, x))
    assert len(lab.votes(Commit)) == 1
    for _ in range(3):
        lab.receive(lab.forge.commit(1, 0, x))
    assert lab.decided() == []
    assert lab.evidence() == []
    change = lab.forge.round_change(3, 1)
    assert lab.receive(change, change, change) == []
    assert len(lab.of(CheckBlock)) == 1
    assert lab.votes(RoundChange) == []


def test_a10_an_unlawful_block_gets_no_vote():
    lab = Lab()
    bad = lab.block("bad")
    lab.verdicts[bad.hash] = Verdict.UNLAWFUL
    lab.receive(lab.forge.proposal(1, 0, bad))
    assert lab.votes(Prepare) == []
