"""Bytes under ordered keys: the port through which everything reads and writes rows.

Rule: a write is one batch, all or nothing, durable when `write` returns. There is no unsynced
write, because mixing both leaves holes after a power cut. The first write that fails breaks the
database for good: every later write fails too, and the node ends its process.
"""

from collections.abc import Iterator, Sequence
from typing import Protocol, TypeAlias

Row: TypeAlias = tuple[bytes, bytes | None]
"""A key with the value to put, or with `None` to delete it."""
Pair: TypeAlias = tuple[bytes, bytes]
"""A key with its value."""


class Reader(Protocol):
    """What can be read: a database as it stands, or a snapshot of it."""

    def get(self, key: bytes) -> bytes | None:
        """Return the value under `key`, or `None` if there is none.

        Raises:
            NodeFault: `storage.damaged` if the bytes on disk fail their checksum,
                `storage.closed` after `close` or `release`.
        """
        ...

    def scan(
        self,
        start: bytes,
        stop: bytes | None,
        *,
        limit: int | None = None,
        reverse: bool = False,
    ) -> Iterator[Pair]:
        """Iterate over the rows with `start` <= key < `stop` as they stand at the call.

        Args:
            start: first key of the range, included.
            stop: end of the range, excluded; `None` is the end of the database.
            limit: at most so many rows; all of them by default.
            reverse: from the last key down.

        Raises:
            NodeFault: as `get`.
        """
        ...


class Snapshot(Reader, Protocol):
    """A view that later writes do not change."""

    def release(self) -> None:
        """Let go of the view; a second call does nothing."""
        ...


class Database(Reader, Protocol):
    """Ordered rows on disk or in memory. One writer at a time; readers on any thread."""

    def snapshot(self) -> Snapshot:
        """Return the present rows as a view that stays the same; the caller releases it."""
        ...

    def write(self, batch: Sequence[Row]) -> None:
        """Put and delete all rows of `batch` at once, durable on return.

        Raises:
            NodeFault: `storage.write_failed`, now and at every later call.
        """
        ...

    def close(self) -> None:
        """Close; a second call does nothing."""
        ...


class Databases(Protocol):
    """Where databases live: a data directory, or the memory of a simulated machine."""

    def create(self, name: str) -> Database:
        """Make a new, empty database and open it.

        Raises:
            NodeFault: `store.exists` (exit 78) if there is one already.
        """
        ...

    def open(self, name: str) -> Database:
        """Open an existing database.

        Raises:
            NodeFault: `store.missing`, `store.locked`, `store.damaged` (exit 78) or
                `storage.permission` (exit 77).
        """
        ...


def prefix_end(prefix: bytes) -> bytes | None:
    """Return the first key after all keys that begin with `prefix`: the `stop` of their scan."""
    stem = prefix.rstrip(b"\xff")
    return stem[:-1] + bytes([stem[-1] + 1]) if stem else None
