"""Which days' statements were read and found on the ledger.

Rule: a day is closed only when every trade and refund of its statement is on the ledger.
"""

import sqlite3

from portal.database import Database
from portal.payments.moments import DAY_MS, day_of, day_start_ms

KEPT_MS = 100 * DAY_MS
"""Closed days are forgotten after this; the company keeps three months."""


class Days:
    """The days of the receiver's file.

    Args:
        database: the receiver's file.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def due(self, now_ms: int, *, days_back: int, ready_hour_ms: int) -> list[str]:
        """Return the open days whose statement should be there, oldest first.

        Args:
            now_ms: what time it is.
            days_back: how many days before today are wanted.
            ready_hour_ms: how long after the end of a day its statement is there.
        """
        today_ms = day_start_ms(day_of(now_ms))
        wanted = [day_of(today_ms - back * DAY_MS) for back in range(1, days_back + 1)]

        def write(connection: sqlite3.Connection) -> list[str]:
            connection.executemany(
                "INSERT INTO days (day, next_ms) VALUES (?, ?) ON CONFLICT DO NOTHING",
                [(day, day_start_ms(day) + DAY_MS + ready_hour_ms) for day in wanted],
            )
            connection.execute(
                "DELETE FROM days WHERE is_closed = 1 AND day < ?", (day_of(now_ms - KEPT_MS),)
            )
            rows = connection.execute(
                "SELECT day FROM days WHERE is_closed = 0 AND next_ms <= ? ORDER BY day",
                (now_ms,),
            )
            return [row[0] for row in rows]

        return await self._database.run(write)

    async def close(self, day: str) -> None:
        """Keep that a day's statement is on the ledger."""
        await self._database.run(
            lambda connection: connection.execute(
                "UPDATE days SET is_closed = 1 WHERE day = ?", (day,)
            )
        )

    async def later(self, day: str, due_ms: int) -> None:
        """Read a day again later."""
        await self._database.run(
            lambda connection: connection.execute(
                "UPDATE days SET next_ms = ? WHERE day = ?", (due_ms, day)
            )
        )
