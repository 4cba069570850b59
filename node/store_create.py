"""Making the store of a new node in its data directory.

Rule: only this makes databases. A running node that finds none stops and says so, because an
empty store in place of a lost one would vote again.
"""

from pathlib import Path

from ledger.genesis import Genesis, read_genesis
from node.keys import EXIT_CONFIGURATION, EXIT_PERMISSION
from node.ports import Entropy
from node.start import create_store
from primitives.errors import NodeFault, PeerFault
from storage.disk import DiskFiles
from storage.identity import STORE_ID_SIZE
from storage.leveldb import ENGINE, LevelDatabases


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


def make_store(data: Path, keys: Path, genesis: bytes, entropy: Entropy) -> None:
    """Make the store below `data`.

    Args:
        data: the data directory; made if need be.
        keys: folder of `validator.key`.
        genesis: the genesis file's bytes.
        entropy: for the store id.

    Raises:
        NodeFault: `store.exists` (exit 78) when there is one, `storage.*`.
    """
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise NodeFault(
            "storage.permission", f"{data}: {error.strerror}", "node.data", EXIT_PERMISSION
        ) from error
    create_store(
        LevelDatabases(data),
        DiskFiles(data),
        DiskFiles(keys),
        engine=ENGINE,
        genesis=genesis,
        store_id=entropy.random_bytes(STORE_ID_SIZE),
    )
