"""A simulated payment company, the bank's receiver and its stand-in node, on real sockets.

Time stands until a test moves it; nothing runs by itself: `turn` sends the notices that are due,
`sweep` is one round of the receiver's sweeper.
"""

import asyncio
import functools
import io
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from portal.config import PaymentsSection
from portal.logs import Log
from portal.payments.attempts import Attempts
from portal.payments.key_files import make_pair, write_new
from portal.payments.merchant import Merchant, MerchantSection
from portal.payments.numbers import trade_number, write_attach
from portal.payments.opening import WechatPayments, merchant_section
from portal.payments.receiver import config as receiver_config
from portal.payments.receiver import service as receiver_service
from portal.payments.receiver.folder import Names, make_settings
from portal.payments.simulator import config as simulator_config
from portal.payments.simulator import service as simulator_service
from portal.payments.simulator.company import Clockwork
from portal.payments.simulator.folder import make_folder
from portal.payments.wechat import WechatPay, native_body
from tests.support.payments_node import TOKEN, ProviderNode
from tests.support.portal_process import STUCK_S, EventStream, SetClock

NOON_MS = 1_790_000_000_000
"""2026-09-21, 22:13 in China."""
DAY_MS = 86_400_000
HOUR_MS = 3_600_000
MCHID, APPID = "1900000109", "wxd678efh567hg6787"


@functools.cache
def company_folder() -> Path:
    """Return a folder as `simulator init` makes it, once a process: keys are slow to make."""
    folder = Path(tempfile.mkdtemp(prefix="piaolian-company-"))
    make_folder(folder, listen="127.0.0.1:0", now_ms=NOON_MS - DAY_MS)
    return folder


@functools.cache
def stranger_pair() -> tuple[bytes, bytes]:
    """Return a private key and certificate that nobody knows."""
    return make_pair("stranger", NOON_MS - DAY_MS)


def no_name_of_a_person(log: io.StringIO) -> None:
    """A log of payments holds no amount and no payer."""
    assert "openid" not in log.getvalue()
    assert "amount" not in log.getvalue()


@dataclass
class Town:
    """The company, the receiver, the node."""

    folder: Path
    clock: SetClock
    node: ProviderNode
    log: EventStream
    stack: AsyncExitStack
    company_stack: AsyncExitStack
    http: aiohttp.ClientSession
    company: simulator_service.Running
    receiver: receiver_service.Running
    clockwork: Clockwork
    receiver_stack: AsyncExitStack

    @property
    def notify_url(self) -> str:
        return self.receiver.url + "/notify"

    @property
    def merchant(self) -> MerchantSection:
        return receiver_config.load_config(self.folder / "bank/payments.toml").merchant

    async def turn(self) -> int:
        """Send the notices that are due."""
        return await self.clockwork.turn(self.http)

    async def sweep(self) -> None:
        await self.receiver.sweeper.round()

    async def open(self, order: str, amount_fen: int, *, attempt: int = 1) -> str:
        """Open a trade for an order of the hospital; return its token."""
        number = trade_number("hospital", order, attempt)
        body = native_body(
            number,
            description="门诊费用",
            amount_fen=amount_fen,
            attach=write_attach("hospital", order),
            expires_ms=self.clock.now_ms() + 2 * HOUR_MS,
            notify=self.notify_url,
        )
        code_url = await self.receiver.company.open_native(body)
        return code_url.rpartition("/")[2]

    async def pay(self, token: str) -> str:
        """Press the button of a payer's page; return the page."""
        async with self.http.post(f"{self.company.url}/pay/{token}") as response:
            return await response.text()

    async def text(self, path: str) -> str:
        """Return a page of the company."""
        async with self.http.get(self.company.url + path) as response:
            return await response.text()

    def signer(self) -> Merchant:
        """Return what signs as the merchant does."""
        return Merchant(self.merchant, self.clock)

    async def pay_order(self, order: str, amount_fen: int, *, attempt: int = 1) -> None:
        self.node.orders.setdefault(("hospital", order), amount_fen)
        await self.pay(await self.open(order, amount_fen, attempt=attempt))

    async def notices(self) -> list[tuple[str, bytes]]:
        """Return address and body of every notice that the company has made, in order."""
        query = "SELECT url, body FROM notices ORDER BY rowid"
        return await self.company.company.database.run(
            lambda connection: connection.execute(query).fetchall()
        )

    async def post(self, path: str, body: bytes, headers: dict[str, str]) -> int:
        url = self.receiver.url + path
        async with self.http.post(url, data=body, headers=headers) as response:
            return response.status

    async def notify(self, body: bytes, **changes: str) -> int:
        """Send a notice signed by the company, with some headers changed."""
        signature = self.company.company.platform.sign(body, self.clock.now_ms())
        return await self.post("/notify", body, signature.headers() | changes)

    async def take_company_away(self) -> None:
        """Stop the company's server; what it signs in this process still counts."""
        await self.company_stack.aclose()

    async def bring_company_back(self) -> None:
        """Start the company again on its files and its address."""
        address = self.company.url.removeprefix("http://")
        file = self.folder / "company/provider.toml"
        config = simulator_config.load_config(file)
        file.write_text(file.read_text().replace(config.web.listen, address))
        log = Log(self.clock, "debug", self.log)
        self.company = await simulator_service.start(
            simulator_config.load_config(file), self.clock, log, self.company_stack
        )
        self.clockwork = self.company.clockwork

    async def restart_receiver(self) -> None:
        """End the receiver as a killed process ends, and start it on the same files."""
        address = self.receiver.url.removeprefix("http://")
        await self.receiver_stack.aclose()
        self.receiver_stack = AsyncExitStack()
        file = self.folder / "bank/payments.toml"
        config = receiver_config.load_config(file)
        file.write_text(file.read_text().replace(config.web.listen, address))
        self.receiver = await _start_receiver(self, self.receiver_stack)

    async def adapter(self, name: str = "portal", **changes: Any) -> WechatPayments:
        """Return a hospital portal's way to open payments, with its own file."""
        merchant = self.merchant
        names = MerchantSection.__dataclass_fields__
        section = PaymentsSection(
            adapter="wechat",
            notify_url=self.notify_url,
            expected_url=self.receiver.url + "/expected",
            **({key: getattr(merchant, key) for key in names} | changes),
        )
        attempts = Attempts(self.folder / f"{name}.sqlite")
        self.stack.callback(attempts.close)
        client = WechatPay(Merchant(merchant_section(section), self.clock), self.clock)
        await self.stack.enter_async_context(client)
        log = Log(self.clock, "debug", self.log)
        return WechatPayments(client, attempts, section, clock=self.clock, log=log)


