"""How long a record takes from the publish call to the open page, and what that costs bills.

Rule: the hospital's real portal and a real browser with one page that is opened once and never
loaded again; an observer in the page notes when each record's entry stands in it, by the clock of
the same machine. Limits that such a load meets are raised in the settings, and nothing else is.
"""

import asyncio
import json
import shutil
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import aiohttp
from playwright.async_api import Page, async_playwright

from bench.documents import publish
from bench.network import PROGRAMS, Network
from bench.record_load import Person
from scripts.patient import Patient

RECORD_BYTES: Final = 5_000
"""Of a visit: more than 4 KiB of text."""
RECORDS_PER_S: Final = 8
PAIRS: Final = 5
START_S: Final = 60.0
VISIBLE_S: Final = 20.0
"""How long to wait for the last records to stand in the page."""
NODE_LIMITS: Final = "openings_per_session_max = 1_000_000\n"
PORTAL_LIMITS: Final = (
    "[web]\n",
    "[web]\nsession_requests_per_minute = 100_000\naddress_requests_per_minute = 100_000\n",
)
_OBSERVER: Final = """() => {
  window.benchStart = performance.now();
  window.benchSeen = {};
  const note = (item) => {
    const name = item.dataset && item.dataset.document;
    if (!name || window.benchSeen[name]) return;
    requestAnimationFrame(() => {
      if (item.isConnected && item.getClientRects().length) window.benchSeen[name] = Date.now();
    });
  };
  new MutationObserver((changes) => {
    for (const change of changes) change.addedNodes.forEach(note);
  }).observe(document.getElementById("records"), { childList: true });
}"""


Load = Callable[[], Awaitable[list[float]]]
"""Offers bills for a while; returns how long each took to be final, in milliseconds."""


@dataclass(frozen=True, slots=True)
class Visibility:
    """How long records took to the page, and how long bills took beside them."""

    p50_ms: float
    """Half of the records were visible after so long."""
    p99_ms: float
    """All but one in a hundred."""
    bills_p50_ratio: float
    """Median of the pairs: p50 of bills beside publishing against without it."""
    bills_p99_ratio: float
    """The same of p99."""


def raise_limits(network: Network) -> None:
    """Let one session open more records than a person would."""
    settings = network.folder / "hospital/node.toml"
    text = settings.read_text("utf-8")
    assert "[vault]\n" in text, "the settings are the program's own"
    settings.write_text(text.replace("[vault]\n", f"[vault]\n{NODE_LIMITS}"), "utf-8")


async def visibility(
    network: Network, person: Person, check_code: str, *, records: int, bills: Load
) -> Visibility:
    """Publish records to an open page, in turn with nothing, bills going on all the time.

    Args:
        network: running, its limits raised.
        person: whose records they are.
        check_code: of a bill of theirs.
        records: how many, all pairs together.
        bills: the load of one half of a pair.
    """
    began: dict[str, float] = {}
    ratios: list[tuple[float, float]] = []
    async with _portal(network) as url, _open_page(url, network, person, check_code) as page:
        for pair in range(PAIRS):
            halves = {}
            for is_beside in (True, False) if pair % 2 else (False, True):
                publishing = asyncio.ensure_future(
                    _publish_all(network, person, records // PAIRS if is_beside else 0)
                )
                halves[is_beside] = _percentiles(await bills())
                began |= await publishing
            ratios.append((halves[True][0] / halves[False][0], halves[True][1] / halves[False][1]))
        seen = await _seen(page, began)
        if not await page.evaluate("window.benchStart > 0"):
            raise SystemExit("the page was loaded again")
    p50_ms, p99_ms = _percentiles([seen[name] - start for name, start in began.items()])
    return Visibility(
        round(p50_ms, 1),
        round(p99_ms, 1),
        round(statistics.median(ratio for ratio, _ in ratios), 3),
        round(statistics.median(ratio for _, ratio in ratios), 3),
    )


def _percentiles(values_ms: list[float]) -> tuple[float, float]:
    """Return the median and the 99th percentile."""
    found = statistics.quantiles(values_ms, n=100)
    return found[49], found[98]


async def _publish_all(network: Network, person: Person, count: int) -> dict[str, float]:
    """Publish records one after the other; return when each call began, in epoch milliseconds."""
    began: dict[str, float] = {}
    due = time.perf_counter()
    async with network.session("hospital") as session:
        for _ in range(count):
            await asyncio.sleep(due - time.perf_counter())
            due = max(due + 1 / RECORDS_PER_S, time.perf_counter())
            bundle = person.bundle(1, RECORD_BYTES)
            start = time.time_ns() / 1_000_000
            documents = await publish(session, bundle)
            began[documents[0]] = start
    return began


async def _seen(page: Page, wanted: dict[str, float]) -> dict[str, float]:
    """Return when each record stood in the page, in epoch milliseconds."""
    deadline = time.perf_counter() + VISIBLE_S
    seen: dict[str, float] = {}
    while time.perf_counter() < deadline:
        seen = await page.evaluate("window.benchSeen")
        if seen.keys() >= wanted.keys():
            return seen
        await asyncio.sleep(0.2)
    raise SystemExit(f"{len(wanted.keys() - seen.keys())} records never came to the page")


@asynccontextmanager
async def _portal(network: Network) -> AsyncIterator[str]:
    """Run the hospital's portal; yields its address."""
    folder = network.folder / "hospital"
    address = f"127.0.0.1:{network.portal_port}"
    made = await asyncio.create_subprocess_exec(
        PROGRAMS / "piaolian-portal", "init", "--agency", folder,
        "--node", network.urls["hospital"], "--listen", address,
        stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    if await made.wait() != 0:
        raise SystemExit("piaolian-portal init failed; see above")
    settings = folder / "portal.toml"
    text = settings.read_text("utf-8")
    assert PORTAL_LIMITS[0] in text, "the settings are the program's own"
    settings.write_text(text.replace(*PORTAL_LIMITS), "utf-8")
    with (network.folder / "logs/portal.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            PROGRAMS / "piaolian-portal", "run", "--config", settings, stdout=log, stderr=log
        )
    try:
        await _until_ready(f"http://{address}/readyz", process)
        yield f"http://{address}/"
    finally:
        process.terminate()
        await process.wait()


async def _until_ready(url: str, process: asyncio.subprocess.Process) -> None:
    deadline = time.perf_counter() + START_S
    async with aiohttp.ClientSession() as session:
        while time.perf_counter() < deadline and process.returncode is None:
            try:
                async with session.get(url) as answer:
                    if answer.status == 200 and json.loads(await answer.read())["height"] > 1:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.2)
    raise SystemExit("the portal did not come up; see logs/portal.log")


@asynccontextmanager
async def _open_page(
    url: str, network: Network, person: Person, check_code: str
) -> AsyncIterator[Page]:
    """Log the person in and open the page of records; yields it, observed."""
    patient = Patient(url, network.folder / "hospital/portal/codes.txt")
    await asyncio.to_thread(patient.log_in, person.id_number, check_code)
    cookies = [
        {"name": cookie.name, "value": cookie.value or "", "url": url} for cookie in patient.cookies
    ]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        context = await browser.new_context()
        await context.add_cookies(cookies)  # type: ignore[arg-type]
        page = await context.new_page()
        await page.goto(f"{url}records")
        await page.evaluate(_OBSERVER)
        yield page
        await browser.close()
