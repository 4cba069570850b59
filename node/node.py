"""One agency's node, whole: the door between the core and everything that asks it.

Rule: all waiting goes through the running loop, the wall clock through `world.clock`, randomness
through `world.entropy`. A NodeFault in any task ends `run`, and with it the process.
"""

from collections.abc import Callable

from prometheus_client import CollectorRegistry

from ledger.bills import Face
from ledger.genesis import Genesis
from ledger.state import View
from ledger.transaction import decode_transaction
from node.answers import (
    CommittedReceipt,
    Head,
    NodeStatus,
    Outcome,
    PeerStatus,
    Submission,
)
from node.committed import decode_receipt_row
from node.core import Core
from node.finalizer import FinalBlock
from node.metrics import Metrics
from node.ports import World
from node.receipts import BlockStream
from node.set_history import SetHistory
from node.settings import NodeSettings
from node.start import load_genesis
from node.tasks import Tasks
from primitives.errors import PeerFault, Refused, Unavailable
from storage.store import Store


class Node:
    """A node on its world: store, engine, mempool and links.

    Args:
        world: everything outside.
        genesis_bytes: the genesis file, byte for byte.
        settings: what is local.

    Raises:
        NodeFault: `genesis.*` (exit 78) when the genesis is unlawful.
    """

    def __init__(self, world: World, genesis_bytes: bytes, settings: NodeSettings) -> None:
        self._world = world
        self._settings = settings
        self._genesis = load_genesis(genesis_bytes)
        self._metrics = Metrics(self)
        self._tasks: Tasks | None = None
        self._running: Core | None = None

    @property
    def genesis(self) -> Genesis:
        """The chain's genesis."""
        return self._genesis

    @property
    def metrics(self) -> CollectorRegistry:
        """This node's Prometheus metrics; no personal data."""
        return self._metrics.registry

    @property
    def head(self) -> Head:
        """The newest final block, durable here; never goes back."""
        tip = self._core.final.tip
        return Head(tip.height, tip.hash, tip.state_root, tip.time_ms)

    @property
    def state(self) -> View:
        """The state after `head`, for reading; take it anew for every question."""
        return self._core.final.view

    @property
    def store(self) -> Store:
        """Headers, bodies, certificates and receipts, for reading."""
        return self._core.ground.store

    @property
    def sets(self) -> SetHistory:
        """Who voted at each height."""
        return self._core.ground.committed.history

    async def start(self) -> None:
        """Open the store, restore the votes, start the tasks; serving on return, not yet synced.

        Raises:
            NodeFault: the store is damaged, foreign or from another genesis; a port is in use.
        """
        self._tasks = Tasks()
        self._running = Core(self._world, self._settings, self._genesis, self._tasks, self._metrics)
        await self._running.start()

    async def run(self) -> None:
        """Return after `stop`; raise what broke the node.

        Raises:
            NodeFault: `exit_code` is what the process returns.
        """
        assert self._tasks is not None
        try:
            await self._tasks.over()
        except BaseException:
            await self._core.abandon()
            raise

    async def stop(self) -> None:
        """Finish what is being written, note the clean shutdown, close links and files."""
        if self._running is not None:
            await self._running.stop()

    def submit(self, transaction: bytes) -> Submission:
        """Take a transaction in line, or say why not; the same bytes may come any number of times.

        Returns:
            `accepted`, `committed` with the first receipt, or `refused`.

        Raises:
            Unavailable: `mempool.full`, `mempool.quota`, `node.not_ready`, `node.disk_full`.
        """
        core = self._core
        core.check_ready()
        try:
            admitted = core.admission.submit(transaction)
        except PeerFault as error:
            return Submission(b"", Outcome.REFUSED, Refused(error.code, error.detail))
        except Refused as error:
            return self._refused(transaction, error)
        core.note_taken(admitted.id)
        return Submission(admitted.id, Outcome.ACCEPTED)

    async def wait(self, transaction_id: bytes, timeout_ms: int) -> CommittedReceipt | None:
        """Wait until a transaction is final; None when the outcome is still unknown."""
        found = self._receipt(transaction_id)
        if found is not None or timeout_ms <= 0:
            return found
        return await self._core.waiters.wait(transaction_id, timeout_ms)

    def outcome(self, transaction_id: bytes) -> Submission:
        """Tell where a transaction stands: committed, accepted (in line here) or unknown.

        `refused` is told of what was in line here until a block made it impossible.
        """
        receipt = self._receipt(transaction_id)
        if receipt is not None:
            return Submission(transaction_id, Outcome.COMMITTED, receipt=receipt)
        core = self._core
        is_under_way = core.ground.committed.view.receipt_of(transaction_id) is not None
        if is_under_way or core.mempool.by_id(transaction_id) is not None:
            return Submission(transaction_id, Outcome.ACCEPTED)
        refusal = core.admission.refusal(transaction_id)
        if refusal is not None:
            return Submission(transaction_id, Outcome.REFUSED, refusal)
        return Submission(transaction_id, Outcome.UNKNOWN)

    def subscribe(self, after: int | None = None) -> BlockStream:
        """Follow final heights: those above `after`, by default those above the present head."""
        return self._core.streams.open(self.head.height if after is None else after)

    def watch(self, told: Callable[[FinalBlock], None]) -> None:
        """Have `told` called with each block as it becomes final, before anybody else hears."""
        self._core.watchers.append(told)

    def faces(self, height: int) -> tuple[Face, ...] | None:
        """Return the faces of the bills that a recent block issued; None of older blocks."""
        return self._core.faces(height)

    def status(self) -> NodeStatus:
        """Return where the node stands."""
        return self._core.status()

    def peers(self) -> list[PeerStatus]:
        """Return what is known of each member, in register order."""
        return self._core.peers.statuses()

    @property
    def _core(self) -> Core:
        if self._running is None:
            raise Unavailable("node.not_ready", "the node has not started")
        return self._running

    def _receipt(self, transaction_id: bytes) -> CommittedReceipt | None:
        """Return where a transaction stands in the durable chain."""
        row = self.store.receipt(transaction_id)
        if row is None:
            return None
        height, index, receipt = decode_receipt_row(row)
        is_durable = height <= self.head.height
        return CommittedReceipt(height, index, receipt) if is_durable else None

    def _refused(self, data: bytes, error: Refused) -> Submission:
        """Answer with the first receipt what has one, with `accepted` what is being written."""
        try:
            transaction = decode_transaction(data, self._genesis.chain)
        except Refused:
            return Submission(b"", Outcome.REFUSED, error)
        if error.code == "transaction.duplicate":
            return self.outcome(transaction.id)
        return Submission(transaction.id, Outcome.REFUSED, error)
