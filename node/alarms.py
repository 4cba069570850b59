"""What is late: kinds and counts, for the log and for Prometheus.

Rule: an alarm names a kind and a count, never a person, an order, a bill or an amount.
"""

from collections.abc import Iterator
from typing import Final

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from ledger.block import decode_header
from node.heights import Heights
from node.node import Node
from node.open_matters import OpenMatters
from node.ports import Clock, Journal

BILL_LATE_MS: Final = 60_000
"""A paid order has its bill sooner."""
ENDORSEMENT_LATE_MS: Final = 60_000
"""A block with bills is endorsed sooner."""
ORIGINALS_LATE_MS: Final = 600_000
"""A block's originals are anchored sooner, but for hours of full load."""


class Alarms(Collector):
    """Counts what is late, and tells when a kind begins and ends.

    Args:
        node: has the chain.
        matters: what is open.
        clock: tells what is late.
        journal: where a kind's beginning and end is told.
    """

    def __init__(self, node: Node, matters: OpenMatters, clock: Clock, journal: Journal) -> None:
        self._node = node
        self._matters = matters
        self._clock = clock
        self._journal = journal
        self._raised: set[str] = set()

    def late(self) -> dict[str, int]:
        """Return how much is late, by kind."""
        matters, now_ms = self._matters, self._clock.now_ms()
        refunds = [*matters.owing.values(), *(p.due_by_ms for p in matters.unapplied.values())]
        withheld = sum(len(names) for names in matters.withheld.values())
        return {
            "refunds_late": sum(due_ms < now_ms for due_ms in refunds),
            "payments_unapplied": len(matters.unapplied),
            "paid_without_bill": sum(
                paid_ms + BILL_LATE_MS < now_ms for paid_ms in matters.paid.values()
            ),
            "locks_past_lease": sum(lock.until_ms < now_ms for lock in matters.locks.values()),
            "bills_withheld": withheld,
            "endorsements_behind": self._behind(matters.unendorsed, ENDORSEMENT_LATE_MS, now_ms),
            "originals_behind": self._behind(matters.unanchored, ORIGINALS_LATE_MS, now_ms),
            "originals_impossible": len(matters.impossible),
        }

    def tell(self) -> None:
        """Tell the journal which kinds began and which are over since the last time."""
        for kind, count in self.late().items():
            if count and kind not in self._raised:
                self._raised.add(kind)
                self._journal.event("alarm.raised", kind=kind, count=count)
            elif not count and kind in self._raised:
                self._raised.discard(kind)
                self._journal.event("alarm.ended", kind=kind)

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Return nothing: the matters are not asked before the node runs."""
        return iter(())

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Return the gauges."""
        matters = self._matters
        late = GaugeMetricFamily("piaolian_late", "What is late or waits.", labels=["kind"])
        for kind, count in self.late().items():
            late.add_metric([kind], count)
        yield late
        waiting = {
            "orders": ("Orders open or owed back.", len(matters.orders)),
            "locks": ("Bills that a claim holds.", len(matters.locks)),
            "unendorsed_blocks": ("Blocks with bills, not endorsed.", len(matters.unendorsed)),
            "unanchored_blocks": ("Blocks whose originals wait.", len(matters.unanchored)),
        }
        for name, (text, value) in waiting.items():
            yield GaugeMetricFamily(f"piaolian_open_{name}", text, value=value)

    def _behind(self, heights: Heights, late_ms: int, now_ms: int) -> int:
        """Return how many blocks wait when the oldest waits too long; else 0."""
        oldest = heights.lowest(1)
        if not oldest:
            return 0
        header = self._node.store.header(oldest[0])
        assert header is not None, "a final block has its header"
        return len(heights) if decode_header(header).time_ms + late_ms < now_ms else 0
