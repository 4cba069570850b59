"""Scenarios D1 to D11: crashes, restarts and the vote log."""

import pytest

from consensus import recovery
from consensus.effects import CheckBlock, Halt, TimerKind
from consensus.inputs import Verdict
from consensus.messages import Commit, Prepare, Proposal, RoundChange
from primitives import codec
from tests.support.consensus_blocks import make_block
from tests.support.consensus_cluster import Cluster
from tests.support.consensus_lab import Lab
from tests.support.scale import scaled


def _sent_again(effects, lab: Lab, kind: type) -> list[bytes]:
    return [codec.encode(send.message) for send in lab.sends(kind, effects)]


def test_d1_resend_after_crash_is_byte_identical():
    lab = Lab()
    x = lab.block()
    lab.receive(lab.forge.proposal(1, 0, x))
    [prepare] = lab.sent
    effects = lab.restart()
    assert _sent_again(effects, lab, Prepare) == [codec.encode(prepare)]
    assert lab.sent == []


def test_d2_proposer_crash_sends_the_same_block_and_never_a_second():
    lab = Lab(height=4)
    lab.fire(TimerKind.BLOCK)
    proposal = next(message for message in lab.sent if isinstance(message, Proposal))
    effects = lab.restart()
    assert _sent_again(effects, lab, Proposal) == [codec.encode(proposal)]
    effects += lab.fire(TimerKind.BLOCK)
    assert lab.votes(Proposal, effects) == []
    assert lab.sent == []


def test_d2_a_proposer_that_lost_its_prepare_prepares_its_own_block_after_the_restart():
    lab = Lab(height=4)
    lab.fire(TimerKind.BLOCK)
    assert len(lab.log) == 2
    lab.restart(lab.log[:1])
    assert [type(message) for message in lab.sent] == [Prepare]


def test_d3_restart_vs_liar():
    lab = Lab()
    x, y = lab.block("X"), lab.block("Y")
    lab.receive(lab.forge.proposal(1, 0, x))
    lab.restart()
    effects = lab.receive(lab.forge.proposal(1, 0, y))
    assert lab.votes(Prepare, effects) == []
    assert lab.sent == []
    lab.receive(lab.forge.proposal(1, 0, x))
    lab.receive(lab.forge.proposal(1, 0, y))
    assert [evidence.signer for evidence in lab.evidence()] == [1]


def test_d3_after_the_restart_the_prepared_block_is_fetched_and_still_committed():
    lab = Lab()
    x = lab.block()
    lab.receive(lab.forge.proposal(1, 0, x))
    [question] = lab.of(CheckBlock, lab.restart())
    assert (question.hash, question.sources[0]) == (x.hash, "bert")
    lab.receive(lab.forge.prepare(1, 0, x), lab.forge.prepare(2, 0, x))
    assert [vote.hash for vote in lab.votes(Commit)] == [x.hash]


def test_d3_nothing_is_committed_after_a_restart_before_the_body_is_back():
    lab = Lab()
    x = lab.block()
    lab.receive(lab.forge.proposal(1, 0, x))
    lab.is_answering = False
    lab.restart()
    lab.receive(*(lab.forge.prepare(i, 0, x) for i in (1, 2, 3)))
    assert lab.votes(Commit) == []
    lab.answer(x)
    assert [vote.hash for vote in lab.votes(Commit)] == [x.hash]


def _effects_of_a_happy_run() -> int:
    cluster = Cluster(seed=4)
    cluster.kill_after(1, 10**9)
    _two_heights(cluster)
    return cluster.effects_done


def _two_heights(cluster: Cluster) -> None:
    cluster.submit("one")
    cluster.run_until(height=1)
    cluster.submit("two")
    cluster.run_until(height=2)


def _crash_and_come_back(victim: int, position: int, *, in_trouble: bool) -> None:
    cluster = Cluster(seed=4)
    cluster.kill_after(victim, position)
    if in_trouble:
        cluster.drop = lambda source, target, message: (
            isinstance(message, Commit) and message.round == 0
        )
        cluster.at(1_500, lambda: setattr(cluster, "drop", None))
    _two_heights(cluster)
    cluster.assert_one_chain()
    cluster.assert_replays()


@pytest.mark.parametrize("victim", range(4))
def test_d4_crash_at_every_effect_contradicts_nothing_and_makes_progress(victim):
    for position in range(_effects_of_a_happy_run() + 1):
        _crash_and_come_back(victim, position, in_trouble=False)


@pytest.mark.parametrize("victim", range(4))
def test_d4_crash_at_every_effect_of_a_round_change(victim):
    for position in range(0, 30, 1 if scaled(10) > 1 else 3):
        _crash_and_come_back(victim, position, in_trouble=True)


