"""How often one caller may check bills by their five elements.

Rule: a sliding minute a caller; callers are remembered up to a bound.
"""

from collections import OrderedDict, deque
from typing import Final

from primitives.errors import Refused

MINUTE_MS: Final = 60_000
CALLERS_MAX: Final = 1_000
"""Callers whose counts are remembered; the one longest silent is forgotten first."""


class CheckLimits:
    """A sliding limit: checks of one caller within a minute.

    Args:
        most: how many.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._callers: OrderedDict[str, deque[int]] = OrderedDict()

    def count(self, caller: str, now_ms: int) -> None:
        """Count one check.

        Raises:
            Refused: `check.too_many`.
        """
        times = self._callers.setdefault(caller, deque())
        self._callers.move_to_end(caller)
        while len(self._callers) > CALLERS_MAX:
            self._callers.popitem(last=False)
        while times and times[0] <= now_ms - MINUTE_MS:
            times.popleft()
        if len(times) >= self._most:
            wait_s = max(1, (times[0] + MINUTE_MS - now_ms + 999) // 1000)
            raise Refused("check.too_many", "too many checks in a minute", retry_after_s=wait_s)
        times.append(now_ms)
