"""Leaving a round (R8 to R12).

Rule: the lock survives every kind of jump. A round's timer starts only when a quorum is known to
have reached the round, or a justified proposal proves it; whoever waits below sends again.
Source: consensus rules §2.7; PBFT, section 4.5.2; QBFT node.dfy, UponRoundChange, UponRoundTimeout.
"""

from consensus import evidence_rules
from consensus.certificate import ROUND_MAX
from consensus.effects import Effect, StartTimer, TimerKind
from consensus.justification import is_valid_round_change
from consensus.messages import UNSIGNED, RoundChange
from consensus.state import HeightState, forget_past_rounds, vote
from consensus.timeouts import round_timeout_ms
from primitives.hashing import ZERO_HASH


def upon_round_timeout(state: HeightState, out: list[Effect], round_: int) -> None:
    """The current round took too long (R8); timers of other rounds are stale."""
    if round_ != state.round or not state.is_round_timer_on or round_ >= ROUND_MAX:
        return
    change_round(state, out, round_ + 1)


def enter_round(state: HeightState, round_: int) -> None:
    """Go to a later round (R9): lock, commits, round changes and later proposals stay."""
    assert round_ > state.round
    state.round = round_
    state.is_round_timer_on = False
    state.building = None
    forget_past_rounds(state)


def change_round(state: HeightState, out: list[Effect], round_: int) -> None:
    """Go to a later round and say so, with our lock (R9)."""
    enter_round(state, round_)
    if not state.can_sign or state.my_index is None:
        return
    lock = state.lock
    message = RoundChange(
        signer=state.my_index,
        height=state.height,
        round=round_,
        prepared_round_plus_1=lock.round + 1 if lock is not None else 0,
        prepared_hash=lock.hash if lock is not None else ZERO_HASH,
        prepared=lock,
        signature=UNSIGNED,
    )
    vote(state, out, message)


def upon_round_change(state: HeightState, out: list[Effect], message: RoundChange) -> None:
    """Keep a round change whose lock claim is proven (R10)."""
    if not is_valid_round_change(message, state.validators):
        return
    state.tops.note(message.signer, message.round)
    held = state.round_changes.held(message.signer, message.round)
    if held is not None:
        evidence_rules.found_if_different(state, out, held, message)  # E3, first wins
        return
    evidence_rules.upon_round_change(state, out, message)  # E4
    if message.round >= state.round:
        state.round_changes.add(message, state.round)


def skip(state: HeightState, out: list[Effect]) -> bool:
    """Follow f + 1 validators who are ahead: one of them is honest (R11)."""
    reached = state.tops.reached_by(state.validators.weak)
    if reached <= state.round:
        return False
    change_round(state, out, reached)
    return True


def gate(state: HeightState, out: list[Effect]) -> bool:
    """Start a later round's timer once a quorum is known to be there (R12)."""
    if state.round == 0 or state.is_round_timer_on:
        return False
    arrived = state.tops.count_at(state.round) >= state.validators.quorum
    if not arrived and state.round not in state.candidates:
        return False
    state.is_round_timer_on = True
    delay_ms = round_timeout_ms(state.timing, state.round)
    out.append(StartTimer(TimerKind.ROUND, state.height, state.round, delay_ms))
    return True
