"""The door: genesis to first state, candidates to a block, a block to its effects.

Rule: the proposer executes before it proposes and every validator executes before it votes, so a
block with one failing transaction is unlawful as a whole. `build_steps` and `check_steps` pause
after each transaction, so that the caller's thread is never held for long.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from ledger.block import (
    BLOCK_VERSION,
    BODY_FRAME_SIZE,
    BODY_TRANSACTIONS_MAX,
    CERTIFICATE_SIZE_MAX,
    SUITE,
    Body,
    Header,
    decode_header,
    encode_header,
    header_hash,
    packed_size,
    parent_certificate_hash,
)
from ledger.checks import Moment, moment_of, parameters_of
from ledger.execution import LEAF_PREFIX, RECORD_PREFIX, Executed, Execution, IsSigned
from ledger.genesis import Genesis, genesis_leaves
from ledger.parameters import Parameters
from ledger.state import View
from ledger.transaction import Transaction
from ledger.trie import state_root_of, update
from ledger.validators import validator_set_hash, validator_sets
from primitives.codec import encode
from primitives.errors import PeerFault, Refused

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Tip:
    """The block that the next one stands on; at first the genesis."""

    chain: bytes
    """The chain id."""
    height: int
    """Its height."""
    hash: bytes
    """Its hash; of the genesis the chain id."""
    time_ms: int
    """Its time."""
    state_root: bytes
    """The state after it."""


@dataclass(frozen=True, slots=True)
class GenesisState:
    """The state of height 0."""

    tip: Tip
    """What block 1 stands on."""
    rows: tuple[tuple[bytes, bytes], ...]
    """The store's first rows."""


@dataclass(frozen=True, slots=True)
class Built:
    """A block its proposer made."""

    header: Header
    """Its header."""
    header_bytes: bytes
    """The header's bytes."""
    hash: bytes
    """The block's hash."""
    body: Body
    """Its body."""
    executed: Executed
    """What it does."""
    refused: tuple[tuple[Transaction, Refused], ...]
    """Candidates that can not commit now."""
    left: tuple[Transaction, ...]
    """Candidates that did not fit."""


def genesis_state(genesis: Genesis) -> GenesisState:
    """Return the state of height 0."""
    leaves = {key: encode(fact) for key, fact in genesis_leaves(genesis).items()}
    new = update(lambda _path: None, None, leaves)
    rows = [(LEAF_PREFIX + key, value) for key, value in leaves.items()]
    rows += [(RECORD_PREFIX + path, record) for path, record in new.records.items()]
    tip = Tip(genesis.chain, 0, genesis.chain, genesis.time_ms, state_root_of(new.root))
    return GenesisState(tip, tuple(rows))


def tip_of(header_bytes: bytes) -> Tip:
    """Return the tip that a final block is."""
    header = decode_header(header_bytes)
    return Tip(
        header.chain, header.height, header_hash(header_bytes), header.time_ms, header.state_root
    )


def run(steps: Generator[None, None, T]) -> T:
    """Return what `steps` return, without pauses."""
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            result: T = stop.value
            return result


def build_steps(
    view: View,
    tip: Tip,
    *,
    proposer: str,
    time_ms: int,
    candidates: Sequence[Transaction],
    parent_certificate: bytes,
    is_signed: IsSigned,
) -> Generator[None, None, Built]:
    """Build the next block of the candidates that are lawful and fit, in their order.

    Args:
        view: the state after `tip`.
        tip: what the block stands on.
        proposer: who builds it.
        time_ms: the block's time; raised to the earliest lawful one.
        candidates: what waits.
        parent_certificate: the tip's commit certificate; empty on the genesis.
        is_signed: verdicts on signatures.

    Yields:
        After each transaction, and now and then while the trie is updated.
    """
    parameters = parameters_of(view)
    moment = moment_of(tip.height + 1, max(time_ms, tip.time_ms + parameters.block_interval_ms))
    execution = Execution(view, moment, is_signed)
    chosen: list[Transaction] = []
    refused, left = [], []
    room = _Room(parameters, len(parent_certificate))
    for transaction in candidates:
        if not room.fits(transaction):
            left.append(transaction)
            continue
        try:
            execution.add(transaction)
        except Refused as error:
            refused.append((transaction, error))
        else:
            chosen.append(transaction)
            room.take(transaction)
        yield
    executed = yield from execution.finish_steps()
    header = _header(view, tip, moment, proposer, executed, parent_certificate)
    body = Body(tuple(transaction.data for transaction in chosen), parent_certificate)
    return _built(header, body, executed, refused, left)


