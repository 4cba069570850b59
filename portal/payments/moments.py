"""Times and days as the payment company writes them: RFC 3339 with China's offset.

Rule: inside, a time is integer milliseconds since the epoch; a day is `yyyy-mm-dd` in China.
"""

import re
from datetime import UTC, datetime, timedelta, timezone

from primitives.errors import Refused
from primitives.units import SHANGHAI_OFFSET_MS

DAY_MS = 86_400_000
HOUR_MS = 3_600_000

_SHANGHAI = timezone(timedelta(hours=8))
_FORM = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.[0-9]{1,9})?"
    r"(Z|[+-][0-9]{2}:[0-9]{2})",
    re.ASCII,
)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


def write_moment(time_ms: int) -> str:
    """Return a time to the second: `2026-11-27T10:00:00+08:00`."""
    return _local(time_ms).isoformat(timespec="seconds")


def read_moment(text: str) -> int:
    """Return milliseconds since the epoch; fractions of a second are dropped.

    Raises:
        Refused: `time.malformed`.
    """
    found = _FORM.fullmatch(text)
    refusal = Refused("time.malformed", "write RFC 3339: 2026-11-27T10:00:00+08:00")
    if found is None:
        raise refusal
    offset = "+00:00" if found[2] == "Z" else found[2]
    try:
        return int(datetime.fromisoformat(found[1] + offset).timestamp()) * 1000
    except (ValueError, OverflowError) as error:
        raise refusal from error


def write_statement_time(time_ms: int) -> str:
    """Return a time as a statement has it: `2026-11-27 10:00:00`."""
    return f"{_local(time_ms):%Y-%m-%d %H:%M:%S}"


def day_of(time_ms: int) -> str:
    """Return the day in China."""
    return f"{_local(time_ms):%Y-%m-%d}"


def day_start_ms(day: str) -> int:
    """Return when a day begins in China.

    Raises:
        Refused: `day.malformed`.
    """
    refusal = Refused("day.malformed", "write a day: yyyy-mm-dd", "bill_date")
    if not _DAY.fullmatch(day):
        raise refusal
    try:
        start = datetime.fromisoformat(day).replace(tzinfo=UTC)
        return int(start.timestamp()) * 1000 - SHANGHAI_OFFSET_MS
    except (ValueError, OverflowError) as error:
        raise refusal from error


def next_day(day: str) -> str:
    """Return the day after."""
    return day_of(day_start_ms(day) + DAY_MS)


def _local(time_ms: int) -> datetime:
    return datetime.fromtimestamp(time_ms // 1000, UTC).astimezone(_SHANGHAI)
