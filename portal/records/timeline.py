"""A patient's records in order: visits newest first, what belongs to none at the end.

Rule: a record stands at the time of its visit, whenever it was published; an amendment stands
where the visit was.
"""

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from portal.projection.rows import BillRow, DocumentRow
from portal.records.opened import Opened
from portal.records.record_view import KINDS, Item, Record

PAGE_SIZE: Final = 40
"""Records on a page."""
_EPOCH: Final = 10**14
"""Added to moments, so that those before 1970 are written without a sign."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What is shown."""

    kind: str = ""
    """One of `KINDS`; all when empty."""
    year: str = ""
    """Four digits; all when empty."""

    @property
    def query(self) -> str:
        """Return it as a query; empty for all."""
        parts = (("kind", self.kind), ("year", self.year))
        return "&".join(f"{name}={value}" for name, value in parts if value)

    def with_kind(self, kind: str) -> str:
        """Return the query for another kind."""
        return Choice(kind, self.year).query

    def with_year(self, year: str) -> str:
        """Return the query for another year."""
        return Choice(self.kind, year).query


@dataclass(frozen=True, slots=True)
class Entry:
    """One document on the page."""

    row: DocumentRow
    """What the chain tells of it."""
    record: Record | None
    """What it tells; None when it cannot be opened now."""
    bills: tuple[BillRow, ...] = ()
    """The bills of its visit."""

    @property
    def id(self) -> str:
        """Return how the page names it."""
        return f"doc-{self.row.document}"

    @property
    def place(self) -> str:
        """Return where it stands: a text that is greater for what stands above."""
        start_ms = self.record.start_ms if self.record is not None else self.row.time_ms
        moment = 0 if start_ms is None else max(1, start_ms + _EPOCH)
        return f"{moment:016d}.{self.row.height:012d}.{self.row.sequence:09d}"

    @property
    def kinds(self) -> tuple[tuple[str, tuple[Item, ...]], ...]:
        """Return its items by kind, in the order of the page; kinds without any are left out."""
        if self.record is None:
            return ()
        found = ((kind, self.record.of_kind(kind)) for kind in KINDS)
        return tuple((kind, items) for kind, items in found if items)

    def fits(self, choice: Choice) -> bool:
        """Tell whether it has something that was asked for."""
        if self.record is None:
            return not (choice.kind or choice.year)
        is_year = not choice.year or choice.year == self.record.year
        return is_year and (not choice.kind or any(kind == choice.kind for kind, _ in self.kinds))


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page of the timeline."""

    entries: tuple[Entry, ...]
    """Newest first."""
    number: int
    """Which page this is, from 1."""
    pages: int
    """How many there are, at least 1."""
    count: int
    """Records that fit the choice."""


def read_choice(query: Mapping[str, str]) -> Choice:
    """Return what a query asks for; what it cannot be is as if left out."""
    kind, year = query.get("kind", ""), query.get("year", "")
    is_year = len(year) == 4 and year.isascii() and year.isdigit()
    return Choice(kind if kind in KINDS else "", year if is_year else "")


def entries_of(
    rows: Sequence[DocumentRow],
    opened: Mapping[str, Opened],
    bills: Mapping[bytes, tuple[BillRow, ...]],
) -> tuple[Entry, ...]:
    """Return documents as they stand on the page, newest first."""
    entries = (
        Entry(
            row,
            opened[row.document].record if row.document in opened else None,
            bills.get(row.visit, ()),
        )
        for row in rows
    )
    return tuple(sorted(entries, key=lambda entry: entry.place, reverse=True))


def sheet_of(entries: Iterable[Entry], choice: Choice, *, number: int, at: str = "") -> Sheet:
    """Return one page of what fits a choice: that with the document `at`, or of a number."""
    fitting = [entry for entry in entries if entry.fits(choice)]
    pages = max(1, -(-len(fitting) // PAGE_SIZE))
    places = [place for place, entry in enumerate(fitting) if entry.row.document == at]
    shown = places[0] // PAGE_SIZE + 1 if places else min(number, pages)
    part = fitting[(shown - 1) * PAGE_SIZE : shown * PAGE_SIZE]
    return Sheet(tuple(part), shown, pages, len(fitting))


def years_of(entries: Iterable[Entry]) -> tuple[str, ...]:
    """Return the years in which there are visits, the newest first."""
    years = {entry.record.year for entry in entries if entry.record is not None}
    return tuple(sorted(years - {""}, reverse=True))


def visit_text(visit: bytes) -> str:
    """Return a visit's keyed hash for a page."""
    return base64.urlsafe_b64encode(visit).rstrip(b"=").decode()
