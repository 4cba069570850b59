"""From a data folder to a running node's ground: opening, checking, remembering.

Rule: `create_store` makes a store once; a start opens it, compares it with itself, and takes up the
vote log. Whatever shows that votes may be missing is on record as a quarantine before a socket
opens. Nothing is repaired in silence.
Source: consensus rules §2.9 and §2.10.
"""

from dataclasses import dataclass, replace

from consensus.guard import SigningGuard
from consensus.records import SignFromRecord
from consensus.recovery import SIGN_FROM_UNKNOWN, Recovered, recover
from ledger.apply import genesis_state
from ledger.genesis import Genesis, read_genesis
from node.committed import Committed
from node.ground import Ground
from node.ports import World
from primitives import codec
from primitives.errors import NodeFault, PeerFault
from primitives.settings import EXIT_CONFIGURATION
from storage.database import Databases
from storage.files import Files
from storage.head import Head
from storage.identity import Identity, bind_key, foreign_key_reason, is_new_key
from storage.store import Store
from storage.votes import VoteLog

VALIDATOR_KEY = "validator.key"
VALIDATOR_KEYS = (VALIDATOR_KEY, "validator.next.key")
"""Names of the validator's keys inside the folder of keys: the present one, and the next."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What a start found."""

    store: Store
    """Open and compared with its marker."""
    committed: Committed
    """The tip."""
    log: VoteLog
    """Open, sound."""
    payloads: tuple[bytes, ...]
    """What the log holds."""
    recovered: Recovered
    """The same, read."""
    guard: SigningGuard
    """Remembers every own vote."""
    quarantine: str
    """Why this start began a quarantine; empty when it did not."""


def load_genesis(data: bytes) -> Genesis:
    """Read the genesis of a node; its agency may be added to the ledger later.

    Raises:
        NodeFault: `genesis.*` (exit 78): it is malformed.
    """
    try:
        return read_genesis(data)
    except PeerFault as error:
        raise NodeFault(error.code, error.detail, error.field, EXIT_CONFIGURATION) from error


def create_store(
    databases: Databases, files: Files, *, engine: str, genesis: bytes, store_id: bytes
) -> None:
    """Make the store of a new node.

    The validator key is left alone: the first start takes a new one, and quarantines any other.

    Args:
        databases: where the two databases are made.
        files: the data folder.
        engine: name and version of the databases' format.
        genesis: the genesis file's bytes.
        store_id: 16 random bytes.

    Raises:
        NodeFault: there is a store already, or it cannot be written.
        PeerFault: `genesis.*`.
    """
    first = genesis_state(read_genesis(genesis))
    identity = Identity(store_id, first.tip.chain)
    store = Store.create(
        databases,
        files,
        identity=identity,
        engine=engine,
        genesis=Head(0, first.tip.hash, first.tip.state_root),
        rows=first.rows,
    )
    store.close()


def restore(world: World, genesis: Genesis) -> Restored:
    """Open the store and take up the vote log.

    Raises:
        NodeFault: the store is missing, damaged, foreign or locked.
    """
    store = Store.open(world.databases, world.files, chain=genesis.chain, engine=world.engine)
    committed = Committed(store, genesis)
    log, found = VoteLog.open(world.files, store.identity)
    reason = found.damage or _foreign_key(world.keys, store.identity)
    payloads = found.payloads
    recovered = recover(payloads)
    is_quarantined = recovered.sign_from > committed.tip.height
    begins = bool(reason) and not (is_quarantined and not found.damage)
    if begins:
        record = codec.encode(SignFromRecord(SIGN_FROM_UNKNOWN))
        payloads = (*payloads, record)
        if found.damage:
            log.start_over(payloads)
        else:
            log.append([record])
        recovered = replace(recovered, sign_from=SIGN_FROM_UNKNOWN)
    _bind_keys(world.keys, store.identity, all_=begins)
    return Restored(
        store=store,
        committed=committed,
        log=log,
        payloads=payloads,
        recovered=recovered,
        guard=recovered.guard(committed.tip.height),
        quarantine=reason if begins else "",
    )


def takes_up_key(ground: Ground, public_key: bytes) -> bool:
    """Tell whether this node may vote with a key that the chain names for it.

    A key that was made since the start belongs to this store from its first use. One that was
    imported needs a restart, which begins a quarantine.

    Raises:
        NodeFault: `storage.write_failed`, `key.*`.
    """
    world = ground.world
    if public_key in world.signer.validator_public_keys:
        return True
    if _foreign_key(world.keys, ground.store.identity):
        return False
    is_held = world.signer.holds_validator_key(public_key)
    _bind_keys(world.keys, ground.store.identity, all_=False)
    return is_held


def _held_names(keys: Files) -> list[str]:
    """Return the names of the validator keys that lie in the folder; a signer may hide them."""
    return [name for name in VALIDATOR_KEYS if keys.read(name) is not None] or [VALIDATOR_KEY]


def _foreign_key(keys: Files, identity: Identity) -> str:
    """Return why a validator key is not this store's; empty if all are."""
    reasons = (foreign_key_reason(keys, name, identity) for name in _held_names(keys))
    return next(filter(None, reasons), "")


def _bind_keys(keys: Files, identity: Identity, *, all_: bool) -> None:
    for name in _held_names(keys):
        if all_ or is_new_key(keys, name):
            bind_key(keys, name, identity)
