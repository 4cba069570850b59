"""Scenarios B1 to B18: leaving a round, and who may propose in the next."""

import msgspec
import pytest

from consensus import messages
from consensus.certificate import ROUND_MAX, PreparedCertificate
from consensus.effects import BuildBlock, Send, TimerKind
from consensus.inputs import Received
from consensus.messages import Commit, GetProposal, Prepare, Proposal, RoundChange
from consensus.timeouts import Timing, round_timeout_ms
from primitives import codec
from primitives.errors import PeerFault
from primitives.hashing import ZERO_HASH
from tests.support.consensus_blocks import make_block
from tests.support.consensus_cluster import Cluster
from tests.support.consensus_lab import Lab


def test_b1_timeout_empty_rc():
    lab = Lab()
    effects = lab.time_out(0)
    [change] = lab.votes(RoundChange, effects)
    assert (change.round, change.prepared_round_plus_1, change.prepared_hash) == (1, 0, ZERO_HASH)
    assert change.prepared is None
    assert lab.round == 1


def test_b2_rc_not_prepared_claims_no_lock():
    lab = Lab()
    x = lab.block()
    lab.receive(lab.forge.proposal(1, 0, x), lab.forge.prepare(1, 0, x))
    [change] = lab.votes(RoundChange, lab.time_out(0))
    assert change.prepared_round_plus_1 == 0
    assert change.prepared is None


def test_b3_rc_prepared_carries_the_lock_of_a_distinct_quorum():
    lab = Lab()
    x = lab.block()
    lab.receive(lab.forge.proposal(1, 0, x))
    lab.receive(lab.forge.prepare(1, 0, x), lab.forge.prepare(2, 0, x))
    [change] = lab.votes(RoundChange, lab.time_out(0))
    assert (change.prepared_round_plus_1, change.prepared_hash) == (1, x.hash)
    assert [signer for signer, _ in change.prepared.seals] == [0, 1, 2]
    assert (change.prepared.height, change.prepared.round, change.prepared.hash) == (1, 0, x.hash)


def test_b4_new_leader_fresh_proposes_once_with_those_round_changes():
    lab = Lab(height=3)
    lab.receive(*lab.forge.round_changes(1, (1, 2)))
    [proposal] = lab.votes(Proposal)
    assert (proposal.round, proposal.prepared) == (1, None)
    assert [seal.signer for seal in proposal.round_changes] == [0, 1, 2]
    lab.receive(lab.forge.round_change(3, 1))
    assert len(lab.votes(Proposal)) == 1


def test_b5_new_leader_highest_proposes_the_same_block_again():
    lab = Lab(n=7, me=0, height=4)
    x, y = lab.block("X", 1), lab.block("Y", 2)
    quorum = (1, 2, 3, 4, 5)
    changes = (
        lab.forge.round_change(1, 3),
        lab.forge.round_change(2, 3, lab.forge.lock(1, x, quorum)),
        lab.forge.round_change(3, 3, lab.forge.lock(1, x, quorum)),
        lab.forge.round_change(4, 3, lab.forge.lock(2, y, quorum)),
    )
    lab.receive(*changes)
    [proposal] = lab.votes(Proposal)
    assert proposal.header == y.header
    assert proposal.prepared.round == 2
    assert lab.of(BuildBlock) == []
    assert lab.votes(Prepare)[-1].hash == y.hash


def test_b5_a_leader_that_cannot_get_the_highest_block_uses_a_quorum_without_it():
    lab = Lab(n=4, me=0, height=3)
    hidden = lab.block("hidden")
    del lab.known[hidden.hash]
    lab.receive(lab.forge.round_change(1, 1, lab.forge.lock(0, hidden)))
    lab.receive(lab.forge.round_change(2, 1))
    assert lab.votes(Proposal) == []
    lab.receive(lab.forge.round_change(3, 1))
    [proposal] = lab.votes(Proposal)
    assert [seal.signer for seal in proposal.round_changes] == [0, 2, 3]
    assert proposal.prepared is None


def test_b6_no_going_back():
    lab = Lab()
    lab.receive(lab.forge.round_change(1, 9), lab.forge.round_change(2, 9))
    assert lab.round == 9
    assert lab.receive(*lab.forge.round_changes(4, (1, 2, 3))) == []
    assert lab.receive(lab.forge.proposal(1, 4, lab.block())) == []
    assert lab.round == 9