def test_d5_lock_restored():
    lab = Lab()
    x = lab.block()
    lab.receive(lab.forge.proposal(1, 0, x))
    lab.receive(lab.forge.prepare(1, 0, x), lab.forge.prepare(2, 0, x))
    lab.restart()
    effects = lab.receive(lab.forge.round_change(1, 1), lab.forge.round_change(2, 1))
    [change] = lab.votes(RoundChange, effects)
    assert (change.prepared_round_plus_1, change.prepared_hash) == (1, x.hash)
    assert len(change.prepared.seals) == 3
    assert lab.refused == []


def test_d6_torn_tail_whatever_record_is_lost_the_node_goes_on():
    """The storage drops a torn last record; each shorter log restores a node that goes on."""
    lab = Lab()
    x = lab.block()
    lab.receive(lab.forge.proposal(1, 0, x))
    lab.receive(lab.forge.prepare(1, 0, x), lab.forge.prepare(2, 0, x))
    lab.time_out(0)
    log = list(lab.log)
    assert len(log) == 3
    for kept in range(len(log) + 1):
        again = Lab(is_started=False)
        again.known[x.hash] = x
        again.restart(log[:kept])
        again.receive(*(again.forge.commit(i, 0, x) for i in (1, 2, 3)))
        assert again.decided() == [x.hash]


@pytest.mark.parametrize("point", range(4))
def test_d7_decided_not_applied_is_applied_exactly_once(point):
    cluster = Cluster(seed=8)
    cluster.apply_ms = 40
    cluster.submit("one")
    node = cluster.nodes[0]
    while not (node.engine.state.is_decided and node.is_finalizing):
        cluster.step()
    cluster.run_ms((0, 10, 39, 41)[point])
    cluster.crash(0)
    cluster.run_ms(500)
    cluster.restart(0)
    cluster.submit("two")
    cluster.run_until(height=2)
    cluster.assert_one_chain()
    cluster.assert_committed_once("one", "two")


def test_d8_state_root_mismatch_halts_on_the_certified_block():
    lab = Lab()
    x = lab.block()
    lab.verdicts[x.hash] = Verdict.UNLAWFUL
    lab.receive(lab.forge.proposal(1, 0, x))
    assert lab.votes(Prepare) == []
    effects = lab.receive(*(lab.forge.commit(i, 0, x) for i in (1, 2, 3)))
    [halt] = lab.of(Halt, effects)
    assert (halt.height, halt.hash) == (1, x.hash)
    assert lab.decided() == []
    assert lab.receive(lab.forge.round_change(2, 1), lab.forge.round_change(3, 1)) == []


def test_d9_fsync_error_ends_the_process_before_anything_is_sent():
    cluster = Cluster(seed=9)
    node = cluster.nodes[2]
    node.is_disk_broken = True
    cluster.submit("one")
    cluster.run_ms(300)
    assert not node.is_up
    assert not [key for key in cluster.checker.sent if key[0] == node.agency]
    node.is_disk_broken = False
    cluster.restart(2)
    cluster.submit("two")
    cluster.run_until(height=2)
    cluster.assert_one_chain()


def test_d10_rolling_restart_and_all_at_once():
    cluster = Cluster(seed=10)
    for index in range(4):
        cluster.crash(index)
        cluster.submit(f"rolling {index}")
        cluster.run_until(height=index + 1, nodes=[i for i in range(4) if i != index])
        cluster.restart(index)
        cluster.run_until(height=index + 1)
    for index in range(4):
        cluster.crash(index)
    for index in range(4):
        cluster.restart(index)
    cluster.submit("after the blackout")
    cluster.run_until(height=5)
    cluster.assert_one_chain()


def test_d11_crash_in_view_change_after_the_round_change_is_durable():
    lab = Lab()
    lab.time_out(0)
    effects = lab.restart()
    assert lab.round == 1
    assert len(_sent_again(effects, lab, RoundChange)) == 1
    assert lab.timers(effects) == []
    assert lab.votes(RoundChange, effects) == []
    effects = lab.receive(*lab.forge.round_changes(1, (1, 2)))
    assert [timer.round for timer in lab.timers(effects)] == [1]
    assert lab.sent == []


def test_d11_crash_in_view_change_after_the_new_proposal_is_durable():
    lab = Lab(height=3)
    lab.receive(*lab.forge.round_changes(1, (1, 2)))
    proposal = next(message for message in lab.sent if isinstance(message, Proposal))
    assert proposal.round == 1
    effects = lab.restart()
    assert lab.round == 1
    assert _sent_again(effects, lab, Proposal) == [codec.encode(proposal)]
    lab.receive(*lab.forge.round_changes(1, (1, 2, 3)))
    assert lab.sent == []


def test_d11_votes_of_a_height_above_the_store_stay_binding():
    lab = Lab()
    x = lab.block()
    lab.receive(lab.forge.proposal(1, 0, x))
    found = recovery.recover(lab.log)
    assert found.at(2) is None
    guard = found.guard(0)
    other = lab.forge.prepare(0, 0, make_block("other"))
    assert guard.judge(other).rule == "g1"
