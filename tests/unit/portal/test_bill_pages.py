"""The list and a bill: whose, every line, what without the node."""

import json
from pathlib import Path

from tests.support.portal_node import CODE, his_line
from tests.support.portal_process import scene

PATIENT = "11010519491231002X"
OTHER = "440524188001010014"


async def test_a_bill_shows_all_its_lines_grouped_by_charge_class(tmp_path: Path) -> None:
    lines = [
        {
            "chargeCode": code,
            "name": f"项目{index}",
            "unit": "次",
            "number": 1,
            "std": "1.0000",
            "amt": "1.0000",
            "selfAmt": "0.00",
        }
        for index, code in enumerate(["05", "02"] * 176 + ["05"])
    ]
    charges = [
        {"chargeCode": "02", "chargeName": "诊察费", "amt": "176.00"},
        {"chargeCode": "05", "chargeName": "治疗费", "amt": "177.00"},
    ]
    async with scene(tmp_path) as it:
        (face,) = await it.issue(his_line(amount="353.00", chargeDetail=charges, listDetail=lines))
        browser = await it.first_login(PATIENT, face["check_code"])
        page = await browser.get(f"/bills/{CODE}/{face['number']}")
        assert page.text.count('class="line"') == 353
        assert page.text.index("诊察费") < page.text.index("项目1<") < page.text.index("治疗费")
        assert page.text.index("治疗费") < page.text.index("项目0<")
        assert "叁佰伍拾叁元整" in page.text


async def test_a_bill_of_another_patient_does_not_exist(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        mine, theirs = await it.issue(his_line(), his_line(idCardNo=OTHER, tel="13900000002"))
        browser = await it.first_login(PATIENT, mine["check_code"])
        for path in ("", "/receipt.json", "/bill.pdf"):
            page = await browser.get(f"/bills/{CODE}/{theirs['number']}{path}")
            unknown = await browser.get(f"/bills/{CODE}/0000009999{path}")
            assert page.status == unknown.status == 404
            assert page.text.replace(theirs["number"], "") == unknown.text.replace("0000009999", "")
        assert theirs["number"] not in (await browser.get("/bills")).text


async def test_the_list_works_without_the_node_and_the_bill_says_kindly_that_it_does_not(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as it:
        (face,) = await it.issue(his_line())
        browser = await it.first_login(PATIENT, face["check_code"])
        away = it.log.expect("projection.node_away")
        await it.node.stop()
        await away.wait()
        page = await browser.get("/bills")
        assert face["number"] in page.text
        assert "可能不是最新" in page.text
        page = await browser.get(f"/bills/{CODE}/{face['number']}")
        assert page.status == 503
        assert "安全无恙" in page.text


async def test_too_many_openings_ask_for_a_moment(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        (face,) = await it.issue(his_line())
        browser = await it.first_login(PATIENT, face["check_code"])
        it.node.too_many_openings = True
        assert (await browser.get(f"/bills/{CODE}/{face['number']}")).status == 429


async def test_the_receipt_holds_proof_and_details(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        (face,) = await it.issue(his_line())
        browser = await it.first_login(PATIENT, face["check_code"])
        page = await browser.get(f"/bills/{CODE}/{face['number']}/receipt.json")
        receipt = json.loads(page.text)
        assert receipt["format"] == "piaolian-receipt-1"
        assert json.loads(receipt["details"]["text"]) == his_line()
        assert "attachment" in page.headers["Content-Disposition"]


async def test_a_hostile_line_stays_text(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        evil = "</script><script>alert(1)</script>"
        lines = [his_line()["listDetail"][0] | {"name": evil}]
        (face,) = await it.issue(his_line(listDetail=lines))
        browser = await it.first_login(PATIENT, face["check_code"])
        page = await browser.get(f"/bills/{CODE}/{face['number']}")
        assert "<script>alert" not in page.text
        assert "&lt;script&gt;alert" in page.text


async def test_a_rebuilt_projection_shows_the_same_list(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        (face,) = await it.issue(his_line())
        browser = await it.first_login(PATIENT, face["check_code"])
        before = (await browser.get("/bills")).text
        written = it.log.expect('"height": "2"')
        await it.running.portal.projection.begin("nothing")
        again = it.log.expect("projection.rebuilt")
        await it.node.stop()
        await it.node.start()
        await again.wait()
        it.node.issue()
        await written.wait()
        assert (await browser.get("/bills")).text == before


async def test_a_bill_is_handed_out_as_a_pdf_that_the_node_made(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        (face,) = await it.issue(his_line())
        browser = await it.first_login(PATIENT, face["check_code"])
        page = await browser.get(f"/bills/{CODE}/{face['number']}/bill.pdf")
        assert page.text == f"%PDF-1.4 {face['number']}"
        assert page.headers["Content-Type"] == "application/pdf"
        assert "attachment" in page.headers["Content-Disposition"]


async def test_the_list_and_the_bill_say_where_it_stands(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        (face,) = await it.issue(his_line())
        await it.issue(his_line())
        browser = await it.first_login(PATIENT, face["check_code"])
        written = it.log.expect('"height": "3"')
        it.node.change(
            face["number"],
            validity="reversed",
            endorsement="endorsed",
            counterpart={"code": CODE, "number": "0000000002"},
            replaced_by={"code": CODE, "number": "0000009999"},
        )
        await written.wait()
        assert (await browser.get("/bills")).text.count("已冲红") == 1
        page = await browser.get(f"/bills/{CODE}/{face['number']}")
        assert f'href="/bills/{CODE}/0000000002"' in page.text
        assert "财政已监制" in page.text
        assert f'href="/bills/{CODE}/0000009999"' not in page.text


async def test_a_red_bill_shows_what_it_takes_back(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        (face,) = await it.issue(his_line())
        browser = await it.first_login(PATIENT, face["check_code"])
        written = it.log.expect('"height": "2"')
        amounts = {name: -fen for name, fen in face["amounts"].items()}
        it.node.change(face["number"], validity="red", amounts=amounts)
        await written.wait()
        page = await browser.get(f"/bills/{CODE}/{face['number']}")
        assert "-13.05" in page.text
        assert "负壹拾叁元零伍分" in page.text
        assert 'data-validity="red"' in page.text
