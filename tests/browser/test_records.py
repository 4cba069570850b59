"""Records on a real phone's page: real nodes, a real portal, a real browser, one open page."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from scripts.nodes import portal_height
from scripts.patient import Patient
from tests.support.processes import Agency, Network, running_network
from tests.support.vectors import DATA

pytestmark = pytest.mark.slow

PROGRAMS = Path(sys.executable).parent
NUMBER = "593aaa05"
"""Of the patient of jorge.json."""
WAIT_MS = 60_000
HOSTILE = "<img src=x onerror='window.hacked = 1'><script>window.hacked = 1</script>"


@contextmanager
def portal_of(network: Network, hospital: Agency) -> Iterator[str]:
    """Run the hospital's portal; yields its address."""
    place = network.summary["agencies"]["hospital"]
    address = f"127.0.0.1:{place['portal_port']}"
    init = [PROGRAMS / "piaolian-portal", "init", "--agency", hospital.folder]
    subprocess.run([*init, "--node", place["url"], "--listen", address], check=True)
    command = [PROGRAMS / "piaolian-portal", "run", "--config", hospital.folder / "portal.toml"]
    with (network.out / "logs/portal.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        height = hospital.status()["height"]
        port = place["portal_port"]
        network.wait_until(
            lambda: (portal_height("127.0.0.1", port) or 0) >= height, "the portal", 60
        )
        yield f"http://{address}/"
    finally:
        process.terminate()
        process.wait(timeout=20)


class Ward:
    """A hospital with bills of one given patient, whose page of records is open."""

    def __init__(self, network: Network, url: str, bill: dict[str, Any], check_code: str) -> None:
        self.hospital = network["hospital"]
        self.url = url
        self.patient = Patient(url, self.hospital.folder / "portal/codes.txt")
        self.patient.log_in(bill["idCardNo"], check_code)

    def open(self, browser: Browser) -> Page:
        """Open the page of records on a phone."""
        context = browser.new_context(viewport={"width": 390, "height": 844})
        context.add_cookies(
            [
                {"name": it.name, "value": it.value or "", "url": self.url}
                for it in self.patient.cookies
            ]
        )
        page = context.new_page()
        page.goto(f"{self.url}records")
        page.evaluate("window.opened = 1")
        return page

    def publish(self, bundle: Path, *options: str) -> list[dict[str, Any]]:
        """Publish a bundle by the command line; return what became of its records."""
        node = ["--node", f"unix:{self.hospital.folder}/api.sock"]
        command = [PROGRAMS / "piaolian", *node, "record", "publish", bundle, "-o", "jsonl"]
        done = subprocess.run(
            [*command, "--patient-number", NUMBER, *options],
            capture_output=True,
            text=True,
            check=True,
        )
        return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def ward(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ward]:
    """A network with a portal; the patient is logged in and has no records yet."""
    with ExitStack() as stack:
        network = stack.enter_context(running_network(tmp_path_factory.mktemp("ward") / "net"))
        hospital = network["hospital"]
        hospital.stop()
        settings = hospital.folder / "node.toml"
        local = settings.read_text("utf-8")
        settings.write_text(local.replace('visit_times = "local"', 'visit_times = "utc"'), "utf-8")
        network.start()
        day = (DATA / "hospital-day.jsonl").read_bytes().splitlines()
        lines = [line for line in day if json.loads(line)["patientNo"] == NUMBER]
        issued = hospital.issue(lines)
        url = stack.enter_context(portal_of(network, hospital))
        yield Ward(network, url, json.loads(lines[0]), issued[0]["check_code"])


def corrected(folder: Path) -> Path:
    """Return the bundle with one result that says something else, and something hostile."""
    bundle = json.loads((DATA / "fhir/jorge.json").read_text("utf-8"), parse_float=str)
    for entry in bundle["entry"]:
        resource = entry["resource"]
        if resource["resourceType"] == "Observation":
            resource["valueQuantity"] = {"value": 123, "unit": "cm"}
            resource["code"]["text"] = HOSTILE
            break
    text = re.sub(r'"(-?[0-9]+\.[0-9]+)"', r"\1", json.dumps(bundle))
    file = folder / "corrected.json"
    file.write_text(text, "utf-8")
    return file


def test_records_come_to_the_open_page_are_verified_and_amended(
    ward: Ward, chromium: Browser, tmp_path: Path
) -> None:
    page = ward.open(chromium)
    expect(page.locator("li.record")).to_have_count(0)
    published = ward.publish(DATA / "fhir/jorge.json")
    assert [item["status"] for item in published] == ["committed"] * 5
    expect(page.locator("li.record")).to_have_count(5, timeout=WAIT_MS)
    newest = page.locator("li.record").first
    expect(newest).to_have_attribute("data-check", "passed", timeout=WAIT_MS)
    amended = [
        item for item in ward.publish(corrected(tmp_path), "--amend") if item.get("supersedes")
    ]
    for item in amended:
        expect(page.locator(f"#doc-{item['document']}")).to_have_count(1, timeout=WAIT_MS)
        expect(page.locator(f"#doc-{item['supersedes']}")).to_have_count(0)
    expect(page.locator("li.record")).to_have_count(5)
    assert amended
    assert page.evaluate("window.opened") == 1, "the page was loaded again"
    assert page.evaluate("window.hacked") is None, "what a record says was run"
    assert page.evaluate("performance.getEntriesByType('navigation').length") == 1


def test_a_visit_and_its_bill_lead_to_each_other(ward: Ward, chromium: Browser) -> None:
    page = ward.open(chromium)
    page.locator("a.record-bill").first.evaluate("link => link.click()")
    page.wait_for_url("**/bills/**")
    page.locator("a.bill-visit").first.click()
    page.wait_for_url("**/records?at=**")
    expect(page.locator("li.record").first).to_be_visible()


def test_who_looked_is_shown_and_nothing_goes_beyond_the_screen(
    ward: Ward, chromium: Browser
) -> None:
    page = ward.open(chromium)
    page.goto(f"{ward.url}records/openings")
    assert page.locator("main").inner_text().count(":") > 0
    for path in ("records", "records/openings", "records?kind=results"):
        page.goto(f"{ward.url}{path}")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
