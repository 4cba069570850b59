"""The committed state of a running node: what is on disk, and what is being written.

Rule: a decided block takes effect here at once, as rows above the store, and is read from there
until its batch is durable. Whatever is announced or acknowledged waits for the store instead.
"""

from collections.abc import Sequence
from functools import lru_cache

from consensus.certificate import CommitCertificate
from consensus.timeouts import Timing
from consensus.validators import Validator, ValidatorSet
from ledger.apply import Tip, tip_of
from ledger.checks import parameters_of
from ledger.execution import Executed
from ledger.genesis import Genesis
from ledger.parameters import RULES_VERSION, Parameters
from ledger.schedule import schedule_of
from ledger.state import BillNumber, View
from ledger.validators import ValidatorEntry, validator_sets
from node.set_history import SetHistory, encode_set
from primitives import codec
from primitives.codec import UInt, UInt32
from primitives.errors import NodeFault
from primitives.settings import EXIT_CONFIGURATION
from storage import keys
from storage.database import Row
from storage.head import Head
from storage.store import Store, StoreSnapshot

RECEIPT_ROW_SIZE_MAX = 256 * 1024
NEAR = 16
"""A change that waits for a height so near makes blocks due; a later one waits for others' work."""
ReceiptRow = tuple[UInt, UInt32, bytes]
"""Height, index, receipt."""


class SnapshotState:
    """The rows of one durable block, while later ones are written: `ledger.state.State`.

    Args:
        rows: a snapshot; whoever took it releases it.
    """

    def __init__(self, rows: StoreSnapshot) -> None:
        self._rows = rows

    def get(self, key: bytes) -> bytes | None:
        """See `State.get`."""
        return self._rows.leaf(key)

    def node(self, path: bytes) -> bytes | None:
        """See `State.node`."""
        return self._rows.node(path)

    def bill_of(self, issuer: str, business_number: str) -> BillNumber | None:
        """See `State.bill_of`."""
        return _bill_number(self._rows.bill_of(issuer, business_number))

    def receipt_of(self, transaction_id: bytes) -> bytes | None:
        """See `State.receipt_of`."""
        row = self._rows.receipt(transaction_id)
        return None if row is None else decode_receipt_row(row)[2]


