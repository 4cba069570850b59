"""One result over many records: the same measure in the same unit, in the order of time.

Rule: numbers are exact decimals and never floats; only like is compared with like, the same LOINC
code in the same unit. What cannot stand in the line, because it names no time, is no exact number
or was withdrawn, is counted.
Source: HL7 FHIR R4, Observation.code, value and status; UCUM.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from exchange.health_record import HealthRecord
from exchange.record_entries import Category, RecordEntry
from exchange.record_facts import Measure
from exchange.record_values import LOINC, Code, RecordTime

POINTS_MAX: Final = 2_000
"""Of one series; the latest are kept."""
_DECIMAL: Final = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,20})?(?:[eE][+-]?[0-9]{1,2})?", re.ASCII)
_WITHDRAWN: Final = frozenset(("entered-in-error", "cancelled"))


@dataclass(frozen=True, slots=True)
class Point:
    """One result of a series."""

    time: RecordTime = field(repr=False)
    """When it was measured; its `order` is told."""
    value: Decimal = field(repr=False)
    """Exactly what was written."""
    text: str = field(repr=False)
    """How it was written."""
    record: int
    """Which of the given records has it, from 0."""
    name: str
    """`Observation/<id>`."""
    leaf: str
    """Path of its leaf in that record's document."""
    measure: Measure = field(repr=False)
    """With range and interpretation."""


@dataclass(frozen=True, slots=True)
class Series:
    """Results that make a trend."""

    code: Code
    """LOINC's."""
    words: str
    """What was measured, as the latest record says it."""
    unit: str
    """As the latest record says it."""
    points: tuple[Point, ...] = field(repr=False)
    """At least two, the oldest first."""
    left_out: int
    """How many results of this code and unit do not stand in the line."""


def trends(records: Sequence[HealthRecord]) -> tuple[Series, ...]:
    """Return every result that stands at least twice in these records.

    Args:
        records: one patient's, of which none supersedes another; their order does not matter.

    Returns:
        The longest series first, then by code and unit.
    """
    found: dict[tuple[str, str], list[Point | None]] = {}
    for place, record in enumerate(records):
        for entry in record.of(Category.RESULT):
            for key, point in _points(entry, place):
                found.setdefault(key, []).append(point)
    series = (_series(key[0], points) for key, points in found.items())
    made = (each for each in series if each is not None)
    return tuple(sorted(made, key=lambda each: (-len(each.points), each.code.code, each.unit)))


def _points(entry: RecordEntry, record: int) -> Iterator[tuple[tuple[str, str], Point | None]]:
    """Yield code and unit of each number of an Observation, and its point, if it makes one."""
    for measure in entry.said.measures:
        if not measure.is_number or measure.code is None or measure.code.system != LOINC:
            continue
        unit = measure.unit_code.code if measure.unit_code else measure.unit
        point = None
        if _may_stand(entry, measure):
            point = Point(
                entry.time,
                Decimal(measure.value),
                measure.value,
                record,
                entry.name,
                entry.leaf,
                measure,
            )
        yield (measure.code.code, unit), point


def _may_stand(entry: RecordEntry, measure: Measure) -> bool:
    return (
        entry.time.order is not None
        and not measure.comparator
        and entry.status not in _WITHDRAWN
        and _DECIMAL.fullmatch(measure.value) is not None
    )


def _series(code: str, found: Sequence[Point | None]) -> Series | None:
    points = sorted((point for point in found if point is not None), key=_order)
    if len(points) < 2:
        return None
    kept, last = tuple(points[-POINTS_MAX:]), points[-1].measure
    return Series(Code(LOINC, code), last.words, last.unit, kept, len(found) - len(kept))


def _order(point: Point) -> tuple[int, int, str]:
    assert point.time.order is not None, "a point without a time"
    return point.time.order, point.record, point.name
