"""What Prometheus reads of one node.

Rule: counts, sizes and times of the machinery; no label ever names a person or a bill.
"""

from collections.abc import Iterator
from typing import Final, Protocol

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from node.answers import NodeStatus, PeerStatus

LATENCY_BUCKETS_S: Final = (0.01, 0.02, 0.04, 0.08, 0.15, 0.3, 0.6, 1.2, 2.5, 5, 10, 30)


class Asked(Protocol):
    """A node, as its gauges see it."""

    def status(self) -> NodeStatus:
        """Return where the node stands."""

    def peers(self) -> list[PeerStatus]:
        """Return what is known of each member."""


class Metrics:
    """The counters of one node, and gauges read when asked."""

    def __init__(self, node: Asked) -> None:
        self.registry = CollectorRegistry()
        self.blocks = Counter("piaolian_blocks", "Final blocks.", registry=self.registry)
        self.transactions = Counter(
            "piaolian_transactions", "Committed transactions.", registry=self.registry
        )
        self.operations = Counter(
            "piaolian_operations", "Committed operations.", registry=self.registry
        )
        self.rounds = Counter(
            "piaolian_rounds_lost", "Rounds that did not decide.", registry=self.registry
        )
        self.latency = Histogram(
            "piaolian_commit_seconds",
            "From taking a transaction in line here to its block being durable here.",
            buckets=LATENCY_BUCKETS_S,
            registry=self.registry,
        )
        self.registry.register(_Gauges(node))


class _Gauges(Collector):
    """What is true at the moment of asking."""

    def __init__(self, node: Asked) -> None:
        self._node = node

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Return nothing: the node is not asked before it runs."""
        return iter(())

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Return the gauges."""
        status = self._node.status()
        values = {
            "height": ("Height of the newest final block.", status.head.height),
            "round": ("Round of the height being agreed on.", status.round),
            "pending_transactions": ("Transactions in line.", status.pending_transactions),
            "pending_bytes": ("Their size.", status.pending_bytes),
            "peers_connected": ("Links that are up.", status.peers_connected),
            "ready": ("1 when work may be handed in.", int(status.ready)),
            "syncing": ("1 while blocks are fetched.", int(status.syncing)),
            "quarantined": ("1 while nothing is signed.", int(status.sign_from is not None)),
        }
        for name, (text, value) in values.items():
            yield GaugeMetricFamily(f"piaolian_{name}", text, value=value)
        scores = GaugeMetricFamily("piaolian_peer_score", "100 at best.", labels=["agency"])
        for peer in self._node.peers():
            scores.add_metric([peer.agency], peer.score)
        yield scores
