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
from ledger.parameters import Parameters
from ledger.state import BillNumber, View
from ledger.validators import VALIDATORS_KEY, ValidatorEntry, ValidatorSets
from primitives import codec
from primitives.codec import UInt, UInt32
from primitives.errors import NodeFault
from storage import keys
from storage.database import Row
from storage.head import Head
from storage.store import Store, StoreSnapshot

RECEIPT_ROW_SIZE_MAX = 256 * 1024
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
        self._known: dict[int, tuple[ValidatorEntry, ...]] = {}
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
        self._learn()

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
        self._rows.put(rows)
        self.view = self.view.after(executed.draft, executed.state_root)
        self.tip = tip_of(header)
        self.header = header
        self.certificate = encoded
        self._learn()
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

    def validators(self, height: int) -> ValidatorSet:
        """Return who votes at a height; beyond the next two, the newest set known.

        Below, the set of the oldest height this run still knows.
        """
        known = self._known
        return _validator_set(known[min(max(height, min(known)), max(known))])

    def _learn(self) -> None:
        """Remember the sets of the next two heights."""
        sets = self.view.leaf(VALIDATORS_KEY, ValidatorSets)
        assert sets is not None, "the genesis writes the validators"
        next_height = self.tip.height + 1
        self._known.setdefault(self.tip.height, sets.next)
        self._known[next_height] = sets.next
        self._known[next_height + 1] = sets.after_next
        for height in [h for h in self._known if h < self.tip.height - 1]:
            del self._known[height]


@lru_cache(maxsize=64)
def _validator_set(entries: tuple[ValidatorEntry, ...]) -> ValidatorSet:
    """Return the consensus's form of a set, made once."""
    return ValidatorSet(tuple(Validator(e.agency, e.suite, e.public_key) for e in entries))
