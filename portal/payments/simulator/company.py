"""The simulated company's parts, and its clockwork: refunds that succeed, notices that go out."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import aiohttp

from portal.clock import Clock
from portal.database import Database
from portal.logs import Log
from portal.payments.key_files import PublicKey, read_apiv3_key, read_certificate
from portal.payments.simulator.config import Config
from portal.payments.simulator.notices import Notices, Sending
from portal.payments.simulator.platform import Platform
from portal.payments.simulator.refunds import Refunds
from portal.payments.simulator.schema import STEPS
from portal.payments.simulator.trades import Trades

ANSWER_S = 5.0
"""A merchant has so long to answer a notice."""
BATCH = 100
"""Notices sent in one round, at most."""
SENT_AT_ONCE = 16
"""Notices under way at a time."""
ROUND_S = 0.25
"""Pause between rounds when nothing is due."""


@dataclass(frozen=True, slots=True)
class Company:
    """The company."""

    config: Config
    """Settings."""
    database: Database
    """Its file."""
    trades: Trades
    """Its trades."""
    refunds: Refunds
    """Its refunds."""
    notices: Notices
    """What it tells the merchant."""
    platform: Platform
    """Its keys."""
    merchant_key: PublicKey
    """The merchant's key."""
    clock: Clock
    """What time it is."""
    log: Log
    """Where events are told."""


def open_company(config: Config, clock: Clock, log: Log) -> Company:
    """Open the company's file and keys; close `database` in the end.

    Raises:
        NodeFault: when a file cannot be used.
    """
    platform = Platform(config.data.folder / "platform")
    merchant_key = read_certificate(config.merchant.certificate)
    apiv3_key = read_apiv3_key(config.merchant.apiv3_key)
    notices = Notices(apiv3_key, config.chaos, config.times.second_ms)
    database = Database(config.data.folder / "company.sqlite", STEPS)
    return Company(
        config=config,
        database=database,
        trades=Trades(database, config.merchant, notices),
        refunds=Refunds(database, config.merchant.mchid, config.times, notices),
        notices=notices,
        platform=platform,
        merchant_key=merchant_key,
        clock=clock,
        log=log,
    )


class Clockwork:
    """Lets refunds succeed and sends notices when their time has come.

    Args:
        company: whose.
        rest: how it waits between rounds.
    """

    def __init__(
        self, company: Company, rest: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._company = company
        self._rest = rest
        self._at_once = asyncio.Semaphore(SENT_AT_ONCE)

    async def run(self) -> None:
        """Turn for ever."""
        timeout = aiohttp.ClientTimeout(total=ANSWER_S)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            while True:
                if not await self.turn(session):
                    await self._rest(ROUND_S)

    async def turn(self, session: aiohttp.ClientSession) -> int:
        """Do what is due now; return how many notices were sent."""
        now_ms = self._company.clock.now_ms()
        await self._company.refunds.settle(now_ms)
        due = await self._company.database.run(
            lambda connection: self._company.notices.due(connection, now_ms, BATCH)
        )
        await asyncio.gather(*(self._send(session, sending) for sending in due))
        return len(due)

    async def _send(self, session: aiohttp.ClientSession, sending: Sending) -> None:
        async with self._at_once:
            is_accepted = await self._post(session, sending)
        now_ms, notices = self._company.clock.now_ms(), self._company.notices
        if is_accepted:
            await self._company.database.run(lambda connection: notices.done(connection, sending))
            return
        goes_on = await self._company.database.run(
            lambda connection: notices.failed(connection, sending, now_ms)
        )
        self._company.log.debug("company.notice_refused", count=sending.tries + 1)
        if not goes_on:
            self._company.log.event("company.notice_given_up")

    async def _post(self, session: aiohttp.ClientSession, sending: Sending) -> bool:
        signature = self._company.platform.sign(sending.body, self._company.clock.now_ms())
        headers = signature.headers() | {
            "Content-Type": "application/json",
            "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
        }
        try:
            async with session.post(sending.url, data=sending.body, headers=headers) as response:
                return response.status in (200, 204)
        except (aiohttp.ClientError, TimeoutError):
            return False