@asynccontextmanager
async def town(
    folder: Path, *, settings: str = "", company_settings: str = ""
) -> AsyncIterator[Town]:
    """Start everything in an empty folder.

    Args:
        folder: the folder.
        settings: further lines of payments.toml's section [receiver].
        company_settings: further sections of provider.toml.
    """
    clock, stream, node = SetClock(NOON_MS), EventStream(), ProviderNode()
    shutil.copytree(company_folder(), folder / "company")
    provider = folder / "company/provider.toml"
    if company_settings:
        provider.write_text(provider.read_text().partition("[times]")[0] + company_settings)
    async with asyncio.timeout(STUCK_S * 5), AsyncExitStack() as stack:
        await node.start()
        stack.push_async_callback(node.stop)
        http = await stack.enter_async_context(aiohttp.ClientSession())
        log = Log(clock, "debug", stream)
        company_stack = await stack.enter_async_context(AsyncExitStack())
        company = await simulator_service.start(
            simulator_config.load_config(provider), clock, log, company_stack
        )
        _write_bank(folder, node, company.url, settings)
        made = Town(
            folder,
            clock,
            node,
            stream,
            stack,
            company_stack,
            http,
            company,
            receiver=None,  # type: ignore[arg-type]
            clockwork=company.clockwork,
            receiver_stack=AsyncExitStack(),
        )
        made.receiver = await _start_receiver(made, made.receiver_stack)
        try:
            yield made
        finally:
            await made.receiver_stack.aclose()
    no_name_of_a_person(stream)


async def _start_receiver(it: Town, stack: AsyncExitStack) -> receiver_service.Running:
    config = receiver_config.load_config(it.folder / "bank/payments.toml")
    return await receiver_service.start(config, it.clock, Log(it.clock, "debug", it.log), stack)


def _write_bank(folder: Path, node: ProviderNode, company_url: str, settings: str) -> None:
    bank = folder / "bank"
    write_new(bank / "payments.token", TOKEN.encode() + b"\n")
    names = Names(
        node=node.url,
        company=company_url,
        mchid=MCHID,
        appid=APPID,
        payee="hospital",
        listen="127.0.0.1:0",
    )
    file = make_settings(bank, folder / "company/merchant", names)
    file.write_text(file.read_text().replace("[data]", f"{settings}\n[data]"))
