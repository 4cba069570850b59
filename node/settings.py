"""What is local to one node's core: who it is, whom it calls, how much it may hold.

Rule: nothing here changes what the chain agrees on; that stands in the genesis.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NodeSettings:
    """The settings that `Node` takes; the program fills them from its TOML file."""

    agency: str
    """Id of this agency in the genesis."""
    peers: tuple[tuple[str, str], ...] = ()
    """(agency, address) of each node to call; the others call us."""
    connect_timeout_ms: int = 5_000
    """Milliseconds until a call or a hello is given up."""
    heartbeat_ms: int = 10_000
    """Milliseconds of silence after which a link is closed."""
    mempool_bytes: int = 64 * 1024 * 1024
    """Transactions waiting here; more are answered with `mempool.full`."""
    mempool_transactions: int = 50_000
    """The same as a count."""
    disk_free_min_bytes: int = 512 * 1024 * 1024
    """Below it the node accepts no work; below half of it, it signs nothing."""
    resubmit_ms: int = 1_000
    """Milliseconds after which a transaction handed in here and still waiting is sent again."""
    standing_ms: int = 1_000
    """Milliseconds between two tellings of where we are to the peers."""
