"""Sessions, cookies and forms."""

from pathlib import Path

from tests.support.portal_node import CODE, his_line
from tests.support.portal_process import scene

PATIENT = "11010519491231002X"


async def test_without_a_session_every_own_page_leads_to_the_login(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        (face,) = await it.issue(his_line())
        browser = await it.browser()
        bill = f"/bills/{CODE}/{face['number']}"
        for path in ("/", "/bills", bill, f"{bill}/receipt.json", "/code"):
            assert (await browser.get(path)).path == "/login"


async def test_a_session_ends_by_itself(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        (face,) = await it.issue(his_line())
        browser = await it.first_login(PATIENT, face["check_code"])
        it.clock.time_ms += 899_999
        assert (await browser.get("/bills")).path == "/bills"
        it.clock.time_ms += 900_000
        assert (await browser.get("/bills")).path == "/login"


async def test_logging_out_ends_the_session(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        (face,) = await it.issue(his_line())
        browser = await it.first_login(PATIENT, face["check_code"])
        await browser.post("/logout")
        assert (await browser.get("/bills")).path == "/login"


async def test_cookies_are_kept_from_scripts_and_other_sites(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        browser = await it.browser()
        cookie = (await browser.get("/login")).headers["Set-Cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie


async def test_a_form_without_the_token_of_its_own_visit_is_refused(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        mine, other = await it.browser(), await it.browser()
        for token in ("", "00" * 32, await other.token()):
            await mine.get("/login")
            page = await mine.post("/login", token=token, phone="13900000001")
            assert page.status == 403


async def test_a_long_form_is_refused(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        browser = await it.browser()
        assert (await browser.post("/login", phone="1" * 20_000)).status == 413
