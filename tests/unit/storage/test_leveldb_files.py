"""The strict reader agrees with LevelDB, and sees every byte that LevelDB passes over."""

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from crc32c import crc32c
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.findings import Finding
from storage.leveldb import LevelDatabases
from storage.leveldb_files import LOG_BLOCK, check_directory, quick_check


def _fill(root: Path) -> Path:
    """Make a database with a table, a log whose records cross blocks, and long padding."""
    databases = LevelDatabases(root)
    database = databases.create("state")
    source = random.Random(5)
    for batch in range(30):
        database.write([(b"%d/%d" % (batch, n), source.randbytes(90)) for n in range(20)])
    database.close()
    database = databases.open("state")
    for number, size in enumerate((10, 40_000, 25_000, LOG_BLOCK - 60, 30, 100_000)):
        database.write([(b"z%d" % number, source.randbytes(size))])
    database.close()
    return root / "state"


def _write(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def _one(folder: Path, pattern: str) -> Path:
    (path,) = folder.glob(pattern)
    return path


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _fill(tmp_path_factory.mktemp("filled"))


@pytest.fixture
def folder(filled: Path, tmp_path: Path) -> Path:
    shutil.copytree(filled, tmp_path / "state")
    return tmp_path / "state"


def test_what_leveldb_wrote_is_sound(folder: Path) -> None:
    assert check_directory(folder) == []
    assert quick_check(folder) == []


@pytest.mark.parametrize("pattern", ["*.ldb", "*.log", "MANIFEST-*", "CURRENT"])
@pytest.mark.parametrize("bit", [0x01, 0x80])
def test_a_flipped_byte_is_damage(folder: Path, pattern: str, bit: int) -> None:
    path = _one(folder, pattern)
    whole = path.read_bytes()
    ends = {*range(min(400, len(whole))), *range(max(0, len(whole) - 400), len(whole))}
    middle = random.Random(bit).sample(range(len(whole)), min(100, len(whole)))
    for offset in sorted(ends.union(middle)):
        changed = whole[:offset] + bytes([whole[offset] ^ bit]) + whole[offset + 1 :]
        _write(path, changed)
        found = check_directory(folder)
        assert any(not finding.harmless for finding in found), offset


def test_the_padding_between_blocks_counts_too(tmp_path: Path) -> None:
    database = LevelDatabases(tmp_path).create("state")
    frame_and_batch = 7 + 12 + 1 + 1 + 1 + 3
    database.write([(b"k", b"v" * (LOG_BLOCK - 3 - frame_and_batch))])
    database.write([(b"next", b"")])
    database.close()
    path = _one(tmp_path / "state", "*.log")
    whole = path.read_bytes()
    assert whole[LOG_BLOCK - 4 : LOG_BLOCK] == b"v\0\0\0"
    for offset in range(LOG_BLOCK - 3, LOG_BLOCK):
        _write(path, whole[:offset] + b"\x01" + whole[offset + 1 :])
        assert [finding.harmless for finding in check_directory(tmp_path / "state")] == [False]


def test_a_log_cut_anywhere_is_unfinished_and_never_taken_for_damage(folder: Path) -> None:
    path = _one(folder, "*.log")
    whole = path.read_bytes()
    ends = {*range(200), *range(len(whole) - 200, len(whole)), *range(LOG_BLOCK - 9, LOG_BLOCK + 9)}
    for size in sorted(ends):
        _write(path, whole[:size])
        assert all(finding.harmless for finding in check_directory(folder)), size


def test_zeros_after_the_last_record_are_no_damage_but_zeros_before_others_are(
    folder: Path,
) -> None:
    path = _one(folder, "*.log")
    whole = path.read_bytes()
    _write(path, whole + bytes(50))
    assert [finding.harmless for finding in check_directory(folder)] == [True]
    _write(path, bytes(20) + whole[20:])
    assert [finding.harmless for finding in check_directory(folder)] == [False]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda folder: _one(folder, "*.ldb").unlink(), "the table is missing"),
        (lambda folder: _one(folder, "*.log").unlink(), "the log is missing"),
        (lambda folder: _one(folder, "MANIFEST-*").unlink(), "which is missing"),
        (lambda folder: (folder / "CURRENT").unlink(), "CURRENT is missing"),
        (lambda folder: _write(folder / "CURRENT", b"MANIFEST-1"), "does not name a MANIFEST"),
        (lambda folder: _write(folder / "CURRENT", b""), "does not name a MANIFEST"),
        (lambda folder: _write(_one(folder, "*.ldb"), b"short"), "should have"),
    ],
)
def test_what_is_lost_is_named_without_reading_the_rest(
    folder: Path, change: Callable[[Path], object], reason: str
) -> None:
    change(folder)
    found = quick_check(folder)
    assert any(reason in finding.reason and not finding.harmless for finding in found)
    assert [finding for finding in check_directory(folder) if reason in finding.reason]


