"""Looks now and then at what is open: ends orders that nobody can pay any more, tells what is late.

Rule: an order past its time is cancelled by its hospital's node, after a grace for notices that
are on their way; what was paid on it is owed back. Others' orders are left alone.
"""

import asyncio
from typing import Final

from ledger.orders import CancelOrder
from node.alarms import Alarms
from node.errands import Errands
from node.open_matters import OpenMatters, OrderName
from node.ports import Clock, Journal
from primitives.errors import Refused, Unavailable

SWEEP_S: Final = 5.0
"""Between two looks."""
GRACE_MS: Final = 600_000
"""How long after its end a payment's notice may still come."""
ORDERS_PER_TRANSACTION: Final = 200


class Sweeper:
    """See the module.

    Args:
        agency: whose orders it may end.
        matters: what is open.
        alarms: tell what is late.
        errands: takes the transactions.
        clock: tells what is past.
        journal: for what an operator wants to know.
    """

    def __init__(
        self,
        agency: str,
        matters: OpenMatters,
        *,
        alarms: Alarms,
        errands: Errands,
        clock: Clock,
        journal: Journal,
    ) -> None:
        self._agency = agency
        self._matters = matters
        self._alarms = alarms
        self._errands = errands
        self._clock = clock
        self._journal = journal

    async def run(self) -> None:
        """Sweep for ever."""
        while True:
            await self._end_lapsed()
            self._alarms.tell()
            await asyncio.sleep(SWEEP_S)

    async def _end_lapsed(self) -> None:
        """Cancel own orders whose time is over, the oldest first."""
        before_ms = self._clock.now_ms() - GRACE_MS
        lapsed = self._matters.expired(before_ms, ORDERS_PER_TRANSACTION)
        await self._cancel([name for name in lapsed if name.hospital == self._agency])

    async def _cancel(self, names: list[OrderName]) -> None:
        while names:
            cancels = [CancelOrder(name.hospital, name.order, "expired") for name in names]
            try:
                await self._errands.run(cancels)
            except Refused as error:
                place = error.facts.get("operation")
                self._journal.event("orders.not_cancelled", code=error.code)
                if not isinstance(place, int):
                    return
                del names[place]
            except Unavailable as error:
                self._journal.event("orders.not_cancelled", code=error.code)
                return
            else:
                self._journal.event("orders.lapsed", count=len(names))
                return
