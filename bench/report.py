"""What the benchmark writes: one JSON file for programs, one Markdown table for people."""

import dataclasses
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

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


@dataclass(frozen=True, slots=True)
class RecordFigures:
    """What medical records did in one run."""

    record_documents_per_s: dict[str, float]
    record_sealed_per_s: dict[str, float]
    record_visible_documents: int
    record_visible_p50_ms: int
    record_visible_p99_ms: int
    record_visible_max_ms: int
    record_answered_p50_ms: int
    record_answered_p99_ms: int
    record_visible_by_program_p50_ms: int
    record_visible_by_program_max_ms: int
    bill_latency_without_records_p50_ms: float
    bill_latency_without_records_p99_ms: float
    bill_latency_with_records_p50_ratio: float
    bill_latency_with_records_p99_ratio: float
    bill_latency_with_browser_p50_ratio: float
    bill_latency_with_browser_p99_ratio: float
    bill_requests_failed: int
    record_commit: str


T = TypeVar("T", Figures, RecordFigures)


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


def record_rows(figures: RecordFigures) -> list[tuple[str, str, str]]:
    """Return measure, figure and target of each line about records."""
    f = figures
    committed = [
        (f"documents of {size} sealed and committed", f"{rate:,.1f}/s", "")
        for size, rate in f.record_documents_per_s.items()
    ]
    sealed = [
        (f"documents of {size} sealed alone, one core", f"{rate:,.1f}/s", "")
        for size, rate in f.record_sealed_per_s.items()
    ]
    call = f"publish call to visible, {f.record_visible_documents} documents of 4 KiB"
    return [
        *committed,
        *sealed,
        (f"{call}, p50", f"{f.record_visible_p50_ms:,} ms", ""),
        (f"{call}, p99", f"{f.record_visible_p99_ms:,} ms", "≤ 2,000 ms"),
        (f"{call}, longest", f"{f.record_visible_max_ms:,} ms", ""),
        ("publish call to its answer, p50", f"{f.record_answered_p50_ms:,} ms", ""),
        ("publish call to its answer, p99", f"{f.record_answered_p99_ms:,} ms", ""),
        ("program's start to visible, p50", f"{f.record_visible_by_program_p50_ms:,} ms", ""),
        ("program's start to visible, longest", f"{f.record_visible_by_program_max_ms:,} ms", ""),
        (
            "bills' latency at 100/s without publishing, p50 / p99",
            f"{f.bill_latency_without_records_p50_ms} / {f.bill_latency_without_records_p99_ms} ms",
            "",
        ),
        (
            "bills' latency with publishing against without, p50",
            f"{f.bill_latency_with_records_p50_ratio:.2f} x",
            "≤ 1.20 x",
        ),
        (
            "bills' latency with publishing against without, p99",
            f"{f.bill_latency_with_records_p99_ratio:.2f} x",
            "≤ 1.20 x",
        ),
        (
            "the same with the patient's browser on this machine, p50 / p99",
            f"{f.bill_latency_with_browser_p50_ratio:.2f} / "
            f"{f.bill_latency_with_browser_p99_ratio:.2f} x",
            "",
        ),
        ("requests of bills failed or turned away beside", f"{f.bill_requests_failed}", ""),
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


def write_results(figures: Figures | RecordFigures, console: Console) -> None:
    """Put a run's figures beside the others' in latest.json and latest.md; show its table."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    file = RESULTS / "latest.json"
    document = json.loads(file.read_text("utf-8")) if file.exists() else {}
    document |= dataclasses.asdict(figures)
    file.write_text(json.dumps(document, indent=2) + "\n", "utf-8")
    (RESULTS / "latest.md").write_text("\n".join(_page(document)) + "\n", "utf-8")
    table = Table("Measure", "Figure", "First target")
    for row in rows(figures) if isinstance(figures, Figures) else record_rows(figures):
        table.add_row(*row)
    console.print(table)


def _page(document: dict[str, Any]) -> list[str]:
    """Return the lines of the page for people: all figures that there are."""
    lines = []
    figures, records = _read(Figures, document), _read(RecordFigures, document)
    if figures is not None:
        lines += _table(("Measure", "Figure", "First target"), rows(figures))
        costs = [(name, f"{cost:,.0f}") for name, cost in figures.operation_us.items()]
        lines += ["", *_table(("Judging one operation", "µs"), costs)]
        lines += ["", f"Machine: {figures.machine}. Commit: {figures.commit}."]
    if records is not None:
        head = ("Medical records", "Figure", "First target")
        lines += ["", *_table(head, record_rows(records))]
        lines += ["", f"Machine: {machine()}. Commit: {records.record_commit}."]
    return lines


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    told = [head, ("---",) * len(head), *rows]
    return ["| " + " | ".join(row) + " |" for row in told]


def _read(kind: type[T], document: dict[str, Any]) -> T | None:
    """Return the figures of a kind; None when the document does not have them all."""
    names = [field.name for field in dataclasses.fields(kind)]
    if not document.keys() >= set(names):
        return None
    return kind(**{name: document[name] for name in names})


def show_shares(found: list[tuple[str, float]], console: Console) -> None:
    """Show where a node's busy time went; owners below one in a hundred are left out."""
    table = Table("Code of", "Share of the busy time")
    for owner, share in found:
        if share >= 0.01:
            table.add_row(owner, f"{share:.0%}")
    console.print(table)
