"""A strict reader of LevelDB's files: every byte that means something is checked.

LevelDB reads leniently: it passes over a damaged end of a log, never looks at padding, and a file
that is gone may go unnoticed. This reader follows the file formats and wants every byte to be what
LevelDB writes; it changes nothing.

    log, MANIFEST   blocks of 32 KiB; record = crc32c masked u32 ‖ length u16 ‖ type u8 ‖ payload,
                    over type and payload; fewer than 7 bytes at the end of a block are zero
    table           blocks without a gap: data, filter, metaindex, index; each = contents ‖ type u8
                    ‖ crc32c masked u32 over both; footer = 2 handles, zeros to 40, magic u64

Rule: numbers are little-endian. A log may end in an unfinished record after a crash; it is told
from a damaged length, because a damaged one still has the bytes its checksum was made over.
Source: LevelDB, doc/log_format.md, doc/table_format.md, doc/impl.md, db/version_edit.cc.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from crc32c import crc32c

from storage.findings import Finding

LOG_BLOCK: Final = 32768
_LOG_FRAME: Final = 7
_FULL, _FIRST, _MIDDLE, _LAST = 1, 2, 3, 4
_TRAILER: Final = 5
_FOOTER: Final = 48
_TABLE_MAGIC: Final = 0xDB4775248B80FB57.to_bytes(8, "little")
_MASK: Final = 0xA282EAD8


@dataclass(slots=True)
class Manifest:
    """Which files a database consists of, as its MANIFEST tells."""

    tables: dict[int, int] = field(default_factory=dict)
    """Size of each live table by its number."""
    log_number: int = 0
    """The oldest log still needed."""


class _DamageError(Exception):
    """Stops the reading of one file."""

    def __init__(self, offset: int, reason: str, *, harmless: bool = False) -> None:
        super().__init__(reason)
        self.offset = offset
        self.reason = reason
        self.harmless = harmless


def check_directory(folder: Path) -> list[Finding]:
    """Check every file of a stopped LevelDB, byte by byte.

    Args:
        folder: of the database; nobody may have it open.

    Returns:
        What is wrong, in the order of the file names; empty if all is as it was written.
    """
    manifest, findings = _read_manifest(folder)
    findings += missing_files(folder, manifest)
    for path in sorted(folder.iterdir()):
        number = int(path.stem) if path.stem.isdigit() else -1
        if path.suffix == ".ldb":
            live = number in manifest.tables
            findings += _check_file(path, _check_table, live=live)
        elif path.suffix == ".log":
            findings += _check_file(path, _check_log, live=number >= manifest.log_number)
    return findings


def quick_check(folder: Path) -> list[Finding]:
    """Check before an opening, in bounded time, what LevelDB itself passes over: lost files."""
    manifest, findings = _read_manifest(folder)
    return findings + missing_files(folder, manifest)


def missing_files(folder: Path, manifest: Manifest) -> list[Finding]:
    """Return the tables and the log that the MANIFEST names and the folder does not have."""
    findings = []
    for number, size in sorted(manifest.tables.items()):
        path = folder / f"{number:06d}.ldb"
        if not path.is_file():
            findings.append(_finding(path, -1, "the table is missing"))
        elif path.stat().st_size != size:
            findings.append(_finding(path, -1, f"the table should have {size} bytes"))
    log = folder / f"{manifest.log_number:06d}.log"
    if manifest.log_number and not log.is_file():
        findings.append(_finding(log, -1, "the log is missing"))
    return findings


def _read_manifest(folder: Path) -> tuple[Manifest, list[Finding]]:
    current = folder / "CURRENT"
    if not current.is_file():
        return Manifest(), [_finding(current, -1, "CURRENT is missing")]
    name = current.read_bytes()
    digits = name.removeprefix(b"MANIFEST-").removesuffix(b"\n")
    if name != b"MANIFEST-" + digits + b"\n" or not digits.isdigit() or len(digits) < 6:
        return Manifest(), [_finding(current, 0, "CURRENT does not name a MANIFEST")]
    path = folder / name[:-1].decode("ascii")
    if not path.is_file():
        return Manifest(), [_finding(current, 0, f"it names {path.name}, which is missing")]
    manifest = Manifest()
    try:
        for offset, record in read_log(path.read_bytes()):
            _apply_edit(manifest, record, offset)
    except _DamageError as damage:
        return manifest, [_finding(path, damage.offset, damage.reason, harmless=damage.harmless)]
    return manifest, []


def _check_file(path: Path, check: Callable[[bytes], None], *, live: bool) -> list[Finding]:
    try:
        check(path.read_bytes())
    except _DamageError as damage:
        if live:
            return [_finding(path, damage.offset, damage.reason, harmless=damage.harmless)]
        reason = f"not named by the MANIFEST, never read ({damage.reason})"
        return [_finding(path, damage.offset, reason, harmless=True)]
    return []


def _finding(path: Path, offset: int, reason: str, *, harmless: bool = False) -> Finding:
    return Finding(f"{path.parent.name}/{path.name}", offset, reason, harmless)


def read_log(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield offset and bytes of each record of a log or MANIFEST, and stop at what is wrong."""
    parts: list[bytes] = []
    start = offset = 0
    while offset < len(data):
        room = LOG_BLOCK - offset % LOG_BLOCK
        if room < _LOG_FRAME:
            if any(data[offset : offset + room]):
                raise _DamageError(offset, "the padding of a block is not zero")
            offset += room
            continue
        kind, payload = _log_fragment(data, offset, room)
        if not _FULL <= kind <= _LAST:
            raise _DamageError(offset, f"a record has the unknown type {kind}")
        if (kind in (_FULL, _FIRST)) == bool(parts):
            raise _DamageError(offset, "a part of a record is missing")
        start = start if parts else offset
        parts.append(payload)
        if kind in (_FULL, _LAST):
            yield start, b"".join(parts)
            parts = []
        offset += _LOG_FRAME + len(payload)
    if parts:
        raise _DamageError(start, "the last record was not written to its end", harmless=True)


