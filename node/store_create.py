"""Making the store of a new node: the genesis state, the vote log, the key's owner.

Rule: only this makes databases. A running node that finds none stops and says so, because an
empty store in place of a lost one would vote again.
"""

from pathlib import Path

from ledger.apply import genesis_state
from ledger.genesis import Genesis, read_genesis
from node.keys import EXIT_CONFIGURATION, EXIT_PERMISSION, VALIDATOR_KEY
from node.ports import Entropy
from primitives.errors import NodeFault, PeerFault
from storage.disk import DiskFiles
from storage.head import Head
from storage.identity import STORE_ID_SIZE, Identity, bind_key, key_owner_path
from storage.leveldb import ENGINE, LevelDatabases
from storage.store import Store


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


def create_store(data: Path, keys: Path, genesis: Genesis, entropy: Entropy) -> Identity:
    """Make the store below `data` and write down that the validator key belongs to it.

    A key that another store used before stays that store's: the node starts in quarantine.

    Args:
        data: the data directory; made if need be.
        keys: folder of `validator.key`.
        genesis: the chain's.
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
    first = genesis_state(genesis)
    identity = Identity(entropy.random_bytes(STORE_ID_SIZE), genesis.chain)
    store = Store.create(
        LevelDatabases(data),
        DiskFiles(data),
        identity=identity,
        engine=ENGINE,
        genesis=Head(0, genesis.chain, first.tip.state_root),
        rows=first.rows,
    )
    store.close()
    key_files = DiskFiles(keys)
    if not key_files.exists(key_owner_path(VALIDATOR_KEY)):
        bind_key(key_files, VALIDATOR_KEY, identity)
    return identity
