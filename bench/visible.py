"""From the publish call to the patient's open page, and what that costs the bills beside it.

Rule: the page is opened once. Bills go on at 100 a second all the time, ten a request; pairs of
windows with and without publishing follow one another on the same network, so that both meet the
same machine. The ratio is the median of the pairs'. Documents come one after another, four a
second, which is more than `piaolian record publish` begins in a row. What publishing costs the
bills is measured with the page closed, for a phone's browser runs on no node's machine; what it
costs with the browser at work on this very machine is measured and told beside.
"""

import asyncio
import os
import statistics
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

import aiohttp

from bench.billing import Issued, fresh_lines, is_committed, issue_lines, keep_issuing
from bench.bundles import KIB, Person, make_bundle, person_of
from bench.network import Network
from bench.phone import Phone, open_phone
from bench.portal import Portal
from bench.publishing import Published, Publisher

SIZE: Final = 4 * KIB
"""Bytes of each document that is looked for."""
PAIRS: Final = 5
PACE_S: Final = 0.25
"""Between the starts of two calls; a call that takes longer delays the next."""
CLOSED_SHARE: Final = 8
"""So many times fewer documents are published in a window with the page closed than in all."""
BY_PROGRAM: Final = 20
"""Documents published by the program itself, in a full run."""
WARM_UP_S: Final = 5.0
REST_S: Final = 3.0
"""Between windows, so that one does not finish what the other began."""


Pair = tuple[Issued, Issued]
"""Bills of a window without publishing, and of one with it."""


@dataclass(slots=True)
class Seen:
    """What the page saw."""

    visible_ms: list[float] = field(default_factory=list)
    """From call to visible, a document each."""
    answered_ms: list[float] = field(default_factory=list)
    """From call to answer, of the same."""
    by_program_ms: list[float] = field(default_factory=list)
    """From the program's start to visible."""
    pairs: list[Pair] = field(default_factory=list)
    """Bills without and with the publishing, the page closed."""
    open_pairs: list[Pair] = field(default_factory=list)
    """The same with the page open in both."""

    def quiet_ms(self, share: float) -> float:
        """Return how long bills take without publishing, at a share such as 0.99."""
        return statistics.median(quantile(plain.latencies_ms, share) for plain, _ in self.pairs)

    @property
    def failed(self) -> int:
        """Requests of bills that failed or were turned away, all windows together."""
        windows = [window for pair in (*self.pairs, *self.open_pairs) for window in pair]
        return sum(window.failed + window.turned_away for window in windows)


def ratio(pairs: Sequence[Pair], share: float) -> float:
    """Return how slow bills are with publishing against without, at a share such as 0.99."""
    return statistics.median(
        quantile(busy.latencies_ms, share) / quantile(plain.latencies_ms, share)
        for plain, busy in pairs
    )


def quantile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that so large a share of all does not exceed."""
    if not values:
        raise ValueError("no values")
    ordered = sorted(values)
    return ordered[max(0, -(-round(len(ordered) * share * 1e6) // 1_000_000) - 1)]


async def see_records(network: Network, day: list[dict[str, Any]], documents: int) -> Seen:
    """Publish documents one after another and note when each is visible.

    Args:
        network: running, with numbers allotted.
        day: lines of the hospital's day.
        documents: how many, in all windows together.
    """
    label = f"v{os.getpid()}"
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(network.session("hospital"))
        own, others = day[0], [bill for bill in day if bill["idCardNo"] != day[0]["idCardNo"]]
        items = await issue_lines(session, [next(fresh_lines([own], f"{label}o"))])
        if not is_committed(items):
            raise SystemExit(f"the patient's first bill was not issued: {items}")
        portal = Portal(network)
        stack.push_async_callback(portal.stop)
        await portal.start()
        keys = {"resident_id": own["idCardNo"], "check_code": items[0]["check_code"]}
        phone = await open_phone(stack, portal, keys)
        windows = _Windows(session, fresh_lines(others, label), phone, Publisher(network))
        bundles = _bundles(person_of(own), label)
        await windows.plain(WARM_UP_S)
        await windows.see(bundles, documents)
        await phone.check_is_same()
        await phone.page.close()
        windows.seen.pairs, _ = await windows.pairs(bundles, max(10, documents // CLOSED_SHARE))
        return windows.seen


def _bundles(person: Person, label: str) -> Iterator[bytes]:
    number = 0
    while True:
        yield make_bundle(person, label, first=number, visits=1, size=SIZE)
        number += 1


class _Windows:
    """Runs the windows of one measurement."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        lines: Iterator[bytes],
        phone: Phone,
        publisher: Publisher,
    ) -> None:
        self._session = session
        self._lines = lines
        self._phone = phone
        self._publisher = publisher
        self.seen = Seen()

    async def see(self, bundles: Iterator[bytes], documents: int) -> None:
        """Run pairs and note when each document is visible; then the program publishes some."""
        self.seen.open_pairs, calls = await self.pairs(bundles, documents // PAIRS)
        self.seen.visible_ms = await self._times(calls)
        self.seen.answered_ms = [call.answered_ms - call.started_ms for call in calls]
        calls = []
        count = max(2, BY_PROGRAM * documents // 500)
        await self._issuing(_each(self._publisher.publish_by_program, bundles, count, calls))
        self.seen.by_program_ms = await self._times(calls)

    async def pairs(
        self, bundles: Iterator[bytes], each: int
    ) -> tuple[list[Pair], list[Published]]:
        """Run pairs of windows as long as each other, and which is first in turn.

        Args:
            bundles: what is published.
            each: bundles in one window.

        Returns:
            The pairs, and all calls that published.
        """
        pairs: list[Pair] = []
        calls: list[Published] = []
        busy_s = each * PACE_S
        for pair in range(PAIRS):
            plain = await self.plain(busy_s) if pair % 2 else None
            mine: list[Published] = []
            busy = await self._issuing(_each(self._publisher.publish, bundles, each, mine))
            busy_s = (mine[-1].answered_ms - mine[0].started_ms) / 1000
            pairs.append((plain or await self.plain(busy_s), busy))
            calls += mine
        return pairs, calls

    async def plain(self, seconds: float) -> Issued:
        """Issue bills alone for so long."""
        return await self._issuing(asyncio.sleep(seconds))

    async def _issuing(self, what: Awaitable[None]) -> Issued:
        """Issue bills while something else is done, then rest."""
        stop = asyncio.Event()
        bills = asyncio.create_task(keep_issuing(self._session, self._lines, stop))
        try:
            await what
        finally:
            stop.set()
            issued = await bills
        await asyncio.sleep(REST_S)
        return issued

    async def _times(self, calls: Sequence[Published]) -> list[float]:
        seen = await self._phone.seen([call.documents[0] for call in calls])
        return [seen[call.documents[0]] - call.started_ms for call in calls]


async def _each(
    publish: Callable[[bytes], Awaitable[Published]],
    bundles: Iterator[bytes],
    count: int,
    calls: list[Published],
) -> None:
    """Publish bundles one after another, not faster than the pace."""
    loop = asyncio.get_running_loop()
    for bundle in islice(bundles, count):
        due = loop.time() + PACE_S
        calls.append(await publish(bundle))
        await asyncio.sleep(due - loop.time())
