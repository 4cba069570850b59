"""Builds the receiver from its settings and keeps it running until it is told to stop."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass

from portal.clock import Clock
from portal.database import Database
from portal.listening import listen, run_beside
from portal.logs import Log
from portal.payments.ledger_client import LedgerClient
from portal.payments.merchant import Merchant
from portal.payments.receiver.config import Config
from portal.payments.receiver.days import Days
from portal.payments.receiver.inbox import Inbox
from portal.payments.receiver.notices import NoticeReader
from portal.payments.receiver.recorder import Recorder
from portal.payments.receiver.refund_jobs import RefundJobs
from portal.payments.receiver.refunder import Refunder
from portal.payments.receiver.schema import STEPS
from portal.payments.receiver.server import Server
from portal.payments.receiver.sweeper import Sweeper
from portal.payments.wechat import WechatPay


@dataclass(frozen=True, slots=True)
class Running:
    """A receiver that serves."""

    company: WechatPay
    """The payment company."""
    ledger: LedgerClient
    """Our own node."""
    sweeper: Sweeper
    """What finds the rest; run it."""
    url: str
    """Where notices arrive."""


async def start(config: Config, clock: Clock, log: Log, stack: AsyncExitStack) -> Running:
    """Build everything and listen; what was opened closes with `stack`.

    Raises:
        NodeFault: when settings, files or the address cannot be used.
    """
    section, merchant = config.receiver, Merchant(config.merchant, clock)
    database = Database(config.data.folder / "receiver.sqlite", STEPS)
    stack.callback(database.close)
    inbox, company = Inbox(database), WechatPay(merchant, clock)
    await stack.enter_async_context(company)
    ledger = await stack.enter_async_context(LedgerClient(config.node))
    recorder = Recorder(
        company,
        ledger,
        inbox,
        section=section,
        merchant=config.merchant,
        clock=clock,
        log=log,
    )
    jobs, wait_ms = RefundJobs(database), section.wait_ms
    refunder = Refunder(company, ledger, inbox, jobs, wait_ms=wait_ms, clock=clock, log=log)
    sweeper = Sweeper(
        company,
        ledger,
        inbox,
        recorder,
        refunder,
        Days(database),
        section=section,
        mchid=config.merchant.mchid,
        clock=clock,
        log=log,
    )
    reader = NoticeReader(merchant, company.keys, clock)
    server = Server(reader, recorder, refunder, inbox, merchant=merchant, clock=clock, log=log)
    address = config.listen_address()
    url = await listen(server.application(), address, file=config.file, stack=stack)
    return Running(company, ledger, sweeper, url)


async def serve(config: Config, clock: Clock, log: Log, stop: asyncio.Event) -> None:
    """Run until `stop` is set.

    Raises:
        NodeFault: what ended it, other than `stop`.
    """
    async with AsyncExitStack() as stack:
        running = await start(config, clock, log, stack)
        log.event("payments.started", listen=running.url)
        await run_beside(stop, running.sweeper.run())
    log.event("payments.stopped")
