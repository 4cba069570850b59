"""A whole demo as a process, a patient who visits it, and mischief that must leave no trace."""

import atexit
import http.cookiejar
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from tests.support.bad_lines import bad_lines

ROOT = Path(__file__).parents[2]
CHECK_BILLS = ROOT / "tests/independent/check_bills.py"
DAY = ROOT / "tests/data/hospital-day.jsonl"
PROGRAMS = Path(sys.executable).parent
pause = time.sleep  # noqa: TID251 - whole processes, in real time
START_S = 240.0
STOP_S = 60.0


@dataclass
class DemoProcess:
    """A demo in a folder of its own."""

    folder: Path
    process: subprocess.Popen[str]

    @classmethod
    def start(cls, folder: Path, **environment: str) -> "DemoProcess":
        """Start a demo; its output goes to a file beside the folder."""
        variables = {**os.environ, "DEMO_DIR": str(folder), **environment}
        variables.pop("MAKELEVEL", None)
        with folder.with_suffix(".out").open("w") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "scripts.demo"],
                cwd=ROOT, env=variables, stdout=out, stderr=subprocess.STDOUT, text=True,
                start_new_session=True,
            )  # fmt: skip
        return cls(folder, process)

    @property
    def told(self) -> str:
        """Return what it has written so far."""
        return self.folder.with_suffix(".out").read_text("utf-8")

    def summary(self) -> dict[str, Any]:
        """Wait until everything is up; return the summary."""
        deadline = time.monotonic() + START_S
        while "Running until" not in self.told:
            assert self.process.poll() is None, self.told
            assert time.monotonic() < deadline, self.told
            pause(0.1)
        summary: dict[str, Any] = json.loads((self.folder / "summary.json").read_text("utf-8"))
        return summary

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and wait; return the exit code."""
        self.process.send_signal(number)
        return self.process.wait(STOP_S)


def are_gone(pids: dict[str, int], within_s: float = 10.0) -> bool:
    """Tell whether none of these processes runs any more, waiting a little."""
    deadline = time.monotonic() + within_s
    while any(_runs(pid) for pid in pids.values()):
        if time.monotonic() > deadline:
            return False
        pause(0.05)
    return True


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


@dataclass
class Patient:
    """A browser without a screen, at the hospital's page."""

    url: str
    login: dict[str, str]
    opener: urllib.request.OpenerDirector = field(init=False)

    def __post_init__(self) -> None:
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(jar)

    def get(self, path: str) -> str:
        with self.opener.open(urllib.parse.urljoin(self.url, path), timeout=30) as answer:
            text: str = answer.read().decode()
            return text

    def post(self, path: str, **values: str) -> str:
        form = urllib.parse.urlencode({**values, "csrf": self._token()}).encode()
        request = urllib.request.Request(urllib.parse.urljoin(self.url, path), form)
        request.add_header("Origin", self.url.rstrip("/"))
        with self.opener.open(request, timeout=30) as answer:
            text: str = answer.read().decode()
            return text

    def _token(self) -> str:
        found = re.search(r'name="csrf" value="([0-9a-f]+)"', self.get("/login/first"))
        assert found is not None
        return found[1]

    def log_in(self) -> str:
        """Log in for the first time; return the page of bills."""
        keys = {"resident_id": self.login["resident_id"], "check_code": self.login["check_code"]}
        self.post("/login/first", **keys)
        return self.post("/code", code=self._code())

    def _code(self) -> str:
        file = Path(self.login["code_file"])
        deadline = time.monotonic() + 20
        while not file.exists() or not re.findall(r"验证码 (\d{6})", file.read_text("utf-8")):
            assert time.monotonic() < deadline, "no one-time code came"
            pause(0.1)
        return str(re.findall(r"验证码 (\d{6})", file.read_text("utf-8"))[-1])


def ask(summary: dict[str, Any], agency: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `piaolian` against an agency's node."""
    api = summary["api"][agency]
    options = ["--node", api["url"], "--token-file", api["token_file"]]
    return subprocess.run(
        [PROGRAMS / "piaolian", *options, "--ca-file", api["ca_file"], *arguments],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def verify_command(config: Path) -> subprocess.CompletedProcess[str]:
    """Run `piaoliand store verify`."""
    return subprocess.run(
        [PROGRAMS / "piaoliand", "store", "verify", "--json", "--config", config],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def blocks_of(summary: dict[str, Any], agency: str) -> list[dict[str, Any]]:
    """Return all blocks that an agency's node knows, newest first."""
    told = ask(summary, agency, "block", "list", "--limit", "1000", "-o", "jsonl")
    assert told.returncode == 0, told.stderr
    return [json.loads(line) for line in told.stdout.splitlines()]


@dataclass(frozen=True)
class Finished:
    """A demo that ran, was visited, mistreated and stopped."""

    folder: Path
    summary: dict[str, Any]
    told: str
    exit_code: int
    bills_page: str
    """What the patient saw first."""
    second_run: subprocess.CompletedProcess[str]
    """Issuing the same day again."""
    bad_run: subprocess.CompletedProcess[str]
    """Issuing lines that are wrong."""
    independent: subprocess.CompletedProcess[str]
    """The script that imports nothing of ours, over every bill."""
    blocks: dict[str, list[dict[str, Any]]]
    """All blocks as each agency's node tells them."""
    gone: bool
    """Whether all its processes ended with it."""


@cache
def finished_demo() -> Finished:
    """Run a demo once for all tests of this process."""
    home = Path(tempfile.mkdtemp(prefix="piaolian-demo-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    demo = DemoProcess.start(home / "demo")
    try:
        summary = demo.summary()
        patient = Patient(summary["portal_url"], summary["login"])
        page = patient.log_in()
        for path in sorted(set(re.findall(r'href="(/bills/[0-9]{8}/[0-9]{10})"', page)))[:2]:
            patient.get(path)
            patient.get(f"{path}/receipt.json")
        second = ask(summary, "hospital", "bill", "issue", str(DAY), "-o", "json")
        (home / "bad.jsonl").write_bytes(b"\n".join(bad.line for bad in bad_lines()))
        bad = ask(summary, "hospital", "bill", "issue", str(home / "bad.jsonl"), "-o", "json")
        independent = subprocess.run(
            [sys.executable, CHECK_BILLS, demo.folder / "summary.json", DAY],
            capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        blocks = {agency: blocks_of(summary, agency) for agency in summary["api"]}
        name = json.loads(DAY.read_text("utf-8").splitlines()[0])["payer"]
        ask(summary, "finance", "bill", "list", "--business-number", name)
        ask(summary, "finance", "bill", "list", "--issuer", name)
        code = demo.end()
    finally:
        if demo.process.poll() is None:
            demo.process.kill()
    gone = are_gone(summary["pids"])
    told = demo.told
    return Finished(demo.folder, summary, told, code, page, second, bad, independent, blocks, gone)
