"""The hospital's portal as a process, and a first login's keys.

Rule: the installed program with its own configuration; the limits that one busy page would meet
are set, as settings, to what the load needs.
"""

import asyncio
import re
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import aiohttp

from bench.network import PROGRAMS, Network

REQUESTS_PER_MINUTE: Final = 100_000
"""Of a session and of an address: the page asks several times a second."""
SESSION_MS: Final = 7_200_000
"""The page is open for long and nobody touches it."""
_CODE: Final = re.compile(r"验证码 (\d{6})")


@dataclass(slots=True)
class Portal:
    """The portal of a network's hospital."""

    network: Network
    process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        """Return its address, without a slash at the end."""
        return f"http://127.0.0.1:{self.network.places['hospital']['portal_port']}"

    def codes(self) -> list[str]:
        """Return the one-time codes sent so far."""
        file = self._folder / "portal" / "codes.txt"
        return _CODE.findall(file.read_text("utf-8")) if file.exists() else []

    async def start(self) -> None:
        """Make its settings, start it and wait until it is ready."""
        place = self.network.places["hospital"]
        listen = self.url.removeprefix("http://")
        options = ("--agency", self._folder, "--node", place["url"], "--listen", listen)
        program = PROGRAMS / "piaolian-portal"
        made = await asyncio.create_subprocess_exec(
            program, "init", *options, stdout=asyncio.subprocess.DEVNULL
        )
        if await made.wait() != 0:
            raise SystemExit("piaolian-portal init failed; see above")
        settings = self._folder / "portal.toml"
        settings.write_text(_with_limits(settings.read_text("utf-8")), "utf-8")
        with (self.network.folder / "logs" / "portal.log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                program, "run", "--config", settings, stdout=log, stderr=log
            )
        async with asyncio.timeout(60), aiohttp.ClientSession() as session:
            while True:
                if await self._is_ready(session):
                    return
                await asyncio.sleep(0.1)

    async def stop(self) -> None:
        """Stop it gracefully and wait for it."""
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
            await asyncio.wait_for(self.process.wait(), 60)

    @property
    def _folder(self) -> Path:
        return self.network.folder / "hospital"

    async def _is_ready(self, session: aiohttp.ClientSession) -> bool:
        assert self.process is not None, "it was started"
        if self.process.returncode is not None:
            raise SystemExit(f"the portal ended; see {self.network.folder}/logs/portal.log")
        try:
            async with session.get(f"{self.url}/readyz") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False


def _with_limits(text: str) -> str:
    """Return the portal's settings with the limits of this load."""
    web = f"[web]\nsession_requests_per_minute = {REQUESTS_PER_MINUTE}\n"
    web += f"address_requests_per_minute = {REQUESTS_PER_MINUTE}\n"
    accounts = f"[accounts]\nsession_idle_ms = {SESSION_MS}\n"
    return text.replace("[web]\n", web).replace("[accounts]\n", accounts)
