"""A running demo and a browser for the tests of the patients' page.

The demo is the one in PIAOLIAN_DEMO_DIR when that is set; else it is started here, with the bills
of a few patients, in a folder of its own, and stopped at the end.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parents[2]
DAY = ROOT / "tests/data/hospital-day.jsonl"
CHROMIUM = shutil.which("chromium")
START_S = 600.0
TEST_S = 240.0
"""Of one test, without its fixtures."""


def few_patients() -> list[str]:
    """Return all bills of the patient with the longest bill, and the first bills of others."""
    lines = DAY.read_text("utf-8").splitlines()
    bills = [json.loads(line) for line in lines]
    longest = max(bills, key=lambda bill: len(bill["listDetail"]))["idCardNo"]
    own = [line for line, bill in zip(lines, bills, strict=True) if bill["idCardNo"] == longest]
    others = [line for line in lines if line not in own]
    return own + others[:40]


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """The summary of a demo whose processes are up."""
    given = os.environ.get("PIAOLIAN_DEMO_DIR")
    if given:
        yield json.loads((Path(given) / "summary.json").read_text("utf-8"))
        return
    folder = tmp_path_factory.mktemp("demo")
    day = folder / "day.jsonl"
    day.write_text("\n".join(few_patients()) + "\n", "utf-8")
    log = (folder / "demo.log").open("wb")
    environment = os.environ | {"DEMO_DIR": str(folder / "demo"), "HIS": str(day)}
    environment.pop("DEMO_EXIT", None)
    process = subprocess.Popen(
        [sys.executable, "-m", "scripts.demo"],
        cwd=ROOT,
        env=environment,
        stdout=log,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
    )
    try:
        yield _summary(folder / "demo/summary.json", process, folder / "demo.log")
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)
        log.close()


@pytest.fixture(autouse=True)
def ends_in_time() -> Iterator[None]:
    """A page that never answers fails its test; it does not hold up all others."""

    def late(_signal: int, _frame: object) -> None:
        raise TimeoutError(f"not over after {TEST_S:.0f} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, TEST_S)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A real browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu"],
        )
        yield browser
        browser.close()


def _summary(file: Path, process: subprocess.Popen[bytes], log: Path) -> dict[str, Any]:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        if file.exists():
            text = file.read_text("utf-8")
            if text.endswith("}\n"):
                summary: dict[str, Any] = json.loads(text)
                return summary
        time.sleep(0.2)  # noqa: TID251 (whole processes start)
    raise AssertionError(f"the demo did not come up:\n{log.read_text('utf-8')[-3000:]}")
