"""An order: whose, what is due, paid once however often it is pressed, and what comes after."""

import re
from pathlib import Path
from typing import Any

from tests.support.portal_node import CODE, ORDER_MS, his_line
from tests.support.portal_payments import PayingScene, paying_scene
from tests.support.portal_process import Browser, Scene, scene

PATIENT = "11010519491231002X"
OTHER = "440524188001010014"
LINE = his_line(busNo="o-1")
TILL_MS = ORDER_MS + 86_400_000


async def told(it: Scene, tell: Any) -> Any:
    """Have the node tell a block and return when the projection has it."""
    written = it.log.expect(f'"height": "{len(it.node.blocks) + 1}"')
    news = tell()
    await written.wait()
    return news


async def order(it: Scene, line: dict[str, Any] = LINE, **changes: Any) -> None:
    await told(it, lambda: it.node.open_order(line, **changes))


async def patient(it: Scene) -> Browser:
    (face,) = await it.issue(his_line())
    return await it.first_login(PATIENT, face["check_code"])


def payment(reference: str, **changes: Any) -> dict[str, Any]:
    return {
        "provider": "bank",
        "reference": reference,
        "payee": "hospital",
        "order": "o-1",
        "amount_fen": 1305,
        "refunded_fen": 0,
        "owed_fen": 0,
        "state": "applied",
        "reason": "",
        "paid_ms": ORDER_MS,
        "recorded_ms": ORDER_MS,
        "reconciled": False,
    } | changes


def state_of(text: str) -> str:
    found = re.search(r'class="card paper order" data-state="(\w+)"', text)
    assert found is not None
    return found[1]


