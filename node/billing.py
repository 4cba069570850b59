"""A paid order becomes its bill: the hospital's node issues by itself once the payment is final.

Rule: the business number is the order's, and the order takes one bill, so that whatever crashes in
between and however often it is tried, there is one. What the ledger will never let be billed is
cancelled, so that its money is owed back.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

from ledger.issuing import IssueBill, IssueExtras
from ledger.orders import CancelOrder, Order, order_key
from node.desk import Desk
from node.errands import Errands
from node.issuing import make_check_code
from node.node import Node
from node.open_matters import OpenMatters, OrderName
from node.ports import Entropy, Journal
from primitives.errors import Refused, Unavailable

BILLS_PER_TRANSACTION: Final = 200
RETRY_S: Final = 5.0
"""Until an order that the ledger refused is tried again."""
NUMBER_LENGTH_MAX: Final = 50
"""Characters of a business number; an order's may be longer."""
HOPELESS: Final = ("bill.business_number_used",)
"""Refusals that no waiting ends."""


class Billing:
    """Issues the bills of paid orders.

    Args:
        node: has the chain.
        matters: tells which orders are paid.
        errands: takes the transactions.
        desk: signs.
        entropy: for check codes.
        journal: for what an operator wants to know.
    """

    def __init__(
        self,
        node: Node,
        matters: OpenMatters,
        *,
        errands: Errands,
        desk: Desk,
        entropy: Entropy,
        journal: Journal,
    ) -> None:
        self._node = node
        self._matters = matters
        self._errands = errands
        self._desk = desk
        self._entropy = entropy
        self._journal = journal
        self._retry_at: dict[OrderName, float] = {}
        self.refusals: dict[OrderName, str] = {}
        """Paid orders that the ledger does not let be billed now, and its code."""

    async def run(self) -> None:
        """Issue what is paid and what will be, until the node stops."""
        stream = self._node.subscribe(after=max(0, self._node.head.height - 1))
        following = asyncio.ensure_future(anext(stream))
        try:
            while True:
                await asyncio.wait({following}, timeout=RETRY_S)
                if following.done():
                    following.result()
                    following = asyncio.ensure_future(anext(stream))
                while due := self._due():
                    await self._bill(due)
        except StopAsyncIteration:
            return
        finally:
            following.cancel()
            stream.close()

    def _due(self) -> list[OrderName]:
        """Return paid orders without a bill, those that were refused lately left out."""
        now = asyncio.get_running_loop().time()
        paid = self._matters.paid
        for gone in [name for name in self._retry_at if name not in paid]:
            del self._retry_at[gone]
            self.refusals.pop(gone, None)
        due = []
        for name in paid:
            if name.hospital == self._desk.agency and self._retry_at.get(name, now) <= now:
                due.append(name)
            if len(due) == BILLS_PER_TRANSACTION:
                break
        return due

    async def _bill(self, names: Sequence[OrderName]) -> None:
        """Issue the bills of some orders; those that are refused wait or are cancelled."""
        left = list(names)
        while left:
            operations = [self._operation(name) for name in left]
            try:
                await self._errands.run(operations)
            except Refused as error:
                place = error.facts.get("operation")
                refused = [left[place]] if isinstance(place, int) else left
                for name in refused:
                    await self._refused(name, error.code)
                left = [name for name in left if name not in refused]
            except Unavailable as error:
                for name in left:
                    self._wait(name, error.code)
                return
            else:
                return

    async def _refused(self, name: OrderName, code: str) -> None:
        if code in HOPELESS:
            await self._cancel(name)
        else:
            self._wait(name, code)

    def _wait(self, name: OrderName, code: str) -> None:
        """Try an order again later, and let the operator know why."""
        self._retry_at[name] = asyncio.get_running_loop().time() + RETRY_S
        if self.refusals.get(name) != code:
            self.refusals[name] = code
            self._journal.event("orders.not_billed", code=code)

    async def _cancel(self, name: OrderName) -> None:
        self._wait(name, "bill.business_number_used")
        order = self._order(name)
        if order.bill is None:
            cancel = CancelOrder(name.hospital, name.order, "number_used")
            try:
                await self._errands.run([cancel])
            except (Refused, Unavailable) as error:
                self._wait(name, error.code)

    def _operation(self, name: OrderName) -> IssueBill:
        order = self._order(name)
        return IssueBill(
            place=order.place,
            kind=order.kind,
            business_number=name.order[:NUMBER_LENGTH_MAX],
            check_code=make_check_code(self._entropy.random_bytes),
            amounts=order.amounts,
            document=order.document,
            holder_key=order.holder_key,
            extras=IssueExtras(order=name.order),
        )

    def _order(self, name: OrderName) -> Order:
        order = self._node.state.leaf(order_key(*name), Order)
        assert order is not None, "an open matter has its leaf"
        return order
