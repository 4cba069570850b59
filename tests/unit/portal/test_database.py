"""One SQLite file, whole transactions, a schema that grows."""

import sqlite3
from pathlib import Path

import pytest

from portal.database import Database
from primitives.errors import NodeFault

FIRST = "CREATE TABLE one (value INTEGER PRIMARY KEY) STRICT;"
SECOND = "CREATE TABLE two (value INTEGER PRIMARY KEY) STRICT;"


def insert(connection: sqlite3.Connection) -> None:
    connection.execute("INSERT INTO one VALUES (1)")


def insert_twice(connection: sqlite3.Connection) -> None:
    connection.execute("INSERT INTO one VALUES (2)")
    insert(connection)


def values(connection: sqlite3.Connection) -> list[int]:
    return [row[0] for row in connection.execute("SELECT value FROM one")]


async def test_a_piece_of_work_is_kept_whole_or_not_at_all(tmp_path: Path) -> None:
    database = Database(tmp_path / "file.sqlite", (FIRST,))
    await database.run(insert)
    with pytest.raises(NodeFault, match=r"database\.failed"):
        await database.run(insert_twice)
    assert await database.run(values) == [1]
    database.close()


async def test_a_later_step_keeps_what_is_there(tmp_path: Path) -> None:
    database = Database(tmp_path / "file.sqlite", (FIRST,))
    await database.run(insert)
    database.close()
    database = Database(tmp_path / "file.sqlite", (FIRST, SECOND))
    assert await database.run(values) == [1]
    database.close()


def test_a_step_that_fails_leaves_the_file_at_the_step_before(tmp_path: Path) -> None:
    with pytest.raises(NodeFault, match=r"database\.unusable"):
        Database(tmp_path / "file.sqlite", (FIRST, "CREATE TABLE two (a) STRICT;"))
    connection = sqlite3.connect(tmp_path / "file.sqlite")
    assert connection.execute("PRAGMA user_version").fetchone() == (1,)
    connection.close()


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    Database(tmp_path / "folder/file.sqlite", (FIRST,)).close()
    assert (tmp_path / "folder/file.sqlite").stat().st_mode & 0o077 == 0
    assert (tmp_path / "folder").stat().st_mode & 0o077 == 0