def test_b6_a_proposal_of_a_past_round_is_dropped_though_justified():
    lab = Lab()
    lab.receive(lab.forge.round_change(1, 9), lab.forge.round_change(2, 9))
    x = lab.block("X", 4)
    changes = lab.forge.round_changes(4, (1, 2, 3))
    assert lab.receive(lab.forge.proposal(1, 4, x, changes=changes)) == []


def test_b7_one_sender_makes_no_quorum():
    lab = Lab(height=3)
    for _ in range(3):
        lab.receive(lab.forge.round_change(1, 1))
    assert lab.round == 0
    assert lab.votes(Proposal) == []


def test_b8_first_rc_wins_and_the_second_is_evidence():
    lab = Lab(height=3)
    x = lab.block()
    with_lock = lab.forge.round_change(1, 1, lab.forge.lock(0, x))
    lab.receive(with_lock, lab.forge.round_change(1, 1))
    [evidence] = lab.evidence()
    assert evidence.signer == 1
    assert evidence.found.first.prepared_round_plus_1 == 1
    assert evidence.found.second.prepared_round_plus_1 == 0
    lab.receive(lab.forge.round_change(2, 1))
    [proposal] = lab.votes(Proposal)
    assert proposal.header == x.header


def _illegal(lab: Lab) -> list[RoundChange]:
    x, y = lab.block("X"), lab.block("Y")
    lock = lab.forge.lock(0, x)
    replace = msgspec.structs.replace

    def signed(**fields: object) -> RoundChange:
        bare = replace(lab.forge.round_change(1, 1, lock), signature=b"", **fields)
        return lab.keys.sign("bert", bare)

    wide = PreparedCertificate(lock.height, 0, x.hash, (*lock.seals[:2], (3, lock.seals[2][1])))
    return [
        signed(prepared=None),
        signed(prepared_round_plus_1=0),
        signed(prepared_hash=y.hash),
        signed(prepared=lab.forge.lock(0, x, (1, 2))),
        signed(prepared=replace(lock, seals=(lock.seals[0], lock.seals[0], lock.seals[1]))),
        signed(prepared=lab.forge.lock(1, x)),
        signed(prepared=lab.forge.lock(0, y)),
        signed(prepared=lab.forge.lock(1, x), prepared_round_plus_1=2),
        signed(prepared=replace(lock, height=2)),
        signed(prepared=replace(wide, seals=(*wide.seals[:2], (7, wide.seals[2][1])))),
        signed(prepared=None, prepared_round_plus_1=0),
        signed(round=0, prepared=None, prepared_round_plus_1=0, prepared_hash=ZERO_HASH),
    ]


@pytest.mark.parametrize("which", range(12))
def test_b9_illegal_rc_is_dropped_and_its_slot_stays_free(which):
    lab = Lab(height=3)
    illegal = _illegal(lab)[which]
    assert lab.give(Received(illegal, "bert", lab.now_ms, lab.now_ms)) == []
    lab.receive(lab.forge.round_change(2, 1))
    assert lab.round == 0
    lab.receive(lab.forge.round_change(1, 1))
    assert lab.evidence() == []
    assert len(lab.votes(Proposal)) == 1


def test_b10_stale_timer_is_ignored():
    lab = Lab()
    assert lab.time_out(1) == []
    assert lab.round == 0
    lab.time_out(0)
    assert lab.time_out(0) == []
    assert lab.fire(TimerKind.ROUND, 1, height=2) == []
    assert lab.round == 1


def test_b11_future_proposal_fresh_is_entered_and_prepared():
    lab = Lab()
    x = lab.block("X", 1)
    changes = lab.forge.round_changes(1, (1, 2, 3))
    effects = lab.receive(lab.forge.proposal(2, 1, x, changes=changes))
    assert lab.round == 1
    assert [(v.round, v.hash) for v in lab.votes(Prepare, effects)] == [(1, x.hash)]
    assert [timer.round for timer in lab.timers(effects)] == [1]


def test_b11_future_proposal_with_a_lock_is_entered_and_prepared_even_if_old():
    lab = Lab()
    x = lab.block("X", 0)
    lab.untimely.add(x.hash)
    lock = lab.forge.lock(0, x)
    changes = (*lab.forge.round_changes(1, (1, 2)), lab.forge.round_change(3, 1, lock))
    lab.receive(lab.forge.proposal(2, 1, x, changes=changes, lock=lock))
    assert lab.round == 1
    assert [vote.hash for vote in lab.votes(Prepare)] == [x.hash]