def _log_fragment(data: bytes, offset: int, room: int) -> tuple[int, bytes]:
    """Return type and payload of the fragment at `offset`, in a block with `room` bytes left."""
    if len(data) - offset < _LOG_FRAME:
        raise _DamageError(offset, "the last record was not written to its end", harmless=True)
    if not any(data[offset : offset + _LOG_FRAME]):
        if any(data[offset:]):
            raise _DamageError(offset, "zeros stand in place of a record")
        raise _DamageError(offset, "zeros after the last record: it was not written", harmless=True)
    crc = int.from_bytes(data[offset : offset + 4], "little")
    length = int.from_bytes(data[offset + 4 : offset + 6], "little")
    counted = data[offset + 6 : offset + _LOG_FRAME + length]
    if _LOG_FRAME + length > room:
        raise _DamageError(offset, "a record is longer than its block")
    if len(counted) < 1 + length:
        if _some_prefix_matches(counted, crc):
            raise _DamageError(offset, "the length of the last record is damaged")
        raise _DamageError(offset, "the last record was not written to its end", harmless=True)
    if _masked(crc32c(counted)) != crc:
        raise _DamageError(offset, "a record fails its checksum")
    return counted[0], counted[1:]


def _some_prefix_matches(counted: bytes, crc: int) -> bool:
    """Tell whether the checksum was made over a part of what is there: then nothing was cut."""
    value = 0
    for at in range(len(counted)):
        value = crc32c(counted[at : at + 1], value)
        if _masked(value) == crc:
            return True
    return False


def _check_log(data: bytes) -> None:
    for _ in read_log(data):
        pass


