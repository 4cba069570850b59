"""A payment company whose notices cannot be trusted, and the bank that lives with them.

Of its notices one in five each is lost, late, doubled and overtaken; its statement is right. The
bank records what it is told, pays back what the chain says is owed, and finds in the statement what
no notice told it.
"""

import asyncio
import random
from dataclasses import dataclass, field

from ledger.payments import REFERENCES_MAX, Payment, ReconcilePayments, RecordPayment, RecordRefund
from ledger.payments import payment_key as key_of
from primitives.errors import HouseError
from tests.support.market import BANK, Market
from tests.support.world import seed_bytes

CHANCE = 0.2


@dataclass(slots=True)
class Statement:
    """What the company says of its day."""

    payments: dict[str, RecordPayment] = field(default_factory=dict)
    refunds: dict[str, RecordRefund] = field(default_factory=dict)


class PaymentCompany:
    """Takes patients' money, pays back, and sends notices as it pleases."""

    def __init__(self, market: Market, seed: int) -> None:
        self._market = market
        self._random = random.Random(f"company {seed}")
        self.statement = Statement()
        self.notices: set[asyncio.Task[None]] = set()
        self.lost = 0

    def pay(self, order: str, amount_fen: int) -> None:
        """A patient pays."""
        reference = f"p{len(self.statement.payments)}"
        paid_ms = self._market[BANK].clock.now_ms()
        fact = RecordPayment(
            "hospital", order, amount_fen, reference, paid_ms, seed_bytes("notice", reference)
        )
        self.statement.payments[reference] = fact
        self._notify(fact)

    def pay_back(self, payment: str, amount_fen: int) -> None:
        """The bank asks for money to go back."""
        reference = f"r{len(self.statement.refunds)}"
        now_ms = self._market[BANK].clock.now_ms()
        fact = RecordRefund(payment, reference, amount_fen, now_ms, seed_bytes("back", reference))
        self.statement.refunds[reference] = fact
        self._notify(fact)

    def _notify(self, fact: RecordPayment | RecordRefund) -> None:
        chance = self._random.random
        if chance() < CHANCE:
            self.lost += 1
            return
        for _ in range(1 + (chance() < CHANCE)):
            late_s = self._random.uniform(5, 30) if chance() < CHANCE else 0.0
            overtaken_s = self._random.uniform(0, 3) if chance() < CHANCE else 0.0
            task = asyncio.ensure_future(self._deliver(fact, late_s + overtaken_s))
            self.notices.add(task)
            task.add_done_callback(self.notices.discard)

    async def _deliver(self, fact: RecordPayment | RecordRefund, after_s: float) -> None:
        await asyncio.sleep(after_s)
        await self._market.record(fact)


class Bank:
    """Pays back what is owed, and compares the statement with the chain."""

    def __init__(self, market: Market, company: PaymentCompany) -> None:
        self._market = market
        self._company = company

    async def pay_back_for_ever(self) -> None:
        """Look at what is owed now and then."""
        while True:
            await asyncio.sleep(1)
            if self._market[BANK].node is not None:
                try:
                    self._pay_back()
                except HouseError:
                    continue  # Its node fails at this very moment.

    def _pay_back(self) -> None:
        """Ask the company for what the chain says is owed and was not asked for yet."""
        matters = self._market.offices[BANK].services.duties.matters
        if not matters.is_complete:
            return
        asked: dict[str, int] = {}
        for refund in self._company.statement.refunds.values():
            asked[refund.payment] = asked.get(refund.payment, 0) + refund.amount_fen
        owed = [([name], item.owed_fen) for name, item in matters.unapplied.items()]
        owed += [(matters.providers_of(n), matters.orders[n].owed_fen) for n in matters.owing]
        for payments, owed_fen in owed:
            left = owed_fen
            for name in payments:
                payment = self._market[BANK].running.state.leaf(key_of(*name), Payment)
                assert payment is not None
                under_way = asked.get(name.reference, 0) - payment.refunded_fen
                left -= under_way
                is_of_order = len(payments) > 1 or payment.owed_fen == 0
                if is_of_order and payment.state == 1:
                    continue
                more = min(left, payment.amount_fen - asked.get(name.reference, 0))
                if more > 0:
                    self._company.pay_back(name.reference, more)
                    left -= more

    async def reconcile(self) -> None:
        """Record what the statement has and the chain has not; mark what both have."""
        statement = self._company.statement
        for facts in (dict(statement.payments), dict(statement.refunds)):
            await asyncio.gather(*(self._market.record(fact) for fact in facts.values()))
        references = list(statement.payments)
        for first in range(0, len(references), REFERENCES_MAX):
            some = tuple(references[first : first + REFERENCES_MAX])
            marked = ReconcilePayments(some, seed_bytes("statement"))
            await self._market.hand_in(BANK, marked, purpose="provider")
