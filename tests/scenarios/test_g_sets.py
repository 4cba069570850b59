"""Scenarios G1 to G4: validator sets, quorums, idleness and clocks."""

import pytest

from consensus.effects import BuildBlock, StartTimer, TimerKind
from consensus.inputs import HeightStarted, WorkAvailable, WorkGone
from consensus.messages import Prepare, Proposal, RoundChange
from consensus.quorum import faulty_max, quorum_size, weak_size
from consensus.timeouts import Timing
from tests.support.consensus_blocks import GENESIS_TIME_MS
from tests.support.consensus_cluster import Cluster
from tests.support.consensus_lab import Lab


def test_g1_valset_change_takes_effect_two_heights_later():
    """E joins by block 1 and B leaves by block 2: effective at heights 3 and 4."""
    cluster = Cluster(4, seed=13, extra=("emil",))
    names = cluster.keys.names
    cluster.sets[3] = cluster.keys.validator_set(names)
    cluster.sets[4] = cluster.keys.validator_set(tuple(n for n in names if n != "bert"))
    for height in range(1, 8):
        cluster.submit(f"block {height}")
        cluster.run_until(height=height)
    cluster.assert_one_chain()
    votes = {(agency, height) for agency, _, height, _ in cluster.checker.sent}
    assert {h for agency, h in votes if agency == "emil"} == {3, 4, 5, 6, 7}
    assert {h for agency, h in votes if agency == "bert"} == {1, 2, 3}
    assert cluster.validators_at(3).quorum == 4
    assert cluster.validators_at(4).quorum == 3
    for block, certificate in cluster.nodes[0].disk.chain:
        height = block.fields.height
        validators = cluster.validators_at(height)
        proposer = validators.proposer(height, certificate.round)
        assert block.fields.proposer == validators[proposer].agency


def test_g1_a_change_of_the_set_empties_the_buffer_of_later_heights():
    lab = Lab()
    later = Lab(height=3, is_started=False)
    lab.receive(later.forge.prepare(2, 0, later.block()))
    assert lab.engine.future.count(2) == 1
    lab.keys.validators = lab.keys.validator_set(("anna", "cora", "bert", "dora"))
    lab.give(_start(lab, 2))
    assert lab.engine.future.count(2) == 0


def _start(lab: Lab, height: int) -> HeightStarted:
    return HeightStarted(
        height=height,
        validators=lab.keys.validators,
        my_index=0,
        parent_time_ms=GENESIS_TIME_MS,
        timing=lab.timing,
        sign_from=0,
        has_work=False,
        restored=None,
        now_ms=lab.now_ms,
    )


def test_g2_quorum_table():
    for n in range(1, 1001):
        f, q = faulty_max(n), quorum_size(n)
        assert f == (n - 1) // 3
        assert q == -(-2 * n // 3) == (n + f) // 2 + 1
        assert 2 * q - n >= f + 1
        assert q <= n - f
        assert weak_size(n) == f + 1
        assert 2 * (q - 1) - n < f + 1


@pytest.mark.parametrize(("n", "quorum"), [(4, 3), (5, 4), (6, 4), (7, 5), (9, 6), (100, 67)])
def test_g2_a_quorum_minus_one_does_not_decide(n, quorum):
    lab = Lab(n=n)
    x = lab.block()
    lab.receive(lab.forge.proposal(1, 0, x))
    lab.receive(*(lab.forge.commit(i, 0, x) for i in range(1, quorum)))
    assert lab.decided() == []
    lab.receive(lab.forge.commit(quorum, 0, x))
    assert lab.decided() == [x.hash]


def test_g3_idle_chain_makes_ten_heartbeats_in_ten_minutes_and_no_round_change():
    cluster = Cluster(seed=14, timing=Timing(heartbeat_ms=60_000))
    cluster.run_ms(10 * 60_000 + 1_000)
    assert {node.tip for node in cluster.nodes} == {10}
    assert cluster.checker.round_changes_sent == 0


def test_g3_idle_without_heartbeat_sends_no_vote_and_one_transaction_is_soon_in_a_block():
    cluster = Cluster(seed=15)
    cluster.run_ms(10 * 60_000)
    assert cluster.checker.releases == 0
    before_ms = cluster.now_ms
    cluster.submit("one")
    cluster.run_until(height=1)
    assert cluster.now_ms - before_ms <= 50 + 3 * 10 + 30


def test_g3_one_vote_does_not_end_the_idleness_and_two_do():
    lab = Lab(has_work=False)
    x = lab.block()
    assert lab.receive(lab.forge.prepare(3, 0, x), lab.forge.commit(3, 0, x)) == []
    effects = lab.receive(lab.forge.commit(2, 0, x))
    assert [timer.round for timer in lab.timers(effects)] == [0]


def test_g3_a_proposal_ends_the_idleness():
    lab = Lab(has_work=False)
    effects = lab.receive(lab.forge.proposal(1, 0, lab.block()))
    assert [timer.round for timer in lab.timers(effects)] == [0]


def test_g3_work_starts_the_timer_once_and_measures_from_the_due_block():
    lab = Lab(has_work=False)
    assert [timer.kind for timer in lab.of(StartTimer)] == [
        TimerKind.BLOCK,
        TimerKind.HEARTBEAT,
        TimerKind.RESEND,
    ]
    [timer] = lab.timers(lab.give(WorkAvailable(lab.now_ms)))
    assert timer.delay_ms == 40 + 1_000
    assert lab.give(WorkAvailable(lab.now_ms)) == []


def test_g3_a_proposer_builds_only_while_there_is_work_or_a_heartbeat_is_due():
    lab = Lab(height=4)
    lab.give(WorkGone(lab.now_ms))
    assert lab.of(BuildBlock, lab.fire(TimerKind.BLOCK)) == []
    assert lab.of(BuildBlock, lab.fire(TimerKind.HEARTBEAT)) != []


def test_g4_clock_jump_makes_one_abstain_and_the_others_go_on():
    for jump_ms in (3_600_000, -3_600_000):
        cluster = Cluster(seed=16)
        cluster.submit("one")
        cluster.run_ms(2)
        cluster.nodes[0].clock_offset_ms = jump_ms
        cluster.run_until(height=1)
        cluster.submit("two")
        cluster.run_until(height=2)
        cluster.submit("three")
        cluster.run_until(height=3)
        cluster.assert_one_chain()
        mine = [key for key in cluster.checker.sent if key[0] == "anna"]
        assert [key for key in mine if key[2] > 1 and key[3] == 0 and key[1] == 2] == []


def test_g4_the_node_with_the_wrong_clock_sends_no_prepare_for_a_fresh_block():
    lab = Lab()
    x = lab.block()
    lab.untimely.add(x.hash)
    lab.receive(lab.forge.proposal(1, 0, x))
    assert lab.votes(Prepare) == lab.votes(Proposal) == lab.votes(RoundChange) == []
