"""Dates as hospital systems write them: digits only, Asia/Shanghai.

Rule: a date exists or is refused; the 30th of February never becomes the 2nd of March.
Source: the proleptic Gregorian day count by eras of 400 years (H. Hinnant, chrono-compatible
low-level date algorithms, days_from_civil).
"""

import re
from typing import Final

from primitives.errors import Refused
from primitives.units import DAY_MS, SHANGHAI_OFFSET_MS, civil_date

_DATE: Final = re.compile(r"[0-9]{8}", re.ASCII)
_TIME: Final = re.compile(r"[0-9]{17}", re.ASCII)
_MONTH_DAYS: Final = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def is_real_date(text: str) -> bool:
    """Tell whether eight digits, yyyyMMdd, name a day from the year 1800 on."""
    if not _DATE.fullmatch(text):
        return False
    year, month, day = int(text[:4]), int(text[4:6]), int(text[6:])
    if year < 1800 or not 1 <= month <= 12:
        return False
    is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 1 <= day <= _MONTH_DAYS[month - 1] + (month == 2 and is_leap)


def date_text(time_ms: int) -> str:
    """Return the local date of a time as yyyyMMdd, which compares as it sorts."""
    year, month, day = civil_date(time_ms)
    return f"{year:04d}{month:02d}{day:02d}"


def parse_local_time(text: str, field: str) -> int:
    """Return milliseconds since the epoch of yyyyMMddHHmmssSSS in Asia/Shanghai.

    Raises:
        Refused: `his.bad_date` when there is no such moment.
    """
    is_real = bool(_TIME.fullmatch(text)) and is_real_date(text[:8])
    if not is_real or text[8:10] > "23" or text[10:12] > "59" or text[12:14] > "59":
        raise Refused("his.bad_date", "write yyyyMMddHHmmssSSS", field)
    hours, minutes, seconds = int(text[8:10]), int(text[10:12]), int(text[12:14])
    in_day_ms = ((hours * 60 + minutes) * 60 + seconds) * 1000 + int(text[14:])
    days = _days(int(text[:4]), int(text[4:6]), int(text[6:8]))
    return days * DAY_MS + in_day_ms - SHANGHAI_OFFSET_MS


def _days(year: int, month: int, day: int) -> int:
    """Return days since 1970-01-01."""
    year -= month <= 2
    era, year_of_era = divmod(year, 400)
    day_of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    day_of_era = year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year
    return era * 146_097 + day_of_era - 719_468
