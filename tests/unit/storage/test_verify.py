"""`store verify` sees every byte: of a flip that it misses, the reason must be known."""

import hashlib
import os
import random
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from primitives.errors import NodeFault
from storage import keys
from storage.disk import DiskFiles
from storage.head import MARKERS, HeadMarker
from storage.leveldb import LevelDatabases
from storage.store import Store
from storage.verify import verify_bytes
from storage.votes import COPIES, VoteLog
from tests.support.disk import (
    IDENTITY,
    block_head,
    build_store,
    create_store,
    open_store,
    real_machine,
    write_block,
)
from tests.support.scale import scaled

SEED = int(os.environ.get("SEED", "20240607"))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    build_store(real_machine(tmp_path / "data"), blocks=5, bills=4, seed=SEED)
    return tmp_path / "data"


def test_a_sound_store_is_read_whole_and_counted(root: Path) -> None:
    report = verify_bytes(root, IDENTITY.chain)
    assert report.is_sound
    assert report.findings == ()
    assert (report.identity, report.head) == (IDENTITY, block_head(5))
    assert ("blocks", "b", 5) in report.rows
    assert ("state", "s", 21) in report.rows
    assert ("state", "h", 5) in report.rows
    open_store(real_machine(root)).close()


def test_a_row_of_no_known_kind_is_found(root: Path) -> None:
    database = LevelDatabases(root).open(keys.STATE)
    database.write([(b"?what", b"")])
    database.close()
    (finding,) = verify_bytes(root, IDENTITY.chain).damage
    assert "no kind" in finding.reason


def _flip(path: Path, offset: int = -1) -> None:
    data = bytearray(path.read_bytes())
    data[offset] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("damage", "place"),
    [
        (lambda root: _flip(root / MARKERS[0]), MARKERS[0]),
        (lambda root: (root / MARKERS[1]).unlink(), MARKERS[1]),
        (lambda root: _flip(root / COPIES[0]), COPIES[0]),
        (lambda root: _flip(root / COPIES[1], 100), "votes"),
        (lambda root: [(root / path).unlink() for path in COPIES], "votes"),
        (lambda root: (root / "state/CURRENT").unlink(), "state/CURRENT"),
        (lambda root: _flip(next((root / "blocks").glob("*.log"))), "blocks/"),
        (lambda root: HeadMarker.open(DiskFiles(root), IDENTITY).write(block_head(9)), "state"),
    ],
)
def test_damage_outside_the_rows_is_found(
    root: Path, damage: Callable[[Path], object], place: str
) -> None:
    damage(root)
    report = verify_bytes(root, IDENTITY.chain)
    assert not report.is_sound
    assert any(place in finding.file for finding in report.damage)


def test_a_store_of_another_chain_is_not_sound(root: Path) -> None:
    (finding,) = verify_bytes(root, bytes(32)).damage
    assert "another chain" in finding.reason


def test_there_must_be_a_stopped_store(tmp_path: Path) -> None:
    with pytest.raises(NodeFault, match=r"store\.missing"):
        verify_bytes(tmp_path, IDENTITY.chain)


def test_what_a_crash_leaves_is_told_but_is_no_damage(root: Path) -> None:
    os.truncate(root / COPIES[1], (root / COPIES[1]).stat().st_size - 3)
    log = next((root / "blocks").glob("*.log"))
    log.write_bytes(log.read_bytes() + b"\x01\x02\x03")
    report = verify_bytes(root, IDENTITY.chain)
    assert report.is_sound
    assert {finding.harmless for finding in report.findings} == {True}
    assert len(report.findings) == 2


@dataclass(frozen=True)
class Byte:
    """One byte of a stopped store."""

    path: str
    offset: int


def _checked_files(root: Path) -> list[Path]:
    patterns = ("*/*.ldb", "*/*.log", "*/MANIFEST-*", "*/CURRENT", "head/*")
    return sorted({path for pattern in patterns for path in root.glob(pattern)})


