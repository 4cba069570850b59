"""One flipped byte in the store of an agency's real, stopped node: `store verify` notices it.

Bytes are drawn from all that count: tables, logs, manifests, CURRENT, vote log, head markers. What
goes unnoticed is listed with the reason why it means nothing, and must read as before.
"""

import hashlib
import os
import random
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from node.config import Config, load_config
from node.store_verify import VerifyReport, verify_store
from storage import keys
from storage.disk import DiskFiles
from storage.head import HeadMarker
from storage.leveldb import LevelDatabases
from storage.verify import verify_bytes
from storage.votes import VoteLog
from tests.support.demo_process import finished_demo, verify_command

pytestmark = pytest.mark.slow

SEED = int(os.environ.get("SEED", "20261123"))
FLIPS = 1000
"""Half of them in the store as it was stopped, half in the same one opened again."""
PATTERNS = ("*/*.ldb", "*/*.log", "*/MANIFEST-*", "*/CURRENT", "votes/*", "head/*")


@dataclass(frozen=True)
class Flip:
    """One byte and what it is changed by."""

    path: str
    offset: int
    change: int


def checked_files(data: Path) -> list[Path]:
    found = {path for pattern in PATTERNS for path in data.glob(pattern) if path.stat().st_size}
    return sorted(found)


def draw(data: Path, count: int, source: random.Random) -> list[Flip]:
    """Draw from all bytes alike, and a quarter of them from the small files, which are few."""
    files = checked_files(data)
    sizes = [path.stat().st_size for path in files]
    small = [place for place, size in enumerate(sizes) if size < 100_000]
    alike = source.choices(range(len(files)), weights=sizes, k=count - count // 4)
    places = [*alike, *source.choices(small, k=count // 4)]
    return [
        Flip(
            files[place].relative_to(data).as_posix(),
            source.randrange(sizes[place]),
            source.randrange(1, 256),
        )
        for place in places
    ]


def contents(data: Path, chain: bytes) -> str:
    """Return a hash over every value that a node would read from the store."""
    told = hashlib.sha256()
    identity = verify_bytes(data, chain).identity
    assert identity is not None
    files = DiskFiles(data)
    log, restored = VoteLog.open(files, identity)
    log.close()
    told.update(repr((restored.payloads, restored.damage)).encode())
    told.update(repr(HeadMarker.open(files, identity).head).encode())
    for name in (keys.BLOCKS, keys.STATE):
        database = LevelDatabases(data).open(name)
        for key, value in database.scan(b"", None):
            told.update(b"%d %d " % (len(key), len(value)) + key + value)
        database.close()
    return told.hexdigest()


def agency_copy(source: Path, target: Path) -> Config:
    """Copy one agency's part of a demo; return its settings."""
    target.mkdir()
    shutil.copy(source.parent / "genesis.json", target)
    hidden = shutil.ignore_patterns("*.sock", "portal")
    shutil.copytree(source, target / source.name, ignore=hidden)
    return load_config(target / source.name / "node.toml")


def flipped(original: Path, config: Config, flip: Flip) -> VerifyReport:
    """Lay the store out anew with one byte changed, and verify it wholly."""
    data = config.node.data
    shutil.rmtree(data)
    shutil.copytree(original, data, copy_function=os.link)
    place = data / flip.path
    content = bytearray(place.read_bytes())
    content[flip.offset] ^= flip.change
    place.unlink()
    place.write_bytes(content)
    return verify_store(config)


@pytest.mark.parametrize("state", ["as it was stopped", "opened again"])
def test_a_flipped_byte_of_a_real_store_is_noticed_or_means_nothing(
    tmp_path: Path, state: str, capsys: pytest.CaptureFixture[str]
) -> None:
    config = agency_copy(finished_demo().folder / "health", tmp_path / "net")
    data, original = config.node.data, tmp_path / "original"
    if state == "opened again":
        assert verify_store(config).is_sound
        assert list(data.glob("state/*.ldb")), "opening makes tables of what the logs held"
    shutil.copytree(data, original)
    chain = hashlib.sha256((tmp_path / "net/genesis.json").read_bytes()).digest()
    before = contents(data, chain)
    drawn = draw(original, FLIPS // 2, random.Random(f"{SEED} {state}"))
    unnoticed = []
    for flip in drawn:
        report = flipped(original, config, flip)
        if report.is_sound:
            reasons = "; ".join(finding.reason for finding in report.findings)
            unnoticed.append((flip, reasons, contents(data, chain) == before))
    size = sum(path.stat().st_size for path in checked_files(original))
    lines = [f"\nSEED={SEED}, {state}: {len(drawn)} flips in {size} bytes, {len(unnoticed)} kept"]
    lines += [f"  {flip.path} at {flip.offset}: {why}; equal: {eq}" for flip, why, eq in unnoticed]
    with capsys.disabled():
        sys.stdout.write("\n".join([*lines, ""]))
    assert all(why and same for _, why, same in unnoticed)


@pytest.mark.parametrize("pattern", PATTERNS[1:])
def test_the_command_names_the_file_of_a_flip_and_exits_with_5(
    tmp_path: Path, pattern: str
) -> None:
    config = agency_copy(finished_demo().folder / "finance", tmp_path / "net")
    place = next(path for path in checked_files(config.node.data) if path.match(pattern))
    content = bytearray(place.read_bytes())
    content[len(content) // 3] ^= 0x40
    place.write_bytes(content)
    told = verify_command(config.file)
    assert told.returncode == 5, told.stdout
    assert "DAMAGED" in told.stdout or '"sound": false' in told.stdout
    assert place.relative_to(config.node.data).parts[0] in told.stdout
