"""The public check: five elements, one answer for anything wrong, counted and limited."""

import re
from pathlib import Path
from typing import Any

import pytest

from portal.pages.texts_five import FIVE
from tests.support.portal_node import five_elements, his_line
from tests.support.portal_process import Page, Scene, scene

NO = FIVE["five.no_what"][0]


async def five_of(it: Scene, **changes: Any) -> dict[str, str]:
    (face,) = await it.issue(his_line(**changes))
    return five_elements(face)


def answers(page: Page) -> list[str]:
    return re.findall(r"<dd[^>]*>([^<]+)</dd>", page.text)


async def test_five_right_elements_are_answered_with_how_the_bill_stands(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        five = await five_of(it)
        browser = await it.browser()
        page = await browser.post("/check", **five)
        assert page.status == 200
        assert 'data-consistent="yes"' in page.text
        assert answers(page) == ["没有冲红", "没有换开", "没有报销", "1 次（含本次）"]
        it.node.change(
            "0000000001",
            validity="reversed",
            paper={"state": "paper_live"},
            claim={"state": "locked", "settlements": []},
        )
        page = await browser.post("/check", **five)
        assert answers(page) == [
            "已冲红，不再有效", "已换开，请以纸质票据为准", "已报销或正在报销", "2 次（含本次）",
        ]  # fmt: skip


WRONG = [
    ("code", "46060127"),
    ("code", "4606012"),
    ("number", "0000000002"),
    ("number", "zwei"),
    ("check_code", "000000"),
    ("check_code", "<script>"),
    ("date", "20260102"),
    ("date", "gestern"),
    ("amount", "13.06"),
    ("amount", "1e3"),
]


@pytest.mark.parametrize(("field", "value"), WRONG)
async def test_anything_wrong_has_the_same_answer_and_costs_the_same_question(
    tmp_path: Path, field: str, value: str
) -> None:
    async with scene(tmp_path) as it:
        five = await five_of(it)
        browser = await it.browser()
        it.node.asked.clear()
        page = await browser.post("/check", **(five | {field: value}))
        assert (page.status, page.path) == (200, "/check")
        assert NO in page.text
        assert 'data-consistent="no"' in page.text
        assert it.node.asked == ["POST /v1/check"]
        assert "<script>" not in page.text
        assert answers(await browser.post("/check", **five))[-1] == "1 次（含本次）"


@pytest.mark.parametrize(
    ("date", "amount"),
    [("2026-05-29", "13.05"), ("2026年05月29日", "¥13.05"), (" 2026/05/29 ", " 13.050 ")],
)
async def test_elements_may_be_written_as_people_write_them(
    tmp_path: Path, date: str, amount: str
) -> None:
    async with scene(tmp_path) as it:
        five = await five_of(it)
        assert five["date"] == "20260529"
        page = await (await it.browser()).post(
            "/check", **(five | {"date": date, "amount": amount})
        )
        assert 'data-consistent="yes"' in page.text


async def test_the_text_of_the_qr_code_alone_is_enough(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        five = await five_of(it)
        text = f"CZ-EI-46,{five['code']},0000000001,{five['check_code']},{five['date']},13.05"
        browser = await it.browser()
        for qr in (text, f"https://example.org/check#{text}"):
            assert 'data-consistent="yes"' in (await browser.post("/check", qr=qr)).text
        assert NO in (await browser.post("/check", qr=text + "0")).text


async def test_whoever_tries_in_vain_too_often_waits_and_others_do_not(tmp_path: Path) -> None:
    web = 'forwarded_header = "X-Forwarded-For"\n'
    async with scene(tmp_path, web=web, settings="[check]\nwrong_max = 3\n") as it:
        five = await five_of(it)
        browser = await it.browser()
        for _ in range(3):
            assert (await browser.post("/check", **(five | {"amount": "9.99"}))).status == 200
        it.node.asked.clear()
        page = await browser.post("/check", **five)
        assert page.status == 429
        assert "10 分钟后再来" in page.text
        assert it.node.asked == []
        other = await it.browser()
        other.session.headers["X-Forwarded-For"] = "192.0.2.7"
        assert 'data-consistent="yes"' in (await other.post("/check", **five)).text
        it.clock.time_ms += 600_000
        assert 'data-consistent="yes"' in (await browser.post("/check", **five)).text


async def test_counts_outlive_the_process_and_name_no_bill(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        five = await five_of(it)
        await (await it.browser()).post("/check", **five)
        files = list((tmp_path / "hospital/portal").glob("checks.sqlite*"))
        data = b"".join(file.read_bytes() for file in files)
    assert files
    for value in ("46060126", "0000000001", five["check_code"]):
        assert value.encode() not in data


async def test_nothing_that_was_asked_stands_in_the_log(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        five = await five_of(it)
        browser = await it.browser()
        await browser.post("/check", **five)
        await browser.post("/check", **(five | {"amount": "9.99"}))
        log = it.log.getvalue()
    assert five["check_code"] not in log
    assert "13.05" not in log
