"""Making the store of a new node in its data directory.

Rule: only this makes databases. A running node that finds none stops and says so, because an
empty store in place of a lost one would vote again.
"""

from collections.abc import Callable
from pathlib import Path

from ledger.genesis import Genesis, read_genesis
from node.making import made_whole
from node.start import create_store
from primitives.errors import NodeFault, PeerFault
from primitives.settings import EXIT_CONFIGURATION, EXIT_PERMISSION
from storage.disk import DiskFiles
from storage.identity import STORE_ID_SIZE
from storage.leveldb import ENGINE, LevelDatabases

STORE_PIECES = ("votes", "head", "blocks", "state")
"""What a new store is made of. A start looks for `state` first, so it appears last."""


def load_genesis(file: Path) -> tuple[bytes, Genesis]:
    """Read the genesis file; return its bytes and what they say.

    Raises:
        NodeFault: `genesis.*` (exit 78, or 77 when it may not be read), naming file and field.
    """
    try:
        data = file.read_bytes()
        return data, read_genesis(data)
    except PermissionError as error:
        raise NodeFault(
            "genesis.unreadable", f"{file} may not be read by this user", "", EXIT_PERMISSION
        ) from error
    except OSError as error:
        raise NodeFault(
            "genesis.missing", f"{file}: {error.strerror}", "node.genesis", EXIT_CONFIGURATION
        ) from error
    except PeerFault as error:
        place = f"{file}: {error.field}" if error.field else f"{file}"
        raise NodeFault(
            error.code, f"{place}: {error.detail}", error.field, EXIT_CONFIGURATION
        ) from error


def make_store(data: Path, genesis: bytes, random_bytes: Callable[[int], bytes]) -> None:
    """Make the store below `data`, whole or not at all.

    Args:
        data: the data directory; made if need be.
        genesis: the genesis file's bytes.
        random_bytes: for the store id.

    Raises:
        NodeFault: `store.exists` (exit 78) when there is one, `storage.*`.
    """
    with made_whole(data, STORE_PIECES, code="store.exists", mode=0o700) as unfinished:
        create_store(
            LevelDatabases(unfinished),
            DiskFiles(unfinished),
            engine=ENGINE,
            genesis=genesis,
            store_id=random_bytes(STORE_ID_SIZE),
        )
