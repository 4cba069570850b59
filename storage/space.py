"""The free-space guard: stop taking work, then stop voting, well before the disk is full.

Rule: a full disk ends the process at its first failed write, so a node must never come near it.
Source: docs/storage.md, "What was measured": LevelDB on a full disk acknowledges what it loses.
"""

from dataclasses import dataclass
from enum import Enum

from storage.files import Files

MEBIBYTE = 1024 * 1024


class Space(Enum):
    """What the free space allows."""

    AMPLE = "ample"
    """Everything."""
    SCARCE = "scarce"
    """Take no new transactions; go on voting and writing blocks."""
    EXHAUSTED = "exhausted"
    """Sign nothing and propose nothing; what is decided is still written."""


@dataclass(frozen=True, slots=True)
class SpaceLimits:
    """Where the guard acts."""

    accept_bytes: int = 2048 * MEBIBYTE
    """Below it no new transactions are taken."""
    vote_bytes: int = 512 * MEBIBYTE
    """Below it nothing is signed: room for the write buffers of both databases and a compaction."""


def space_left(files: Files, limits: SpaceLimits) -> Space:
    """Return what the free space of the data directory allows.

    Raises:
        NodeFault: `storage.read_failed`.
    """
    free = files.free_bytes()
    if free < limits.vote_bytes:
        return Space.EXHAUSTED
    return Space.SCARCE if free < limits.accept_bytes else Space.AMPLE
