"""The projection: which bills a patient has, as of which block.

Rule: one transaction writes a block's rows and its height. It holds nothing readable about a
person: a patient is a keyed hash, a check code is a keyed hash; the rest are public chain facts.
"""

import dataclasses
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from portal.database import Database

STEPS = (
    """
    CREATE TABLE head (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        chain TEXT NOT NULL, height INTEGER NOT NULL, hash TEXT NOT NULL, time_ms INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE bills (
        patient BLOB NOT NULL, code TEXT NOT NULL, number TEXT NOT NULL,
        check_code BLOB NOT NULL, kind TEXT NOT NULL, issuer TEXT NOT NULL, place TEXT NOT NULL,
        time_ms INTEGER NOT NULL, total_fen INTEGER NOT NULL, own_fen INTEGER NOT NULL,
        state TEXT NOT NULL, height INTEGER NOT NULL,
        PRIMARY KEY (code, number)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX bills_of_patient ON bills (patient, time_ms DESC, code DESC, number DESC);
    """,
)
"""The schema, step by step."""

_COLUMNS = (
    "patient, code, number, check_code, kind, issuer, place, time_ms, total_fen, own_fen, "
    "state, height"
)


@dataclass(frozen=True, slots=True)
class BillRow:
    """One bill as the list shows it."""

    patient: bytes
    """Pseudonym of the patient."""
    code: str
    """票据代码."""
    number: str
    """票据号码."""
    check_code: bytes
    """Keyed hash of the 校验码."""
    kind: str
    """Kind digits: `01` outpatient."""
    issuer: str
    """Agency id of the issuer."""
    place: str
    """Issuing point."""
    time_ms: int
    """Time of issue."""
    total_fen: int
    """Total amount."""
    own_fen: int
    """What the patient paid in cash."""
    state: str
    """`issued`."""
    height: int
    """Block that issued it."""


@dataclass(frozen=True, slots=True)
class Head:
    """Up to where the projection reaches."""

    chain: str
    """Chain id, hex."""
    height: int
    """Height of the last block written; 0 before the first."""
    hash: str
    """Hash of that block, hex; empty before the first."""
    time_ms: int
    """Time of that block."""


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a patient's list."""

    bills: tuple[BillRow, ...]
    """Newest first."""
    number: int
    """Which page this is, from 1."""
    pages: int
    """How many there are, at least 1."""
    count: int
    """How many bills there are."""


class Projection:
    """The open projection.

    Args:
        file: its SQLite file.
    """

    def __init__(self, file: Path) -> None:
        self._database = Database(file, STEPS)

    async def head(self) -> Head | None:
        """Return up to where it reaches; None when it was never begun."""

        def read(connection: sqlite3.Connection) -> Head | None:
            row = connection.execute("SELECT chain, height, hash, time_ms FROM head").fetchone()
            return Head(*row) if row else None

        return await self._database.run(read)

    async def begin(self, chain: str) -> None:
        """Drop everything and stand at height 0 of `chain`."""

        def write(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM bills")
            connection.execute("INSERT OR REPLACE INTO head VALUES (1, ?, 0, '', 0)", (chain,))

        await self._database.run(write)

    async def write_block(self, head: Head, bills: tuple[BillRow, ...]) -> None:
        """Write one block's bills and its height, all or nothing."""

        def write(connection: sqlite3.Connection) -> None:
            connection.executemany(
                f"INSERT INTO bills ({_COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",  # noqa: S608
                [dataclasses.astuple(bill) for bill in bills],
            )
            connection.execute(
                "UPDATE head SET height = ?, hash = ?, time_ms = ?",
                (head.height, head.hash, head.time_ms),
            )

        await self._database.run(write)

    async def page(self, patient: bytes, *, number: int, size: int) -> Page:
        """Return one page of a patient's bills, newest first; the last when `number` is beyond."""

        def read(connection: sqlite3.Connection) -> Page:
            count = connection.execute(
                "SELECT count(*) FROM bills WHERE patient = ?", (patient,)
            ).fetchone()[0]
            pages = max(1, -(-count // size))
            shown = min(number, pages)
            rows = connection.execute(
                f"SELECT {_COLUMNS} FROM bills WHERE patient = ? "  # noqa: S608
                "ORDER BY time_ms DESC, code DESC, number DESC LIMIT ? OFFSET ?",
                (patient, size, (shown - 1) * size),
            )
            return Page(tuple(BillRow(*row) for row in rows), shown, pages, count)

        return await self._database.run(read)

    async def bill(self, patient: bytes, code: str, number: str) -> BillRow | None:
        """Return a bill of this patient; None for another's or no bill."""

        def read(connection: sqlite3.Connection) -> BillRow | None:
            row = connection.execute(
                f"SELECT {_COLUMNS} FROM bills "  # noqa: S608
                "WHERE patient = ? AND code = ? AND number = ?",
                (patient, code, number),
            ).fetchone()
            return BillRow(*row) if row else None

        return await self._database.run(read)

    async def bills_to_match(self, patient: bytes) -> tuple[tuple[str, str, bytes], ...]:
        """Return code, number and hashed check code of all bills of a patient, newest first."""

        def read(connection: sqlite3.Connection) -> tuple[tuple[str, str, bytes], ...]:
            rows = connection.execute(
                "SELECT code, number, check_code FROM bills WHERE patient = ? "
                "ORDER BY time_ms DESC, code DESC, number DESC",
                (patient,),
            )
            return tuple((row[0], row[1], row[2]) for row in rows)

        return await self._database.run(read)

    def close(self) -> None:
        """Close the file."""
        self._database.close()
