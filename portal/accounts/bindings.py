"""Which phone serves which patient.

Rule: one phone, one patient. Phone numbers are recycled: a new binding replaces the old one, and
whoever lost theirs finds a notice at their next login. Both sides are keyed hashes.
"""

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from portal.database import Database

STEPS = (
    """
    CREATE TABLE bindings (
        patient BLOB NOT NULL PRIMARY KEY, phone BLOB NOT NULL UNIQUE, bound_ms INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE notices (
        patient BLOB NOT NULL, kind TEXT NOT NULL, time_ms INTEGER NOT NULL,
        PRIMARY KEY (patient, kind)
    ) STRICT, WITHOUT ROWID;
    """,
)
"""The schema, step by step."""

PHONE_REPLACED = "phone_replaced"
"""Another phone was bound to this patient."""
PHONE_TAKEN = "phone_taken"
"""This patient's phone was bound to somebody else."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something a patient should know about their account."""

    kind: str
    """`phone_replaced` or `phone_taken`."""
    time_ms: int
    """When it happened."""


class Bindings:
    """The open file of bound phones.

    Args:
        file: its SQLite file.
    """

    def __init__(self, file: Path) -> None:
        self._database = Database(file, STEPS)

    async def patient_of(self, phone: bytes) -> bytes | None:
        """Return the patient a phone serves."""

        def read(connection: sqlite3.Connection) -> bytes | None:
            row = connection.execute(
                "SELECT patient FROM bindings WHERE phone = ?", (phone,)
            ).fetchone()
            return row[0] if row else None

        return await self._database.run(read)

    async def bind(self, patient: bytes, phone: bytes, now_ms: int) -> frozenset[bytes]:
        """Bind a phone; return the patients whose earlier binding this replaced."""

        def write(connection: sqlite3.Connection) -> frozenset[bytes]:
            lost = {}
            for (other,) in connection.execute(
                "SELECT patient FROM bindings WHERE phone = ? AND patient != ?", (phone, patient)
            ):
                lost[other] = PHONE_TAKEN
            for (old,) in connection.execute(
                "SELECT phone FROM bindings WHERE patient = ?", (patient,)
            ):
                if old != phone:
                    lost[patient] = PHONE_REPLACED
            connection.execute(
                "DELETE FROM bindings WHERE phone = ? OR patient = ?", (phone, patient)
            )
            connection.execute("INSERT INTO bindings VALUES (?, ?, ?)", (patient, phone, now_ms))
            connection.executemany(
                "INSERT OR REPLACE INTO notices VALUES (?, ?, ?)",
                [(loser, kind, now_ms) for loser, kind in lost.items()],
            )
            return frozenset(lost)

        return await self._database.run(write)

    async def notices(self, patient: bytes) -> tuple[Notice, ...]:
        """Return what this patient has not yet put aside, newest first."""

        def read(connection: sqlite3.Connection) -> tuple[Notice, ...]:
            rows = connection.execute(
                "SELECT kind, time_ms FROM notices WHERE patient = ? ORDER BY time_ms DESC",
                (patient,),
            )
            return tuple(Notice(*row) for row in rows)

        return await self._database.run(read)

    async def put_aside(self, patient: bytes) -> None:
        """Forget a patient's notices: they were read."""

        def write(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM notices WHERE patient = ?", (patient,))

        await self._database.run(write)

    def close(self) -> None:
        """Close the file."""
        self._database.close()