def test_a_file_the_manifest_does_not_name_means_nothing(folder: Path) -> None:
    table = _one(folder, "*.ldb")
    _write(folder / "000001.log", b"an old log, half deleted")
    _write(folder / "000900.ldb", table.read_bytes()[:1000])
    found = check_directory(folder)
    assert [finding.file for finding in found] == ["state/000001.log", "state/000900.ldb"]
    assert all(finding.harmless and "never read" in finding.reason for finding in found)


def _record(kind: int, payload: bytes) -> bytes:
    counted = bytes([kind]) + payload
    crc = crc32c(counted)
    masked = (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF
    return masked.to_bytes(4, "little") + len(payload).to_bytes(2, "little") + counted


def _log_findings(folder: Path, data: bytes) -> list[Finding]:
    _write(_one(folder, "*.log"), data)
    return check_directory(folder)


@pytest.mark.parametrize(
    ("data", "harmless"),
    [
        (b"", []),
        (_record(1, b"whole"), []),
        (_record(2, b"first") + _record(3, b"middle") + _record(4, b"last"), []),
        (_record(2, b"first") + _record(3, b"middle"), [True]),
        (_record(4, b"last"), [False]),
        (_record(3, b"middle"), [False]),
        (_record(2, b"first") + _record(1, b"whole"), [False]),
        (_record(2, b"first") + _record(2, b"first"), [False]),
        (_record(5, b"unknown"), [False]),
        (_record(2, b"first") + _record(5, b"unknown") + _record(4, b"last"), [False]),
        (_record(1, b"whole")[:-1], [True]),
        (_record(1, b"whole")[:3], [True]),
    ],
)
def test_records_follow_the_log_format(folder: Path, data: bytes, harmless: list[bool]) -> None:
    assert [finding.harmless for finding in _log_findings(folder, data)] == harmless


def test_a_length_made_longer_is_told_from_an_unfinished_record(folder: Path) -> None:
    first, second = _record(1, b"first record"), _record(1, b"second")
    for position in range(4, 6):
        for bit in range(8):
            data = bytearray(first + second)
            data[position] ^= 1 << bit
            found = _log_findings(folder, bytes(data))
            assert [finding.harmless for finding in found] == [False], (position, bit)


def test_a_table_wants_every_byte_between_its_blocks_and_its_footer(folder: Path) -> None:
    path = _one(folder, "*.ldb")
    whole = path.read_bytes()
    _write(folder / "000900.ldb", whole[:-48] + b"gap" + whole[-48:])
    assert "do not reach" in check_directory(folder)[0].reason


def test_an_unknown_edit_in_a_manifest_is_damage(folder: Path) -> None:
    path = _one(folder, "MANIFEST-*")
    _write(path, _record(1, b"\x63"))
    assert "unknown tag" in check_directory(folder)[0].reason
    _write(path, _record(1, b"\x07\x00"))
    assert "points past its end" in check_directory(folder)[0].reason


@settings(max_examples=150, deadline=None)
@given(noise=st.binary(max_size=300), name=st.sampled_from(["000900.log", "000901.ldb"]))
def test_noise_never_stops_the_reader(
    tmp_path_factory: pytest.TempPathFactory, noise: bytes, name: str
) -> None:
    folder = tmp_path_factory.mktemp("noise")
    LevelDatabases(folder).create("state").close()
    _write(folder / "state" / name, noise)
    for finding in check_directory(folder / "state"):
        assert finding.file == f"state/{name}"
