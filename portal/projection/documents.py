"""Documents of the projection: which record documents a patient has, and what became of them.

Rule: of a line of amendments the newest alone is in force; the others stay reachable from it.
"""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

from portal.database import Database
from portal.projection.rows import DocumentRow
from portal.projection.writing import columns

_DOCUMENT = columns(DocumentRow)
LINE_MAX = 100
"""Amendments that a line of documents is followed through."""


@dataclass(frozen=True, slots=True)
class Changes:
    """Documents that changed after a mark."""

    rows: tuple[DocumentRow, ...]
    """The earliest change first."""
    mark: str
    """Where to go on: `812`, or `812.805.30` within a block."""
    is_all: bool
    """Whether nothing more has changed."""


class Documents:
    """The documents of an open projection.

    Args:
        database: the projection's.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def count(self, patient: bytes) -> int:
        """Return how many documents in force a patient has."""

        def read(connection: sqlite3.Connection) -> int:
            (count,) = connection.execute(
                "SELECT count(*) FROM documents WHERE patient = ? AND superseded_by = ''",
                (patient,),
            ).fetchone()
            return int(count)

        return await self._database.run(read)

    async def newest(self, patient: bytes, *, count: int, skip: int) -> tuple[DocumentRow, ...]:
        """Return a patient's documents in force, those published last first."""
        return await self._database.run(
            _rows(
                "WHERE patient = ? AND superseded_by = '' "
                "ORDER BY height DESC, sequence DESC LIMIT ? OFFSET ?",
                (patient, count, skip),
            )
        )

    async def every(self, patient: bytes, *, after: DocumentRow | None) -> DocumentRow | None:
        """Return the document, in force or not, that was published before `after`; or the last."""
        above = (after.height, after.sequence) if after else (1 << 60, 0)
        rows = await self._database.run(
            _rows(
                "WHERE patient = ? AND (height, sequence) < (?, ?) "
                "ORDER BY height DESC, sequence DESC LIMIT 1",
                (patient, *above),
            )
        )
        return rows[0] if rows else None

    async def one(self, patient: bytes, document: str) -> DocumentRow | None:
        """Return a document of this patient; None for another's or no document."""
        rows = await self._database.run(
            _rows("WHERE patient = ? AND document = ?", (patient, document))
        )
        return rows[0] if rows else None

    async def of_visit(self, patient: bytes, visit: bytes) -> tuple[DocumentRow, ...]:
        """Return a patient's documents in force of one visit; none of an empty one."""
        if not visit:
            return ()
        return await self._database.run(
            _rows(
                "WHERE patient = ? AND visit = ? AND superseded_by = '' "
                "ORDER BY height DESC, sequence DESC",
                (patient, visit),
            )
        )

    async def line(self, patient: bytes, document: str) -> tuple[DocumentRow, ...]:
        """Return a document with all that it amends and that amend it, the newest first."""

        def read(connection: sqlite3.Connection) -> tuple[DocumentRow, ...]:
            found: dict[str, DocumentRow] = {}
            names = [document]
            while names and len(found) < LINE_MAX:
                condition, values = "WHERE patient = ? AND document = ?", (patient, names.pop())
                for row in _rows(condition, values)(connection):
                    found[row.document] = row
                    names += {row.supersedes, row.superseded_by} - {"", *found}
            return tuple(
                sorted(found.values(), key=lambda row: (row.height, row.sequence), reverse=True)
            )

        return await self._database.run(read)

    async def changed_after(self, patient: bytes, mark: str, *, count: int) -> Changes:
        """Return what changed of a patient's documents after a mark, so many at most.

        Args:
            patient: whose.
            mark: `812`, the block all of which is known, or a `mark` of earlier changes.
            count: how many at most.

        Raises:
            ValueError: when it is no mark.
        """
        after = _read_mark(mark)

        def read(connection: sqlite3.Connection) -> Changes:
            found = connection.execute(
                f"SELECT {_DOCUMENT}, changed FROM documents WHERE patient = ? "  # noqa: S608
                "AND (changed, height, sequence) > (?, ?, ?) "
                "ORDER BY changed, height, sequence LIMIT ?",
                (patient, *after, count + 1),
            ).fetchall()
            rows = tuple(DocumentRow(*row[:-1]) for row in found[:count])
            is_all = len(found) <= count
            if not rows:
                return Changes((), mark, is_all)
            changed = found[len(rows) - 1][-1]
            within = f"{changed}.{rows[-1].height}.{rows[-1].sequence}"
            return Changes(rows, str(changed) if is_all else within, is_all)

        return await self._database.run(read)


def _rows(
    condition: str, values: tuple[bytes | str | int, ...]
) -> Callable[[sqlite3.Connection], tuple[DocumentRow, ...]]:
    def read(connection: sqlite3.Connection) -> tuple[DocumentRow, ...]:
        query = f"SELECT {_DOCUMENT} FROM documents {condition}"  # noqa: S608
        return tuple(DocumentRow(*row) for row in connection.execute(query, values))

    return read


def _read_mark(mark: str) -> tuple[int, int, int]:
    """Return the last place that is known: block that changed it, block, place in that."""
    parts = mark.split(".")
    if len(parts) not in (1, 3) or not all(
        part.isascii() and part.isdigit() and len(part) <= 15 for part in parts
    ):
        raise ValueError("no mark")
    if len(parts) == 1:
        return int(mark), 1 << 60, 0
    return int(parts[0]), int(parts[1]), int(parts[2])
