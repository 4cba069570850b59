"""From an order to its bill on a phone, and the check by anybody; in a real browser.

The portal and the payment company are the real ones; the node, the bank and the hospital are made
up: what the ledger says is told when the story has got that far.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_patient import TARGETS
from tests.support.patient import Patient
from tests.support.portal_node import CODE, five_elements, his_line
from tests.support.portal_thread import PortalThread, portal_thread

pytestmark = pytest.mark.slow

ORDER = his_line(
    busNo="20260921-0007",
    amount="136.00",
    chargeDetail=[
        {"chargeCode": "02", "chargeName": "诊察费", "amt": "26.00"},
        {"chargeCode": "11", "chargeName": "西药费", "amt": "110.00"},
    ],
    listDetail=[
        his_line()["listDetail"][0] | {"std": "26.00", "amt": "26.00"},
        his_line()["listDetail"][0]
        | {
            "chargeCode": "11",
            "name": "阿托伐他汀钙片 20mg×28片",
            "unit": "盒",
            "number": 2,
            "std": "55.00",
            "amt": "110.00",
        },
    ],
)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PortalThread]:
    with portal_thread(tmp_path_factory.mktemp("orders")) as thread:
        yield thread


@pytest.fixture(scope="module")
def patient(chromium: Browser, town: PortalThread) -> Patient:
    """A patient with one bill, logged in."""
    it = town.paying.scene
    (face,) = town.run(it.issue(his_line()))
    login = {
        "resident_id": his_line()["idCardNo"],
        "check_code": face["check_code"],
        "phone": his_line()["tel"],
        "code_file": str(it.code_file),
    }
    patient = Patient(chromium, {"portal_url": it.running.url, "login": login})
    context = patient.context()
    patient.first_login(context.new_page())
    patient.state = context.storage_state()
    context.close()
    return patient


async def tell(town: PortalThread, **changes: Any) -> None:
    """Have the node tell how the order stands now."""
    town.paying.scene.node.open_order(ORDER, **changes)


async def bill_it(town: PortalThread) -> dict[str, Any]:
    """Have the hospital issue the order's bill."""
    (face,) = town.paying.scene.node.issue(ORDER)
    name = {"code": CODE, "number": face["number"]}
    town.paying.scene.node.open_order(ORDER, state="billed", bill=name)
    return face


def look(page: Page, name: str) -> None:
    """No violation, nothing sideways, every target large enough."""
    violations = Axe().run(page).response["violations"]
    found = [(item["id"], item["nodes"][0]["html"][:120]) for item in violations]
    assert found == [], name
    width = page.viewport_size["width"] if page.viewport_size else 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width, name
    assert page.evaluate(TARGETS) == [], name


def pay_at_the_company(patient: Patient, page: Page) -> None:
    """Pay as whoever scans the code does: on a phone of their own."""
    link = page.locator("#pay-link").get_attribute("href")
    assert link is not None
    phone = patient.browser.new_context()
    company = phone.new_page()
    company.goto(link)
    company.click("button")
    phone.close()


def test_an_order_appears_is_paid_and_becomes_a_bill_without_a_reload(
    patient: Patient, town: PortalThread
) -> None:
    context = patient.context(320)
    page = context.new_page()
    page.goto(f"{patient.url}/bills")
    expect(page.locator(".bill-card")).to_have_count(1)
    page.evaluate("window.isSamePage = true")
    town.run(tell(town))
    card = page.locator(".order-card")
    expect(card).to_contain_text("待缴费")
    expect(page.locator("#said")).to_have_text("缴费单 1")
    assert page.evaluate("window.isSamePage")
    look(page, "list")

    card.click()
    expect(page.locator(".line")).to_have_count(2)
    look(page, "order")
    page.focus("#pay")
    page.keyboard.press("Enter")
    page.wait_for_url("**/pay")
    expect(page.locator(".pay-qr svg")).to_be_visible()
    look(page, "pay")
    pay_at_the_company(patient, page)

    town.run(tell(town, money="paid", paid_fen=13_600))
    page.wait_for_url("**/orders/20260921-0007")
    expect(page.locator(".order")).to_have_attribute("data-state", "paid")
    page.evaluate("window.isSamePage = true")
    look(page, "paid")
    face = town.run(bill_it(town))
    expect(page.locator(".order")).to_have_attribute("data-state", "billed")
    assert page.evaluate("window.isSamePage")
    expect(page.locator(".line")).to_have_count(2)
    look(page, "billed")
    page.click("text=查看票据")
    page.wait_for_url(f"**/bills/{CODE}/{face['number']}")
    expect(page.locator(".standing")).to_contain_text("已开具")
    context.close()


