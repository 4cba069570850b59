"""A patient's phone: Debian's Chromium, logged in, with the page of records open once for all.

Rule: the page is never loaded again, and says so itself: a variable set at its start, its count of
navigations and the browser's own events all tell of one page. A phone is no part of the network:
here its browser runs on the network's machine, and takes only the time that the network leaves.
"""

import asyncio
import json
import shutil
import time
from collections.abc import Collection
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Frame, Page, async_playwright

from bench.portal import Portal

OBSERVER: Final = Path(__file__).with_name("observer.js")
VIEWPORT: Final = {"width": 390, "height": 844}
LOGIN_MS: Final = 60_000
SEEN_S: Final = 60.0
"""How long a document may take to be seen before it counts as never seen."""


@dataclass(slots=True)
class Phone:
    """One page, open."""

    page: Page
    loads: list[str] = field(default_factory=list)
    """Navigations of the page after it was opened."""

    async def seen(self, documents: Collection[str]) -> dict[str, int]:
        """Wait until these are seen; return when each was, in milliseconds since the epoch.

        Raises:
            SystemExit: when one is not seen in time, or the page was loaded again.
        """
        deadline = time.monotonic() + SEEN_S
        while True:
            found: dict[str, int] = await self.page.evaluate("window.benchSeen")
            if found.keys() >= set(documents):
                return {name: found[name] for name in documents}
            if time.monotonic() > deadline:
                missing = len(set(documents) - found.keys())
                raise SystemExit(f"{missing} documents were never seen on the page")
            await asyncio.sleep(0.2)

    async def check_is_same(self) -> None:
        """Require that the page is the one that was opened.

        Raises:
            SystemExit: when it was loaded again.
        """
        told = await self.page.evaluate(
            "[performance.timeOrigin === window.benchOpened, "
            "performance.getEntriesByType('navigation').map((it) => it.type)]"
        )
        if told != [True, ["navigate"]] or self.loads:
            raise SystemExit(f"the page was loaded again: {json.dumps(told)}, {self.loads}")


async def open_phone(stack: AsyncExitStack, portal: Portal, keys: dict[str, str]) -> Phone:
    """Log a patient in and open the page of records.

    Args:
        stack: closes the browser.
        portal: whose page.
        keys: `resident_id` and `check_code` of the first login.
    """
    playwright = await stack.enter_async_context(async_playwright())
    browser = await playwright.chromium.launch(
        executable_path=_yielding(portal.network.folder / "chromium"),
        args=["--no-sandbox", "--disable-gpu"],
    )
    stack.push_async_callback(browser.close)
    page = await browser.new_page(viewport=VIEWPORT)  # type: ignore[arg-type]
    page.set_default_timeout(LOGIN_MS)
    await _log_in(page, portal, keys)
    answer = await page.goto(f"{portal.url}/records")
    if answer is None or answer.status != 200:
        raise SystemExit("the portal has no page of records")
    phone = Phone(page)
    await page.evaluate(OBSERVER.read_text("utf-8"))

    def note(frame: Frame) -> None:
        if frame is page.main_frame:
            phone.loads.append(frame.url)

    page.on("framenavigated", note)
    return phone


def _yielding(file: Path) -> Path:
    """Write the program that starts Chromium, and all its processes, behind everybody else."""
    file.write_text(f'#!/bin/sh\nexec nice -n 19 {shutil.which("chromium")} "$@"\n', "utf-8")
    file.chmod(0o700)
    return file


async def _log_in(page: Page, portal: Portal, keys: dict[str, Any]) -> None:
    before = len(portal.codes())
    await page.goto(f"{portal.url}/login/first")
    for name, value in keys.items():
        await page.fill(f"#{name}", value)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/code")
    deadline = time.monotonic() + LOGIN_MS / 1000
    while True:
        codes = portal.codes()
        if len(codes) > before:
            break
        if time.monotonic() > deadline:
            raise SystemExit("no one-time code came")
        await asyncio.sleep(0.05)
    await page.fill("#code", codes[-1])
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/bills")
