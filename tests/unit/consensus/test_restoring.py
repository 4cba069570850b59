from consensus.effects import CheckBlock, TimerKind
from consensus.messages import Commit, Prepare, RoundChange
from tests.support.consensus_lab import Lab


def test_the_round_is_the_highest_one_signed_in_and_no_timer_runs():
    lab = Lab()
    lab.time_out(0)
    lab.receive(*lab.forge.round_changes(1, (1, 2)))
    lab.time_out(1)
    effects = lab.restart()
    assert lab.round == 2
    assert lab.timers(effects) == []


def test_a_prepare_of_a_round_already_left_is_signed_but_not_counted():
    lab = Lab()
    x = lab.block()
    lab.receive(lab.forge.proposal(1, 0, x))
    lab.time_out(0)
    effects = lab.restart()
    assert len(lab.engine.state.prepares) == 0
    assert lab.of(CheckBlock, effects) == []
    assert lab.sends(Prepare, effects) == []


def test_own_commits_are_counted_again_and_still_decide():
    lab = Lab()
    x = lab.block()
    lab.receive(lab.forge.proposal(1, 0, x))
    lab.receive(lab.forge.prepare(1, 0, x), lab.forge.prepare(2, 0, x))
    effects = lab.restart()
    assert len(lab.sends(Commit, effects)) == 1
    lab.receive(lab.forge.commit(1, 0, x), lab.forge.commit(2, 0, x))
    assert lab.decided() == [x.hash]
    assert lab.sent == []


def test_own_restored_votes_are_taken_back_without_alarm():
    lab = Lab()
    x = lab.block()
    lab.receive(lab.forge.proposal(1, 0, x))
    [mine] = lab.sent
    lab.restart()
    assert lab.receive(mine, sender="bert") == []
    lab.time_out(0)
    lab.receive(*lab.forge.round_changes(1, (1, 2)))
    assert len(lab.votes(RoundChange)) == 1


def test_a_restored_round_change_counts_for_the_gate():
    lab = Lab()
    lab.time_out(0)
    lab.restart()
    effects = lab.receive(*lab.forge.round_changes(1, (1, 2)))
    assert [timer.round for timer in lab.timers(effects)] == [1]
    assert lab.fire(TimerKind.BLOCK) == []
