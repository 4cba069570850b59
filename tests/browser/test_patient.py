"""The patient's way through real processes: log in, read a bill, have it checked; forgers fail.

Four `piaoliand` and one `piaolian-portal` run; Chromium is the patient's phone.
"""

import copy
import hashlib
import itertools
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.support.patient import CHECKED, Patient
from tests.support.patient_forgeries import FORGERIES, Receipt, twice

pytestmark = pytest.mark.slow

UNBOUND_PHONES = (f"138{number:08d}" for number in itertools.count())
"""A phone may ask for few codes, so each visitor brings another."""


@pytest.fixture(scope="module")
def patient(chromium: Browser, demo: dict[str, Any]) -> Patient:
    """The demo's patient, logged in for the first time."""
    patient = Patient(chromium, demo)
    context = patient.context()
    page = context.new_page()
    patient.first_login(page)
    patient.state = context.storage_state()
    context.close()
    return patient


@pytest.fixture
def page(patient: Patient) -> Iterator[Page]:
    """A phone of 390 points, logged in."""
    context = patient.context()
    yield context.new_page()
    context.close()


def longest(patient: Patient) -> dict[str, Any]:
    return max(patient.bills(), key=lambda bill: len(bill["listDetail"]))


def test_a_patient_sees_every_line_of_the_longest_bill_and_that_it_is_verified(
    patient: Patient, page: Page
) -> None:
    bill = longest(patient)
    patient.open_bill(page, bill["totalAmt"])
    expect(page.locator("#check-result")).to_have_text("已验证")
    shown = page.evaluate(
        """() => [...document.querySelectorAll(".line")].map((line) =>
           [line.querySelector(".line-name").textContent,
            line.querySelector(".line-amount").textContent])"""
    )
    billed = [[line["name"], line["amt"]] for line in bill["listDetail"]]
    assert sorted(shown) == sorted(billed)
    assert page.locator("[data-step][data-state=passed]").count() == 8


def test_the_list_shows_all_bills_of_this_patient_and_no_other(
    patient: Patient, page: Page
) -> None:
    page.goto(f"{patient.url}/bills")
    amounts: list[str] = []
    while True:
        amounts += page.locator(".bill-card:not(.order-card) .bill-amount").all_text_contents()
        older = page.locator("nav.pages a[rel=next]")
        if older.count() == 0:
            break
        older.click()
    assert sorted(amounts) == sorted(f"¥{bill['totalAmt']}" for bill in patient.bills())


def test_later_the_phone_is_enough(patient: Patient) -> None:
    other = Patient(patient.browser, patient.demo)
    context = other.context()
    page = context.new_page()
    other.later_login(page)
    assert page.locator(".bill-card").count() > 0
    context.close()


def test_the_saved_receipt_is_verified_by_the_command_line_too(
    patient: Patient, page: Page, tmp_path: Path
) -> None:
    receipt = saved_receipt(patient, page)
    assert receipt["details"]["text"]
    file = tmp_path / "receipt.json"
    file.write_text(json.dumps(receipt, ensure_ascii=False), "utf-8")
    verify_with_command_line(file, Path(patient.demo["genesis"]))


