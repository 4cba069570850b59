"""Rows in LevelDB: the only file that knows plyvel, with every setting in one place.

Rule: checksums are checked on every read and damage is never repaired, only reported. After the
first failed write nothing is written any more: LevelDB itself would go on acknowledging writes
that it later loses.
"""

import fcntl
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from errno import ENOSPC
from pathlib import Path
from typing import Any, Final

import plyvel

from primitives.errors import NodeFault
from storage.database import Pair, Row
from storage.faults import (
    closed_fault,
    damaged_fault,
    permission_fault,
    store_fault,
    write_fault,
)
from storage.leveldb_files import quick_check

WRITE_BUFFER_BYTES: Final = 32 * 1024 * 1024
"""Rows gathered before a table is written: with LevelDB's 4 MiB compaction costs ten times more."""
BLOOM_BITS: Final = 10
"""Bits a key in each table's filter: one lookup in a hundred reads a table in vain."""
BLOCK_CACHE_BYTES: Final = 8 * 1024 * 1024
"""Decoded blocks kept in memory, for each database."""
ENGINE: Final = f"leveldb {plyvel.__leveldb_version__.split('.')[0]}"
"""Recorded in the store: which engine wrote its files."""

_SETTINGS: Final[dict[str, Any]] = {
    "paranoid_checks": True,
    "write_buffer_size": WRITE_BUFFER_BYTES,
    "bloom_filter_bits": BLOOM_BITS,
    "lru_cache_size": BLOCK_CACHE_BYTES,
    "compression": None,
}
_CHECKED: Final = {"verify_checksums": True, "fill_cache": True}


class LevelReader:
    """Checked reads from a LevelDB or from a snapshot of one."""

    def __init__(self, source: Any, place: str) -> None:
        self._source = source
        self._place = place

    def get(self, key: bytes) -> bytes | None:
        """See `Reader.get`."""
        try:
            value: bytes | None = self._source.get(key, **_CHECKED)
        except (plyvel.Error, RuntimeError) as error:
            raise _read_failure(self._place, error) from error
        return value

    def scan(
        self,
        start: bytes,
        stop: bytes | None,
        *,
        limit: int | None = None,
        reverse: bool = False,
    ) -> Iterator[Pair]:
        """See `Reader.scan`."""
        try:
            iterator = self._source.iterator(
                start=None if reverse else start,
                stop=stop,
                include_stop=False,
                reverse=reverse,
                **_CHECKED,
            )
        except (plyvel.Error, RuntimeError) as error:
            raise _read_failure(self._place, error) from error
        return self._rows(iterator, start, limit)

    def _rows(self, iterator: Any, start: bytes, limit: int | None) -> Iterator[Pair]:
        """Yield rows down to `start`: plyvel 1.5.1 loses a range of one row going backward."""
        left = -1 if limit is None else limit
        try:
            while left:
                pair: Pair = next(iterator)
                if pair[0] < start:
                    return
                yield pair
                left -= 1
        except StopIteration:
            return
        except (plyvel.Error, RuntimeError) as error:
            raise _read_failure(self._place, error) from error
        finally:
            iterator.close()


class LevelSnapshot(LevelReader):
    """A view that later writes do not change."""

    def release(self) -> None:
        """See `Snapshot.release`."""
        self._source.close()


class LevelDatabase(LevelReader):
    """One open LevelDB; made by `LevelDatabases`."""

    def __init__(self, source: Any, place: str) -> None:
        super().__init__(source, place)
        self._broken = False
        self._one_writer = threading.Lock()

    def snapshot(self) -> LevelSnapshot:
        """See `Database.snapshot`."""
        try:
            return LevelSnapshot(self._source.snapshot(), self._place)
        except RuntimeError as error:
            raise closed_fault(self._place) from error

    def write(self, batch: Sequence[Row]) -> None:
        """See `Database.write`."""
        with self._one_writer:
            if self._broken:
                raise write_fault(self._place)
            if self._source.closed:
                raise closed_fault(self._place)
            try:
                self._write(batch)
            except BaseException as error:
                self._broken = True
                if isinstance(error, plyvel.Error):
                    raise write_fault(self._place, OSError(0, _told(error))) from error
                raise

    def _write(self, batch: Sequence[Row]) -> None:
        rows = self._source.write_batch(sync=True)
        put, delete = rows.put, rows.delete
        for key, value in batch:
            if value is None:
                delete(key)
            else:
                put(key, value)
        rows.write()

    def close(self) -> None:
        """See `Database.close`."""
        self._source.close()


class LevelDatabases:
    """The LevelDBs of one data directory."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def create(self, name: str) -> LevelDatabase:
        """See `Databases.create`."""
        path = self._root / name
        if path.exists():
            raise store_fault("store.exists", "there is a store already; choose another", str(path))
        with suppress(FileExistsError):
            path.mkdir(mode=0o700, parents=True)
        return _open(path, create_if_missing=True, error_if_exists=True)

    def open(self, name: str) -> LevelDatabase:
        """See `Databases.open`."""
        path = self._root / name
        if not path.is_dir():
            raise store_fault(
                "store.missing", "no store here; `piaoliand store create` makes one", str(path)
            )
        _check_before_opening(path)
        return _open(path, create_if_missing=False)


def is_locked(folder: Path) -> bool:
    """Tell whether another process has the database in `folder` open.

    Never asked about a database that this process has open: closing the lock file would free it.
    """
    try:
        with (folder / "LOCK").open("r+b") as lock:
            fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _check_before_opening(path: Path) -> None:
    """Refuse lost files, which LevelDB would pass over; what a running node changes is no loss."""
    try:
        damage = [finding for finding in quick_check(path) if not finding.harmless]
    except PermissionError as error:
        raise permission_fault(str(path)) from error
    if damage:
        if is_locked(path):
            raise _locked_fault(str(path))
        detail = f"{damage[0].file}: {damage[0].reason}; set the store aside"
        raise store_fault("store.damaged", detail, str(path))


def _locked_fault(place: str) -> NodeFault:
    return store_fault("store.locked", "another process has the store open; stop it", place)


def _open(path: Path, **mode: bool) -> LevelDatabase:
    try:
        return LevelDatabase(plyvel.DB(str(path), **_SETTINGS, **mode), str(path))
    except plyvel.Error as error:
        makes = mode["create_if_missing"]
        raise _open_failure(str(path), _told(error), makes=makes) from error


def _told(error: plyvel.Error) -> str:
    """Return LevelDB's words as text; plyvel hands them over as bytes."""
    told = error.args[0] if error.args else ""
    return told.decode(errors="replace") if isinstance(told, bytes) else str(told)


def _open_failure(place: str, cause: str, *, makes: bool) -> NodeFault:
    lowered = cause.lower()
    if "permission denied" in lowered:
        return permission_fault(place)
    if "/lock:" in lowered:
        return _locked_fault(place)
    if makes:  # a fresh one cannot be damaged: the disk did not take it
        full = "no space left" in lowered or "quota exceeded" in lowered
        return write_fault(place, OSError(ENOSPC if full else 0, cause))
    return store_fault("store.damaged", f"LevelDB refuses to open it: {cause}; set it aside", place)


def _read_failure(place: str, error: Exception) -> NodeFault:
    if isinstance(error, plyvel.Error):
        return damaged_fault(place, f"a row fails its checksum or cannot be read: {_told(error)}")
    return closed_fault(place)
