"""FHIR's times as milliseconds since the epoch.

Rule: a time exists or is refused; only what names its hour and its offset is a moment.
Source: HL7 FHIR R4, dateTime and instant.
"""

import re
from typing import Final

from ledger.dates import parse_local_time
from primitives.errors import Refused
from primitives.units import SHANGHAI_OFFSET_MS

_MOMENT: Final = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))?"
    r"(?:Z|([+-])([0-9]{2}):([0-9]{2}))",
    re.ASCII,
)
_DAY: Final = re.compile(r"[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?", re.ASCII)
_MINUTE_MS: Final = 60_000


def instant_ms(text: object, place: str) -> int | None:
    """Return the moment of a FHIR dateTime; None when it names a day, a month or a year only.

    Raises:
        Refused: `record.bad_time`, with the place.
    """
    found = _MOMENT.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        if isinstance(text, str) and _DAY.fullmatch(text):
            return None
        raise _bad(place)
    digits = "".join(found.groups()[:6]) + (found[7] or "")[:3].ljust(3, "0")
    hours, minutes = int(found[9] or 0), int(found[10] or 0)
    if hours > 14 or minutes > 59:
        raise _bad(place)
    offset_ms = (hours * 60 + minutes) * _MINUTE_MS * (-1 if found[8] == "-" else 1)
    try:
        local_ms = parse_local_time(digits, place)
    except Refused as error:
        raise _bad(place) from error
    return local_ms + SHANGHAI_OFFSET_MS - offset_ms


def _bad(place: str) -> Refused:
    return Refused("record.bad_time", "write a time as 2026-11-28T09:30:00+08:00", place)