def test_an_open_page_hears_that_its_bill_was_reversed_and_links_both(
    patient: Patient, town: PortalThread
) -> None:
    context = patient.context(320, color_scheme="dark")
    page = context.new_page()
    page.goto(f"{patient.url}/bills")
    node = town.paying.scene.node

    async def reverse() -> None:
        (red,) = node.issue(ORDER)
        amounts = {name: -fen for name, fen in red["amounts"].items()}
        blue = {"code": CODE, "number": "0000000001"}
        node.change(red["number"], validity="red", counterpart=blue, amounts=amounts)
        counterpart = {"code": CODE, "number": red["number"]}
        node.change("0000000001", validity="reversed", counterpart=counterpart)

    town.run(reverse())
    expect(page.locator(".is-void")).to_have_count(1)
    look(page, "list with a reversed bill")
    page.goto(f"{patient.url}/bills/{CODE}/0000000001")
    look(page, "reversed bill")
    page.click(".standing a")
    expect(page.locator(".standing")).to_contain_text("红字票据")
    expect(page.locator(".total-figure")).to_contain_text("-136.00")
    look(page, "red bill")
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_anybody_checks_a_bill_from_a_link_that_no_server_sees(
    patient: Patient, town: PortalThread, scheme: str
) -> None:
    stranger = Patient(patient.browser, patient.demo)
    context = stranger.context(320, color_scheme=scheme)
    page = context.new_page()
    sent: list[str] = []
    context.on("request", lambda request: sent.append(request.url.partition("#")[0]))
    (face,) = town.run(town.paying.scene.issue(his_line()))
    five = five_elements(face)
    text = f"CZ-EI-46,{CODE},{face['number']},{five['check_code']},{five['date']},13.05"
    page.goto(f"{patient.url}/check#{text}")
    expect(page.locator("#amount")).to_have_value("13.05")
    assert "#" not in page.url
    look(page, "check")
    page.keyboard.press("Enter")
    expect(page.locator(".result")).to_have_attribute("data-consistent", "yes")
    expect(page.locator(".answers")).to_contain_text("1 次")
    look(page, "consistent")
    page.fill("#amount", "13.06")
    page.click("#five button")
    expect(page.locator(".result")).to_have_attribute("data-consistent", "no")
    look(page, "not consistent")
    page.goto(f"{patient.url}/language/en?back=/check")
    page.fill("#qr", text)
    page.keyboard.press("Enter")
    expect(page.locator(".answers")).to_contain_text("2, this one included")
    look(page, "in English")
    assert not [url for url in sent if re.search(rf"{five['check_code']}|13\.0", url)]
    context.close()


def test_the_browser_had_nothing_to_complain_about(patient: Patient) -> None:
    assert patient.complaints == []


def test_the_log_and_the_files_hold_nobody(patient: Patient, town: PortalThread) -> None:
    it = town.paying.scene
    folder = it.folder / "hospital/portal"
    files = [file for file in folder.iterdir() if file.name != "codes.txt"]
    data = b"".join(Path(file).read_bytes() for file in files) + it.log.getvalue().encode()
    secrets = [patient.login[key] for key in ("resident_id", "check_code", "phone")]
    for secret in (*secrets, his_line()["payer"], "阿托伐他汀"):
        assert secret.encode() not in data
