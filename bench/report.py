"""What the benchmark writes: one JSON file for programs, one Markdown table for people."""

import dataclasses
import json
import os
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

RESULTS = Path("bench/results")


@dataclass(frozen=True, slots=True)
class Figures:
    """One run of the benchmark."""

    packed_bills_per_s: int
    packed_turned_away: int
    packed_refused: int
    packed_seconds: float
    packed_cpu_us_per_bill: float
    single_tx_per_s: int
    single_turned_away: int
    single_refused: int
    single_seconds: float
    single_cpu_us_per_tx: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    latency_refused: int
    rss_mib: int
    bytes_per_bill: int
    sealed_bills_per_s: int
    originals_per_s: int
    endorsing_ratio: float
    operation_us: dict[str, float]
    machine: str
    commit: str


def rows(figures: Figures) -> list[tuple[str, str, str]]:
    """Return measure, figure and target of each line of the table."""
    return [
        ("bills/s, 200 a transaction", f"{figures.packed_bills_per_s:,}", "≥ 5,000"),
        ("single transactions/s", f"{figures.single_tx_per_s:,}", "≥ 1,500"),
        ("commit latency p50 at 100 tx/s", f"{figures.p50_ms} ms", "≤ 60 ms"),
        ("commit latency p95 at 100 tx/s", f"{figures.p95_ms} ms", ""),
        ("commit latency p99 at 100 tx/s", f"{figures.p99_ms} ms", "≤ 150 ms"),
        ("memory of the largest node", f"{figures.rss_mib} MiB", "≤ 300 MiB"),
        ("disk per bill, finance's store", f"{figures.bytes_per_bill:,} B", ""),
        ("CPU of the busiest node per packed bill", f"{figures.packed_cpu_us_per_bill} µs", ""),
        ("CPU of the busiest node per single", f"{figures.single_cpu_us_per_tx} µs", ""),
        ("sealing alone, one core", f"{figures.sealed_bills_per_s:,} bills/s", ""),
        ("signed originals alone, one core", f"{figures.originals_per_s:,}/s", ""),
        (
            "issuing with endorsement against without",
            f"{figures.endorsing_ratio:.2f} x",
            "≥ 0.90 x",
        ),
        (
            "refused / turned away, packed",
            f"{figures.packed_refused:,} / {figures.packed_turned_away:,}",
            "",
        ),
        (
            "refused / turned away, single",
            f"{figures.single_refused:,} / {figures.single_turned_away:,}",
            "",
        ),
    ]


def machine() -> str:
    """Return processor, cores and memory of this machine."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        "unknown processor",
    )
    memory_kib = int(Path("/proc/meminfo").read_text().split()[1])
    return f"{model}, {os.cpu_count()} cores, {memory_kib // 1024 // 1024} GiB"


def write_results(figures: Figures, console: Console) -> None:
    """Write latest.json and latest.md and show the table."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    document = dataclasses.asdict(figures)
    (RESULTS / "latest.json").write_text(json.dumps(document, indent=2) + "\n", "utf-8")
    lines = ["| Measure | Figure | First target |", "|---|---|---|"]
    lines += [f"| {measure} | {figure} | {target} |" for measure, figure, target in rows(figures)]
    lines += ["", "| Judging one operation | µs |", "|---|---|"]
    lines += [f"| {name} | {cost:,.0f} |" for name, cost in figures.operation_us.items()]
    lines += ["", f"Machine: {figures.machine}. Commit: {figures.commit}."]
    (RESULTS / "latest.md").write_text("\n".join(lines) + "\n", "utf-8")
    table = Table("Measure", "Figure", "First target")
    for row in rows(figures):
        table.add_row(*row)
    console.print(table)
    console.print(f"{figures.machine}; commit {figures.commit}")


def show_shares(found: list[tuple[str, float]], console: Console) -> None:
    """Show where a node's busy time went; owners below one in a hundred are left out."""
    table = Table("Code of", "Share of the busy time")
    for owner, share in found:
        if share >= 0.01:
            table.add_row(owner, f"{share:.0%}")
    console.print(table)
