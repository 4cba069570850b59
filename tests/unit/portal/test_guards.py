"""What stands before every page."""

from pathlib import Path

from portal.pages.headers import HEADERS
from tests.support.portal_node import his_line
from tests.support.portal_process import scene

PATIENT = "11010519491231002X"


async def test_every_answer_forbids_inline_script_framing_and_keeping(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        browser = await it.browser()
        for path in ("/login", "/verify", "/nowhere", "/static/check.js", "/genesis.json"):
            page = await browser.get(path)
            for name, value in HEADERS.items():
                assert page.headers[name] == value
            assert "'unsafe" not in page.headers["Content-Security-Policy"]
            assert "<script>" not in page.text
            assert "style=" not in page.text


async def test_an_address_that_asks_too_often_waits_a_minute(tmp_path: Path) -> None:
    async with scene(tmp_path, web="address_requests_per_minute = 10\n") as it:
        browser = await it.browser()
        statuses = [(await browser.get("/livez")).status for _ in range(11)]
        assert statuses == [200] * 10 + [429]
        it.clock.time_ms += 60_000
        assert (await browser.get("/livez")).status == 200


async def test_a_session_that_asks_too_often_waits_while_others_go_on(tmp_path: Path) -> None:
    async with scene(tmp_path, web="session_requests_per_minute = 10\n") as it:
        (face,) = await it.issue(his_line())
        browser, other = await it.first_login(PATIENT, face["check_code"]), await it.browser()
        statuses = [(await browser.get("/bills")).status for _ in range(11)]
        assert statuses[0] == 200
        assert statuses[-1] == 429
        assert (await other.get("/verify")).status == 200
        assert (await browser.get("/static/style.css")).status == 200
