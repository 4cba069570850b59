"""The records' part of the benchmark: `make bench ARGS=--records` runs it alone.

Rule: one network of four processes for all of it, with the hospital's portal and a browser beside.
"""

import json
import os
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench.documents import documents_per_s, sealed_documents_per_s
from bench.load import Desk, bills, one_by_one, request_body
from bench.network import Network
from bench.record_load import Person
from bench.visible import PAIRS, RECORDS_PER_S, Visibility, raise_limits, visibility

BILLS_PER_S: Final = 100
RECORDS: Final = 500


@dataclass(frozen=True, slots=True)
class RecordFigures:
    """What was measured of records."""

    sealed_per_s: dict[str, float]
    """Visits one core seals in a second, by their length."""
    committed_per_s: dict[str, float]
    """Visits that become final in a second, by their length."""
    visibility: Visibility
    """How long they take to an open page."""


def record_fields(found: RecordFigures) -> dict[str, Any]:
    """Return the figures under the names that the results give them."""
    visible = found.visibility
    return {
        "sealed_documents_per_s": found.sealed_per_s,
        "documents_per_s": found.committed_per_s,
        "record_visible_p50_ms": visible.p50_ms,
        "record_visible_p99_ms": visible.p99_ms,
        "bill_latency_with_records_p50_ratio": visible.bills_p50_ratio,
        "bill_latency_with_records_p99_ratio": visible.bills_p99_ratio,
    }


NO_RECORDS: Final = record_fields(RecordFigures({}, {}, Visibility(0.0, 0.0, 0.0, 0.0)))
"""Stands in a run's figures until records are measured."""


async def record_figures(
    his_file: Path,
    allot: Callable[[Network], Awaitable[None]],
    step: Callable[[str], object],
) -> RecordFigures:
    """Measure all of it.

    Args:
        his_file: a hospital's day, for the patient and the bills.
        allot: lets finance allot numbers.
        step: says what goes on.
    """
    is_quick = bool(os.environ.get("QUICK"))
    person = Person.of_day(his_file)
    step("sealing records, one core")
    sealed = sealed_documents_per_s(person)
    with tempfile.TemporaryDirectory(prefix="piaolian-bench-") as folder:
        network = Network(Path(folder) / "network")
        await network.create()
        raise_limits(network)
        await network.start()
        try:
            await allot(network)
            check_code = await _issue(network, person)
            step("publishing records of three lengths")
            committed = await documents_per_s(network, person, 3 if is_quick else 10)
            records = RECORDS // 10 if is_quick else RECORDS
            step(f"{records} records to an open page")
            seconds = records / PAIRS / RECORDS_PER_S
            found = await visibility(
                network,
                person,
                check_code,
                records=records,
                bills=_load(network, his_file, seconds),
            )
        finally:
            await network.stop()
    return RecordFigures(sealed, committed, found)


async def _issue(network: Network, person: Person) -> str:
    """Issue the person's bill; return its check code."""
    async with (
        network.session("hospital") as session,
        session.post(
            "http://node/v1/bills?wait_ms=30000",
            data=person.line,
            headers={"Content-Type": "application/json"},
        ) as answer,
    ):
        (item,) = json.loads(await answer.read())["items"]
    return str(item["check_code"])


def _load(network: Network, his_file: Path, seconds: float) -> Callable[[], Awaitable[list[float]]]:
    """Return what offers bills for so long and returns their latencies."""
    desk, stream = Desk.load(network.folder), bills(his_file, f"r{os.getpid()}")

    async def offer() -> list[float]:
        signed = [desk.transaction([next(stream)]) for _ in range(int(seconds * BILLS_PER_S))]
        bodies = [request_body([transaction]) for transaction in signed]
        async with network.session("hospital") as session:
            outcome = await one_by_one(session, bodies, rate_per_s=BILLS_PER_S)
        return outcome.latencies_ms

    return offer