def _check_table(data: bytes) -> None:
    """Want every byte of a table to belong to a sound block or to the footer."""
    end = len(data) - _FOOTER
    if end < 0 or data[-8:] != _TABLE_MAGIC:
        raise _DamageError(max(end, 0), "the footer of the table is damaged")
    footer = _Cursor(data[end:-8])
    metaindex, index = footer.handle(), footer.handle()
    if _handle(metaindex) + _handle(index) != footer.data[: footer.at] or any(footer.rest()):
        raise _DamageError(end, "the footer of the table is damaged")
    handles = [handle for _, handle in _entries(data, index, end)]
    handles += [handle for _, handle in _entries(data, metaindex, end)]
    expected = 0
    for offset, size in [*handles, metaindex, index]:
        if offset != expected:
            raise _DamageError(expected, "a block of the table is not where it should be")
        _block(data, (offset, size), end)
        expected += size + _TRAILER
    if expected != end:
        raise _DamageError(expected, "the blocks of the table do not reach its footer")


def _block(data: bytes, handle: tuple[int, int], end: int) -> bytes:
    """Return the contents of a block whose checksum holds."""
    offset, size = handle
    if offset + size + _TRAILER > end:
        raise _DamageError(offset, "a block reaches past the end of the table")
    crc = int.from_bytes(data[offset + size + 1 : offset + size + _TRAILER], "little")
    if _masked(crc32c(data[offset : offset + size + 1])) != crc:
        raise _DamageError(offset, "a block of the table fails its checksum")
    if data[offset + size] != 0:
        raise _DamageError(offset, "a block of the table is compressed")
    return data[offset : offset + size]


def _entries(
    data: bytes, handle: tuple[int, int], end: int
) -> Iterator[tuple[bytes, tuple[int, int]]]:
    """Yield key and block handle of each entry of an index block."""
    block = _block(data, handle, end)
    restarts = int.from_bytes(block[-4:], "little")
    cursor = _Cursor(block[: len(block) - 4 - 4 * restarts])
    key = b""
    while cursor.more():
        shared, fresh, _ = cursor.varint(), cursor.varint(), cursor.varint()
        key = key[:shared] + cursor.take(fresh)
        yield key, cursor.handle()


def _apply_edit(manifest: Manifest, record: bytes, offset: int) -> None:
    """Apply one version edit to `manifest`."""
    edit = _Cursor(record)
    while edit.more():
        match edit.varint():
            case 1:
                edit.take(edit.varint())
            case 2:
                manifest.log_number = edit.varint()
            case 3 | 4 | 9:
                edit.varint()
            case 5:
                edit.varint()
                edit.take(edit.varint())
            case 6:
                edit.varint()
                manifest.tables.pop(edit.varint(), None)
            case 7:
                edit.varint()
                number = edit.varint()
                manifest.tables[number] = edit.varint()
                edit.take(edit.varint())
                edit.take(edit.varint())
            case tag:
                raise _DamageError(offset, f"an edit has the unknown tag {tag}")


class _Cursor:
    """Reads numbers and bytes one after another."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def more(self) -> bool:
        return self.at < len(self.data)

    def rest(self) -> bytes:
        return self.data[self.at :]

    def take(self, size: int) -> bytes:
        taken = self.data[self.at : self.at + size]
        if len(taken) != size:
            raise _DamageError(self.at, "a number points past its end")
        self.at += size
        return taken

    def varint(self) -> int:
        value = shift = 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    def handle(self) -> tuple[int, int]:
        return self.varint(), self.varint()


def _handle(handle: tuple[int, int]) -> bytes:
    """Return the one way LevelDB writes a handle."""
    return b"".join(_varint(number) for number in handle)


def _varint(number: int) -> bytes:
    parts = []
    while number >= 0x80:
        parts.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*parts, number])


def _masked(crc: int) -> int:
    return (((crc >> 15) | (crc << 17)) + _MASK) & 0xFFFFFFFF