def verify_with_command_line(file: Path, genesis: Path) -> None:
    program = Path(sys.executable).parent / "piaolian"
    done = subprocess.run(
        [program, "bill", "verify", file, "--genesis", genesis],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def saved_receipt(patient: Patient, page: Page) -> Receipt:
    """Open the longest bill and save its receipt, as a patient does."""
    patient.open_bill(page, longest(patient)["totalAmt"])
    with page.expect_download() as download:
        page.click("a[download]")
    receipt: Receipt = json.loads(Path(download.value.path()).read_text("utf-8"))
    return receipt


@pytest.fixture(scope="module")
def receipt(patient: Patient) -> Receipt:
    """The receipt of the longest bill."""
    context = patient.context()
    receipt = saved_receipt(patient, context.new_page())
    context.close()
    return receipt


def as_file(name: str, data: bytes) -> dict[str, Any]:
    return {"name": name, "mimeType": "application/json", "buffer": data}


def check_offline(patient: Patient, page: Page, receipt: Receipt, genesis: bytes) -> None:
    """Load the public check, cut the network, choose the files and start."""
    page.goto(f"{patient.url}/verify")
    page.wait_for_load_state("networkidle")
    page.context.set_offline(True)
    data = json.dumps(receipt, ensure_ascii=False).encode()
    page.set_input_files("#receipt-file", as_file("receipt.json", data))
    page.set_input_files("#genesis-file", as_file("genesis.json", genesis))
    page.click("#verify-start")
    page.wait_for_selector(CHECKED)


def expect_failed(page: Page, step: str) -> None:
    expect(page.locator("#check")).to_have_attribute("data-state", "failed")
    expect(page.locator("#check-result")).to_contain_text(f"({step})")
    failed = page.locator("[data-step][data-state=failed]")
    expect(failed).to_have_count(1)
    expect(failed).to_have_attribute("data-step", step)
    expect(failed).to_be_visible()
    colour = page.locator("#check-result").evaluate("it => getComputedStyle(it).color")
    red, green, blue = (int(part) for part in colour[4:-1].split(","))
    assert red > 2 * max(green, blue)


def test_a_true_receipt_is_verified_with_the_network_cut(
    patient: Patient, page: Page, receipt: Receipt
) -> None:
    check_offline(patient, page, receipt, Path(patient.demo["genesis"]).read_bytes())
    expect(page.locator("#check-result")).to_have_text("已验证")
    expect(page.locator("[data-fact=number]")).to_have_text(f"{receipt['fact']['number']:010d}")


@pytest.mark.parametrize("step", FORGERIES)
def test_one_change_turns_the_check_red_and_names_the_step_with_the_network_cut(
    patient: Patient, page: Page, receipt: Receipt, step: str
) -> None:
    forged = copy.deepcopy(receipt)
    FORGERIES[step](forged)
    check_offline(patient, page, forged, Path(patient.demo["genesis"]).read_bytes())
    expect_failed(page, step)


def test_another_genesis_turns_the_check_red_with_the_network_cut(
    patient: Patient, page: Page, receipt: Receipt
) -> None:
    genesis = Path(patient.demo["genesis"]).read_bytes()
    check_offline(patient, page, receipt, genesis.replace(b"piaolian-testnet", b"piaolian-testnot"))
    expect_failed(page, "genesis")


@pytest.mark.parametrize("step", FORGERIES)
def test_a_forged_receipt_in_the_bills_own_page_turns_it_red_with_the_network_cut(
    patient: Patient, page: Page, step: str
) -> None:
    patient.open_bill(page, longest(patient)["totalAmt"])
    page.context.set_offline(True)
    forged = json.loads(page.locator("#receipt").text_content() or "")
    FORGERIES[step](forged)
    page.evaluate(
        "text => { document.getElementById('receipt').textContent = text; }",
        json.dumps(forged, ensure_ascii=False),
    )
    page.click("#check-again")
    expect_failed(page, step)


@pytest.mark.parametrize("part", [".line-name", ".line-amount", ".total-figure [data-field]"])
def test_a_page_that_shows_something_else_than_the_receipt_turns_red(
    patient: Patient, page: Page, part: str
) -> None:
    patient.open_bill(page, longest(patient)["totalAmt"])
    page.context.set_offline(True)
    page.locator(part).nth(0).evaluate("it => { it.textContent = '9999.00'; }")
    page.click("#check-again")
    expect_failed(page, "page")


def test_a_page_that_hides_a_line_turns_red(patient: Patient, page: Page) -> None:
    patient.open_bill(page, longest(patient)["totalAmt"])
    page.locator(".line").nth(3).evaluate("it => it.remove()")
    page.click("#check-again")
    expect_failed(page, "page")


def test_a_file_that_is_no_receipt_is_told_so(patient: Patient, page: Page) -> None:
    page.goto(f"{patient.url}/verify")
    page.set_input_files("#receipt-file", as_file("cat.json", b"\xff\xd8 no receipt"))
    page.click("#verify-start")
    expect(page.locator("#check-result")).to_have_text("这不是票据凭证文件，或文件已损坏。")


def test_a_receipt_with_a_key_twice_is_not_read(
    patient: Patient, page: Page, receipt: Receipt
) -> None:
    page.goto(f"{patient.url}/verify")
    page.set_input_files("#receipt-file", as_file("receipt.json", twice(receipt).encode()))
    page.click("#verify-start")
    expect(page.locator("#check-result")).to_have_text("这不是票据凭证文件，或文件已损坏。")
    expect(page.locator("#check")).to_have_attribute("data-state", "failed")


def test_a_bills_own_page_does_not_read_a_receipt_with_a_key_twice(
    patient: Patient, page: Page
) -> None:
    patient.open_bill(page, longest(patient)["totalAmt"])
    receipt = json.loads(page.locator("#receipt").text_content() or "")
    page.evaluate(
        "text => { document.getElementById('receipt').textContent = text; }", twice(receipt)
    )
    page.click("#check-again")
    expect(page.locator("#check-result")).to_have_text("无法查验")
    expect(page.locator("#check")).to_have_attribute("data-state", "impossible")


def test_the_checker_that_is_handed_out_checks_a_receipt_from_disk(
    patient: Patient, page: Page, receipt: Receipt, tmp_path: Path
) -> None:
    page.goto(f"{patient.url}/verify")
    with page.expect_download() as download:
        page.click("#get-verifier")
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    fingerprint = page.locator("#verifier-hash").inner_text().strip()
    assert hashlib.sha256(file.read_bytes()).hexdigest() == fingerprint
    page = patient.browser.new_context(offline=True).new_page()
    page.goto(file.as_uri())
    genesis = Path(patient.demo["genesis"]).read_bytes()
    page.set_input_files("#genesis-file", as_file("genesis.json", genesis))
    data = json.dumps(receipt, ensure_ascii=False).encode()
    page.set_input_files("#receipt-file", as_file("receipt.json", data))
    page.wait_for_selector("body.passed, body.failed")
    assert page.evaluate("document.body.className") == "passed"
    page.context.close()


def every_page(patient: Patient, page: Page) -> Iterator[str]:
    """Visit every page there is, logged in; yield its name."""
    for path in ("/bills", "/verify", "/login/first", "/nowhere"):
        page.goto(patient.url + path)
        yield path
    patient.open_bill(page, longest(patient)["totalAmt"])
    page.click(".steps-box summary")
    yield "bill"


def every_public_page(patient: Patient, page: Page) -> Iterator[str]:
    """Visit every page of the login; yield its name."""
    for path in ("/login", "/login/first", "/verify"):
        page.goto(patient.url + path)
        yield path
    page.goto(f"{patient.url}/login")
    page.fill("#phone", next(UNBOUND_PHONES))
    page.click("form button.main")
    page.wait_for_url("**/code")
    yield "/code"
    page.fill("#code", "000000")
    page.click("form button.main")
    page.wait_for_selector("#code[aria-invalid]")
    page.wait_for_load_state()
    yield "/code with an error"


def visits(patient: Patient, width: int, **options: Any) -> Iterator[tuple[str, Page]]:
    """Visit all pages in both languages, logged in and not."""
    stranger = Patient(patient.browser, patient.demo)
    for who, walk in ((patient, every_page), (stranger, every_public_page)):
        context = who.context(width, **options)
        page = context.new_page()
        for language in ("zh", "en"):
            page.goto(f"{who.url}/language/{language}?back=/verify")
            for name in walk(who, page):
                yield f"{name} ({language})", page
        context.close()


TARGETS = """() => [...document.querySelectorAll("a, button, input:not([type=hidden]), summary")]
  .filter((it) => it.checkVisibility())
  .map((it) => [it.outerHTML.slice(0, 80), it.getBoundingClientRect()])
  .filter(([, box]) => box.width < 44 || box.height < 44)
  .map(([text, box]) => `${text} ${box.width}x${box.height}`)"""


def test_at_320_points_nothing_scrolls_sideways_and_fingers_find_every_target(
    patient: Patient,
) -> None:
    for name, page in visits(patient, 320):
        wide = page.evaluate(
            """() => [...document.querySelectorAll("body *")]
              .filter((it) => it.checkVisibility() && it.getBoundingClientRect().right > 320.5)
              .map((it) => it.outerHTML.slice(0, 80))"""
        )
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, name
        assert wide == [], name
        assert page.evaluate(TARGETS) == [], name


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation_on_any_page(patient: Patient, scheme: str) -> None:
    for name, page in visits(patient, 390, color_scheme=scheme):
        results = Axe().run(page)
        found = [
            (violation["id"], [node["html"][:120] for node in violation["nodes"][:3]])
            for violation in results.response["violations"]
        ]
        assert found == [], name


def test_the_keyboard_reaches_the_content_first(patient: Patient, page: Page) -> None:
    page.goto(f"{patient.url}/bills")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "bill-card order-card"


def test_without_scripts_the_bill_is_readable_and_says_what_is_missing(patient: Patient) -> None:
    context = patient.context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{patient.url}/bills")
    page.locator(".bill-card:not(.order-card)").first.click()
    assert page.locator(".line").count() > 0
    assert "关闭了脚本" in page.locator("noscript").inner_text()
    context.close()


def test_no_url_names_the_patient_and_no_other_host_is_asked(patient: Patient) -> None:
    assert len(patient.asked) > 20
    for url in patient.asked:
        assert f"{urlsplit(url).scheme}://{urlsplit(url).netloc}" == patient.url
        for key in ("resident_id", "check_code", "phone"):
            assert patient.login[key] not in url


def test_the_browser_had_nothing_to_complain_about(patient: Patient) -> None:
    unexpected = [text for text in patient.complaints if "status of 40" not in text]
    assert unexpected == []


def test_the_portals_files_and_log_hold_nobody(patient: Patient) -> None:
    agency = Path(patient.demo["genesis"]).parent / "hospital"
    files = [*(agency / "portal").iterdir(), agency.parent / "logs/portal.log"]
    data = b"".join(file.read_bytes() for file in files)
    bill = longest(patient)
    secrets = [bill["payer"], bill["listDetail"][0]["name"], bill["patientNo"]]
    secrets += [patient.login[key] for key in ("resident_id", "check_code", "phone")]
    for secret in secrets:
        assert secret.encode() not in data
