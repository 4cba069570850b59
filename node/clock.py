"""The system's wall clock; the only place that reads it.

Rule: ledger times, expiries and bans come from here; spans and timers come from the loop.
"""

import time


class SystemClock:
    """The port `Clock`."""

    def now_ms(self) -> int:
        """Return milliseconds since the epoch, UTC; may jump."""
        return time.time_ns() // 1_000_000
