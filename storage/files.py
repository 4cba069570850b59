"""Small files: the port for the vote log, the markers, the keys and the vault.

Rule: a path is relative to the data directory, made of plain names. Whatever changes a name
(creation, renaming, removal, an atomic write) is durable when the call returns; bytes appended
are durable after `sync`. Files are readable by their owner alone. The first write that fails
breaks the port for good: every later write fails too, and the node ends its process.
"""

import re
from typing import Final, Protocol

TEMPORARY: Final = ".new"
"""Ends the name of a file that is not finished; never listed, overwritten by the next attempt."""

_NAME = r"[A-Za-z0-9_-][A-Za-z0-9._-]*"
_PATH = re.compile(rf"{_NAME}(?:/{_NAME})*\Z", re.ASCII)


def check_path(path: str) -> str:
    """Return `path` if it is made of plain names; anything else is a bug of the caller."""
    assert _PATH.match(path), f"not a plain relative path: {path!r}"
    assert not path.endswith(TEMPORARY), f"the ending is kept for unfinished files: {path!r}"
    return path


class AppendFile(Protocol):
    """A file that grows at its end. One user at a time."""

    def append(self, data: bytes) -> None:
        """Add `data` at the end; it may be lost in a crash until `sync` returns.

        Raises:
            NodeFault: `storage.write_failed`, now and at every later call.
        """
        ...

    def sync(self) -> None:
        """Return when everything appended is durable.

        Raises:
            NodeFault: as `append`.
        """
        ...

    def read(self) -> bytes:
        """Return the whole content.

        Raises:
            NodeFault: `storage.read_failed`.
        """
        ...

    def truncate(self, size_bytes: int) -> None:
        """Keep the first `size_bytes` bytes; durable on return.

        Raises:
            NodeFault: as `append`.
        """
        ...

    def close(self) -> None:
        """Close; a second call does nothing."""
        ...


class Draft(Protocol):
    """A file that is being written and has no name yet: a crash leaves nothing of it."""

    def append(self, data: bytes) -> None:
        """Add `data` at the end.

        Raises:
            NodeFault: `storage.write_failed`, now and at every later call.
        """
        ...

    def keep(self, path: str) -> None:
        """Give the file its name, in place of whatever had it; all of it is durable on return.

        Raises:
            NodeFault: as `append`.
        """
        ...

    def discard(self) -> None:
        """Let go of a file that was not kept; after `keep` or another call it does nothing."""
        ...


class Files(Protocol):
    """A tree of small files. One writer per path; readers on any thread."""

    def open_append(self, path: str) -> AppendFile:
        """Open a file for appending; it is created, empty, if there is none.

        Raises:
            NodeFault: `storage.write_failed`, `storage.permission` (exit 77).
        """
        ...

    def write_atomically(self, path: str, data: bytes) -> None:
        """Set the whole content: after a crash it is the old or the new one, durable on return.

        Raises:
            NodeFault: `storage.write_failed`, now and at every later call.
        """
        ...

    def draft(self) -> Draft:
        """Begin a file whose name is known only when it is whole.

        Raises:
            NodeFault: as `open_append`.
        """
        ...

    def read_part(self, path: str, start: int, size: int) -> bytes | None:
        """Return `size` bytes from `start` on, fewer where the file ends, `None` without a file.

        Args:
            path: of the file.
            start: in bytes; counted from the end when negative.
            size: in bytes.

        Raises:
            NodeFault: as `read`.
        """
        ...

    def read(self, path: str) -> bytes | None:
        """Return the whole content, or `None` if there is no such file.

        Raises:
            NodeFault: `storage.read_failed`, `storage.permission` (exit 77).
        """
        ...

    def read_secret(self, path: str) -> bytes | None:
        """Return the content as `read` does, of a file nobody but its owner may read.

        Raises:
            NodeFault: as `read`; `storage.readable_by_others` (exit 77).
        """
        ...

    def exists(self, path: str) -> bool:
        """Tell whether there is such a file."""
        ...

    def rename(self, old: str, new: str) -> None:
        """Give a file another name, in place of whatever had it; durable on return.

        Raises:
            NodeFault: as `write_atomically`.
        """
        ...

    def remove(self, path: str) -> None:
        """Remove a file; none there is fine. Durable on return.

        Raises:
            NodeFault: as `write_atomically`.
        """
        ...

    def list(self, prefix: str) -> list[str]:
        """Return the paths that begin with `prefix`, ascending; "" returns all."""
        ...

    def free_bytes(self) -> int:
        """Return how many bytes can still be stored."""
        ...