def test_b11_a_fresh_block_that_is_not_timely_gets_no_prepare():
    lab = Lab()
    x = lab.block("X")
    lab.untimely.add(x.hash)
    lab.receive(lab.forge.proposal(1, 0, x))
    assert lab.votes(Prepare) == []


def _bad_proposals(lab: Lab) -> list[Proposal]:
    x, y = lab.block("X", 0), lab.block("Y", 1)
    forge = lab.forge
    lock = forge.lock(0, x)
    free = forge.round_changes(1, (1, 2, 3))
    locked = (*forge.round_changes(1, (1, 2)), forge.round_change(3, 1, lock))
    wrong_round = forge.lock(1, x)
    two_locks = (
        forge.round_change(1, 2, lock),
        forge.round_change(2, 2, forge.lock(1, y)),
        forge.round_change(3, 2),
    )
    return [
        forge.proposal(1, 1, x, changes=free),
        forge.proposal(2, 1, x),
        forge.proposal(2, 1, x, changes=free[:2]),
        forge.proposal(2, 1, x, changes=(free[0], free[0], free[1])),
        forge.proposal(2, 1, x, changes=free, lock=lock),
        forge.proposal(2, 1, y, changes=locked),
        forge.proposal(2, 1, y, changes=locked, lock=lock),
        forge.proposal(2, 1, x, changes=locked),
        forge.proposal(2, 1, x, changes=locked, lock=forge.lock(0, x, (1, 2))),
        forge.proposal(2, 1, x, changes=locked, lock=wrong_round),
        forge.proposal(2, 1, y, changes=locked, lock=forge.lock(0, y)),
        forge.proposal(3, 2, x, changes=two_locks, lock=lock),
        forge.proposal(1, 0, x, changes=free),
        forge.proposal(1, 0, x, lock=lock),
        forge.proposal(2, 1, x, changes=locked, lock=msgspec.structs.replace(lock, height=2)),
        forge.proposal(2, 1, x, changes=(*free[:2], forge.round_change(3, 1, wrong_round))),
    ]


@pytest.mark.parametrize("which", range(16))
def test_b12_future_proposal_bad_leaves_the_round_and_stays_silent(which):
    lab = Lab()
    bad = _bad_proposals(lab)[which]
    assert lab.give(Received(bad, "cora", lab.now_ms, lab.now_ms)) == []
    assert lab.round == 0


def test_b12_round_changes_of_mixed_rounds_do_not_verify():
    lab = Lab()
    x = lab.block("X", 1)
    changes = (*lab.forge.round_changes(1, (1, 2)), lab.forge.round_change(3, 2))
    assert lab.receive(lab.forge.proposal(2, 1, x, changes=changes)) == []
    assert lab.peer_faults == 1


def test_b12_a_signer_outside_the_set_justifies_nothing():
    lab = Lab()
    x = lab.block("X", 1)
    good = lab.forge.proposal(2, 1, x, changes=lab.forge.round_changes(1, (1, 2, 3)))
    seals = (*good.round_changes[:2], msgspec.structs.replace(good.round_changes[2], signer=9))
    bad = msgspec.structs.replace(good, round_changes=seals)
    assert lab.give(Received(bad, "cora", lab.now_ms, lab.now_ms)) == []


def test_b13_second_proposal_same_keeps_the_tally():
    lab = Lab()
    x = lab.block()
    proposal = lab.forge.proposal(1, 0, x)
    lab.receive(proposal, lab.forge.prepare(1, 0, x), proposal)
    lab.receive(lab.forge.prepare(2, 0, x))
    assert [vote.hash for vote in lab.votes(Commit)] == [x.hash]
    assert lab.evidence() == []


def test_b14_single_liar_huge_round_moves_nobody():
    lab = Lab()
    assert lab.receive(lab.forge.round_change(3, ROUND_MAX)) == []
    assert lab.round == 0
    too_far = codec.encode(lab.forge.round_change(3, 2**31))
    with pytest.raises(PeerFault):
        messages.decode(too_far)
    just_too_far = codec.encode(lab.forge.round_change(3, ROUND_MAX + 1))
    with pytest.raises(PeerFault):
        messages.decode(just_too_far)


