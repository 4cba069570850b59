"""How a result went over time: the figures of all records that are open, and a small drawing.

Rule: figures are compared as decimals and shown as their digits.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from portal.records.record_view import Record

FIGURES_MAX: Final = 60
"""Figures of one trend that are shown, the newest."""
DRAWN_MAX: Final = 24
WIDTH: Final = 120
HEIGHT: Final = 32
_EDGE: Final = 3


@dataclass(frozen=True, slots=True)
class Figure:
    """One result."""

    day: str
    """When."""
    start_ms: int
    """When the visit began."""
    value: str
    """Its digits."""
    document: str
    """The document that tells it."""


@dataclass(frozen=True, slots=True)
class Trend:
    """One kind of result over time."""

    id: str
    """Names it on the page."""
    name: str
    """What, in the newest record's words."""
    unit: str
    """Of its figures."""
    figures: tuple[Figure, ...]
    """The newest first."""
    count: int
    """How many there are in all."""

    @property
    def line(self) -> str:
        """Return the points of its drawing, the oldest first, in a field of WIDTH × HEIGHT."""
        drawn = [Decimal(figure.value) for figure in reversed(self.figures[:DRAWN_MAX])]
        low, span = min(drawn), max(drawn) - min(drawn)
        room = HEIGHT - 2 * _EDGE
        return " ".join(
            f"{_EDGE + index * (WIDTH - 2 * _EDGE) // (len(drawn) - 1)},"
            f"{HEIGHT - _EDGE - (int((value - low) * room / span) if span else room // 2)}"
            for index, value in enumerate(drawn)
        )

    @property
    def end(self) -> tuple[int, int]:
        """Return where its drawing ends."""
        x, y = self.line.rpartition(" ")[2].split(",")
        return int(x), int(y)


def trends_of(
    records: Iterable[tuple[str, Record]], *, only: frozenset[str] | None = None
) -> tuple[Trend, ...]:
    """Return the trends of documents' figures, those with most figures first.

    Args:
        records: names of documents, and what they tell.
        only: ids of the trends that are asked for; all when None.
    """
    found: dict[str, list[Figure]] = {}
    words: dict[str, tuple[int, str, str]] = {}
    for document, record in records:
        for item in record.items:
            if not (item.code and item.is_figure and record.start_ms is not None):
                continue
            name = trend_id(item.code, item.unit)
            if only is not None and name not in only:
                continue
            day = item.day or record.day
            found.setdefault(name, []).append(Figure(day, record.start_ms, item.value, document))
            told = (record.start_ms, item.name, item.unit)
            words[name] = max(words.get(name, told), told)
    trends = [
        Trend(name, words[name][1], words[name][2], _newest(figures), len(figures))
        for name, figures in found.items()
        if len(figures) > 1
    ]
    return tuple(sorted(trends, key=lambda trend: (-trend.count, trend.name)))


def trend_id(code: str, unit: str) -> str:
    """Return how the page names the trend of a code and unit."""
    return "trend-" + hashlib.sha256(f"{code}|{unit}".encode()).hexdigest()[:12]


def ids_in(record: Record) -> frozenset[str]:
    """Return the trends that a record's figures belong to."""
    return frozenset(
        trend_id(item.code, item.unit) for item in record.items if item.code and item.is_figure
    )


def _newest(figures: list[Figure]) -> tuple[Figure, ...]:
    ordered = sorted(figures, key=lambda it: (it.start_ms, it.day, it.document), reverse=True)
    return tuple(ordered[:FIGURES_MAX])
