"""The benchmark: `make bench` (30 s a load) or `make bench QUICK=1` (10 s a load).

`make bench ARGS=--records` measures medical records alone: about ten minutes, three with QUICK=1 (a
tenth of the documents).
`make bench ARGS=--profile` shows where finance's node spends its time instead.

Rule: four nodes as processes on this machine, all checks and all syncs on; rates are receipts over
wall time. Writes bench/results/latest.json and bench/results/latest.md.
"""

import asyncio
import contextlib
import dataclasses
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from rich.console import Console

from bench.billing import day_bills
from bench.endorsing import endorsing_ratio
from bench.load import PLACE, Desk, Outcome, bills, one_by_one, request_body, sustained
from bench.network import AGENCIES, Network, Usage
from bench.operations import operation_costs_us
from bench.originals import originals_per_s
from bench.records import DOCUMENTS, described_commit, measure_records
from bench.report import Figures, machine, show_shares, write_results
from bench.sealing import sealed_bills_per_s
from bench.shares import shares
from ledger.issuing import IssueBill

HIS_FILE = Path("tests/data/hospital-day.jsonl")
PACK = 200
SINGLES_A_REQUEST = 50
OFFERED_PACKED_PER_S = 14_000
OFFERED_SINGLE_PER_S = 4_000
BACKLOG_PACKED = 12_000
BACKLOG_SINGLE = 2_500
LATENCY_RATE_PER_S = 100
RANGE_SIZE = 2_000_000
PAIRS = 3
PAIR_SECONDS = 10
CONSOLE = Console()


@contextlib.contextmanager
def step(text: str) -> Iterator[None]:
    """Say what is going on and how long it took."""
    start = time.perf_counter()
    with CONSOLE.status(text):
        yield
    CONSOLE.print(f"  {text} [dim]{time.perf_counter() - start:.1f} s[/dim]")


async def allot(network: Network) -> None:
    """Let finance allot one large range a kind."""
    year = time.gmtime(time.time() + 8 * 3600).tm_year % 100
    async with network.session("finance") as session:
        for kind in ("01", "02", "03", "04"):
            request = {
                "unit": "hospital",
                "place": PLACE,
                "kind": kind,
                "code": f"4606{kind}{year:02d}",
                "first": 1,
                "last": RANGE_SIZE,
            }
            async with session.post("http://node/v1/ranges?wait_ms=10000", json=request) as answer:
                if answer.status >= 400:
                    raise SystemExit(await answer.text())


async def measure(network: Network, seconds: int) -> Figures:
    """Run the three loads one after another on the same network."""
    desk = Desk.load(network.folder)
    await allot(network)
    stream = bills(HIS_FILE, f"b{os.getpid()}")
    packs = seconds * OFFERED_PACKED_PER_S // PACK
    with step(f"signing {packs:,} packed transactions"):
        packed_load = [signed_request(desk, stream, 1, PACK) for _ in range(packs)]
    size_before = network.store_bytes("finance")
    async with network.session("hospital") as session:
        with step(f"packed bills, {seconds} s"):
            before = network.usage()
            packed = await sustained(
                session,
                packed_load,
                rate_per_s=OFFERED_PACKED_PER_S,
                backlog_max=BACKLOG_PACKED,
            )
            packed_usage = _difference(before, network.usage())
        requests = seconds * OFFERED_SINGLE_PER_S // SINGLES_A_REQUEST
        with step(f"signing {requests * SINGLES_A_REQUEST:,} single transactions"):
            single_load = [
                signed_request(desk, stream, SINGLES_A_REQUEST, 1) for _ in range(requests)
            ]
        with step(f"single transactions, {seconds} s"):
            before = network.usage()
            single = await sustained(
                session,
                single_load,
                rate_per_s=OFFERED_SINGLE_PER_S,
                backlog_max=BACKLOG_SINGLE,
            )
            single_usage = _difference(before, network.usage())
        bodies = [
            signed_request(desk, stream, 1, 1)[1] for _ in range(seconds * LATENCY_RATE_PER_S)
        ]
        with step(f"latency at {LATENCY_RATE_PER_S} transactions a second, {seconds} s"):
            latency = await one_by_one(session, bodies, rate_per_s=LATENCY_RATE_PER_S)
    peak = network.usage()
    await network.stop()
    issued = packed.committed + single.committed + latency.committed
    grown = network.store_bytes("finance") - size_before
    return _figures(packed, single, latency, packed_usage, single_usage, peak, grown / issued)