async def test_an_open_order_stands_in_the_list_and_shows_its_lines(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        browser = await patient(it)
        await order(it)
        page = await browser.get("/bills")
        assert "待缴费" in page.text
        assert 'href="/orders/o-1"' in page.text
        page = await browser.get("/orders/o-1")
        assert state_of(page.text) == "to_pay"
        assert "普通门诊诊察" in page.text
        assert "13.05" in page.text
        assert "到窗口支付" in page.text


async def test_an_order_of_another_patient_does_not_exist(tmp_path: Path) -> None:
    async with paying_scene(tmp_path) as paying:
        it = paying.scene
        browser = await patient(it)
        await order(it, his_line(busNo="o-2", idCardNo=OTHER))
        for path in ("/orders/o-2", "/orders/o-2/pay", "/orders/o-9", "/orders/%7E"):
            assert (await browser.get(path)).status == 404
        assert (await browser.post("/orders/o-2/pay")).status == 404
        assert "o-2" not in (await browser.get("/bills")).text
        assert await paying.trades() == 0


async def test_without_a_login_an_order_leads_to_it(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        await order(it)
        browser = await it.browser()
        assert (await browser.get("/orders/o-1")).path == "/login"


async def qr_page(paying: PayingScene, browser: Browser) -> str:
    """Press the button; return where the payer's page is."""
    page = await browser.post("/orders/o-1/pay")
    assert page.path == "/orders/o-1/pay"
    found = re.search(r'id="pay-link" href="([^"]+)"', page.text)
    assert found is not None
    assert "<svg" in page.text
    return found[1]


async def test_the_button_opens_one_way_to_pay_however_often_it_is_pressed(
    tmp_path: Path,
) -> None:
    async with paying_scene(tmp_path) as paying:
        browser = await patient(paying.scene)
        await order(paying.scene)
        first = await qr_page(paying, browser)
        assert await qr_page(paying, browser) == first
        assert await paying.trades() == 1


async def test_what_is_paid_and_not_yet_recorded_is_not_asked_for_again(tmp_path: Path) -> None:
    async with paying_scene(tmp_path) as paying:
        it = paying.scene
        browser = await patient(it)
        await order(it)
        await paying.pay(await qr_page(paying, browser))
        it.clock.time_ms += 110 * 60_000
        paying.company.company.clock.time_ms += 110 * 60_000  # type: ignore[attr-defined]
        page = await browser.get("/login/first")
        browser = await it.first_login(PATIENT, it.node.check_code("0000000001"))
        page = await browser.post("/orders/o-1/pay")
        assert "请不要再次支付" in page.text
        assert await paying.trades() == 1


async def test_a_company_that_does_not_answer_is_told_without_losing_the_order(
    tmp_path: Path,
) -> None:
    async with paying_scene(tmp_path) as paying:
        browser = await patient(paying.scene)
        await order(paying.scene)
        await paying.company_stack.aclose()
        page = await browser.post("/orders/o-1/pay")
        assert page.status == 503
        assert "没有被扣款" in page.text
        assert state_of(page.text) == "to_pay"


async def test_paid_then_billed_leads_from_the_qr_code_to_the_order_to_the_bill(
    tmp_path: Path,
) -> None:
    async with paying_scene(tmp_path) as paying:
        it = paying.scene
        browser = await patient(it)
        await order(it)
        await qr_page(paying, browser)
        await order(it, money="paid", paid_fen=1305)
        page = await browser.get("/orders/o-1/pay?live")
        assert page.path == "/orders/o-1"
        assert state_of(page.text) == "paid"
        assert "已缴费，正在开票" in (await browser.get("/bills")).text
        (face,) = await it.issue(his_line(busNo="o-1"))
        name = {"code": CODE, "number": face["number"]}
        await order(it, state="billed", bill=name)
        page = await browser.get("/orders/o-1")
        assert state_of(page.text) == "billed"
        assert f'href="/bills/{CODE}/{face["number"]}"' in page.text
        assert (await browser.post("/orders/o-1/pay")).path == "/orders/o-1"
        assert await paying.trades() == 1


async def test_money_paid_twice_is_shown_with_the_day_by_which_it_goes_back(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as it:
        browser = await patient(it)
        await order(it, money="paid", paid_fen=1305, state="billed")
        stray = payment("p-2", state="unapplied", reason="order_paid", owed_fen=1305,
                        due_by_ms=ORDER_MS + 3 * 86_400_000)  # fmt: skip
        await told(it, lambda: it.node.tell(payments=[payment("p-1"), stray]))
        assert "有 ¥13.05 将退回" in (await browser.get("/bills")).text
        page = await browser.get("/orders/o-1")
        assert page.text.count('class="stray"') == 1
        assert "将在 2026-09-24 前退回" in page.text
        back = stray | {"owed_fen": 0, "refunded_fen": 1305}
        await told(it, lambda: it.node.tell(payments=[back]))
        assert "多付的 ¥13.05 已退回" in (await browser.get("/orders/o-1")).text
        assert "将退回" not in (await browser.get("/bills")).text


async def test_every_end_of_an_order_has_its_words(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        browser = await patient(it)
        ends = [
            ({"money": "prepay", "paid_fen": 300}, "part_paid", "还需支付"),
            ({"state": "cancelled", "owed_fen": 300, "due_by_ms": TILL_MS}, "returning", "前退回"),
            ({"owed_fen": 0, "refunded_fen": 300, "money": "refunded"}, "returned", "已原路退回"),
            ({"refunded_fen": 0, "paid_fen": 0}, "cancelled", "无需支付"),
            ({"state": "reversed"}, "bill_reversed", "已由医院冲红"),
        ]
        for changes, state, words in ends:
            await order(it, **changes)
            page = await browser.get("/orders/o-1")
            assert state_of(page.text) == state
            assert words in page.text
            assert 'id="pay"' not in page.text


async def test_an_order_past_its_time_cannot_be_paid(tmp_path: Path) -> None:
    async with paying_scene(tmp_path) as paying:
        it = paying.scene
        browser = await patient(it)
        await order(it, expiry_ms=ORDER_MS + 60_000)
        it.clock.time_ms += 61_000
        assert state_of((await browser.get("/orders/o-1")).text) == "expired"
        assert (await browser.post("/orders/o-1/pay")).path == "/orders/o-1"
        assert await paying.trades() == 0


async def test_an_order_can_be_paid_while_its_lines_are_out_of_reach(tmp_path: Path) -> None:
    async with paying_scene(tmp_path) as paying:
        it = paying.scene
        browser = await patient(it)
        await order(it)
        away = it.log.expect("projection.node_away")
        await it.node.stop()
        await away.wait()
        page = await browser.get("/orders/o-1")
        assert page.status == 200
        assert "不影响缴费" in page.text
        await qr_page(paying, browser)


async def test_a_page_that_asks_for_its_live_part_opens_no_details(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        browser = await patient(it)
        await order(it)
        it.node.asked.clear()
        await browser.get("/orders/o-1?live")
        assert not any("details" in asked for asked in it.node.asked)
