"""A whole demo as a process, a patient who visits it, and mischief that must leave no trace."""

import atexit
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from scripts.his_day import as_order, order_number
from scripts.nodes import Node
from scripts.patient import Patient
from tests.support.bad_lines import bad_lines

ROOT = Path(__file__).parents[2]
CHECK_BILLS = ROOT / "tests/independent/check_bills.py"
DAY = ROOT / "tests/data/hospital-day.jsonl"
LINES = DAY.read_text("utf-8").splitlines()
PROGRAMS = Path(sys.executable).parent
pause = time.sleep  # noqa: TID251 - whole processes, in real time
START_S = 600.0
STOP_S = 120.0


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


def bodies_of(summary: dict[str, Any], blocks: list[dict[str, Any]]) -> list[bytes]:
    """Return the bodies of blocks, byte for byte, from finance's node."""
    api = summary["api"]["finance"]
    files = (Path(api["token_file"]), Path(api["ca_file"]))
    node = Node("finance", api["url"], *files, Path(), 0, 0, 0)
    bodies = [node.get(f"/v1/blocks/{block['height']}/body") for block in blocks]
    assert None not in bodies
    return [body for body in bodies if body is not None]


def ordered_lines(summary: dict[str, Any]) -> list[str]:
    """Return the lines of the orders that have bills, as the demo made them of the day's."""
    orders = ask(summary, "hospital", "order", "list", "--limit", "1000", "-o", "jsonl")
    billed = {
        order["order"] for order in map(json.loads, orders.stdout.splitlines()) if order.get("bill")
    }
    return [as_order(line) for line in LINES if order_number(json.loads(line)["busNo"]) in billed]


@dataclass(frozen=True)
class Finished:
    """A demo that ran, was visited, mistreated and stopped."""

    folder: Path
    summary: dict[str, Any]
    told: str
    exit_code: int
    bills_page: str
    """What the patient saw first."""
    order_page: str
    """The patient's order that nobody paid."""
    check_page: str
    """What the public check says of the bill that the demo names."""
    second_run: subprocess.CompletedProcess[str]
    """Issuing the same day again."""
    bad_run: subprocess.CompletedProcess[str]
    """Issuing lines that are wrong."""
    independent: subprocess.CompletedProcess[str]
    """The script that imports nothing of ours, over every bill."""
    records: list[dict[str, Any]]
    """The faces of all records, as the hospital's node tells them."""
    record_runs: list[subprocess.CompletedProcess[str]]
    """Publishing again, for others, nobody, without a word of it being an amendment; bad names."""
    blocks: dict[str, list[dict[str, Any]]]
    """All blocks as each agency's node tells them."""
    bodies: list[bytes]
    """The bodies of all blocks, as finance's node has them."""
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
        login = summary["login"]
        patient = Patient(summary["portal_url"], Path(login["code_file"]))
        page = patient.log_in(login["resident_id"], login["check_code"])
        order_page = patient.get(f"/orders/{login['order']}")
        check_page = _checked(summary["portal_url"], demo.told)
        for path in sorted(set(re.findall(r'href="(/bills/[0-9]{8}/[0-9]{10})"', page)))[:2]:
            patient.get(path)
            patient.get(f"{path}/receipt.json")
        second = ask(summary, "hospital", "bill", "issue", str(DAY), "-o", "json")
        (home / "bad.jsonl").write_bytes(b"\n".join(bad.line for bad in bad_lines()))
        bad = ask(summary, "hospital", "bill", "issue", str(home / "bad.jsonl"), "-o", "json")
        (home / "all.jsonl").write_text("\n".join([*LINES, *ordered_lines(summary)]), "utf-8")
        independent = subprocess.run(
            [sys.executable, CHECK_BILLS, demo.folder / "summary.json", home / "all.jsonl"],
            capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        blocks = {agency: blocks_of(summary, agency) for agency in summary["api"]}
        bodies = bodies_of(summary, blocks["finance"])
        records, record_runs = _records_of(summary), _bad_records(summary)
        _ask_for_a_name(summary)
        code = demo.end()
    finally:
        if demo.process.poll() is None:
            demo.process.kill()
    gone = are_gone(summary["pids"])
    told = demo.told
    return Finished(
        folder=demo.folder,
        summary=summary,
        told=told,
        exit_code=code,
        bills_page=page,
        order_page=order_page,
        check_page=check_page,
        second_run=second,
        bad_run=bad,
        independent=independent,
        records=records,
        record_runs=record_runs,
        blocks=blocks,
        bodies=bodies,
        gone=gone,
    )


def _ask_for_a_name(summary: dict[str, Any]) -> None:
    """Ask finance's node for bills by what no question should hold."""
    name = json.loads(LINES[0])["payer"]
    ask(summary, "finance", "bill", "list", "--business-number", name)
    ask(summary, "finance", "bill", "list", "--issuer", name)


def _records_of(summary: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the faces of all records."""
    told = ask(summary, "hospital", "record", "list", "--limit", "1000", "-o", "jsonl")
    return [json.loads(line) for line in told.stdout.splitlines()]


def _bad_records(summary: dict[str, Any]) -> list[subprocess.CompletedProcess[str]]:
    """Publish what was published, and what must not be; return what was told."""
    folder = ROOT / "tests/data/fhir"
    publish = ("record", "publish")
    runs = [
        (*publish, str(folder / "jorge.json"), "--patient-number", "593aaa05"),
        (*publish, str(folder / "jorge.json"), "--patient-number", "3923d493"),
        (*publish, str(folder / "man.json"), "--patient-number", "3923d493"),
        (*publish, str(folder / "mariam.json"), "--patient-number", "999-44-2257"),
        (*publish, str(folder / "claims-aetna.json")),
        ("record", "get", "1-0-0"),
        ("record", "get", "Goodwin327/1-0-0"),
        ("record", "history", "Appendicitis"),
    ]
    return [ask(summary, "hospital", *run) for run in runs]


def _checked(portal: str, told: str) -> str:
    """Return what the public check answers to the five elements that the demo printed."""
    found = re.search(r"one bill +(.+)", told)
    assert found is not None, told
    names = ("code", "number", "check_code", "date", "amount")
    visitor = Patient(portal, Path("/nowhere"))
    elements = dict(zip(names, found[1].split(), strict=True))
    return visitor.post("/check", visitor.get("/check"), **elements)