def signed_request(
    desk: Desk, stream: Iterator[IssueBill], transactions: int, bills_each: int
) -> tuple[int, bytes]:
    """Return how many bills a request hands in, and its body."""
    signed = [desk.transaction(list(islice(stream, bills_each))) for _ in range(transactions)]
    return transactions * bills_each, request_body(signed)


def _difference(before: dict[str, Usage], after: dict[str, Usage]) -> float:
    return max(after[agency].cpu_s - before[agency].cpu_s for agency in AGENCIES)


def _figures(
    packed: Outcome,
    single: Outcome,
    latency: Outcome,
    packed_cpu_s: float,
    single_cpu_s: float,
    peak: dict[str, Usage],
    bytes_per_bill: float,
) -> Figures:
    percentiles = statistics.quantiles(latency.latencies_ms or [0.0, 0.0], n=100)
    return Figures(
        packed_bills_per_s=round(packed.committed / packed.seconds),
        packed_turned_away=packed.turned_away,
        packed_refused=packed.refused,
        packed_seconds=round(packed.seconds, 1),
        packed_cpu_us_per_bill=round(packed_cpu_s / max(1, packed.committed) * 1e6, 1),
        single_tx_per_s=round(single.committed / single.seconds),
        single_turned_away=single.turned_away,
        single_refused=single.refused,
        single_seconds=round(single.seconds, 1),
        single_cpu_us_per_tx=round(single_cpu_s / max(1, single.committed) * 1e6, 1),
        p50_ms=round(percentiles[49], 1),
        p95_ms=round(percentiles[94], 1),
        p99_ms=round(percentiles[98], 1),
        latency_refused=latency.refused,
        rss_mib=round(max(usage.rss_max_mib for usage in peak.values())),
        bytes_per_bill=round(bytes_per_bill),
        sealed_bills_per_s=round(sealed_bills_per_s(HIS_FILE)),
        originals_per_s=round(originals_per_s(HIS_FILE)),
        endorsing_ratio=0.0,
        operation_us={},
        machine=machine(),
        commit=described_commit(),
    )


async def main() -> None:
    """Measure, print the tables, write the results."""
    if "--records" not in sys.argv:
        await measure_bills()
    if "--profile" not in sys.argv:
        await measure_published()


async def measure_published() -> None:
    """Measure medical records on a network of their own."""
    is_quick = bool(os.environ.get("QUICK"))
    with tempfile.TemporaryDirectory(prefix="piaolian-bench-") as folder:
        network = Network(Path(folder) / "network")
        await network.create()
        with step("starting four agencies for medical records"):
            await network.start()
        try:
            await allot(network)
            with step("records on an open page, beside bills; documents of three sizes"):
                figures = await measure_records(
                    network,
                    day_bills(HIS_FILE),
                    seconds=4 if is_quick else 15,
                    documents=DOCUMENTS // 10 if is_quick else DOCUMENTS,
                )
        finally:
            await network.stop()
    write_results(figures, CONSOLE)


async def measure_bills() -> None:
    """Measure bills, endorsement and single operations."""
    seconds = 10 if os.environ.get("QUICK") else 30
    with tempfile.TemporaryDirectory(prefix="piaolian-bench-") as folder:
        network = Network(Path(folder) / "network")
        network.profiled = "finance" if "--profile" in sys.argv else ""
        await network.create()
        with step("starting four agencies"):
            await network.start()
        try:
            figures = await measure(network, seconds)
        finally:
            await network.stop()
        if network.profiled:
            show_shares(shares(network.profile_file), CONSOLE)
            return
    with step("with and without endorsement, in turn"):
        ratio = await endorsing_ratio(1 if os.environ.get("QUICK") else PAIRS, packed_rate)
    with step("judging an operation of each kind"):
        costs = operation_costs_us()
    figures = dataclasses.replace(figures, endorsing_ratio=round(ratio, 3), operation_us=costs)
    write_results(figures, CONSOLE)


async def packed_rate(network: Network) -> float:
    """Put the packed load alone on a network for a short while and return its rate."""
    desk = Desk.load(network.folder)
    await allot(network)
    stream = bills(HIS_FILE, f"e{os.getpid()}")
    packs = PAIR_SECONDS * OFFERED_PACKED_PER_S // PACK
    load = [signed_request(desk, stream, 1, PACK) for _ in range(packs)]
    async with network.session("hospital") as session:
        outcome = await sustained(
            session, load, rate_per_s=OFFERED_PACKED_PER_S, backlog_max=BACKLOG_PACKED
        )
    return outcome.committed / outcome.seconds


if __name__ == "__main__":
    asyncio.run(main())
