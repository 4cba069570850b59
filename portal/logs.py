"""The portal's log: events named `floor.past_tense` with keys from a closed list, a JSON line each.

Rule: never a name, an id number, a phone, a check code, an amount, or a path that a caller chose;
a key that is not on the list is dropped.
"""

import json
import sys
from datetime import UTC, datetime
from typing import TextIO

from portal.clock import Clock

KEYS = frozenset(
    [
        *("bills", "code", "count", "file", "height", "kind", "listen", "reason", "reference"),
        *("route", "status"),
    ]
)
"""Every key an event may carry; `reference` is a payment company's number of a trade."""


class Log:
    """Writes events.

    Args:
        clock: what time it is.
        level: `info` or `debug`.
        stream: where lines go; standard error when not given.
    """

    def __init__(self, clock: Clock, level: str = "info", stream: TextIO | None = None) -> None:
        self._clock = clock
        self._is_debug = level == "debug"
        self._stream = stream or sys.stderr

    def event(self, name: str, /, **keys: str | int) -> None:
        """Record something an operator would act on or want to know."""
        self._write(name, "info", keys)

    def debug(self, name: str, /, **keys: str | int) -> None:
        """Record the rest."""
        if self._is_debug:
            self._write(name, "debug", keys)

    def _write(self, name: str, level: str, keys: dict[str, str | int]) -> None:
        time = datetime.fromtimestamp(self._clock.now_ms() / 1000, UTC)
        line = {"time": time.isoformat(timespec="milliseconds"), "level": level, "event": name}
        line.update({key: str(value)[:200] for key, value in keys.items() if key in KEYS})
        self._stream.write(json.dumps(line, ensure_ascii=False) + "\n")
        self._stream.flush()