def test_b14_nobody_goes_beyond_the_last_round():
    lab = Lab()
    lab.receive(*lab.forge.round_changes(ROUND_MAX, (1, 2, 3)))
    assert lab.round == ROUND_MAX
    assert lab.time_out(ROUND_MAX) == []


def test_b15_leader_empty_mempool_still_proposes_in_a_later_round():
    lab = Lab(height=3, has_work=False)
    lab.receive(*lab.forge.round_changes(1, (1, 2, 3)))
    assert [build.round for build in lab.of(BuildBlock)] == [1]
    assert len(lab.votes(Proposal)) == 1


@pytest.mark.parametrize("round_", range(65))
def test_b16_timeout_values_are_capped(round_):
    timing = Timing(round_timeout_ms=500, round_timeout_max_ms=30_000)
    expected = min(500 * 2**round_, 30_000)
    assert round_timeout_ms(timing, round_) == expected


def test_b16_timeouts_double_at_most_ten_times_without_a_cap():
    timing = Timing(round_timeout_ms=1, round_timeout_max_ms=10**9)
    assert round_timeout_ms(timing, 64) == 1024


def test_b17_gate_after_power_failure_counts_every_kind_of_message():
    lab = Lab(me=0)
    x = lab.block("X", 1)
    lab.time_out(0)
    lab.receive(lab.forge.round_change(1, 1))
    assert lab.timers(lab.effects[-1:]) == []
    effects = lab.receive(lab.forge.prepare(2, 1, x))
    assert [timer.round for timer in lab.timers(effects)] == [1]


def test_b17_below_a_quorum_the_round_has_no_timer():
    lab = Lab()
    effects = lab.time_out(0)
    effects += lab.receive(lab.forge.round_change(1, 1))
    assert lab.timers(effects) == []
    assert lab.time_out(1) == []
    assert [timer.round for timer in lab.timers(lab.receive(lab.forge.round_change(2, 1)))] == [1]


def test_b17_power_failure_with_mixed_evidence_makes_progress():
    cluster = Cluster(seed=17)
    cluster.silence(2)
    cluster.crash(3)
    cluster.drop = lambda source, target, message: True
    cluster.submit("one")
    cluster.run_ms(900)
    cluster.restart(3)
    cluster.run_ms(300)
    assert [cluster.nodes[i].engine.state.round for i in (0, 1, 3)] == [1, 1, 0]
    forge = cluster.forge(1)
    x = make_block("X", proposer="cora", time_ms=cluster.now_ms)
    changes = forge.round_changes(1, (0, 1, 2))
    cluster.inject(2, (3,), forge.proposal(2, 1, x, changes=changes))
    cluster.run_ms(20)
    assert [key[1:] for key in cluster.checker.sent if key[0] == "dora"] == [(2, 1, 1)]
    for index in (0, 1, 3):
        cluster.crash(index)
    cluster.drop = None
    for index in (0, 1, 3):
        cluster.restart(index)
    cluster.run_until(height=1, nodes=(0, 1, 3), limit_ms=60_000)
    cluster.assert_one_chain()


def test_b18_lost_proposal_is_asked_for_and_prepared_in_the_same_round():
    lab = Lab()
    x = lab.block()
    assert lab.sends(GetProposal, lab.receive(lab.forge.prepare(1, 0, x))) == []
    [question] = lab.sends(GetProposal, lab.receive(lab.forge.prepare(2, 0, x)))
    assert question.to == ("bert", "cora")
    assert question.message == GetProposal(1, 0)
    lab.receive(lab.forge.proposal(1, 0, x), sender="cora")
    assert [vote.round for vote in lab.votes(Prepare)] == [0]


def test_b18_a_node_that_has_the_proposal_serves_it():
    lab = Lab()
    x = lab.block()
    proposal = lab.forge.proposal(1, 0, x)
    lab.receive(proposal)
    [answer] = lab.of(Send, lab.receive(GetProposal(1, 0), sender="cora"))
    assert (answer.message, answer.to) == (proposal, ("cora",))
    assert lab.receive(GetProposal(1, 0), sender="cora") == []
    assert lab.receive(GetProposal(1, 1), sender="dora") == []
