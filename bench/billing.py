"""Bills that a hospital's system hands in all day: lines, with their details, to be sealed.

Rule: open loop, like `bench.load`: a request has its time and does not wait for the one before.
"""

import asyncio
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count, cycle
from pathlib import Path
from typing import Any, Final

import aiohttp

BILLS_PER_S: Final = 100
BILLS_A_REQUEST: Final = 10
"""A hospital's system sends what came together in a tenth of a second."""
REQUESTS_MAX: Final = 100
"""Requests under way; what finds so many is turned away and counted."""
WAIT_MS: Final = 30_000
ISSUE: Final = "http://node/v1/bills"
NDJSON: Final = {"Content-Type": "application/x-ndjson"}


@dataclass(slots=True)
class Issued:
    """What became of the bills handed in."""

    latencies_ms: list[float] = field(default_factory=list)
    """From a request's time to the answer that all its bills are final, one a request."""
    failed: int = 0
    """Requests of which a bill was not committed."""
    turned_away: int = 0
    """Requests not sent because too many were under way."""


def day_bills(his_file: Path) -> list[dict[str, Any]]:
    """Return the lines of a hospital's day."""
    return [json.loads(line) for line in his_file.read_text("utf-8").splitlines()]


def fresh_lines(day: list[dict[str, Any]], label: str) -> Iterator[bytes]:
    """Return an endless stream of a day's lines, each with business numbers of its own."""
    for number, bill in zip(count(), cycle(day)):
        lines = [
            {**line, "listDetailNo": f"{label}-{number:08d}-{place:04d}"}
            for place, line in enumerate(bill["listDetail"])
        ]
        fresh = {**bill, "busNo": f"{label}-{number:08d}", "listDetail": lines}
        yield json.dumps(fresh, ensure_ascii=False, separators=(",", ":")).encode()


async def issue_lines(session: aiohttp.ClientSession, lines: list[bytes]) -> list[dict[str, Any]]:
    """Issue bills in one request; return what was answered of each, nothing of a refused whole."""
    async with session.post(
        ISSUE, params={"wait_ms": WAIT_MS}, data=b"\n".join(lines), headers=NDJSON
    ) as answer:
        told: dict[str, Any] = await answer.json()
    items: list[dict[str, Any]] = told.get("items", [])
    return items


def is_committed(items: list[dict[str, Any]]) -> bool:
    """Tell whether all bills of an answer are final."""
    return bool(items) and all(item["status"] == "committed" for item in items)


async def keep_issuing(
    session: aiohttp.ClientSession, lines: Iterator[bytes], stop: asyncio.Event
) -> Issued:
    """Offer bills at the steady rate until `stop`, then wait for the last answers."""
    issued = Issued()
    running: set[asyncio.Task[None]] = set()

    async def one(body: list[bytes], due: float) -> None:
        try:
            items = await issue_lines(session, body)
        except (aiohttp.ClientError, TimeoutError):
            items = []
        if is_committed(items):
            issued.latencies_ms.append((time.perf_counter() - due) * 1000)
        else:
            issued.failed += 1

    due = time.perf_counter()
    while not stop.is_set():
        await asyncio.sleep(due - time.perf_counter())
        body = [next(lines) for _ in range(BILLS_A_REQUEST)]
        if len(running) >= REQUESTS_MAX:
            issued.turned_away += 1
        else:
            task = asyncio.create_task(one(body, due))
            running.add(task)
            task.add_done_callback(running.discard)
        due += BILLS_A_REQUEST / BILLS_PER_S
    await asyncio.gather(*running)
    return issued
