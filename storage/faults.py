"""From a foreign error to the NodeFault that names the place and what to do.

Rule: an error is translated once, here, where the disk meets the house.
"""

from errno import EACCES, EDQUOT, ENOSPC, EPERM
from typing import Final

from primitives.errors import NodeFault

EXIT_CONFIGURATION: Final = 78
"""The operator must look: a wrong, locked or damaged directory."""
EXIT_PERMISSION: Final = 77
"""The operator must give or take away rights."""


def write_fault(place: str, error: OSError | None = None) -> NodeFault:
    """Return the fault of a failed write at `place`; the node ends its process on it."""
    if error is not None and error.errno in (EACCES, EPERM):
        return permission_fault(place)
    full = error is not None and error.errno in (ENOSPC, EDQUOT)
    cause = error.strerror if error is not None and error.strerror else "an earlier write failed"
    advice = "free some space, then start again" if full else "check the disk, then start again"
    return NodeFault("storage.write_failed", f"{cause}; {advice}", place)


def read_fault(place: str, error: OSError) -> NodeFault:
    """Return the fault of a failed read at `place`."""
    if error.errno in (EACCES, EPERM):
        return permission_fault(place)
    cause = error.strerror or "the disk gave no reason"
    return NodeFault("storage.read_failed", f"{cause}; check the disk, then start again", place)


def permission_fault(place: str) -> NodeFault:
    """Return the fault of a path that the process may not use."""
    detail = "the node's user must own it and may read and write it"
    return NodeFault("storage.permission", detail, place, exit_code=EXIT_PERMISSION)


def readable_by_others_fault(place: str) -> NodeFault:
    """Return the fault of a secret that others may read."""
    detail = f"others may read this secret; run: chmod 600 {place}"
    return NodeFault("storage.readable_by_others", detail, place, exit_code=EXIT_PERMISSION)


def damaged_fault(place: str, cause: str) -> NodeFault:
    """Return the fault of rows or records that are not what was written, found while running."""
    detail = f"{cause}; set the store aside, the node fetches everything again from its peers"
    return NodeFault("storage.damaged", detail, place, exit_code=EXIT_CONFIGURATION)


def closed_fault(place: str) -> NodeFault:
    """Return the fault of using what is closed, or what belonged to a crashed machine."""
    return NodeFault("storage.closed", "used after it was closed", place)


def store_fault(code: str, detail: str, place: str) -> NodeFault:
    """Return the fault of a store that must not be opened as it is."""
    return NodeFault(code, detail, place, exit_code=EXIT_CONFIGURATION)
