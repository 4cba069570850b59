"""When a height's round timer starts, and the pace of blocks (R0, R1).

Rule: while nothing is to be done no round timer runs and no round change is sent. Work is a
transaction, a heartbeat, a proposal, or votes of f + 1 validators: never a single vote, so that one
liar cannot end the idleness.
"""

from consensus.effects import Effect, StartTimer, TimerKind
from consensus.state import HeightState
from consensus.timeouts import round_timeout_ms


def start_height_timers(state: HeightState, out: list[Effect]) -> None:
    """Start what measures the height (R0); the resend has a phase of its own per validator."""
    timing, now_ms = state.timing, state.now_ms
    block_in_ms = state.parent_time_ms + timing.block_interval_ms - now_ms
    if block_in_ms > 0:
        out.append(StartTimer(TimerKind.BLOCK, state.height, 0, block_in_ms))
    else:
        state.is_block_due = True
    if timing.heartbeat_ms > 0:
        heartbeat_in_ms = max(0, state.parent_time_ms + timing.heartbeat_ms - now_ms)
        out.append(StartTimer(TimerKind.HEARTBEAT, state.height, 0, heartbeat_in_ms))
    phase_ms = timing.resend_ms * (state.my_index or 0) // state.validators.n
    out.append(StartTimer(TimerKind.RESEND, state.height, 0, timing.resend_ms + phase_ms))


def work(state: HeightState, out: list[Effect]) -> None:
    """There is something to decide: round 0 is measured from when a block may be due (R1)."""
    if state.round > 0 or state.is_round_timer_on:
        return
    state.is_round_timer_on = True
    due_ms = state.parent_time_ms + state.timing.block_interval_ms
    wait_ms = max(0, due_ms - state.now_ms)
    delay_ms = wait_ms + round_timeout_ms(state.timing, 0)
    out.append(StartTimer(TimerKind.ROUND, state.height, 0, delay_ms))


def note_voter(state: HeightState, out: list[Effect], signer: int) -> None:
    """A validator voted at this height: f + 1 of them are work (R1)."""
    state.voters.add(signer)
    if len(state.voters) >= state.validators.weak:
        work(state, out)
