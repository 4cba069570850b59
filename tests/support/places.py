"""Every place in which a network of nodes keeps something: rows, files, logs, figures."""

import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from storage.leveldb import LevelDatabases
from tests.support.needles import Finder

HANDED_OUT = ("summary.json", "receipt.json")
"""What the demo hands to the person before it: a login to try, a receipt with its details."""


@dataclass(frozen=True, slots=True)
class Place:
    """Bytes, and where they stand."""

    kind: str
    """`leveldb key`, `leveldb value`, `sqlite`, `vault`, `log`, `metrics` or `file`."""
    name: str
    """Path from the folder, for people."""
    data: bytes


def walk(folder: Path) -> Iterator[Place]:
    """Yield everything that stands below a folder: each file as it is, and each row decoded."""
    for file in sorted(folder.rglob("*")):
        name = str(file.relative_to(folder))
        if file.is_file() and name not in HANDED_OUT:
            yield Place(_kind(file), name, file.read_bytes())
        if file.name == "CURRENT":
            yield from _level_rows(file.parent, name)
        if file.suffix == ".sqlite":
            yield from _sqlite_rows(file, name)


def leaks(folder: Path, finder: Finder) -> set[tuple[str, str, str]]:
    """Return (kind of place, kind of datum, form) of all that is found."""
    found: set[tuple[str, str, str]] = set()
    kinds: dict[str, list[bytes]] = {}
    for place in walk(folder):
        if place.kind.startswith("leveldb "):
            kinds.setdefault(place.kind, []).append(place.data)
            continue
        found |= {(place.kind, needle.kind, needle.form) for needle in finder.find(place.data)}
    for kind, rows in kinds.items():
        for row in rows:
            found |= {(kind, needle.kind, needle.form) for needle in finder.find(row)}
    return found


def _kind(file: Path) -> str:
    if "vault" in file.parts:
        return "vault"
    suffixes = {".log": "log", ".metrics": "metrics", ".sqlite": "sqlite"}
    if ".sqlite" in file.name:
        return "sqlite"
    return suffixes.get(file.suffix, "file") if file.parent.name == "logs" else "file"


def _level_rows(folder: Path, name: str) -> Iterator[Place]:
    """Yield keys and values of a LevelDB; a copy is opened, for opening changes files."""
    with TemporaryDirectory() as copy:
        shutil.copytree(folder, Path(copy) / "rows", ignore=shutil.ignore_patterns("LOCK"))
        database = LevelDatabases(Path(copy)).open("rows")
        try:
            for key, value in database.scan(b"", None):
                yield Place("leveldb key", name, key)
                yield Place("leveldb value", name, value)
        finally:
            database.close()


def _sqlite_rows(file: Path, name: str) -> Iterator[Place]:
    connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    try:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        for (table,) in tables.fetchall():
            for row in connection.execute(f'SELECT * FROM "{table}"'):
                for value in row:
                    data = value if isinstance(value, bytes) else str(value).encode()
                    yield Place("sqlite", name, data)
    finally:
        connection.close()
