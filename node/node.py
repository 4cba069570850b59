"""One agency's node, whole: the door between the core and everything that asks it.

Rule: all waiting goes through the running loop, the wall clock through `world.clock`, randomness
through `world.entropy`. A NodeFault in any task ends `run`, and with it the process.
"""

from prometheus_client import CollectorRegistry

from node.answers import CommittedReceipt, Head, NodeStatus, PeerStatus, Submission
from node.ports import World
from node.settings import NodeSettings


class Node:
    """A node on its world: store, engine, mempool and links.

    Args:
        world: everything outside.
        genesis_bytes: the genesis file, byte for byte.
        settings: what is local.

    Raises:
        NodeFault: `genesis.*` (exit 78) when the genesis is unlawful or has no such agency.
    """

    def __init__(self, world: World, genesis_bytes: bytes, settings: NodeSettings) -> None:
        raise NotImplementedError

    @property
    def metrics(self) -> CollectorRegistry:
        """This node's Prometheus metrics; no personal data."""
        raise NotImplementedError

    @property
    def head(self) -> Head:
        """The newest final block; never goes back."""
        raise NotImplementedError

    @property
    def state(self) -> object:
        """The committed state, for reading: `ledger.state.State`."""
        raise NotImplementedError

    @property
    def store(self) -> object:
        """Headers, bodies, certificates and receipts, for reading."""
        raise NotImplementedError

    async def start(self) -> None:
        """Open the store, restore the votes, start the tasks; serving on return, not yet synced.

        Raises:
            NodeFault: the store is damaged, foreign or from another genesis; a port is in use.
        """

    async def run(self) -> None:
        """Return after `stop`; raise what broke the node.

        Raises:
            NodeFault: `exit_code` is what the process returns.
        """

    async def stop(self) -> None:
        """Finish what is being written, note the clean shutdown, close links and files."""

    def submit(self, transaction: bytes) -> Submission:
        """Take a transaction in line, or say why not; the same bytes may come any number of times.

        Returns:
            `accepted`, `committed` with the first receipt, or `refused`.

        Raises:
            Unavailable: `mempool.full`, `node.not_ready`, `node.disk_full`: try later.
        """
        raise NotImplementedError

    async def wait(self, transaction_id: bytes, timeout_ms: int) -> CommittedReceipt | None:
        """Wait until a transaction is final; None when the outcome is still unknown."""
        raise NotImplementedError

    def outcome(self, transaction_id: bytes) -> Submission:
        """Tell where a transaction stands: committed, accepted (in line here) or unknown."""
        raise NotImplementedError

    def subscribe(self, after: int | None = None) -> "BlockStream":
        """Follow final heights: those above `after`, by default those above the present head."""
        raise NotImplementedError

    def status(self) -> NodeStatus:
        """Return where the node stands."""
        raise NotImplementedError

    def peers(self) -> list[PeerStatus]:
        """Return what is known of each member, in register order."""
        raise NotImplementedError


class BlockStream:
    """Final heights in order, without a gap; a slow reader holds nothing back and loses nothing.

    Use: `async for height in stream:`; then read the block from `Node.store`.
    """

    def __aiter__(self) -> "BlockStream":
        """Return itself."""
        return self

    async def __anext__(self) -> int:
        """Return the next final height, waiting for it; ends when the node stops."""
        raise NotImplementedError

    def close(self) -> None:
        """Stop following."""
