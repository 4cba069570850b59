"""LevelDB as we open it: damage is refused, and a failed write is the last one."""

import multiprocessing
import os
import shutil
from collections.abc import Callable, Iterator
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from primitives.errors import NodeFault
from storage.database import Database, Pair
from storage.leveldb import LevelDatabases, is_locked
from tests.support.limits import in_child, limit_file_size


def _filled(root: Path, rows: int = 400) -> Path:
    """Make a database with one table and one log, and return its folder."""
    databases = LevelDatabases(root)
    database = databases.create("state")
    database.write([(b"%05d" % n, bytes([n % 251]) * 100) for n in range(rows)])
    database.close()
    database = databases.open("state")
    database.write([(b"last", b"row")])
    database.close()
    return root / "state"


def _only(folder: Path, pattern: str) -> Path:
    (path,) = folder.glob(pattern)
    return path


def _flip(path: Path, offset: int) -> None:
    data = bytearray(path.read_bytes())
    data[offset] ^= 0x40
    path.write_bytes(data)


def test_a_damaged_row_is_a_fault_when_it_is_read_and_never_a_wrong_value(tmp_path: Path) -> None:
    _flip(_only(_filled(tmp_path), "*.ldb"), 2000)
    database = LevelDatabases(tmp_path).open("state")
    with pytest.raises(NodeFault, match=r"storage\.damaged.*set the store aside") as fault:
        list(database.scan(b"", None))
    assert fault.value.exit_code == 78
    with pytest.raises(NodeFault, match=r"storage\.damaged"):
        database.get(b"00015")
    database.close()


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "CURRENT").unlink(),
        lambda folder: (folder / "CURRENT").write_bytes(b"MANIFEST-000099\n"),
        lambda folder: _only(folder, "MANIFEST-*").unlink(),
        lambda folder: os.truncate(_only(folder, "MANIFEST-*"), 60),
        lambda folder: _only(folder, "*.ldb").unlink(),
        lambda folder: os.truncate(_only(folder, "*.ldb"), 3000),
        lambda folder: _only(folder, "*.log").unlink(),
        lambda folder: _flip(_only(folder, "*.log"), 12),
        lambda folder: _flip(_only(folder, "MANIFEST-*"), 12),
    ],
    ids=[
        "no CURRENT", "CURRENT elsewhere", "no MANIFEST", "MANIFEST cut", "no table",
        "table cut", "no log", "log damaged", "MANIFEST damaged",
    ],
)  # fmt: skip
def test_lost_or_damaged_files_keep_the_database_closed(
    tmp_path: Path, damage: Callable[[Path], object]
) -> None:
    damage(_filled(tmp_path))
    with pytest.raises(NodeFault, match=r"store\.damaged.*set (it|the store) aside") as fault:
        LevelDatabases(tmp_path).open("state")
    assert fault.value.exit_code == 78


def test_a_foreign_folder_is_not_opened_and_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "letter.txt").write_text("dear reader")
    with pytest.raises(NodeFault, match=r"store\.damaged"):
        LevelDatabases(tmp_path).open("state")
    with pytest.raises(NodeFault, match=r"store\.exists"):
        LevelDatabases(tmp_path).create("state")
    assert [path.name for path in (tmp_path / "state").iterdir()] == ["letter.txt"]


def _hold(root: Path, opened: Event, done: Event) -> None:
    database = LevelDatabases(root).open("state")
    opened.set()
    done.wait(60)
    database.close()


def test_a_database_open_in_another_process_is_locked(tmp_path: Path) -> None:
    folder = _filled(tmp_path)
    assert not is_locked(folder)
    context = multiprocessing.get_context("spawn")
    opened, done = context.Event(), context.Event()
    holder = context.Process(target=_hold, args=(tmp_path, opened, done))
    holder.start()
    try:
        assert opened.wait(60)
        assert is_locked(folder)
        with pytest.raises(NodeFault, match=r"store\.locked") as fault:
            LevelDatabases(tmp_path).open("state")
        assert fault.value.exit_code == 78
        shutil.copytree(folder, tmp_path / "copy")
        (folder / "CURRENT").rename(folder / "hidden")
        with pytest.raises(NodeFault, match=r"store\.locked"):
            LevelDatabases(tmp_path).open("state")
        (folder / "hidden").rename(folder / "CURRENT")
    finally:
        done.set()
        holder.join(60)
    assert holder.exitcode == 0


def test_a_folder_without_a_lock_is_not_locked(tmp_path: Path) -> None:
    assert not is_locked(tmp_path)


def _write_each(database: Database, rows: Iterator[Pair]) -> None:
    for row in rows:
        database.write([row])


def _write_until_full(root: Path) -> None:
    database = LevelDatabases(root).create("state")
    limit_file_size(100_000)
    rows = ((b"%05d" % number, bytes(1000)) for number in range(1000))
    with pytest.raises(NodeFault, match=r"storage\.write_failed") as fault:
        _write_each(database, rows)
    assert fault.value.exit_code == 1
    acknowledged = int(next(rows)[0]) - 1
    assert 50 < acknowledged < 110
    for number in range(3):
        with pytest.raises(NodeFault, match=r"storage\.write_failed.*an earlier write failed"):
            database.write([(b"later %d" % number, b"")])
    (root / "acknowledged").write_text(str(acknowledged))


def test_after_a_short_write_nothing_is_acknowledged_and_what_was_is_there(
    tmp_path: Path,
) -> None:
    in_child(_write_until_full, tmp_path)
    database = LevelDatabases(tmp_path).open("state")
    found = [key for key, _ in database.scan(b"", None)]
    database.close()
    acknowledged = int((tmp_path / "acknowledged").read_text())
    assert found[:acknowledged] == [b"%05d" % number for number in range(acknowledged)]
    assert not any(key.startswith(b"later") for key in found)
