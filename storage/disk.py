"""Small files on the real disk.

Rule: see `storage.files`. A name is durable only after its directory is synced; a write that
returns fewer bytes than given is a failed write.
"""

import os
import stat
from pathlib import Path

from primitives.errors import NodeFault
from storage.faults import closed_fault, read_fault, readable_by_others_fault, write_fault
from storage.files import TEMPORARY, check_path

_FILE_MODE = 0o600
_DIRECTORY_MODE = 0o700
_FLAGS = os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW


class DiskFiles:
    """The small files below one data directory."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._broken = False
        self._drafts = 0

    def open_append(self, path: str) -> "DiskAppendFile":
        """See `Files.open_append`."""
        place = self._place(path)
        self._check()
        try:
            self._make_directories(place.parent)
            descriptor = os.open(place, os.O_RDWR | os.O_APPEND | _FLAGS, _FILE_MODE)
            _sync_directory(place.parent)
        except OSError as error:
            raise self.broken_by(place, error) from error
        return DiskAppendFile(self, place, descriptor)

    def write_atomically(self, path: str, data: bytes) -> None:
        """See `Files.write_atomically`."""
        place = self._place(path)
        unfinished = place.with_name(place.name + TEMPORARY)
        self._check()
        try:
            self._make_directories(place.parent)
            flags = os.O_WRONLY | os.O_TRUNC | _FLAGS
            descriptor = os.open(unfinished, flags, _FILE_MODE)
            try:
                write_whole(descriptor, data)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            unfinished.replace(place)
            _sync_directory(place.parent)
        except OSError as error:
            raise self.broken_by(place, error) from error

    def draft(self) -> "DiskDraft":
        """See `Files.draft`; what a crash leaves is overwritten by the drafts after it."""
        self._check()
        self._drafts += 1
        place = self._place(f"drafts/{self._drafts}")
        unfinished = place.with_name(place.name + TEMPORARY)
        try:
            self._make_directories(place.parent)
            descriptor = os.open(unfinished, os.O_WRONLY | os.O_TRUNC | _FLAGS, _FILE_MODE)
        except OSError as error:
            raise self.broken_by(unfinished, error) from error
        return DiskDraft(self, unfinished, descriptor)

    def keep(self, unfinished: Path, path: str) -> None:
        """Give a draft that is synced its name, durably."""
        place = self._place(path)
        self._check()
        try:
            self._make_directories(place.parent)
            unfinished.replace(place)
            _sync_directory(place.parent)
        except OSError as error:
            raise self.broken_by(place, error) from error

    def read_part(self, path: str, start: int, size: int) -> bytes | None:
        """See `Files.read_part`."""
        place = self._place(path)
        try:
            with place.open("rb") as file:
                end = os.fstat(file.fileno()).st_size
                file.seek(start if start >= 0 else max(0, end + start))
                return file.read(size)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise read_fault(str(place), error) from error

    def read(self, path: str) -> bytes | None:
        """See `Files.read`."""
        place = self._place(path)
        try:
            return place.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise read_fault(str(place), error) from error

    def read_secret(self, path: str) -> bytes | None:
        """See `Files.read_secret`."""
        place = self._place(path)
        if place.exists() and stat.S_IMODE(place.stat().st_mode) & 0o077:
            raise readable_by_others_fault(str(place))
        return self.read(path)

    def exists(self, path: str) -> bool:
        """See `Files.exists`."""
        return self._place(path).is_file()

    def rename(self, old: str, new: str) -> None:
        """See `Files.rename`."""
        source, target = self._place(old), self._place(new)
        self._check()
        try:
            self._make_directories(target.parent)
            source.replace(target)
            _sync_directory(target.parent)
            _sync_directory(source.parent)
        except OSError as error:
            raise self.broken_by(source, error) from error

    def remove(self, path: str) -> None:
        """See `Files.remove`."""
        place = self._place(path)
        self._check()
        try:
            place.unlink()
            _sync_directory(place.parent)
        except FileNotFoundError:
            return
        except OSError as error:
            raise self.broken_by(place, error) from error

    def list(self, prefix: str) -> list[str]:
        """See `Files.list`."""
        folder = self._root / prefix.rpartition("/")[0]
        found = (
            place.relative_to(self._root).as_posix()
            for place in folder.rglob("*")
            if place.is_file() and not place.name.endswith(TEMPORARY)
        )
        return sorted(path for path in found if path.startswith(prefix))

    def free_bytes(self) -> int:
        """See `Files.free_bytes`; what the node's user may use, without the root's reserve."""
        try:
            state = os.statvfs(self._root)
        except OSError as error:
            raise read_fault(str(self._root), error) from error
        return state.f_bavail * state.f_frsize

    def broken_by(self, place: Path, error: OSError | None) -> NodeFault:
        """Remember that a write failed and return its fault; every later write fails too."""
        self._broken = True
        return write_fault(str(place), error)

    def _check(self) -> None:
        if self._broken:
            raise write_fault(str(self._root))

    def _place(self, path: str) -> Path:
        return self._root / check_path(path)

    def _make_directories(self, folder: Path) -> None:
        if folder.is_dir():
            return
        if folder != self._root:
            self._make_directories(folder.parent)
        folder.mkdir(mode=_DIRECTORY_MODE, parents=True, exist_ok=True)
        _sync_directory(folder.parent)


class DiskAppendFile:
    """An open file that grows at its end."""

    def __init__(self, files: DiskFiles, place: Path, descriptor: int) -> None:
        self._files = files
        self._place = place
        self._descriptor = descriptor
        self._broken = False

    def append(self, data: bytes) -> None:
        """See `AppendFile.append`."""
        self._check()
        try:
            write_whole(self._descriptor, data)
        except OSError as error:
            raise self._fail(error) from error

    def sync(self) -> None:
        """See `AppendFile.sync`."""
        self._check()
        try:
            os.fdatasync(self._descriptor)
        except OSError as error:
            raise self._fail(error) from error

    def read(self) -> bytes:
        """See `AppendFile.read`."""
        self._check()
        try:
            return self._place.read_bytes()
        except OSError as error:
            raise read_fault(str(self._place), error) from error

    def truncate(self, size_bytes: int) -> None:
        """See `AppendFile.truncate`."""
        self._check()
        try:
            os.ftruncate(self._descriptor, size_bytes)
            os.fsync(self._descriptor)
        except OSError as error:
            raise self._fail(error) from error

    def close(self) -> None:
        """See `AppendFile.close`."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _check(self) -> None:
        if self._descriptor < 0:
            raise closed_fault(str(self._place))
        if self._broken:
            raise write_fault(str(self._place))

    def _fail(self, error: OSError) -> NodeFault:
        self._broken = True
        return self._files.broken_by(self._place, error)


class DiskDraft:
    """A file without a name on the real disk."""

    def __init__(self, files: DiskFiles, place: Path, descriptor: int) -> None:
        self._files = files
        self._place = place
        self._descriptor = descriptor

    def append(self, data: bytes) -> None:
        """See `Draft.append`."""
        self._check()
        try:
            write_whole(self._descriptor, data)
        except OSError as error:
            raise self._files.broken_by(self._place, error) from error

    def keep(self, path: str) -> None:
        """See `Draft.keep`."""
        self._check()
        try:
            os.fsync(self._descriptor)
        except OSError as error:
            raise self._files.broken_by(self._place, error) from error
        self._close()
        self._files.keep(self._place, path)

    def discard(self) -> None:
        """See `Draft.discard`."""
        if self._descriptor >= 0:
            self._close()
            self._place.unlink(missing_ok=True)

    def _check(self) -> None:
        if self._descriptor < 0:
            raise closed_fault(str(self._place))

    def _close(self) -> None:
        os.close(self._descriptor)
        self._descriptor = -1


def write_whole(descriptor: int, data: bytes) -> None:
    """Write all of `data`; a disk that takes only a part is asked again and then says why."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _sync_directory(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
