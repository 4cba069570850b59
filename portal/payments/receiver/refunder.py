"""Pays back what the ledger says is owed, each refund once.

Rule: ask the ledger what is owed only after everything on its way was brought as far as it goes;
a payment whose refund is on its way, or was recorded in this very round, gets no second one.
"""

import asyncio
from dataclasses import replace

from portal.clock import Clock
from portal.logs import Log
from portal.node_client import TOO_MANY
from portal.payments.facts import Refund
from portal.payments.ledger_client import FINAL, LedgerClient, Owed, RefundFact
from portal.payments.receiver.inbox import SLOW_MS, Inbox
from portal.payments.receiver.refund_jobs import Job, RefundJobs, ordinal_of
from portal.payments.wechat import WechatPay, reason_of
from primitives.errors import Refused

BATCH = 500
"""Refunds gone on with in one round."""


class Refunder:
    """Executes refunds.

    Args:
        company: the payment company.
        ledger: our own node.
        inbox: what was paid.
        jobs: refunds on their way.
        wait_ms: how long to wait for the ledger.
        clock: what time it is.
        log: where alarms are told.
    """

    def __init__(
        self,
        company: WechatPay,
        ledger: LedgerClient,
        inbox: Inbox,
        jobs: RefundJobs,
        *,
        wait_ms: int,
        clock: Clock,
        log: Log,
    ) -> None:
        self._company = company
        self._ledger = ledger
        self._inbox = inbox
        self._jobs = jobs
        self._wait_ms = wait_ms
        self._clock = clock
        self._log = log
        self._one_by_one = asyncio.Lock()

    async def round(self) -> None:
        """Go on with what is on its way, then begin what is owed.

        Raises:
            Unavailable: when the company or the node does not answer; everything is kept.
        """
        async with self._one_by_one:
            handled = set()
            for job in await self._jobs.due(self._now_ms(), BATCH):
                handled.add(job.payment)
                await self._step(job)
            handled |= await self._jobs.payments_under_way(self._now_ms())
            async for owed in self._ledger.owed():
                if owed.payment not in handled:
                    handled.add(owed.payment)
                    await self._begin(owed)

    async def hear(self, out_refund_no: str) -> bool:
        """Take news of a refund; tell whether it is on the ledger.

        Raises:
            Refused: `notice.contradicted` when the company knows no such refund.
            Unavailable: when the company or the node does not answer.
        """
        async with self._one_by_one:
            job = await self._jobs.find(out_refund_no) or await self._adopt(out_refund_no)
            if job.state in ("asked", "paid"):
                job = await self._step(job)
            return job.state in ("recorded", "closed")

    async def _begin(self, owed: Owed) -> None:
        job = await self._jobs.begin(owed.payment, owed.amount_fen, self._now_ms())
        if job is None:
            self._log.event("payments.alarm", code="refund.too_many", reference=owed.payment)
            return
        await self._step(job)

    async def _adopt(self, out_refund_no: str) -> Job:
        """Keep a refund that somebody else asked for, or that we asked for before our file."""
        try:
            refund, _ = await self._company.refund_by_number(out_refund_no)
        except Refused as error:
            raise Refused("notice.contradicted", "the company knows no such refund") from error
        payment = refund.transaction_id
        ordinal = ordinal_of(payment, out_refund_no)
        if not ordinal:
            self._log.event("payments.alarm", code="refund.not_ours", reference=payment)
        job = Job(out_refund_no, payment, ordinal, refund.amount_fen, "asked")
        return await self._jobs.adopt(job, self._now_ms())

    async def _step(self, job: Job) -> Job:
        """Bring a refund as far as it goes now."""
        # The next try is on disk before this one begins, whatever becomes of it.
        job = await self._jobs.later(job, self._now_ms())
        if job.state == "asked":
            job = await self._ask(job)
        if job.state == "paid":
            job = await self._record(job)
        return job

    async def _ask(self, job: Job) -> Job:
        try:
            refund, evidence = await self._refund(job)
        except Refused as error:
            self._log.event(
                "payments.alarm", code=error.code, reason=reason_of(error), reference=job.payment
            )
            return await self._jobs.later(job, self._now_ms(), delay_ms=SLOW_MS)
        job = replace(job, amount_fen=refund.amount_fen)
        match refund.status:
            case "SUCCESS":
                return await self._jobs.save(
                    replace(
                        job,
                        state="paid",
                        refund_id=refund.refund_id,
                        refunded_ms=refund.refunded_ms,
                        evidence=evidence,
                    )
                )
            case "CLOSED":
                self._log.event("payments.alarm", code="refund.closed", reference=job.payment)
                await self._jobs.later(job, self._now_ms(), delay_ms=SLOW_MS)
                return await self._jobs.save(replace(job, state="closed"))
            case "PROCESSING":
                return job
            case _:
                self._log.event("payments.alarm", code="refund.abnormal", reference=job.payment)
                return await self._jobs.later(job, self._now_ms(), delay_ms=SLOW_MS)

    async def _refund(self, job: Job) -> tuple[Refund, bytes]:
        """Ask for the refund, or learn what the company has under its number."""
        if not job.ordinal:
            return await self._company.refund_by_number(job.out_refund_no)
        try:
            return await self._company.refund(
                {
                    "transaction_id": job.payment,
                    "out_refund_no": job.out_refund_no,
                    "amount": {
                        "refund": job.amount_fen,
                        "total": await self._paid_fen(job.payment),
                        "currency": "CNY",
                    },
                }
            )
        except Refused as refusal:
            try:
                return await self._company.refund_by_number(job.out_refund_no)
            except Refused:
                raise refusal from None

    async def _paid_fen(self, payment: str) -> int:
        known = await self._inbox.payment(payment)
        if known is not None:
            return known.fact.amount_fen
        trade, _ = await self._company.trade_by_id(payment)
        return trade.amount_fen

    async def _record(self, job: Job) -> Job:
        fact = RefundFact(
            payment=job.payment,
            reference=job.refund_id,
            amount_fen=job.amount_fen,
            refunded_ms=job.refunded_ms,
            evidence=job.evidence,
        )
        try:
            status = await self._ledger.record_refund(fact, self._wait_ms)
        except Refused as error:
            if error.code != TOO_MANY:
                self._log.event("payments.alarm", code=error.code, reference=job.payment)
                await self._jobs.later(job, self._now_ms(), delay_ms=SLOW_MS)
            return job
        if status not in FINAL:
            return job
        return await self._jobs.save(replace(job, state="recorded"))

    def _now_ms(self) -> int:
        return self._clock.now_ms()
