"""An open page hears that something changed, and is no visit."""

import asyncio
from pathlib import Path

import aiohttp

from portal.pages.headers import HEADERS
from tests.support.portal_node import his_line
from tests.support.portal_process import Browser, scene

PATIENT = "11010519491231002X"
OTHER = "440524188001010014"


async def next_event(response: aiohttp.ClientResponse) -> dict[str, str]:
    """Return the fields of the next event; comments and other fields are passed over."""
    fields: dict[str, str] = {}
    while True:
        line = (await asyncio.wait_for(response.content.readline(), 20)).decode()
        if not line:
            return {"event": "closed"}
        if line == "\n" and "event" in fields:
            return fields
        name, _, value = line.strip().partition(": ")
        if name:
            fields[name] = value


def follow(browser: Browser, seen: str) -> aiohttp.client._RequestContextManager:
    return browser.session.get(f"{browser.url}/follow?seen={seen}")


async def test_a_page_hears_of_its_patients_changes_and_of_no_others(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        (face,) = await it.issue(his_line())
        browser = await it.first_login(PATIENT, face["check_code"])
        async with follow(browser, "1") as response:
            assert response.headers["Content-Type"] == "text/event-stream"
            assert response.headers.items() >= HEADERS.items()
            await it.issue(his_line(idCardNo=OTHER))
            await it.issue(his_line())
            assert await next_event(response) == {
                "retry": "3000", "id": "3", "event": "changed", "data": "3",
            }  # fmt: skip


async def test_what_changed_while_the_page_was_on_its_way_is_told_at_once(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        (face,) = await it.issue(his_line())
        browser = await it.first_login(PATIENT, face["check_code"])
        async with follow(browser, "0") as response:
            assert (await next_event(response))["id"] == "1"


async def test_without_a_session_there_is_nothing_to_follow(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        browser = await it.browser()
        assert (await browser.get("/follow?seen=0")).status == 404


async def test_an_open_page_does_not_keep_its_session_alive(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        (face,) = await it.issue(his_line())
        browser = await it.first_login(PATIENT, face["check_code"])
        it.clock.time_ms += 500_000
        async with follow(browser, "1") as response:
            it.clock.time_ms += 200_000
            await it.issue(his_line())
            assert (await next_event(response))["event"] == "changed"
            it.clock.time_ms += 200_000
            await it.issue(his_line())
            assert (await next_event(response))["event"] == "over"
        assert (await browser.get("/bills")).path == "/login"


async def test_one_page_too_many_is_told_to_wait(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        (face,) = await it.issue(his_line())
        browser = await it.first_login(PATIENT, face["check_code"])
        pages = [await follow(browser, "1") for _ in range(8)]
        async with follow(browser, "1") as response:
            assert response.status == 429
        for page in pages:
            page.close()


async def test_a_page_that_is_gone_leaves_its_place_to_the_next(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        (face,) = await it.issue(his_line())
        browser = await it.first_login(PATIENT, face["check_code"])
        watchers = it.running.portal.watchers
        async with follow(browser, "1") as response:
            await response.content.readline()
            assert watchers.count == 1
        while watchers.count:  # noqa: ASYNC110 (the scene ends a test that is stuck)
            await asyncio.sleep(0)


async def test_a_portal_that_stops_lets_open_pages_go(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        (face,) = await it.issue(his_line())
        browser = await it.first_login(PATIENT, face["check_code"])
        async with follow(browser, "1") as response:
            it.running.portal.watchers.close()
            assert await next_event(response) == {"event": "closed"}