class PendingRows:
    """The store's rows with those of blocks under way above them: `ledger.state.State`."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._above: dict[bytes, bytes | None] = {}

    def put(self, rows: Sequence[Row]) -> None:
        """Let rows count that are not durable yet."""
        self._above.update(rows)

    def settle(self, rows: Sequence[Row]) -> None:
        """Forget rows that are durable now, unless newer ones stand in their place."""
        above = self._above
        for key, value in rows:
            if above.get(key, b"") is value:
                del above[key]

    def row(self, key: bytes) -> bytes | None:
        """Return the newest row under a whole key."""
        above = self._above
        return above[key] if key in above else self._store.rows.get(key)

    def get(self, key: bytes) -> bytes | None:
        """See `State.get`."""
        return self.row(keys.leaf_key(key))

    def node(self, path: bytes) -> bytes | None:
        """See `State.node`."""
        return self.row(keys.node_key(path))

    def bill_of(self, issuer: str, business_number: str) -> BillNumber | None:
        """See `State.bill_of`."""
        return _bill_number(self.row(keys.business_number_key(issuer, business_number)))

    def receipt_of(self, transaction_id: bytes) -> bytes | None:
        """See `State.receipt_of`."""
        row = self.row(keys.receipt_key(transaction_id))
        return None if row is None else decode_receipt_row(row)[2]


def _bill_number(row: bytes | None) -> BillNumber | None:
    return None if row is None else (row[:8].decode(), int(row[8:]))


def decode_receipt_row(row: bytes) -> ReceiptRow:
    """Return height, index and receipt of a stored row."""
    return codec.decode(row, ReceiptRow, RECEIPT_ROW_SIZE_MAX)  # type: ignore[arg-type]


class Committed:
    """The tip of the chain as this node works on it; the next height stands on it.

    Args:
        store: open.
        genesis: of the chain.
    """

    def __init__(self, store: Store, genesis: Genesis) -> None:
        self._rows = PendingRows(store)
        self.history = SetHistory(genesis.validators, store.set_changes(), self._rows.row)
        """Who voted at each height so far."""
        last = store.last
        header = store.header(last.height)
        self.header = header or b""
        self.certificate = store.certificate(last.height) or b""
        if header is None:
            tip = Tip(genesis.chain, 0, genesis.chain, genesis.time_ms, last.state_root)
        else:
            tip = tip_of(header)
        if (tip.height, tip.hash, tip.state_root) != (last.height, last.hash, last.state_root):
            raise NodeFault("store.damaged", "the last header is not that of the head marker")
        self.tip = tip
        self.view = View(self._rows, tip.state_root)

    def advance(
        self, executed: Executed, *, header: bytes, certificate: CommitCertificate
    ) -> list[Row]:
        """Let a decided block take effect; return the rows to be written in one batch.

        Args:
            executed: what it does.
            header: its bytes.
            certificate: why it is final.
        """
        height = executed.height
        assert height == self.tip.height + 1
        encoded = codec.encode(certificate)
        rows: list[Row] = list(executed.rows())
        rows += [(keys.header_key(height), header), (keys.certificate_key(height), encoded)]
        sets = validator_sets(self.view)
        if sets.next != sets.after_next:
            rows.append((keys.set_change_key(height), encode_set(sets.after_next)))
            self.history.add(height)
        self._rows.put(rows)
        self.view = self.view.after(executed.draft, executed.state_root)
        self.tip = tip_of(header)
        self.header = header
        self.certificate = encoded
        return rows

    def settle(self, rows: Sequence[Row]) -> None:
        """A block's batch is durable: read it from the store from now on."""
        self._rows.settle(rows)

    @property
    def head(self) -> Head:
        """The tip as the head marker names it."""
        return Head(self.tip.height, self.tip.hash, self.tip.state_root)

    @property
    def parameters(self) -> Parameters:
        """The ledger's parameters for the next height."""
        return parameters_of(self.view)

    def timing(self) -> Timing:
        """Return the parameters by which the next height is paced."""
        p = self.parameters
        return Timing(
            block_interval_ms=p.block_interval_ms,
            heartbeat_ms=p.heartbeat_ms,
            round_timeout_ms=p.round_timeout_ms,
            round_timeout_max_ms=p.round_timeout_max_ms,
            precision_ms=p.precision_ms,
            message_delay_ms=p.message_delay_ms,
        )

    @property
    def is_change_pending(self) -> bool:
        """Whether a voted change waits for one of the next heights: then blocks are due."""
        sets = validator_sets(self.view)
        waiting = schedule_of(self.view).waiting
        is_near = bool(waiting) and waiting[0].height <= self.tip.height + NEAR
        return is_near or sets.next != sets.after_next

    def check_rules(self) -> None:
        """Refuse to go on where rules begin that this program does not know.

        Raises:
            NodeFault: `node.too_old` (exit 78).
        """
        parameters, height = self.parameters, self.tip.height + 1
        version = parameters.upgrade_version
        if version > RULES_VERSION and height >= parameters.upgrade_height:
            raise NodeFault(
                "node.too_old",
                f"from height {parameters.upgrade_height} on rules of version {version} hold and "
                f"this program knows {RULES_VERSION}: install the new one and start it",
                exit_code=EXIT_CONFIGURATION,
            )

    def validators(self, height: int) -> ValidatorSet:
        """Return who votes at a height; beyond the next two, the newest set known."""
        tip = self.tip.height
        if height <= tip:
            return _validator_set(self.history.at(height))
        sets = validator_sets(self.view)
        return _validator_set(sets.next if height == tip + 1 else sets.after_next)


@lru_cache(maxsize=64)
def _validator_set(entries: tuple[ValidatorEntry, ...]) -> ValidatorSet:
    """Return the consensus's form of a set, made once."""
    return ValidatorSet(tuple(Validator(e.agency, e.suite, e.public_key) for e in entries))
