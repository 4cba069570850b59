"""What anybody may see."""

import hashlib
from pathlib import Path

from hatchling.builders.wheel import WheelBuilder

from tests.support.portal_node import his_line
from tests.support.portal_process import scene

ROOT = Path(__file__).parents[3]


async def test_the_language_stays_chosen_and_leads_back_to_this_site_only(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as it:
        browser = await it.browser()
        assert "登录" in (await browser.get("/login")).text
        page = await browser.get("/language/en?back=/verify")
        assert page.path == "/verify"
        assert "Check a bill" in page.text
        for back in ("//evil.example", "https://evil.example/", "/\\evil.example"):
            assert (await browser.get(f"/language/en?back={back}")).path == "/login"


async def test_the_genesis_is_served_byte_for_byte(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        page = await (await it.browser()).get("/genesis.json")
        assert page.text.encode() == it.node.genesis
        verify = await (await it.browser()).get("/verify")
        assert it.node.chain in verify.text


async def test_the_check_that_works_from_disk_is_handed_out_with_its_hash(tmp_path: Path) -> None:
    published = (ROOT / "docs/verifier.html").read_bytes()
    async with scene(tmp_path) as it:
        browser = await it.browser()
        file = await browser.get("/verifier.html")
        assert file.text.encode() == published
        assert file.headers["Content-Disposition"] == 'attachment; filename="verifier.html"'
        page = await browser.get("/verify")
        assert hashlib.sha256(published).hexdigest() in page.text
        assert "另行公布的指纹" in page.text


def test_what_the_page_hands_out_and_shows_is_in_the_wheel() -> None:
    files = {file.path for file in WheelBuilder(str(ROOT)).recurse_included_files()}
    needed = {path for path in (ROOT / "portal").rglob("*") if path.is_file()}
    needed = {path for path in needed if "__pycache__" not in path.parts}
    assert ROOT / "portal/verifier.html" in needed
    assert {str(path) for path in needed} <= files


async def test_the_probes_tell_whether_lists_are_current(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        await it.issue(his_line())
        browser = await it.browser()
        assert (await browser.get("/livez")).status == 200
        ready = await browser.get("/readyz")
        assert (ready.status, '"height": 1' in ready.text) == (200, True)
        away = it.log.expect("projection.node_away")
        await it.node.stop()
        await away.wait()
        assert (await browser.get("/readyz")).status == 503
        assert (await browser.get("/livez")).status == 200
