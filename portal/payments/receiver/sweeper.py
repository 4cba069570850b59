"""Finds what no notice told: trades by query, whole days by statement, refunds that are owed.

Rule: every part of a round is tried even when another fails; nothing is given up that is not on
the ledger.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from portal.clock import Clock
from portal.logs import Log
from portal.payments.ledger_client import LedgerClient
from portal.payments.moments import HOUR_MS
from portal.payments.receiver.config import ReceiverSection
from portal.payments.receiver.days import Days
from portal.payments.receiver.inbox import Inbox, Watched
from portal.payments.receiver.recorder import Recorder
from portal.payments.receiver.refunder import Refunder
from portal.payments.statement import Line, read_statement
from portal.payments.wechat import NO_STATEMENT, WechatPay, reason_of
from primitives.errors import NodeFault, Refused, Unavailable

T = TypeVar("T")

BATCH = 500
"""Trades looked for, and payments handed in, in one round."""
AT_ONCE = 16
"""Of them side by side."""
DAY_AGAIN_MS = 600_000
"""A day that could not be closed is read again after this."""
MARGIN_MS = 900_000
"""Statements are asked for a quarter of an hour after they should be there."""


class Sweeper:
    """Goes round for ever.

    Args:
        company: the payment company.
        ledger: our own node.
        inbox: trades looked for, payments heard.
        recorder: records payments.
        refunder: executes refunds.
        days: days closed.
        section: how often and how far back.
        mchid: whose statements.
        clock: what time it is.
        log: where failures are told.
        rest: how it waits between rounds.
    """

    def __init__(  # noqa: PLR0913 (it is where all parts meet)
        self,
        company: WechatPay,
        ledger: LedgerClient,
        inbox: Inbox,
        recorder: Recorder,
        refunder: Refunder,
        days: Days,
        *,
        section: ReceiverSection,
        mchid: str,
        clock: Clock,
        log: Log,
        rest: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._company = company
        self._ledger = ledger
        self._inbox = inbox
        self._recorder = recorder
        self._refunder = refunder
        self._days = days
        self._section = section
        self._mchid = mchid
        self._clock = clock
        self._log = log
        self._rest = rest

    async def run(self) -> None:
        """Go round until the process ends."""
        while True:
            await self.round()
            await self._rest(self._section.sweep_ms / 1000)

    async def round(self) -> None:
        """Go round once."""
        for part in (self._record, self._look, self._read_days, self._refunder.round):
            try:
                await part()
            except NodeFault:
                raise
            except (Unavailable, Refused) as error:
                self._log.event("payments.sweep_waits", code=error.code, reason=reason_of(error))

    async def _record(self) -> None:
        due = await self._inbox.unrecorded_due(self._clock.now_ms(), BATCH)
        await _side_by_side(self._recorder.record, due)

    async def _look(self) -> None:
        due = await self._inbox.watched_due(self._clock.now_ms(), BATCH)
        await _side_by_side(self._recorder.look, due)

    async def _read_days(self) -> None:
        now_ms = self._clock.now_ms()
        ready_ms = self._section.statement_hour * HOUR_MS + MARGIN_MS
        back = self._section.statement_days
        for day in await self._days.due(now_ms, days_back=back, ready_hour_ms=ready_ms):
            await self._days.later(day, now_ms + DAY_AGAIN_MS)
            if await self._read_day(day):
                await self._days.close(day)
                self._log.event("payments.day_closed")

    async def _read_day(self, day: str) -> bool:
        """Bring a day's statement onto the ledger; tell whether all of it is there."""
        try:
            data = await self._company.statement(day)
        except Refused as error:
            if reason_of(error) == NO_STATEMENT:
                return True
            raise
        lines = read_statement(data, self._mchid)
        found = [await self._is_on_ledger(line) for line in lines]
        return all(found) and await self._mark(lines, data)

    async def _mark(self, lines: tuple[Line, ...], data: bytes) -> bool:
        """Mark a day's payments on the ledger as found in the statement."""
        references = [line.transaction_id for line in lines if not line.refund_id]
        digest, wait_ms = hashlib.sha256(data).digest(), self._section.wait_ms
        try:
            return await self._ledger.mark_reconciled(references, digest, wait_ms)
        except Unavailable as error:
            if error.code != "auth.missing_scope":
                raise
            self._log.event("payments.day_not_marked", code=error.code)
            return True

    async def _is_on_ledger(self, line: Line) -> bool:
        if line.refund_id:
            return await self._refunder.hear(line.out_refund_no)
        known = await self._inbox.payment(line.transaction_id)
        if known is not None:
            return known.is_recorded or await self._recorder.record(known)
        return await self._recorder.look(Watched(line.out_trade_no, 0, 0))


async def _side_by_side(work: Callable[[T], Awaitable[object]], items: Iterable[T]) -> None:
    """Work off all items, some at a time.

    Raises:
        HouseError: the first failure, after all were tried.
    """
    limit = asyncio.Semaphore(AT_ONCE)

    async def one(item: T) -> None:
        async with limit:
            await work(item)

    for result in await asyncio.gather(*map(one, items), return_exceptions=True):
        if isinstance(result, BaseException):
            raise result
