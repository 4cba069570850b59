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
"""Name of the validator's key inside the folder of keys."""


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


def load_genesis(data: bytes, agency: str) -> Genesis:
    """Read the genesis of a node.

    Raises:
        NodeFault: `genesis.*` (exit 78): it is malformed, or the agency is not in it.
    """
    try:
        genesis = read_genesis(data)
    except PeerFault as error:
        raise NodeFault(error.code, error.detail, error.field, EXIT_CONFIGURATION) from error
    if agency not in dict(genesis.agencies):
        raise NodeFault(
            "genesis.unknown_agency",
            f"the genesis has no agency {agency!r}",
            "node.agency",
            EXIT_CONFIGURATION,
        )
    return genesis


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
    reason = found.damage or foreign_key_reason(world.keys, VALIDATOR_KEY, store.identity)
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
    if begins or is_new_key(world.keys, VALIDATOR_KEY):
        bind_key(world.keys, VALIDATOR_KEY, store.identity)
    return Restored(
        store=store,
        committed=committed,
        log=log,
        payloads=payloads,
        recovered=recovered,
        guard=recovered.guard(committed.tip.height),
        quarantine=reason if begins else "",
    )
