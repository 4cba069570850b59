"""Brings a trade onto the ledger: ask the company, keep it, hand it to our node.

Rule: a notice is a hint and the company's own answer is the truth; where the two differ nothing is
recorded and an alarm is told. What was kept is handed in until the ledger has it.
"""

from portal.clock import Clock
from portal.logs import Log
from portal.node_client import TOO_MANY
from portal.payments.facts import Trade
from portal.payments.ledger_client import FINAL, LedgerClient, PaymentFact
from portal.payments.merchant import MerchantSection
from portal.payments.numbers import read_attach
from portal.payments.receiver.config import ReceiverSection
from portal.payments.receiver.inbox import Inbox, Payment, Watched
from portal.payments.wechat import WechatPay, is_unknown, reason_of
from primitives.errors import Refused

GRACE_MS = 600_000
"""A trade is looked for so long after it can no longer be paid."""

PASSING = (TOO_MANY, "payment.in_the_future")
"""Refusals that time mends: a busy node, a ledger whose clock is a little behind the company's."""


class Recorder:
    """Records payments.

    Args:
        company: the payment company.
        ledger: our own node.
        inbox: what was heard.
        section: how it records.
        merchant: as whom we are paid.
        clock: what time it is.
        log: where alarms are told.
    """

    def __init__(
        self,
        company: WechatPay,
        ledger: LedgerClient,
        inbox: Inbox,
        *,
        section: ReceiverSection,
        merchant: MerchantSection,
        clock: Clock,
        log: Log,
    ) -> None:
        self._company = company
        self._ledger = ledger
        self._inbox = inbox
        self._section = section
        self._merchant = merchant
        self._clock = clock
        self._log = log

    async def hear(self, told: Trade, evidence: bytes) -> bool:
        """Take what a notice says; tell whether it is on the ledger.

        Raises:
            Refused: `notice.contradicted` when the company's own answer differs.
            Unavailable: when the company or the node does not answer; it is kept and tried again.
        """
        known = await self._inbox.payment(told.transaction_id)
        if known is None:
            await self._inbox.watch(told.out_trade_no, told.paid_ms + GRACE_MS, self._now_ms())
            truth, _ = await self._truth(told)
            known = await self._keep(truth, evidence)
        elif not _is_same(told, known):
            raise _contradicted()
        return known.is_recorded or await self.record(known)

    async def look(self, watched: Watched) -> bool:
        """Ask the company for a trade; tell whether it is on the ledger.

        Raises:
            Unavailable: when the company or the node does not answer.
        """
        number = watched.out_trade_no
        try:
            trade, evidence = await self._company.trade(number)
        except Refused as error:
            if not is_unknown(error):
                self._log.event("payments.query_refused", code=error.code, reason=reason_of(error))
                await self._inbox.look_later(watched, self._now_ms())
            else:
                await self._inbox.unwatch(number)
            return False
        if trade.is_paid and self._is_ours(trade, number):
            payment = await self._keep(trade, evidence)
            return payment.is_recorded or await self.record(payment)
        is_over = watched.until_ms + GRACE_MS < self._now_ms()
        if trade.state == "CLOSED" or is_over or trade.is_paid:
            await self._inbox.unwatch(number)
        else:
            await self._inbox.look_later(watched, self._now_ms())
        return False

    async def record(self, payment: Payment) -> bool:
        """Hand a payment to the ledger; tell whether it is there now.

        Raises:
            Unavailable: when the node does not answer; it is tried again.
        """
        # The next try is on disk before this one begins, whatever becomes of it.
        await self._inbox.record_later(payment, self._now_ms())
        try:
            status = await self._ledger.record_payment(payment.fact, self._section.wait_ms)
        except Refused as error:
            return await self._after_refusal(payment, error)
        if status not in FINAL:
            return False
        await self._inbox.recorded(payment.fact.reference)
        return True

    async def _truth(self, told: Trade) -> tuple[Trade, bytes]:
        """Return the company's own answer, the same as the notice."""
        try:
            truth, evidence = await self._company.trade(told.out_trade_no)
        except Refused as error:
            if is_unknown(error):
                await self._inbox.unwatch(told.out_trade_no)
            raise _contradicted() from error
        compared = ("mchid", "appid", "transaction_id", "amount_fen", "attach", "paid_ms")
        is_same = all(getattr(truth, name) == getattr(told, name) for name in compared)
        if not (truth.is_paid and is_same):
            raise _contradicted()
        return truth, evidence

    async def _keep(self, trade: Trade, evidence: bytes) -> Payment:
        # Money without an order is recorded under a number that is no order: it goes back.
        payee, order = read_attach(trade.attach) or (self._section.payee, trade.out_trade_no)
        fact = PaymentFact(
            payee=payee,
            order=order,
            amount_fen=trade.amount_fen,
            reference=trade.transaction_id,
            paid_ms=trade.paid_ms,
            evidence=evidence,
        )
        return await self._inbox.hear(Payment(trade.out_trade_no, fact), self._now_ms())

    async def _after_refusal(self, payment: Payment, error: Refused) -> bool:
        """Wait a little, or call people."""
        if error.code in PASSING:
            return False
        self._log.event("payments.alarm", code=error.code, reference=payment.fact.reference)
        await self._inbox.record_later(payment, self._now_ms(), needs_people=True)
        return False

    def _is_ours(self, trade: Trade, number: str) -> bool:
        names = (trade.mchid, trade.appid, trade.out_trade_no)
        if names == (self._merchant.mchid, self._merchant.appid, number):
            return True
        self._log.event("payments.alarm", code="provider.other_trade")
        return False

    def _now_ms(self) -> int:
        return self._clock.now_ms()


def _is_same(told: Trade, known: Payment) -> bool:
    fact = known.fact
    payee, order = read_attach(told.attach) or (fact.payee, told.out_trade_no)
    return (told.out_trade_no, told.amount_fen, told.paid_ms, payee, order) == (
        *(known.out_trade_no, fact.amount_fen, fact.paid_ms, fact.payee, fact.order),
    )


def _contradicted() -> Refused:
    return Refused("notice.contradicted", "the company's own answer is another")
