"""The memory twin: databases and files of a simulated machine, with a disk that forgets.

Rule: what a call promised to be durable survives `MemoryDisk.crash`; of bytes appended but not
synced an arbitrary part is lost. Whoever held a handle before the crash cannot use it after.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from errno import ENOSPC

from primitives.errors import NodeFault
from storage.database import Pair, Row
from storage.faults import closed_fault, store_fault, write_fault
from storage.files import check_path


class _Content:
    """One file: its durable bytes, and those appended since the last sync."""

    __slots__ = ("durable", "unsynced")

    def __init__(self, durable: bytes = b"") -> None:
        self.durable = bytearray(durable)
        self.unsynced = bytearray()

    def whole(self) -> bytes:
        return bytes(self.durable + self.unsynced)


class _Rows:
    """One database: values by key, and every key ever put, sorted when a scan needs them."""

    __slots__ = ("is_open", "keys", "known", "snapshots", "sorted", "values")

    def __init__(self) -> None:
        self.values: dict[bytes, bytes] = {}
        self.keys: list[bytes] = []
        self.known: set[bytes] = set()
        self.sorted = True
        self.snapshots: list[MemorySnapshot] = []
        self.is_open = False

    def put(self, key: bytes, value: bytes | None) -> None:
        before = self.values.get(key)
        for snapshot in self.snapshots:
            snapshot.before.setdefault(key, before)
        if value is None:
            self.values.pop(key, None)
        else:
            if key not in self.known:
                self.known.add(key)
                self.keys.append(key)
                self.sorted = False
            self.values[key] = value

    def range(self, start: bytes, stop: bytes | None) -> list[bytes]:
        if not self.sorted:
            self.keys.sort()
            self.sorted = True
        end = len(self.keys) if stop is None else bisect_left(self.keys, stop)
        return self.keys[bisect_left(self.keys, start) : end]


class MemoryDisk:
    """What a simulated machine has stored.

    Attributes:
        free: what `free_bytes` tells; set by a test.
        fault: asked before every write with its place and size; an integer makes the write fail
            after so many bytes, `None` lets it pass.
    """

    def __init__(self) -> None:
        self.free = 1 << 40
        self.fault: Callable[[str, int], int | None] = lambda _place, _size: None
        self.boot = 0
        self.contents: dict[str, _Content] = {}
        self.databases: dict[str, _Rows] = {}

    def crash(self, keep: Callable[[str, bytes], bytes]) -> None:
        """Lose power: every open handle dies, unsynced bytes shrink to what `keep` returns.

        Args:
            keep: given a path and its unsynced bytes, returns what is found there afterwards:
                all, a prefix, nothing, or garbage of at most the same length.
        """
        self.boot += 1
        for path in sorted(self.contents):
            content = self.contents[path]
            if content.unsynced:
                content.durable += keep(path, bytes(content.unsynced))
                content.unsynced.clear()
        for rows in self.databases.values():
            rows.snapshots.clear()
            rows.is_open = False

    def check_write(self, place: str, size: int) -> int | None:
        """Return how many bytes a failing write still stores, or `None` if it does not fail."""
        return self.fault(place, size)


def keep_prefix(choose: Callable[[int], int]) -> Callable[[str, bytes], bytes]:
    """Return a `keep` for `MemoryDisk.crash` that keeps `choose(n)` of the n unsynced bytes."""
    return lambda _path, unsynced: unsynced[: choose(len(unsynced))]


class _Reader:
    """Reads through a lookup and a key range; dead after its machine crashed."""

    def __init__(self, disk: MemoryDisk, rows: _Rows, name: str) -> None:
        self._disk = disk
        self._rows = rows
        self._name = name
        self._boot = disk.boot
        self._closed = False

    def _check(self) -> None:
        if self._closed or self._boot != self._disk.boot:
            raise closed_fault(self._name)

    def _value(self, key: bytes) -> bytes | None:
        return self._rows.values.get(key)

    def _keys(self, start: bytes, stop: bytes | None) -> list[bytes]:
        return self._rows.range(start, stop)

    def get(self, key: bytes) -> bytes | None:
        """See `Reader.get`."""
        self._check()
        return self._value(key)

    def scan(
        self,
        start: bytes,
        stop: bytes | None,
        *,
        limit: int | None = None,
        reverse: bool = False,
    ) -> Iterator[Pair]:
        """See `Reader.scan`."""
        self._check()
        keys = self._keys(start, stop)
        ordered = reversed(keys) if reverse else keys
        pairs: list[Pair] = []
        for key in ordered:
            if limit is not None and len(pairs) >= limit:
                break
            value = self._value(key)
            if value is not None:
                pairs.append((key, value))
        return iter(pairs)


class MemorySnapshot(_Reader):
    """A view that later writes do not change: the rows, and what the changed ones were before."""

    def __init__(self, disk: MemoryDisk, rows: _Rows, name: str) -> None:
        super().__init__(disk, rows, name)
        self.before: dict[bytes, bytes | None] = {}
        rows.snapshots.append(self)

    def _value(self, key: bytes) -> bytes | None:
        return self.before[key] if key in self.before else self._rows.values.get(key)

    def _keys(self, start: bytes, stop: bytes | None) -> list[bytes]:
        changed = {k for k in self.before if k >= start and (stop is None or k < stop)}
        return sorted(changed.union(self._rows.range(start, stop)))

    def release(self) -> None:
        """See `Snapshot.release`."""
        self._closed = True
        if self in self._rows.snapshots:
            self._rows.snapshots.remove(self)


class MemoryDatabase(_Reader):
    """One open database of a simulated machine; made by `MemoryDatabases`."""

    def __init__(self, disk: MemoryDisk, rows: _Rows, name: str) -> None:
        super().__init__(disk, rows, name)
        rows.is_open = True
        self._broken = False

    def snapshot(self) -> MemorySnapshot:
        """See `Database.snapshot`."""
        self._check()
        return MemorySnapshot(self._disk, self._rows, self._name)

    def write(self, batch: Sequence[Row]) -> None:
        """See `Database.write`; a failing write stores all of its rows or none."""
        self._check()
        if self._broken:
            raise write_fault(self._name)
        size = sum(len(key) + len(value or b"") for key, value in batch)
        stored = self._disk.check_write(self._name, size)
        self._broken = stored is not None
        if stored is None or stored >= size:
            for key, value in batch:
                self._rows.put(key, value)
        if self._broken:
            raise write_fault(self._name, OSError(ENOSPC, "No space left on device"))

    def close(self) -> None:
        """See `Database.close`."""
        if not self._closed and self._boot == self._disk.boot:
            self._rows.is_open = False
        self._closed = True


class MemoryDatabases:
    """The databases of a simulated machine."""

    def __init__(self, disk: MemoryDisk) -> None:
        self._disk = disk

    def create(self, name: str) -> MemoryDatabase:
        """See `Databases.create`."""
        if name in self._disk.databases:
            raise store_fault("store.exists", "there is a store already; choose another", name)
        self._disk.databases[name] = _Rows()
        return self.open(name)

    def open(self, name: str) -> MemoryDatabase:
        """See `Databases.open`."""
        rows = self._disk.databases.get(name)
        if rows is None:
            raise store_fault(
                "store.missing", "no store here; `piaoliand store create` makes one", name
            )
        if rows.is_open:
            raise store_fault("store.locked", "another process has the store open; stop it", name)
        return MemoryDatabase(self._disk, rows, name)


class MemoryFiles:
    """The small files of a simulated machine."""

    def __init__(self, disk: MemoryDisk) -> None:
        self._disk = disk
        self._boot = disk.boot
        self._broken = False

    def open_append(self, path: str) -> "MemoryAppendFile":
        """See `Files.open_append`."""
        self.check(check_path(path))
        content = self._disk.contents.setdefault(path, _Content())
        return MemoryAppendFile(self, content, path)

    def write_atomically(self, path: str, data: bytes) -> None:
        """See `Files.write_atomically`."""
        self.check(check_path(path))
        if self.allow(path, len(data)) is not None:
            raise self.fail(path)
        self._disk.contents[path] = _Content(data)

    def draft(self) -> "MemoryDraft":
        """See `Files.draft`."""
        self.check("draft")
        return MemoryDraft(self)

    def read_part(self, path: str, start: int, size: int) -> bytes | None:
        """See `Files.read_part`."""
        data = self.read(path)
        if data is None:
            return None
        first = start if start >= 0 else max(0, len(data) + start)
        return data[first : first + size]

    def read(self, path: str) -> bytes | None:
        """See `Files.read`."""
        self._check_boot(check_path(path))
        content = self._disk.contents.get(path)
        return None if content is None else content.whole()

    def read_secret(self, path: str) -> bytes | None:
        """See `Files.read_secret`; a simulated machine has one user."""
        return self.read(path)

    def exists(self, path: str) -> bool:
        """See `Files.exists`."""
        return self.read(path) is not None

    def rename(self, old: str, new: str) -> None:
        """See `Files.rename`."""
        self.check(check_path(old))
        if self.allow(old, 0) is not None or old not in self._disk.contents:
            raise self.fail(old)
        self._disk.contents[check_path(new)] = self._disk.contents.pop(old)

    def remove(self, path: str) -> None:
        """See `Files.remove`."""
        self.check(check_path(path))
        if self.allow(path, 0) is not None:
            raise self.fail(path)
        self._disk.contents.pop(path, None)

    def list(self, prefix: str) -> list[str]:
        """See `Files.list`."""
        self._check_boot(prefix)
        return sorted(path for path in self._disk.contents if path.startswith(prefix))

    def free_bytes(self) -> int:
        """See `Files.free_bytes`."""
        return self._disk.free

    def check(self, path: str) -> None:
        """Raise if the machine crashed or an earlier write failed."""
        self._check_boot(path)
        if self._broken:
            raise write_fault(path)

    def allow(self, path: str, size: int) -> int | None:
        """Return what a failing write still stores, or `None` if it passes."""
        return self._disk.check_write(path, size)

    def fail(self, path: str) -> NodeFault:
        """Remember that a write failed and return its fault."""
        self._broken = True
        return write_fault(path, OSError(ENOSPC, "No space left on device"))

    def _check_boot(self, path: str) -> None:
        if self._boot != self._disk.boot:
            raise closed_fault(path)


class MemoryDraft:
    """A file without a name of a simulated machine."""

    def __init__(self, files: MemoryFiles) -> None:
        self._files = files
        self._data: bytearray | None = bytearray()

    def append(self, data: bytes) -> None:
        """See `Draft.append`."""
        self._files.check("draft")
        whole = self._whole()
        if self._files.allow("draft", len(data)) is not None:
            raise self._files.fail("draft")
        whole += data

    def keep(self, path: str) -> None:
        """See `Draft.keep`."""
        data = bytes(self._whole())
        self._files.write_atomically(path, data)
        self._data = None

    def discard(self) -> None:
        """See `Draft.discard`."""
        self._data = None

    def _whole(self) -> bytearray:
        if self._data is None:
            raise closed_fault("draft")
        return self._data


class MemoryAppendFile:
    """An open file of a simulated machine."""

    def __init__(self, files: MemoryFiles, content: _Content, path: str) -> None:
        self._files = files
        self._content = content
        self._path = path
        self._closed = False

    def append(self, data: bytes) -> None:
        """See `AppendFile.append`."""
        self._check()
        stored = self._files.allow(self._path, len(data))
        self._content.unsynced += data if stored is None else data[:stored]
        if stored is not None:
            raise self._files.fail(self._path)

    def sync(self) -> None:
        """See `AppendFile.sync`."""
        self._check()
        if self._files.allow(self._path, 0) is not None:
            raise self._files.fail(self._path)
        self._content.durable += self._content.unsynced
        self._content.unsynced.clear()

    def read(self) -> bytes:
        """See `AppendFile.read`."""
        self._check()
        return self._content.whole()

    def truncate(self, size_bytes: int) -> None:
        """See `AppendFile.truncate`."""
        self.sync()
        del self._content.durable[size_bytes:]

    def close(self) -> None:
        """See `AppendFile.close`."""
        self._closed = True

    def _check(self) -> None:
        if self._closed:
            raise closed_fault(self._path)
        self._files.check(self._path)
