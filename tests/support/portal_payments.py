"""A running portal whose patients can pay: beside it stands the simulated payment company."""

import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from portal.logs import Log
from portal.payments.simulator import config as simulator_config
from portal.payments.simulator import service as simulator_service
from tests.support.payments_town import APPID, MCHID, company_folder
from tests.support.portal_process import STUCK_S, EventStream, Scene, SetClock, scene


@dataclass
class PayingScene:
    """A portal and a payment company."""

    scene: Scene
    company: simulator_service.Running
    company_stack: AsyncExitStack

    async def pay(self, url: str) -> None:
        """Press the button of a payer's page."""
        async with aiohttp.ClientSession() as session, session.post(url) as response:
            assert response.status == 200

    async def trades(self) -> int:
        """Return how many trades the company has."""
        return await self.company.company.database.run(
            lambda connection: connection.execute("SELECT count(*) FROM trades").fetchone()[0]
        )


@asynccontextmanager
async def paying_scene(folder: Path, *, stuck_s: float = STUCK_S) -> AsyncIterator[PayingScene]:
    """Run both in an empty folder, for so long at most."""
    shutil.copytree(company_folder(), folder / "company")
    config = simulator_config.load_config(folder / "company/provider.toml")
    async with AsyncExitStack() as stack:
        clock = SetClock()
        log = Log(clock, "debug", EventStream())
        company = await simulator_service.start(config, clock, log, stack)
        merchant = folder / "company/merchant"
        settings = (
            f'[payments]\nadapter = "wechat"\nurl = "{company.url}"\n'
            f'mchid = "{MCHID}"\nappid = "{APPID}"\nnotify_url = "{company.url}/notify"\n'
            f'certificate = "{merchant}/apiclient_cert.pem"\nkey = "{merchant}/apiclient_key.pem"\n'
            f'apiv3_key = "{merchant}/apiv3.key"\n'
        )
        async with scene(folder, settings=settings, stuck_s=stuck_s) as it:
            yield PayingScene(it, company, stack)
