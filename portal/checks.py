"""Checks by anybody (查验): how often each bill was checked, and how often an address may ask.

Rule: a bill is a keyed hash, so that the file tells nobody which bills were checked; only checks
that were consistent count, so that nobody learns from the number whether a bill exists.
"""

import sqlite3
from pathlib import Path

from portal.accounts.limits import Limit
from portal.config import CheckSection
from portal.database import Database

STEPS = (
    """
    CREATE TABLE checks (
        bill BLOB NOT NULL PRIMARY KEY, count INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    """,
)
"""The schema, step by step."""


class CheckCounts:
    """The open file of counts.

    Args:
        file: its SQLite file.
    """

    def __init__(self, file: Path) -> None:
        self._database = Database(file, STEPS)

    async def count(self, bill: bytes) -> int:
        """Count one consistent check; return how many there were, this one included."""

        def write(connection: sqlite3.Connection) -> int:
            connection.execute(
                "INSERT INTO checks VALUES (?, 1) "
                "ON CONFLICT (bill) DO UPDATE SET count = count + 1",
                (bill,),
            )
            (count,) = connection.execute(
                "SELECT count FROM checks WHERE bill = ?", (bill,)
            ).fetchone()
            return int(count)

        return await self._database.run(write)

    def close(self) -> None:
        """Close the file."""
        self._database.close()


class CheckLimits:
    """How often an address may check, and how often in vain.

    Args:
        settings: the limits.
    """

    def __init__(self, settings: CheckSection) -> None:
        self._all = Limit(settings.checks_max, settings.window_ms)
        self._vain = Limit(settings.wrong_max, settings.window_ms)

    def take(self, address: bytes, now_ms: int) -> int:
        """Count a check; return 0, or for how many milliseconds it is too often."""
        return self._vain.left_ms(address, now_ms) or self._all.take(address, now_ms)

    def in_vain(self, address: bytes, now_ms: int) -> None:
        """Count a check that was not consistent."""
        self._vain.take(address, now_ms)
