"""Company and receiver as processes, killed again and again while trades are paid and refunded."""

import asyncio
import json
import re
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import aiohttp
import pytest

from portal.clock import SystemClock
from portal.payments.ledger_client import LedgerClient
from portal.payments.merchant import Merchant
from portal.payments.moments import day_of
from portal.payments.numbers import trade_number, write_attach
from portal.payments.receiver.config import load_config
from portal.payments.receiver.folder import Names, make_settings
from portal.payments.reconcile import reconcile
from portal.payments.simulator.folder import make_folder
from portal.payments.wechat import WechatPay, native_body, reason_of
from primitives.errors import Refused, Unavailable
from tests.support.payments_node import TOKEN, ProviderNode
from tests.support.payments_town import APPID, HOUR_MS, MCHID
from tests.support.scale import scaled

PROGRAM = Path(sys.executable).parent / "piaolian-portal"
STUCK_S = 1_200.0
KILLS = 60
FAST = (
    '[times]\nsecond_ms = 5\nrefund_ms = 20\nrefund_gap_ms = 1\nstatement = "now"\n'
    "[chaos]\nlate_percent = 20\nlate_s = 60\ndouble_percent = 20\nswap_percent = 20\n"
)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@dataclass
class Killed:
    """A program that is killed and started on the same files."""

    words: list[str]
    started: str
    process: Process | None = None
    kills: int = 0
    told: list[str] = field(default_factory=list)
    """Everything it wrote."""
    is_up: asyncio.Event = field(default_factory=asyncio.Event)
    """Set while it serves."""
    _reader: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start it and wait until it serves."""
        self.process = await asyncio.create_subprocess_exec(PROGRAM, *self.words, stderr=PIPE)
        assert self.process.stderr is not None
        line = (await self.process.stderr.readline()).decode()
        assert json.loads(line)["event"] == self.started
        self._reader = asyncio.create_task(self._read(self.process.stderr))
        self.is_up.set()

    async def kill(self) -> None:
        """Kill it at once, and start it again."""
        await self.end(signal.SIGKILL)
        self.kills += 1
        await self.start()

    async def end(self, number: int) -> None:
        assert self.process is not None
        assert self._reader is not None
        self.is_up.clear()
        self.process.send_signal(number)
        await self.process.wait()
        await self._reader

    async def _read(self, stream: asyncio.StreamReader) -> None:
        while line := await stream.readline():
            self.told.append(line.decode())


@dataclass
class Scene:
    """All of it."""

    node: ProviderNode
    company: Killed
    receiver: Killed
    client: WechatPay
    ledger: LedgerClient
    http: aiohttp.ClientSession
    notify_url: str
    clock: SystemClock

    async def pay(self, order: str, amount_fen: int, attempt: int) -> None:
        """Pay as a stubborn payer does: again, when the company was killed meanwhile."""
        expires_ms = self.clock.now_ms() + HOUR_MS
        while True:
            try:
                return await self._pay(order, amount_fen, attempt, expires_ms)
            except (Unavailable, aiohttp.ClientError):
                await self.company.is_up.wait()
            except Refused as error:
                if reason_of(error) != "ORDERPAID":
                    raise
                return None

    async def _pay(self, order: str, amount_fen: int, attempt: int, expires_ms: int) -> None:
        body = native_body(
            trade_number("hospital", order, attempt),
            description="门诊费用",
            amount_fen=amount_fen,
            attach=write_attach("hospital", order),
            expires_ms=expires_ms,
            notify=self.notify_url,
        )
        code_url = await self.client.open_native(body)
        async with self.http.post(code_url) as response:
            assert response.status == 200


@asynccontextmanager
async def scene(folder: Path) -> AsyncIterator[Scene]:
    company_port, receiver_port = free_port(), free_port()
    clock, node = SystemClock(), ProviderNode()
    address = f"127.0.0.1:{company_port}"
    provider = make_folder(folder / "company", listen=address, now_ms=clock.now_ms() - HOUR_MS)
    provider.write_text(provider.read_text().partition("[times]")[0] + FAST)
    await node.start()
    bank = folder / "bank"
    bank.mkdir()
    (bank / "payments.token").touch(mode=0o600)
    (bank / "payments.token").write_text(TOKEN)
    names = Names(
        node=node.url,
        company=f"http://{address}",
        mchid=MCHID,
        appid=APPID,
        payee="hospital",
        listen=f"127.0.0.1:{receiver_port}",
    )
    file = make_settings(bank, folder / "company/merchant", names)
    file.write_text(file.read_text().replace("[data]", "sweep_ms = 50\n[data]"))
    config = load_config(file)
    company = Killed(["simulator", "--config", str(provider)], "company.started")
    receiver = Killed(["payments", "--config", str(file)], "payments.started")
    async with (
        asyncio.timeout(STUCK_S),
        WechatPay(Merchant(config.merchant, clock), clock) as client,
        LedgerClient(config.node) as ledger,
        aiohttp.ClientSession() as http,
    ):
        await company.start()
        await receiver.start()
        url = f"http://127.0.0.1:{receiver_port}/notify"
        try:
            yield Scene(node, company, receiver, client, ledger, http, url, clock)
        finally:
            for program in (receiver, company):
                await program.end(signal.SIGTERM)
            await node.stop()


@pytest.mark.slow
async def test_case_18_killed_between_any_two_steps_nothing_is_lost_or_paid_twice(
    tmp_path: Path,
) -> None:
    dice, paid = Random(18), Counter[str]()
    async with scene(tmp_path) as it:
        days = {day_of(it.clock.now_ms())}
        for number in range(scaled(KILLS)):
            victim = dice.choice([it.receiver, it.receiver, it.company])
            await round_of(it, dice, victim, f"order-{number}", paid)
        await it.node.until(lambda: it.node.owed() == {})
        days.add(day_of(it.clock.now_ms()))
        assert recorded(it.node) == paid
        twice = [order for order, amount_fen in paid.items() if amount_fen > price(it, order)]
        given = sum(refund["amount_fen"] for refund in it.node.refunds.values())
        assert given == sum(price(it, order) for order in twice)
        assert it.receiver.kills + it.company.kills == scaled(KILLS)
        for day in days:
            result = await reconcile(it.client, it.ledger, mchid=MCHID, day=day)
            assert result.differences == ()
            assert result.refunds_fen in (0, given)
        alarms = re.findall(r'"event": "payments\.alarm".*', "".join(it.receiver.told))
        assert alarms == []


async def round_of(it: Scene, dice: Random, victim: Killed, order: str, paid: Counter[str]) -> None:
    """Pay an order once or twice and kill somebody at one of the steps that follow."""
    amount_fen, times = dice.randint(1, 99_999), dice.choice([1, 1, 2])
    it.node.orders["hospital", order] = amount_fen
    steps, is_killed = dice.randint(0, 4), asyncio.Event()
    tasks: list[asyncio.Task[None]] = []

    async def kill() -> None:
        await victim.kill()
        is_killed.set()

    async def upon(_step: str) -> None:
        nonlocal steps
        steps -= 1
        if steps == 0 and not tasks:
            tasks.append(asyncio.create_task(kill()))

    it.node.upon = upon
    for attempt in range(1, times + 1):
        await it.pay(order, amount_fen, attempt)
        paid[order] += amount_fen
        if steps <= 0 and not tasks:
            tasks.append(asyncio.create_task(kill()))
            await is_killed.wait()
    await it.node.until(lambda: recorded(it.node)[order] == paid[order])
    if not tasks:
        tasks.append(asyncio.create_task(kill()))
    await asyncio.gather(*tasks)
    it.node.upon = None


def recorded(node: ProviderNode) -> Counter[str]:
    found: Counter[str] = Counter()
    for payment in node.payments.values():
        found[payment["order"]] += payment["amount_fen"]
    return found


def price(it: Scene, order: str) -> int:
    return it.node.orders["hospital", order]