def _draw(root: Path, count: int, source: random.Random) -> list[Byte]:
    """Draw bytes from all of them alike, and as many from the small files, which are few."""
    files = _checked_files(root)
    sizes = [path.stat().st_size for path in files]
    alike = source.choices(range(len(files)), weights=sizes, k=count)
    small = [n for n, size in enumerate(sizes) if 0 < size < 100_000]
    each = source.choices(small, k=count // 4)
    return [
        Byte(files[n].relative_to(root).as_posix(), source.randrange(sizes[n]))
        for n in [*alike, *each]
    ]


def _contents(root: Path) -> str:
    """Return a hash over every value that a node would read from the store."""
    machine = real_machine(root)
    store: Store = open_store(machine)
    log, restored = VoteLog.open(machine.files, IDENTITY)
    log.close()
    told = hashlib.sha256(repr((store.last, restored.payloads, restored.damage)).encode())
    for rows in (store.blocks, store.state):
        for key, value in rows.scan(b"", None):
            told.update(b"%d %d " % (len(key), len(value)) + key + value)
    store.close()
    return told.hexdigest()


def _table(root: Path, drawn: int, unnoticed: list[tuple[Byte, str, bool]]) -> str:
    """Return the flips that went unnoticed, each with the reason why it means nothing."""
    total = sum(path.stat().st_size for path in _checked_files(root))
    lines = [f"\nSEED={SEED}: {drawn} flips in {total} bytes, {len(unnoticed)} unnoticed"]
    for byte, reasons, same in unnoticed:
        why = reasons or "NO REASON"
        lines.append(f"  {byte.path} at {byte.offset}: {why}; values equal: {same}")
    return "\n".join([*lines, ""])


def _build_large(root: Path) -> None:
    """Make a store with tables on two levels, full logs in both databases and old heights."""
    machine = real_machine(root)
    build_store(machine, blocks=120, bills=100, seed=SEED)
    for start in (121, 161, 201):
        store = open_store(machine)
        for height in range(start, start + 40):
            write_block(store, height, bills=100, seed=SEED)
        store.close()
    log, _ = VoteLog.open(machine.files, IDENTITY)
    log.retain([b"kept"])
    source = random.Random(SEED)
    for _ in range(60):
        log.append([source.randbytes(400)])
    log.close()


@pytest.mark.slow
def test_a_flipped_byte_anywhere_is_noticed_or_means_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root, copy = tmp_path / "data", tmp_path / "copy"
    _build_large(root)
    drawn = _draw(root, scaled(1000), random.Random(SEED))
    shutil.copytree(root, copy)
    before = _contents(copy)
    unnoticed: list[tuple[Byte, str, bool]] = []
    for byte in drawn:
        shutil.rmtree(copy)
        shutil.copytree(root, copy, copy_function=os.link)
        place = copy / byte.path
        place.unlink()
        data = bytearray((root / byte.path).read_bytes())
        data[byte.offset] ^= random.Random(f"{SEED} {byte}").randrange(1, 256)
        place.write_bytes(data)
        report = verify_bytes(copy, IDENTITY.chain)
        if report.is_sound:
            reasons = "; ".join(finding.reason for finding in report.findings)
            unnoticed.append((byte, reasons, _contents(copy) == before))
    with capsys.disabled():
        sys.stdout.write(_table(root, len(drawn), unnoticed))
    assert all(reasons and same for _, reasons, same in unnoticed)


def test_a_flip_in_a_store_that_was_never_reopened_is_noticed_in_its_logs(tmp_path: Path) -> None:
    root = tmp_path / "data"
    store = create_store(real_machine(root))
    write_block(store, 1)
    store.close()
    for log in sorted(root.glob("*/*.log")):
        whole = log.read_bytes()
        for offset in range(0, len(whole), 37):
            _flip(log, offset)
            assert not verify_bytes(root, IDENTITY.chain).is_sound, (log, offset)
            log.write_bytes(whole)
