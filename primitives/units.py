"""Units and the strict reading of figures.

Rule: money is integer fen, time is integer milliseconds since the epoch in UTC, local dates are
Asia/Shanghai. A figure is read from its ASCII text digit by digit; no float ever exists.
"""

import re
from typing import NewType

from primitives.errors import Refused

Fen = NewType("Fen", int)
"""Money: hundredths of a yuan."""

Milliseconds = NewType("Milliseconds", int)
"""A time since 1970-01-01 UTC, or a span."""

Height = NewType("Height", int)
"""Position of a block in the chain; 0 is the genesis."""

Round = NewType("Round", int)
"""Attempt to decide one height; 0 is the first."""

AMOUNT_FEN_MAX = 10**14 - 1
"""The field is decimal(14, 2) in every connector seen: twelve digits of yuan, two of fen."""

SUM_FEN_MAX = 2**63 - 1
"""The largest sum that stands in a leaf: more than a country earns in a hundred years."""

SHANGHAI_OFFSET_MS = 8 * 3600 * 1000
"""China keeps one time zone without daylight saving since 1991."""

MINUTE_MS = 60_000
DAY_MS = 86_400_000

_FIGURE = re.compile(r"(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,6})?", re.ASCII)


def parse_decimal(text: str, places: int, field: str) -> int:
    """Read a plain decimal as an integer of its smallest unit.

    Args:
        text: ASCII digits with at most one point: `13.05`. No sign, no exponent, no blanks.
        places: how many decimals the unit has; trailing zeros beyond them are allowed.
        field: the name used in an error.

    Returns:
        `text` times 10**places.

    Raises:
        Refused: `figure.malformed` for any other form, `figure.too_fine` for lost decimals.
    """
    if not _FIGURE.fullmatch(text):
        raise Refused("figure.malformed", "write a plain decimal such as 13.05", field)
    whole, _, fraction = text.partition(".")
    if fraction[places:].strip("0"):
        raise Refused("figure.too_fine", f"at most {places} decimals", field)
    scale: int = 10**places
    return int(whole) * scale + int(fraction[:places].ljust(places, "0") or "0")


def parse_fen(text: str, field: str) -> Fen:
    """Read an amount in yuan, `13.05`, as fen.

    Raises:
        Refused: as `parse_decimal`; `figure.out_of_range` above `AMOUNT_FEN_MAX`.
    """
    fen = parse_decimal(text, 2, field)
    if fen > AMOUNT_FEN_MAX:
        raise Refused("figure.out_of_range", "at most 12 digits before the point", field)
    return Fen(fen)


def format_yuan(amount: int) -> str:
    """Return fen as yuan with two decimals: 1305 -> `13.05`, -5 -> `-0.05`."""
    sign = "-" if amount < 0 else ""
    return f"{sign}{abs(amount) // 100}.{abs(amount) % 100:02d}"


def sum_fen(before: int, amount: int) -> int:
    """Return a sum of amounts with one more; it stays at `SUM_FEN_MAX`, or minus that.

    A leaf holds no larger number. Amounts absurd enough to get there make an absurd sum, and
    end nobody's node; of amounts with one sign the order does not matter.
    """
    total = before + amount
    if -SUM_FEN_MAX <= total <= SUM_FEN_MAX:
        return total
    return SUM_FEN_MAX if total > 0 else -SUM_FEN_MAX


def civil_date(time_ms: int) -> tuple[int, int, int]:
    """Return year, month and day in Asia/Shanghai of a time in milliseconds since the epoch.

    Source: the proleptic Gregorian day count by eras of 400 years (H. Hinnant,
    chrono-compatible low-level date algorithms, civil_from_days).
    """
    days = (time_ms + SHANGHAI_OFFSET_MS) // 86_400_000 + 719_468
    era, day_of_era = divmod(days, 146_097)
    year_of_era = (
        day_of_era - day_of_era // 1460 + day_of_era // 36_524 - day_of_era // 146_096
    ) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted_month = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * shifted_month + 2) // 5 + 1
    month = shifted_month + 3 if shifted_month < 10 else shifted_month - 9
    return year_of_era + era * 400 + (month <= 2), month, day


def minute_of_day(time_ms: int) -> int:
    """Return the minute of the day in Asia/Shanghai, 0 to 1439."""
    return (time_ms + SHANGHAI_OFFSET_MS) % DAY_MS // MINUTE_MS
