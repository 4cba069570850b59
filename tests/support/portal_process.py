"""A running portal on a made-up node, and a patient's browser without a screen."""

import asyncio
import io
import json
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from portal.config import load_config
from portal.logs import Log
from portal.service import Running, start
from tests.support.portal_node import PortalNode, write_agency

STUCK_S = 60.0
"""A test that waits for what never comes ends after this."""
PORTAL_KEY = bytes(range(32))
GENESIS = json.dumps(
    {"agencies": [{"id": "hospital", "name": "第一人民医院"}]}, ensure_ascii=False
).encode()


@dataclass
class SetClock:
    """A clock that stands until it is set."""

    time_ms: int = 1_790_000_000_000

    def now_ms(self) -> int:
        return self.time_ms


class EventStream(io.StringIO):
    """Where a log writes; `seen` waits for an event of it."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting: list[tuple[str, asyncio.Event]] = []

    def write(self, text: str) -> int:
        for part, event in self._waiting:
            if part in text:
                event.set()
        return super().write(text)

    def expect(self, part: str) -> asyncio.Event:
        """Return what is set as soon as a line with `part` is written."""
        event = asyncio.Event()
        self._waiting.append((part, event))
        if part in self.getvalue():
            event.set()
        return event


@dataclass
class Page:
    """An answer to a browser."""

    status: int
    path: str
    text: str
    headers: dict[str, str]


@dataclass
class Browser:
    """Cookies and forms of one visitor."""

    url: str
    session: aiohttp.ClientSession

    async def get(self, path: str) -> Page:
        async with self.session.get(self.url + path) as response:
            return await _page(response)

    async def post(self, path: str, *, token: str | None = None, **values: str) -> Page:
        form = values | {"csrf": token if token is not None else await self.token()}
        async with self.session.post(self.url + path, data=form) as response:
            return await _page(response)

    async def token(self) -> str:
        page = await self.get("/login/first")
        found = re.search(r'name="csrf" value="([0-9a-f]+)"', page.text)
        assert found is not None
        return found[1]


@dataclass
class Scene:
    """A node, its portal and the clock both go by."""

    node: PortalNode
    running: Running
    clock: SetClock
    log: EventStream
    folder: Path
    stack: AsyncExitStack
    browsers: list[aiohttp.ClientSession] = field(default_factory=list)

    @property
    def code_file(self) -> Path:
        return self.folder / "hospital/portal/codes.txt"

    def last_code(self) -> str:
        found = re.findall(r"验证码 (\d{6})", self.code_file.read_text("utf-8"))
        return str(found[-1])

    async def browser(self) -> Browser:
        jar = aiohttp.CookieJar(unsafe=True)
        session = aiohttp.ClientSession(cookie_jar=jar)
        self.stack.push_async_callback(session.close)
        return Browser(self.running.url, session)

    async def issue(self, *lines: dict[str, Any]) -> list[dict[str, Any]]:
        """Issue bills and return when the projection has them."""
        written = self.log.expect(f'"height": "{len(self.node.blocks) + 1}"')
        faces = self.node.issue(*lines)
        await written.wait()
        return faces

    async def first_login(self, resident_id: str, check_code: str) -> Browser:
        browser = await self.browser()
        await browser.post("/login/first", resident_id=resident_id, check_code=check_code)
        await self.running.portal.logins.settle()
        page = await browser.post("/code", code=self.last_code())
        assert page.path == "/bills"
        return browser


@asynccontextmanager
async def scene(
    folder: Path, *, settings: str = "", web: str = "", stuck_s: float = STUCK_S
) -> AsyncIterator[Scene]:
    """Run a portal in `folder`.

    Args:
        folder: an empty folder.
        settings: further sections of its portal.toml.
        web: further lines of the section [web].
        stuck_s: how long it may last.
    """
    node = PortalNode(PORTAL_KEY, GENESIS)
    await node.start()
    file = write_agency(folder, node)
    file.write_text(file.read_text() + web + settings)
    clock, stream = SetClock(), EventStream()
    async with asyncio.timeout(stuck_s), AsyncExitStack() as stack:
        stack.push_async_callback(node.stop)
        log = Log(clock, "debug", stream)
        running = await start(load_config(file), clock, log, stack)
        follow = asyncio.create_task(running.follower.run())
        try:
            yield Scene(node, running, clock, stream, folder, stack)
        finally:
            follow.cancel()
            await asyncio.gather(follow, return_exceptions=True)


async def _page(response: aiohttp.ClientResponse) -> Page:
    text = await response.text()
    return Page(response.status, response.url.path, text, dict(response.headers))
