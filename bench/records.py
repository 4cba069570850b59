"""Medical records: how many a second are sealed and committed, and how soon a patient sees one.

Rule: published over the hospital's own API, every sync and check on. A document counts when its
transaction is final; the small record of the rest that each bundle has beside is not counted.
"""

import asyncio
import os
import subprocess
import time
from dataclasses import dataclass
from typing import Any, Final

from bench.billing import fresh_lines, is_committed, issue_lines
from bench.bundles import KIB, make_bundle, person_of
from bench.network import Network
from bench.publishing import Publisher
from bench.report import RecordFigures
from bench.sealing import sealed_records_per_s
from bench.visible import Seen, quantile, ratio, see_records

DOCUMENTS: Final = 500
AT_ONCE: Final = 4
"""Bundles under way; a node has no more in memory."""


@dataclass(frozen=True, slots=True)
class Load:
    """Records of one size."""

    name: str
    """For the table."""
    size: int
    """Bytes of each visit's text."""
    visits: int
    """Visits in one bundle."""


LOADS: Final = (
    Load("4 KiB", 4 * KIB, 50),
    Load("64 KiB", 64 * KIB, 16),
    Load("1 MiB", 1024 * KIB, 4),
)


async def measure_records(
    network: Network, day: list[dict[str, Any]], *, seconds: int, documents: int
) -> RecordFigures:
    """Measure on a running network with numbers allotted.

    Args:
        network: nobody else uses it.
        day: lines of a hospital's day.
        seconds: how long each size is published.
        documents: how many are looked for on the page.
    """
    seen = await see_records(network, day, documents)
    rates = {load.name: await committed_per_s(network, day, load, seconds) for load in LOADS}
    sealed = {load.name: sealed_records_per_s(load.size) for load in LOADS}
    return _figures(seen, rates, sealed)


async def committed_per_s(
    network: Network, day: list[dict[str, Any]], load: Load, seconds: int
) -> float:
    """Publish bundles, several at once and each when another is answered; return the rate.

    Args:
        network: running.
        day: the last line's payer is the patient.
        load: what is published.
        seconds: how long bundles are begun.
    """
    label = f"r{os.getpid()}-{load.size}"
    async with network.session("hospital") as session:
        if not is_committed(await issue_lines(session, [next(fresh_lines(day[-1:], label))])):
            raise SystemExit("the patient's bill was not issued")
    publisher, person = Publisher(network), person_of(day[-1])
    following = iter(range(0, 100_000_000, load.visits))
    start = time.perf_counter()

    async def keep_publishing() -> int:
        count = 0
        while time.perf_counter() - start < seconds:
            first = next(following)
            bundle = make_bundle(person, label, first=first, visits=load.visits, size=load.size)
            count += len((await publisher.publish(bundle)).documents)
        return count

    counts = await asyncio.gather(*(keep_publishing() for _ in range(AT_ONCE)))
    return sum(counts) / (time.perf_counter() - start)


def _figures(seen: Seen, rates: dict[str, float], sealed: dict[str, float]) -> RecordFigures:
    return RecordFigures(
        record_documents_per_s={name: round(rate, 1) for name, rate in rates.items()},
        record_sealed_per_s={name: round(rate, 1) for name, rate in sealed.items()},
        record_visible_documents=len(seen.visible_ms),
        record_visible_p50_ms=round(quantile(seen.visible_ms, 0.5)),
        record_visible_p99_ms=round(quantile(seen.visible_ms, 0.99)),
        record_visible_max_ms=round(max(seen.visible_ms)),
        record_answered_p50_ms=round(quantile(seen.answered_ms, 0.5)),
        record_answered_p99_ms=round(quantile(seen.answered_ms, 0.99)),
        record_visible_by_program_p50_ms=round(quantile(seen.by_program_ms, 0.5)),
        record_visible_by_program_max_ms=round(max(seen.by_program_ms)),
        bill_latency_without_records_p50_ms=round(seen.quiet_ms(0.5), 1),
        bill_latency_without_records_p99_ms=round(seen.quiet_ms(0.99), 1),
        bill_latency_with_records_p50_ratio=round(ratio(seen.pairs, 0.5), 3),
        bill_latency_with_records_p99_ratio=round(ratio(seen.pairs, 0.99), 3),
        bill_latency_with_browser_p50_ratio=round(ratio(seen.open_pairs, 0.5), 3),
        bill_latency_with_browser_p99_ratio=round(ratio(seen.open_pairs, 0.99), 3),
        bill_requests_failed=seen.failed,
        record_commit=described_commit(),
    )


def described_commit() -> str:
    """Return the name of the code that is measured."""
    return subprocess.run(
        ["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False
    ).stdout.strip()
