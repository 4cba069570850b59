"""The projection: which bills, orders and documents a patient has, as of which block.

Rule: one transaction writes a block's rows and its height. It holds nothing readable about a
person: a patient is a keyed hash, a check code is a keyed hash; the rest are public chain facts.
"""

import sqlite3
from pathlib import Path

from portal.database import Database
from portal.projection.documents import Documents
from portal.projection.rows import BillRow, Head, News, OrderRow, Page, PaymentRow
from portal.projection.schema import STEPS, TABLES
from portal.projection.writing import columns, write_news

_BILL, _ORDER, _PAYMENT = columns(BillRow), columns(OrderRow), columns(PaymentRow)
VISITS_MAX = 1_000
"""Visits whose bills are looked for at once."""
ORDERS_MAX = 50
"""Orders shown to a patient, newest first; older ones are reached through their bills."""


class Projection:
    """The open projection.

    Args:
        file: its SQLite file.
    """

    def __init__(self, file: Path) -> None:
        self._database = Database(file, STEPS)
        self.documents = Documents(self._database)

    async def head(self) -> Head | None:
        """Return up to where it reaches; None when it was never begun."""

        def read(connection: sqlite3.Connection) -> Head | None:
            row = connection.execute("SELECT chain, height, hash, time_ms FROM head").fetchone()
            return Head(*row) if row else None

        return await self._database.run(read)

    async def begin(self, chain: str) -> None:
        """Drop everything and stand at height 0 of `chain`."""

        def write(connection: sqlite3.Connection) -> None:
            for table in TABLES:
                connection.execute(f"DELETE FROM {table}")  # noqa: S608
            connection.execute("INSERT INTO head VALUES (1, ?, 0, '', 0)", (chain,))

        await self._database.run(write)

    async def write_block(self, head: Head, news: News) -> frozenset[bytes]:
        """Write one block's news and its height, all or nothing; return whom it concerns."""

        def write(connection: sqlite3.Connection) -> frozenset[bytes]:
            patients = write_news(connection, news, head.height)
            connection.execute(
                "UPDATE head SET height = ?, hash = ?, time_ms = ?",
                (head.height, head.hash, head.time_ms),
            )
            return patients

        return await self._database.run(write)

    async def page(self, patient: bytes, *, number: int, size: int) -> Page:
        """Return one page of a patient's bills, newest first; the last when `number` is beyond."""

        def read(connection: sqlite3.Connection) -> Page:
            count = connection.execute(
                "SELECT count(*) FROM bills WHERE patient = ?", (patient,)
            ).fetchone()[0]
            pages = max(1, -(-count // size))
            shown = min(number, pages)
            rows = connection.execute(
                f"SELECT {_BILL} FROM bills WHERE patient = ? "  # noqa: S608
                "ORDER BY time_ms DESC, code DESC, number DESC LIMIT ? OFFSET ?",
                (patient, size, (shown - 1) * size),
            )
            return Page(tuple(BillRow(*row) for row in rows), shown, pages, count)

        return await self._database.run(read)

    async def bill(self, patient: bytes, code: str, number: str) -> BillRow | None:
        """Return a bill of this patient; None for another's or no bill."""

        def read(connection: sqlite3.Connection) -> BillRow | None:
            row = connection.execute(
                f"SELECT {_BILL} FROM bills "  # noqa: S608
                "WHERE patient = ? AND code = ? AND number = ?",
                (patient, code, number),
            ).fetchone()
            return BillRow(*row) if row else None

        return await self._database.run(read)

    async def orders(self, patient: bytes) -> tuple[tuple[OrderRow, int], ...]:
        """Return a patient's newest orders, newest first.

        Beside each stands what is owed back, in fen, of payments that found no place on it.
        """

        def read(connection: sqlite3.Connection) -> tuple[tuple[OrderRow, int], ...]:
            rows = connection.execute(
                f"SELECT {_ORDER}, (SELECT coalesce(sum(owed_fen), 0) FROM payments "  # noqa: S608
                "WHERE order_number = orders.number) FROM orders WHERE patient = ? "
                "ORDER BY opened_ms DESC, number DESC LIMIT ?",
                (patient, ORDERS_MAX),
            )
            return tuple((OrderRow(*row[:-1]), row[-1]) for row in rows)

        return await self._database.run(read)

    async def order(self, patient: bytes, number: str) -> OrderRow | None:
        """Return an order of this patient; None for another's or no order."""

        def read(connection: sqlite3.Connection) -> OrderRow | None:
            row = connection.execute(
                f"SELECT {_ORDER} FROM orders WHERE patient = ? AND number = ?",  # noqa: S608
                (patient, number),
            ).fetchone()
            return OrderRow(*row) if row else None

        return await self._database.run(read)

    async def payments(self, order_number: str) -> tuple[PaymentRow, ...]:
        """Return the payments that name an order, in the order in which they were made."""

        def read(connection: sqlite3.Connection) -> tuple[PaymentRow, ...]:
            rows = connection.execute(
                f"SELECT {_PAYMENT} FROM payments WHERE order_number = ? "  # noqa: S608
                "ORDER BY paid_ms, reference",
                (order_number,),
            )
            return tuple(PaymentRow(*row) for row in rows)

        return await self._database.run(read)

    async def revision(self, patient: bytes) -> int:
        """Return the block that last changed what a patient sees; 0 without any."""

        def read(connection: sqlite3.Connection) -> int:
            (height,) = connection.execute(
                "SELECT max(coalesce((SELECT max(changed) FROM bills WHERE patient = ?), 0), "
                "coalesce((SELECT max(changed) FROM orders WHERE patient = ?), 0), "
                "coalesce((SELECT max(changed) FROM documents WHERE patient = ?), 0))",
                (patient, patient, patient),
            ).fetchone()
            return int(height)

        return await self._database.run(read)

    async def bills_of_visits(
        self, patient: bytes, visits: frozenset[bytes]
    ) -> dict[bytes, tuple[BillRow, ...]]:
        """Return a patient's bills of these visits, by visit, newest first.

        Args:
            patient: whose.
            visits: keyed hashes, at most `VISITS_MAX`; an empty one is no visit.
        """
        asked = sorted(visits - {b""})

        def read(connection: sqlite3.Connection) -> dict[bytes, tuple[BillRow, ...]]:
            marks = ",".join("?" * len(asked))
            rows = connection.execute(
                f"SELECT {_BILL} FROM bills WHERE patient = ? AND visit IN ({marks}) "  # noqa: S608
                "ORDER BY time_ms DESC, code DESC, number DESC",
                (patient, *asked),
            )
            found: dict[bytes, tuple[BillRow, ...]] = {}
            for row in (BillRow(*values) for values in rows):
                found[row.visit] = (*found.get(row.visit, ()), row)
            return found

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
