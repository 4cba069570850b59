"""When a notice is sent for the first time: at once, or as `chaos` has it.

Rule: seed and the notice's subject alone decide, so the same run is the same trouble again.
"""

import random

from portal.payments.simulator.config import ChaosSection

SWAP_S_MAX = 60
"""A notice that others overtake waits up to so many seconds of the schedule."""


def first_sendings(
    chaos: ChaosSection, subject: str, now_ms: int, second_ms: int
) -> tuple[int, ...]:
    """Return when a notice is sent: never, once or twice.

    Args:
        chaos: the shares.
        subject: our number of the trade or refund.
        now_ms: when the fact happened.
        second_ms: how long a second of the schedule lasts.
    """
    dice = random.Random(f"{chaos.seed}/{subject}")  # noqa: S311 (trouble that can be repeated)

    def happens(percent: int) -> bool:
        return dice.randrange(100) < percent

    is_lost, is_late = happens(chaos.lost_percent), happens(chaos.late_percent)
    is_double, is_swapped = happens(chaos.double_percent), happens(chaos.swap_percent)
    if is_lost:
        return ()
    first_ms = now_ms + (chaos.late_s * second_ms if is_late else 0)
    if is_swapped:
        first_ms += dice.randint(1, SWAP_S_MAX * second_ms)
    again_ms = first_ms + dice.randint(0, SWAP_S_MAX * second_ms)
    return (first_ms, again_ms) if is_double else (first_ms,)
