"""The pages of records: one's own and nobody else's, current, filtered, kept, told who looked."""

import json
from pathlib import Path

import pytest

from tests.support.portal_node import his_line
from tests.support.portal_process import Browser, Scene, scene
from tests.support.record_texts import base64url, observation, resource, rest_text, visit_text

PATIENT, OTHER = "11010519491231002X", "110105198001010032"
PHONES = {PATIENT: "13900000001", OTHER: "13900000002"}
VISIT = base64url(bytes(range(32)))
HOSTILE = '<script>window.hacked = 1</script><img src=x onerror="window.hacked = 1">'


async def logged_in(it: Scene, resident_id: str = PATIENT) -> Browser:
    line = his_line(idCardNo=resident_id, busNo=f"bill-{resident_id}", tel=PHONES[resident_id])
    (face,) = await it.issue(line)
    return await it.first_login(resident_id, face["check_code"])


async def publish(it: Scene, *texts: str, whose: str = PATIENT) -> list[str]:
    written = it.log.expect(f'"height": "{len(it.node.blocks) + 1}"')
    names = it.node.publish(whose, *texts)
    await written.wait()
    return names


async def amend(it: Scene, document: str, text: str) -> str:
    written = it.log.expect(f'"height": "{len(it.node.blocks) + 1}"')
    name = it.node.amend(document, text)
    await written.wait()
    return name


async def test_the_timeline_shows_visits_newest_first_and_escapes_what_is_written(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as it:
        browser = await logged_in(it)
        old, new = await publish(
            it,
            visit_text(resource("Condition", HOSTILE), start="2025-03-02T09:30:00+08:00"),
            visit_text(observation("Glucose", "5.10")),
        )
        (rest,) = await publish(it, rest_text(resource("Patient", "p")))
        page = (await browser.get("/records")).text
        places = [page.index(f'id="doc-{name}"') for name in (new, old, rest)]
        assert places == sorted(places)
        assert "5.10" in page
        assert HOSTILE not in page
        assert "&lt;script&gt;" in page
        one_year = (await browser.get("/records?year=2025")).text
        assert f'id="doc-{old}"' in one_year
        assert f'id="doc-{new}"' not in one_year
        results = (await browser.get("/records?kind=results")).text
        assert f'id="doc-{new}"' in results
        assert f'id="doc-{old}"' not in results


async def test_an_open_page_is_told_what_is_new_and_what_is_amended(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        browser = await logged_in(it)
        (first,) = await publish(it, visit_text(observation("Glucose", "5.1")))
        news = json.loads((await browser.get("/records/news?after=0")).text)
        assert [item["id"] for item in news["items"]] == [f"doc-{first}"]
        quiet = json.loads((await browser.get(f"/records/news?after={news['revision']}")).text)
        assert quiet["items"] == []
        second = await amend(it, first, visit_text(observation("Glucose", "6.2")))
        again = json.loads((await browser.get(f"/records/news?after={news['revision']}")).text)
        (item,) = again["items"]
        assert (item["id"], item["instead"]) == (f"doc-{second}", [f"doc-{first}"])
        assert "6.2" in item["html"]
        history = (await browser.get(f"/records/{first}")).text
        assert f"/records/{second}" in history or f"doc-{second}" in history
        assert (await browser.get("/records/news?after=soon")).status == 404


@pytest.mark.parametrize(
    "path", ["/records", "/records/news", "/records/all.json", "/records/print"]
)
async def test_without_a_login_no_record_is_shown(tmp_path: Path, path: str) -> None:
    async with scene(tmp_path) as it:
        browser = await it.browser()
        (name,) = await publish(it, visit_text(resource("Condition", "secret")))
        page = await browser.get(f"/records{path}")
        assert "secret" not in page.text
        assert name not in page.text


async def test_each_opening_is_told_to_the_patient_and_once_a_session(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        browser = await logged_in(it)
        (name,) = await publish(it, visit_text(observation("Glucose", "5.1")))
        await browser.get("/records")
        await browser.get("/records")
        it.node.records.openings[name].insert(
            0, {"time_ms": 1_789_999_500_000, "who": "ward-7", "session": "", "what": "record"}
        )
        page = (await browser.get(f"/records/{name}/openings")).text
        assert "ward-7" in page
        assert len(it.node.records.openings[name]) == 2
        assert "ward-7" in (await browser.get("/records/openings")).text


async def test_everything_can_be_kept_and_is_what_was_published(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        browser = await logged_in(it)
        text = visit_text(observation("Glucose", "5.10"))
        first, _ = await publish(it, text, rest_text(resource("Patient", "p")))
        second = await amend(it, first, visit_text(observation("Glucose", "6")))
        kept = (await browser.get("/records/all.json")).text
        documents = json.loads(kept)["documents"]
        assert {each["document"] for each in documents} >= {first, second}
        assert text in kept
        receipt = json.loads((await browser.get(f"/records/{first}/receipt.json")).text)
        assert receipt["details"]["text"] == text
        printed = (await browser.get("/records/print")).text
        assert "Glucose" in printed


async def test_when_the_node_opens_no_more_the_page_says_so_and_shows_what_is_open(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as it:
        browser = await logged_in(it)
        await publish(it, visit_text(observation("Glucose", "5.1")))
        await browser.get("/records")
        it.node.records.too_many = True
        (name,) = await publish(it, visit_text(observation("Sodium", "140")))
        page = (await browser.get("/records")).text
        assert "Glucose" in page
        assert "Sodium" not in page
        assert f'id="doc-{name}"' in page


async def test_a_bill_and_its_visit_find_each_other(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        line = his_line()
        (face,) = await it.issue(line)
        browser = await it.first_login(PATIENT, face["check_code"])
        written = it.log.expect(f'"height": "{len(it.node.blocks) + 1}"')
        it.node.change(face["number"], visit=VISIT)
        await written.wait()
        written = it.log.expect(f'"height": "{len(it.node.blocks) + 1}"')
        (name,) = it.node.publish(PATIENT, visit_text(), visits=(VISIT,))
        await written.wait()
        bill = f"/bills/{face['code']}/{face['number']}"
        assert bill in (await browser.get("/records")).text
        assert f"#doc-{name}" in (await browser.get(bill)).text


async def test_nothing_of_a_record_is_written_by_the_portal(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        browser = await logged_in(it)
        await publish(it, visit_text(resource("Condition", "word-of-a-diagnosis")))
        await browser.get("/records")
        await browser.get("/records/all.json")
        await browser.post("/logout")
        assert "word-of-a-diagnosis" not in it.log.getvalue()
    assert files_with(tmp_path, b"word-of-a-diagnosis") == []


def files_with(folder: Path, word: bytes) -> list[Path]:
    files = (file for file in folder.rglob("*") if file.is_file())
    return [file for file in files if word in file.read_bytes()]
