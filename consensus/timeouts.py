"""How long a round may last, and how far a proposer's clock may be off.

Rule: integers only. A round's timeout doubles from T0 and is capped; a fresh block's time lies
within precision and message delay of the receiver's clock, the delay growing by a tenth a round.
Source: consensus rules §2.8 and §2.16; proposer-based timestamps of CometBFT.
"""

from dataclasses import dataclass

DOUBLINGS_MAX = 10
DELAY_ROUNDS_MAX = 50
"""From here on the allowed message delay stays at its largest: about 117 times the first."""


@dataclass(frozen=True, slots=True)
class Timing:
    """The ledger's timing parameters, handed over with each height."""

    block_interval_ms: int = 50
    """Least distance of a block's time from its parent's."""
    heartbeat_ms: int = 60_000
    """An idle chain makes a block this long after the last; 0 for never."""
    round_timeout_ms: int = 1_000
    """T0: timeout of round 0."""
    round_timeout_max_ms: int = 30_000
    """Tmax: cap of all timeouts."""
    precision_ms: int = 500
    """How far clocks may differ."""
    message_delay_ms: int = 5_000
    """How old a fresh block may be on arrival, in round 0."""
    resend_ms: int = 1_000
    """Distance between two resends of own messages."""


def round_timeout_ms(timing: Timing, round_: int) -> int:
    """Return T(round) = min(T0 * 2^min(round, 10), Tmax)."""
    return min(timing.round_timeout_ms << min(round_, DOUBLINGS_MAX), timing.round_timeout_max_ms)


def message_delay_ms(timing: Timing, round_: int) -> int:
    """Return the allowed age of a fresh block in `round_`: the first one times 1.1 a round."""
    delay = timing.message_delay_ms
    for _ in range(min(round_, DELAY_ROUNDS_MAX)):
        delay += delay // 10
    return delay


def is_timely(timing: Timing, round_: int, *, time_ms: int, received_ms: int) -> bool:
    """Tell whether a fresh block's time fits the moment its proposal arrived.

    Args:
        timing: the ledger's parameters.
        round_: round of the proposal.
        time_ms: in the block's header.
        received_ms: when the header arrived, by the receiver's clock.
    """
    oldest = received_ms - message_delay_ms(timing, round_) - timing.precision_ms
    return oldest <= time_ms <= received_ms + timing.precision_ms
