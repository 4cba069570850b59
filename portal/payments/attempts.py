"""Which trades were opened for which order: the table that leads from one to the other.

Rule: an attempt is on disk before the company hears of it, so a crash never opens a trade that
nobody knows.
"""

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from portal.database import Database
from portal.payments.numbers import ATTEMPTS_MAX, trade_number
from primitives.errors import Refused

STEPS = (
    """
    CREATE TABLE attempts (
        hospital TEXT NOT NULL, order_number TEXT NOT NULL, attempt INTEGER NOT NULL,
        out_trade_no TEXT NOT NULL UNIQUE, amount_fen INTEGER NOT NULL, description TEXT NOT NULL,
        expires_ms INTEGER NOT NULL, code_url TEXT NOT NULL DEFAULT '',
        given_ms INTEGER NOT NULL DEFAULT 0, is_closed INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (hospital, order_number, attempt)
    ) STRICT, WITHOUT ROWID;
    """,
)
"""The schema, step by step."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One trade opened for an order."""

    hospital: str
    """Agency id of the payee."""
    order: str
    """Number of the charge order."""
    attempt: int
    """From 1."""
    out_trade_no: str
    """Our number of the trade."""
    amount_fen: int
    """What is to be paid."""
    description: str
    """What the payer reads."""
    expires_ms: int
    """Until when; never changed."""
    code_url: str = ""
    """What the QR code says; empty until the company gave it."""
    given_ms: int = 0
    """When the company gave `code_url`."""
    is_closed: int = 0
    """1 when it can no longer be paid."""


class Attempts:
    """The open file of attempts.

    Args:
        file: its SQLite file.
    """

    def __init__(self, file: Path) -> None:
        self._database = Database(file, STEPS)

    async def last(self, hospital: str, order: str) -> Attempt | None:
        """Return an order's newest attempt."""

        def read(connection: sqlite3.Connection) -> Attempt | None:
            row = connection.execute(
                "SELECT * FROM attempts WHERE hospital = ? AND order_number = ? "
                "ORDER BY attempt DESC LIMIT 1",
                (hospital, order),
            ).fetchone()
            return Attempt(*row) if row else None

        return await self._database.run(read)

    async def begin(
        self, hospital: str, order: str, *, amount_fen: int, description: str, expires_ms: int
    ) -> Attempt:
        """Keep and return an order's next attempt.

        Raises:
            Refused: `payment.too_many_attempts`.
        """

        def write(connection: sqlite3.Connection) -> Attempt:
            (count,) = connection.execute(
                "SELECT coalesce(max(attempt), 0) FROM attempts "
                "WHERE hospital = ? AND order_number = ?",
                (hospital, order),
            ).fetchone()
            if count >= ATTEMPTS_MAX:
                raise Refused("payment.too_many_attempts", "pay at the desk")
            number = trade_number(hospital, order, count + 1)
            values = (hospital, order, count + 1, number, amount_fen, description, expires_ms)
            connection.execute(
                "INSERT INTO attempts (hospital, order_number, attempt, out_trade_no, amount_fen, "
                "description, expires_ms) VALUES (?, ?, ?, ?, ?, ?, ?)",
                values,
            )
            return Attempt(*values)

        return await self._database.run(write)

    async def given(self, out_trade_no: str, code_url: str, now_ms: int) -> None:
        """Keep what the QR code says."""
        await self._database.run(
            lambda connection: connection.execute(
                "UPDATE attempts SET code_url = ?, given_ms = ? WHERE out_trade_no = ?",
                (code_url, now_ms, out_trade_no),
            )
        )

    async def closed(self, out_trade_no: str) -> None:
        """Keep that a trade can no longer be paid."""
        await self._database.run(
            lambda connection: connection.execute(
                "UPDATE attempts SET is_closed = 1 WHERE out_trade_no = ?", (out_trade_no,)
            )
        )

    def close(self) -> None:
        """Close the file."""
        self._database.close()
