from consensus.effects import StartTimer, TimerKind
from consensus.messages import Prepare
from consensus.timeouts import Timing
from tests.support.consensus_blocks import GENESIS_TIME_MS
from tests.support.consensus_lab import Lab


def _delays(lab: Lab) -> dict[TimerKind, int]:
    return {effect.kind: effect.delay_ms for effect in lab.of(StartTimer)}


def test_a_height_starts_its_timers_from_the_parents_time():
    lab = Lab(has_work=False, me=2)
    assert _delays(lab) == {
        TimerKind.BLOCK: 40,
        TimerKind.HEARTBEAT: 59_990,
        TimerKind.RESEND: 1_500,
    }


def test_a_block_already_due_needs_no_timer_and_round_0_lasts_t0():
    lab = Lab(is_started=False)
    lab.now_ms = GENESIS_TIME_MS + 70_000
    lab.start()
    assert _delays(lab) == {
        TimerKind.HEARTBEAT: 0,
        TimerKind.RESEND: 1_000,
        TimerKind.ROUND: 1_000,
    }


def test_a_proposer_whose_block_is_due_proposes_at_once():
    lab = Lab(height=4, is_started=False)
    lab.now_ms = GENESIS_TIME_MS + 50
    lab.start()
    assert len(lab.votes(Prepare)) == 1


def test_the_heartbeat_can_be_off():
    lab = Lab(is_started=False, has_work=False)
    lab.timing = Timing(heartbeat_ms=0)
    lab.start()
    assert TimerKind.HEARTBEAT not in _delays(lab)


def test_a_heartbeat_starts_the_round_timer_of_those_who_do_not_propose():
    lab = Lab(has_work=False)
    assert [t.round for t in lab.timers(lab.fire(TimerKind.HEARTBEAT))] == [0]


def test_work_in_a_later_round_starts_no_timer_below_the_gate():
    lab = Lab(has_work=False)
    lab.receive(lab.forge.round_change(1, 1), lab.forge.round_change(2, 1))
    effects = lab.fire(TimerKind.HEARTBEAT)
    assert lab.timers(effects) == []
