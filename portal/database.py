"""One SQLite file, used by one thread, changed by whole transactions.

Rule: all work on a file runs on its own thread, one piece after another, so the event loop never
waits on the disk; each piece is one transaction. The schema grows by numbered steps that are
never edited; their count is the file's `user_version`.
"""

import asyncio
import os
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from primitives.errors import NodeFault

T = TypeVar("T")


class Database:
    """An open SQLite file.

    Args:
        file: where it lies; made when missing, readable by its owner only.
        steps: the schema, step by step.

    Raises:
        NodeFault: `database.*` when the file cannot be used.
    """

    def __init__(self, file: Path, steps: tuple[str, ...]) -> None:
        self._file = file
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=file.stem)
        try:
            self._connection = self._thread.submit(_open, file, steps).result()
        except (OSError, sqlite3.Error) as error:
            self._thread.shutdown()
            raise NodeFault("database.unusable", f"{file}: {error}") from error
        except NodeFault:
            self._thread.shutdown()
            raise

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Return what `work` returns; it sees one transaction, kept if it returns.

        Raises:
            NodeFault: `database.failed` when SQLite does not do it; nothing of it is kept.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._transact, work)

    def close(self) -> None:
        """Close the file after the work in hand; harmless when it is closed."""
        self._thread.submit(self._connection.close)
        self._thread.shutdown(wait=True)

    def _transact(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            with self._connection:
                self._connection.execute("BEGIN")
                return work(self._connection)
        except sqlite3.Error as error:
            raise NodeFault("database.failed", f"{self._file}: {type(error).__name__}") from error


def _open(file: Path, steps: tuple[str, ...]) -> sqlite3.Connection:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    # Rows that are deleted are overwritten, in the file and not only in the index.
    connection.execute("PRAGMA secure_delete = ON")
    _migrate(connection, file, steps)
    return connection


def _migrate(connection: sqlite3.Connection, file: Path, steps: tuple[str, ...]) -> None:
    done = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if done > len(steps):
        raise NodeFault("database.newer", f"{file} was written by a newer version of this program")
    for number, step in enumerate(steps[done:], done + 1):
        connection.executescript(f"BEGIN; {step} PRAGMA user_version = {number}; COMMIT;")
