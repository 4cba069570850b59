"""How often somebody may do something.

Rule: a limit counts by a pseudonym, never by the id, phone or address itself; what it remembers
is bounded, the oldest is forgotten first.
"""

from collections import OrderedDict
from dataclasses import dataclass


@dataclass(slots=True)
class _Window:
    ends_ms: int
    count: int


class Limit:
    """So many times within a window that opens with the first.

    Args:
        count_max: how often it may happen in one window.
        window_ms: how long a window is.
        keys_max: how many keys are remembered.
    """

    def __init__(self, count_max: int, window_ms: int, keys_max: int = 50_000) -> None:
        self._count_max = count_max
        self._window_ms = window_ms
        self._keys_max = keys_max
        self._windows: OrderedDict[bytes, _Window] = OrderedDict()

    def take(self, key: bytes, now_ms: int) -> int:
        """Count one more; return 0, or for how many milliseconds it is too often."""
        window = self._windows.get(key)
        if window is None or window.ends_ms <= now_ms:
            window = _Window(now_ms + self._window_ms, 0)
            self._windows[key] = window
            self._windows.move_to_end(key)
            if len(self._windows) > self._keys_max:
                self._windows.popitem(last=False)
        if window.count >= self._count_max:
            return window.ends_ms - now_ms
        window.count += 1
        return 0

    def left_ms(self, key: bytes, now_ms: int) -> int:
        """Return for how many milliseconds it is too often, without counting; 0 when it is not."""
        window = self._windows.get(key)
        if window is None or window.count < self._count_max:
            return 0
        return max(0, window.ends_ms - now_ms)
