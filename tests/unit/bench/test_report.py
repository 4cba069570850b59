"""The page of figures shows what was measured, and keeps what this run did not measure."""

import dataclasses
import json
from pathlib import Path

import pytest
from rich.console import Console

from bench import report
from bench.report import RecordFigures, write_results

FIGURES = RecordFigures(
    record_documents_per_s={"4 KiB": 1234.5},
    record_sealed_per_s={"4 KiB": 3000.0},
    record_visible_documents=500,
    record_visible_p50_ms=400,
    record_visible_p99_ms=900,
    record_visible_max_ms=1_100,
    record_answered_p50_ms=200,
    record_answered_p99_ms=300,
    record_visible_by_program_p50_ms=1_000,
    record_visible_by_program_max_ms=1_500,
    bill_latency_without_records_p50_ms=80.0,
    bill_latency_without_records_p99_ms=200.0,
    bill_latency_with_records_p50_ratio=1.1,
    bill_latency_with_records_p99_ratio=1.15,
    bill_latency_with_browser_p50_ratio=1.4,
    bill_latency_with_browser_p99_ratio=1.9,
    bill_requests_failed=0,
    record_commit="abc1234",
)


def test_figures_about_records_join_those_that_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "RESULTS", tmp_path)
    (tmp_path / "latest.json").write_text('{"packed_bills_per_s": 4939}', "utf-8")
    write_results(FIGURES, Console(quiet=True))
    told = json.loads((tmp_path / "latest.json").read_text("utf-8"))
    assert told == {"packed_bills_per_s": 4939, **dataclasses.asdict(FIGURES)}
    page = (tmp_path / "latest.md").read_text("utf-8")
    assert "| documents of 4 KiB sealed and committed | 1,234.5/s |  |" in page
    assert "500 documents of 4 KiB, p99 | 900 ms | ≤ 2,000 ms |" in page


def test_a_page_with_bills_alone_has_no_table_of_records(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "RESULTS", tmp_path)
    text = Path("bench/results/latest.json").read_text("utf-8")
    document = json.loads(text)
    names = [field.name for field in dataclasses.fields(report.Figures)]
    figures = report.Figures(**{name: document[name] for name in names})
    write_results(figures, Console(quiet=True))
    page = (tmp_path / "latest.md").read_text("utf-8")
    assert page.startswith("| Measure | Figure | First target |\n| --- |")
    assert "Medical records" not in page