def check_header(view: View, tip: Tip, header: Header) -> None:
    """Check what a header says of itself and its parent; its roots are for `check_steps`.

    Raises:
        PeerFault: `block.unknown_version`, `block.wrong_chain`, `block.wrong_height`,
            `block.wrong_parent`, `block.too_early`, `block.unknown_proposer`,
            `block.wrong_validators`.
    """
    sets = validator_sets(view)
    expected = (
        (
            "block.unknown_version",
            "version",
            (BLOCK_VERSION, SUITE),
            (header.version, header.suite),
        ),
        ("block.wrong_chain", "chain", tip.chain, header.chain),
        ("block.wrong_height", "height", tip.height + 1, header.height),
        ("block.wrong_parent", "parent_hash", tip.hash, header.parent_hash),
        (
            "block.wrong_validators",
            "validators_hash",
            (validator_set_hash(sets.next), validator_set_hash(sets.after_next)),
            (header.validators_hash, header.next_validators_hash),
        ),
    )
    for code, field, wanted, given in expected:
        if wanted != given:
            raise PeerFault(code, "it does not continue this chain's head", field)
    if header.time_ms < tip.time_ms + parameters_of(view).block_interval_ms:
        raise PeerFault("block.too_early", "too close to its parent", "time_ms")
    if header.proposer not in {entry.agency for entry in sets.next}:
        raise PeerFault("block.unknown_proposer", "no validator of this height", "proposer")


def check_steps(
    view: View,
    tip: Tip,
    *,
    header: Header,
    transactions: Sequence[Transaction],
    parent_certificate: bytes,
    is_signed: IsSigned,
) -> Generator[None, None, Executed]:
    """Execute a block and hold it to every rule; signatures of its certificate are consensus's.

    Args:
        view: the state after `tip`.
        tip: what the block must stand on.
        header: the block's header.
        transactions: its body's, decoded.
        parent_certificate: its body's.
        is_signed: verdicts on signatures.

    Yields:
        After each transaction, and now and then while the trie is updated.

    Raises:
        PeerFault: as `check_header`; `block.wrong_parent_certificate`, `block.too_large`,
            `block.unlawful_transaction`, `block.wrong_roots`.
    """
    check_header(view, tip, header)
    _check_parent_certificate(header, parent_certificate)
    room = _Room(parameters_of(view), len(parent_certificate))
    execution = Execution(view, moment_of(header.height, header.time_ms), is_signed)
    for transaction in transactions:
        if not room.fits(transaction):
            raise PeerFault("block.too_large", "more bytes or operations than the rules allow")
        room.take(transaction)
        try:
            execution.add(transaction)
        except Refused as error:
            raise PeerFault("block.unlawful_transaction", error.code, error.field) from error
        yield
    executed = yield from execution.finish_steps()
    named = (header.transactions_root, header.receipts_root, header.state_root)
    if (executed.transactions_root, executed.receipts_root, executed.state_root) != named:
        raise PeerFault("block.wrong_roots", "the block leads to other roots than it names")
    return executed


def _check_parent_certificate(header: Header, certificate: bytes) -> None:
    """Check that a body has the certificate its header names; the first block has none."""
    if (
        header.parent_certificate_hash != parent_certificate_hash(certificate)
        or (header.height == 1) != (not certificate)
        or len(certificate) > CERTIFICATE_SIZE_MAX
    ):
        raise PeerFault(
            "block.wrong_parent_certificate", "not what the header names", "parent_certificate"
        )


class _Room:
    """What a block may still take; its frame counts with the longest heads.

    An agency's first transaction fits whatever its quota, so that none waits for ever.
    """

    def __init__(self, parameters: Parameters, certificate_size: int) -> None:
        self._bytes = parameters.max_block_bytes - BODY_FRAME_SIZE - packed_size(certificate_size)
        self._operations = parameters.max_block_operations
        self._quota = parameters.agency_operations_per_block
        self._used: dict[str, int] = {}
        self._count = BODY_TRANSACTIONS_MAX

    def fits(self, transaction: Transaction) -> bool:
        """Tell whether the block stays lawful with one more transaction."""
        operations = len(transaction.envelope.operations)
        used = self._used.get(transaction.envelope.agency, 0)
        return (
            packed_size(len(transaction.data)) <= self._bytes
            and operations <= self._operations
            and (used == 0 or used + operations <= self._quota)
            and self._count > 0
        )

    def take(self, transaction: Transaction) -> None:
        """Give the transaction its room."""
        self._bytes -= packed_size(len(transaction.data))
        operations, agency = len(transaction.envelope.operations), transaction.envelope.agency
        self._operations -= operations
        self._used[agency] = self._used.get(agency, 0) + operations
        self._count -= 1


def _built(
    header: Header,
    body: Body,
    executed: Executed,
    refused: Sequence[tuple[Transaction, Refused]],
    left: Sequence[Transaction],
) -> Built:
    header_bytes = encode_header(header)
    hash_ = header_hash(header_bytes)
    return Built(header, header_bytes, hash_, body, executed, tuple(refused), tuple(left))


def _header(
    view: View,
    tip: Tip,
    moment: Moment,
    proposer: str,
    executed: Executed,
    parent_certificate: bytes,
) -> Header:
    sets = validator_sets(view)
    return Header(
        version=BLOCK_VERSION,
        suite=SUITE,
        chain=tip.chain,
        height=moment.height,
        parent_hash=tip.hash,
        time_ms=moment.time_ms,
        proposer=proposer,
        transactions_root=executed.transactions_root,
        receipts_root=executed.receipts_root,
        state_root=executed.state_root,
        validators_hash=validator_set_hash(sets.next),
        next_validators_hash=validator_set_hash(sets.after_next),
        parent_certificate_hash=parent_certificate_hash(parent_certificate),
    )
