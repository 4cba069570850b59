"""The head marker: the last finished block, kept outside LevelDB.

LevelDB with a cut MANIFEST or a deleted log opens "fine" and knows nothing of the loss; the marker
does. Two files are written in turn, each whole at once, each with a counter; the higher one counts.

    marker   16 bytes of magic ‖ counter u64 ‖ height u64 ‖ hash ‖ state root ‖ store id ‖ chain
             ‖ crc32c u32 over all before it

Rule: a marker never names a block that is not durable; the database may be one block ahead.
"""

from dataclasses import dataclass
from typing import Final

from crc32c import crc32c

from storage.faults import store_fault
from storage.files import Files
from storage.findings import Finding
from storage.identity import CHAIN_SIZE, STORE_ID_SIZE, Identity

MARKERS: Final = ("head/first", "head/second")
"""Even counters stand in the first, odd ones in the second."""

_MAGIC: Final = b"piaolian-head-1\n"
_SIZE: Final = len(_MAGIC) + 8 + 8 + 32 + 32 + STORE_ID_SIZE + CHAIN_SIZE + 4


@dataclass(frozen=True, slots=True)
class Head:
    """The last finished block."""

    height: int
    """0 is the genesis."""
    hash: bytes
    """Of the header, 32 bytes; of height 0 the chain id."""
    state_root: bytes
    """As in the header, 32 bytes."""

    def encode(self) -> bytes:
        """Return the fixed form: height u64, hash, state root."""
        return self.height.to_bytes(8) + self.hash + self.state_root

    @classmethod
    def decode(cls, data: bytes) -> "Head":
        """Read the 72 bytes that `encode` made."""
        assert len(data) == 72, "a head has 72 bytes"
        return cls(int.from_bytes(data[:8]), data[8:40], data[40:])


class HeadMarker:
    """The two files; made by `create` or `open`."""

    def __init__(self, files: Files, identity: Identity, counter: int, head: Head) -> None:
        self._files = files
        self._identity = identity
        self._counter = counter
        self.head = head

    @classmethod
    def create(cls, files: Files, identity: Identity, head: Head) -> "HeadMarker":
        """Write both files for a new store.

        Raises:
            NodeFault: `storage.write_failed`.
        """
        marker = cls(files, identity, 0, head)
        marker.write(head)
        marker.write(head)
        return marker

    @classmethod
    def open(cls, files: Files, identity: Identity) -> "HeadMarker":
        """Read the newer of the two files.

        Raises:
            NodeFault: `store.damaged` if neither is whole, `store.foreign` if one belongs to
                another store or chain (exit 78).
        """
        read = [_decode(files.read(path)) for path in MARKERS]
        sound = [marker for marker in read if marker is not None]
        if not sound:
            detail = "neither head marker is whole; set the store aside"
            raise store_fault("store.damaged", detail, " ".join(MARKERS))
        if any(owner != identity for _, _, owner in sound):
            detail = "the head markers belong to another store; set the store aside"
            raise store_fault("store.foreign", detail, " ".join(MARKERS))
        counter, head, _ = max(sound, key=lambda marker: marker[0])
        return cls(files, identity, counter, head)

    def write(self, head: Head) -> None:
        """Replace the older file; durable on return.

        Raises:
            NodeFault: `storage.write_failed`.
        """
        counter = self._counter + 1
        body = _MAGIC + counter.to_bytes(8) + head.encode()
        body += self._identity.store_id + self._identity.chain
        self._files.write_atomically(MARKERS[counter % 2], body + crc32c(body).to_bytes(4))
        self._counter = counter
        self.head = head


def marker_findings(files: Files, identity: Identity) -> list[Finding]:
    """Return what is wrong with the two files, for a full check."""
    read = {path: _decode(files.read(path)) for path in MARKERS}
    findings = []
    for path, marker in read.items():
        if marker is None:
            findings.append(Finding(path, -1, "the marker is missing or damaged"))
        elif marker[2] != identity:
            findings.append(Finding(path, -1, "the marker belongs to another store or chain"))
        elif MARKERS[marker[0] % 2] != path:
            findings.append(Finding(path, -1, "the marker stands in the other's place"))
    counters = [marker[0] for marker in read.values() if marker is not None]
    if len(counters) == 2 and abs(counters[0] - counters[1]) != 1:
        findings.append(Finding(MARKERS[0], -1, "the markers do not follow each other"))
    return findings


def _decode(data: bytes | None) -> tuple[int, Head, Identity] | None:
    """Return counter, head and owner of a whole marker, `None` of any other bytes."""
    if data is None or len(data) != _SIZE or not data.startswith(_MAGIC):
        return None
    if crc32c(data[:-4]).to_bytes(4) != data[-4:]:
        return None
    at = len(_MAGIC)
    counter, head = int.from_bytes(data[at : at + 8]), Head.decode(data[at + 8 : at + 80])
    owner = Identity(data[at + 80 : at + 80 + STORE_ID_SIZE], data[-4 - CHAIN_SIZE : -4])
    return counter, head, owner
