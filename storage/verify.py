"""The storage part of `store verify`: is every byte of a stopped store what was written?

First the files as they lie there, without changing any; then, only if they are sound, every row
through LevelDB with its checksum. What the rows mean (hash links, certificates, the trie, indexes)
is judged by the node, which reads the same rows.
"""

from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from primitives.errors import NodeFault
from storage import keys
from storage.database import Reader
from storage.disk import DiskFiles
from storage.faults import store_fault
from storage.findings import Finding
from storage.head import Head, HeadMarker, marker_findings
from storage.identity import Identity
from storage.leveldb import ENGINE, LevelDatabases, is_locked
from storage.leveldb_files import check_directory
from storage.store import checked_head, checked_identity
from storage.votes import vote_findings


@dataclass(frozen=True, slots=True)
class StoreReport:
    """What a full check of the bytes found."""

    findings: tuple[Finding, ...]
    """Damage, and harmless traces of a crash."""
    rows: tuple[tuple[str, str, int], ...] = ()
    """Database, prefix and count of the rows read; empty if the files are damaged."""
    identity: Identity | None = None
    """Whose store it is; unknown if the files are damaged."""
    head: Head | None = None
    """The last block; unknown if anything is damaged."""

    @property
    def damage(self) -> tuple[Finding, ...]:
        """The findings that make the store unusable."""
        return tuple(finding for finding in self.findings if not finding.harmless)

    @property
    def is_sound(self) -> bool:
        """Whether nothing is damaged."""
        return not self.damage


def verify_bytes(root: Path, chain: bytes) -> StoreReport:
    """Check all bytes of the stopped store below `root`.

    Args:
        root: the data directory.
        chain: hash of the configured genesis.

    Raises:
        NodeFault: `store.missing`, `store.locked` (exit 78), `storage.permission` (exit 77).
    """
    findings: list[Finding] = []
    for name in (keys.BLOCKS, keys.STATE):
        folder = root / name
        if not folder.is_dir():
            raise store_fault("store.missing", "no store here", str(folder))
        if is_locked(folder):
            raise store_fault("store.locked", "stop the node before verifying", str(folder))
        findings += check_directory(folder)
    if any(not finding.harmless for finding in findings):
        return StoreReport(tuple(findings))
    return _verify_rows(root, chain, findings)


def _verify_rows(root: Path, chain: bytes, findings: list[Finding]) -> StoreReport:
    databases, files = LevelDatabases(root), DiskFiles(root)
    rows: list[tuple[str, str, int]] = []
    identity, head = None, None
    with ExitStack() as stack:
        try:
            blocks = databases.open(keys.BLOCKS)
            stack.callback(blocks.close)
            state = databases.open(keys.STATE)
            stack.callback(state.close)
            for name, database in ((keys.BLOCKS, blocks), (keys.STATE, state)):
                rows += [(name, *count) for count in _read_all(name, database, findings)]
            identity = checked_identity(state, blocks, chain=chain, engine=ENGINE)
            findings += marker_findings(files, identity)
            findings += vote_findings(files, identity)
            head = checked_head(state, blocks, HeadMarker.open(files, identity).head)
        except NodeFault as fault:
            findings.append(Finding(fault.field, -1, fault.detail))
    return StoreReport(tuple(findings), tuple(rows), identity, head)


def _read_all(name: str, rows: Reader, findings: list[Finding]) -> list[tuple[str, int]]:
    """Read every row; return how many there are of each prefix."""
    known = {kind.prefix for kind in keys.TABLE if kind.database == name}
    counts: Counter[bytes] = Counter()
    for key, _ in rows.scan(b"", None):
        counts[key[:1]] += 1
    findings += [
        Finding(name, -1, f"{counts[prefix]} rows have no kind: {prefix!r}")
        for prefix in sorted(counts.keys() - known)
    ]
    return [(prefix.decode("latin-1"), counts[prefix]) for prefix in sorted(counts)]
