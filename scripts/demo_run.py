"""The demo's steps, from an empty folder to a summary.

Rule: only the installed programs are used, as an operator would; a step that does not work says
what to do and where the log is.
"""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

from scripts.children import Children, die_with
from scripts.his_day import Day, Need
from scripts.nodes import Node
from scripts.telling import Teller

PROGRAMS: Final = Path(sys.executable).parent
ISSUER, SUPERVISOR, PAYER, BANK = "hospital", "finance", "insurance", "bank"
DIVISION_AND_CLASS: Final = "4606"
"""Digits 1 to 4 of a bill code: Hainan, medical."""
RANGE_MIN: Final = 100_000
SMALL_RANGE: Final = 100
"""Numbers of the range that is used up first and written off."""
MARK: Final = ".piaolian-demo"
"""A folder with this file is a demo's and may be removed by the next."""
KIND_NAMES: Final = {"01": "outpatient", "02": "inpatient", "03": "emergency", "04": "registration"}
WAIT_S: Final = 60.0
COMMAND_WAIT_S: Final = 300.0
"""A list or a recount of a long day takes its time."""
REFUSED: Final = 7
"""Exit code of `piaolian` when the ledger refuses."""
PAUSE_S: Final = 0.1
"""Between two looks at what is waited for."""
SOCKET: Final = "api.sock"
"""What a node names its operators' socket, in its agency's folder."""

T = TypeVar("T")


class Failed(Exception):
    """A step that did not work; the text says what to do."""


@dataclass
class Demo:
    """One run, from an empty folder to a summary."""

    folder: Path
    day: Day
    teller: Teller
    children: Children = field(default_factory=Children)
    nodes: dict[str, Node] = field(default_factory=dict)
    small: tuple[str, int] | None = None
    """Code and first number of the small range that is written off in the end."""
    issued: dict[str, Any] = field(default_factory=dict)
    """What the hospital was answered, by business number."""
    shown: tuple[str, str] = ("", "")
    """Code and number of the bill whose receipt is kept."""
    bills: list[dict[str, Any]] = field(default_factory=list)
    """The faces of all bills when they were last endorsed."""
    held: tuple[str, str] | None = None
    """Code and number of a bill that a payer holds."""
    payments_made: int = 0
    """How often somebody paid."""
    login: dict[str, str] = field(default_factory=dict)
    """What opens the shown patient's page; empty when there is none."""
    recorded: frozenset[str] = frozenset()
    """The hospital's own numbers of those whose medical records were published."""
    summary: dict[str, Any] = field(default_factory=dict)
    started_s: float = field(default_factory=time.monotonic)

    @property
    def logs(self) -> Path:
        """Where every process writes."""
        return self.folder / "logs"

    @property
    def code_file(self) -> Path:
        """Where the portal writes one-time codes."""
        return self.folder / ISSUER / "portal" / "codes.txt"

    def make_network(self) -> None:
        """Make keys, genesis and settings."""
        self.teller.begin("keys, certificates and a genesis for five agencies")
        # The times of the sample day are UTC, and by them a bill and its visit find each other.
        times = ("--visit-times", "utc")
        options = ("--out", self.folder, "--observers", BANK, *times, "--json")
        made = json.loads(self.program("piaoliand", "testnet", *options))
        (self.folder / MARK).touch()
        for agency, place in made["agencies"].items():
            self.nodes[agency] = Node(
                agency,
                place["url"],
                Path(place["token_file"]),
                Path(place["ca_file"]),
                Path(place["config"]),
                place["portal_port"],
                place["payments_port"],
                place["company_port"],
            )
        told = ", ".join(self.nodes)
        self.teller.done(f"keys, certificates and a genesis for {told} (which has no vote yet)")

    def start_nodes(self) -> None:
        """Start a process per agency and wait until each is linked to all others."""
        self.teller.begin("five nodes start and find each other")
        for agency, node in self.nodes.items():
            command: list[str | Path] = [PROGRAMS / "piaoliand", "run", "--config", node.config]
            self.children.start(f"{agency}'s node", command, self.logs / f"{agency}.log")
        others = len(self.nodes) - 1
        for node in self.nodes.values():
            self.until(f"{node.agency}'s node to be ready", partial(_is_linked, node, others))
        self.teller.done(f"five nodes run, each linked to the {others} others over TLS")

    def allot(self) -> None:
        """Let finance allot ranges for every place and kind of the day, one of them small."""
        self.teller.begin("finance allots number ranges")
        genesis = json.loads((self.folder / "genesis.json").read_text("utf-8"))
        year = time.strftime("%y", time.gmtime(time.time_ns() // 10**9 + 8 * 3600))
        needs = self.day.needs(genesis["parameters"]["bus_types"])
        busiest = max(needs, key=lambda need: need.bills, default=None)
        following: dict[str, int] = {}
        told = []
        for need in needs:
            code = f"{DIVISION_AND_CLASS}{need.kind}{year}"
            if need is busiest and need.bills:
                self.small = (code, following.get(code, 1))
                self._allot(need, code, following, min(SMALL_RANGE, need.bills))
            self._allot(need, code, following, max(RANGE_MIN, 2 * need.bills))
            told.append(f"{code} {KIND_NAMES.get(need.kind, need.kind)}")
        self.teller.done(f"finance allotted numbers: {', '.join(told) or 'none needed'}")

    def _allot(self, need: Need, code: str, following: dict[str, int], count: int) -> None:
        """Allot the next numbers of a code."""
        first = following.get(code, 1)
        following[code] = first + count
        options = {"unit": ISSUER, "place": need.place, "kind": need.kind, "code": code}
        numbers = {"first": first, "last": first + count - 1}
        arguments = [f"--{key}={value}" for key, value in {**options, **numbers}.items()]
        self.piaolian(SUPERVISOR, "range", "allot", *arguments)

    def issue(self) -> None:
        """Let the hospital issue every line; keep what was answered."""
        self.teller.begin(f"the hospital issues {self.day.lines:,} bills")
        command = self.command(ISSUER, "bill", "issue", self.day.file, "-o", "jsonl")
        issued = self.issued
        refused: list[dict[str, Any]] = []
        with (self.logs / "issue.log").open("wb") as log, self.child(command, log) as process:
            assert process.stdout is not None
            for line in process.stdout:
                answer = json.loads(line)
                if answer["status"] in ("issued", "exists"):
                    issued[answer["business_number"]] = answer
                else:
                    refused.append(answer)
                self.teller.progress(f"{len(issued):,} issued")
            code = process.wait()
        if code not in (0, 7):
            raise Failed(f"issuing ended with exit code {code}; see {self.logs}/issue.log")
        seconds = self.teller.done(f"the hospital issued {len(issued):,} bills")
        for answer in refused[:5]:
            problem = answer.get("problem") or {}
            what = f"{problem.get('code')} {problem.get('field') or ''}"
            self.teller.line(f"      line {answer['line']}: {what}")
        if len(refused) > 5:
            self.teller.line(f"      and {len(refused) - 5} more")
        counts = {"issued": len(issued), "refused": len(refused)}
        self.summary |= {"bills_in": self.day.lines, **counts, "issue_seconds": round(seconds, 3)}

    def count(self) -> None:
        """Count bills and sum amounts at the supervisor's node, which trusts no hospital."""
        self.teller.begin("finance counts")
        amounts = [item["amounts"] for item in self.jsonl(SUPERVISOR, "bill", "list", "--all")]
        sums = {name: sum(item[name] for item in amounts) for name in amounts[0]} if amounts else {}
        total = sums.get("total_fen", 0)
        self.teller.done(f"finance counts {len(amounts):,} bills, {yuan(total)} yuan in all")
        words = {"fund_fen": "insurance fund", "other_fen": "other payers"}
        words |= {"account_fen": "personal accounts", "own_fen": "own payments"}
        if sums:
            parts = [f"{word} {yuan(sums[name])}" for name, word in words.items()]
            self.teller.line("      " + ", ".join(parts))
        if len(amounts) != self.summary["issued"]:
            raise Failed("finance's node counts other bills than the hospital was told of")
        self.summary["total_fen"] = total

    def compare_heads(self) -> None:
        """Wait until all have the same head and nothing waits; show them, and who signed."""
        self.teller.begin("five equal heads")
        found = self.until("five equal heads", self._equal_heads)
        height = found[ISSUER]["height"]
        block = json.loads(self.nodes[ISSUER].get(f"/v1/blocks/{height}") or b"{}")
        self.teller.done(f"five equal heads; block {height} {_signed(block)}")
        rows = [("agency", "height", "head", "state root", "signed it")]
        for agency, head in found.items():
            mark = "✓" if agency in block.get("signers", ()) else ""
            rows.append((agency, f"{height}", head["hash"][:24], head["state_root"][:24], mark))
        self.teller.table(rows)
        self.summary["heads"] = found

    def _equal_heads(self) -> dict[str, dict[str, Any]] | None:
        found = {}
        for agency, node in self.nodes.items():
            status = node.status()
            if status is None or status["pending_transactions"]:
                return None
            found[agency] = {
                "height": status["height"],
                "hash": status["head_hash"],
                "state_root": status["state_root"],
            }
        heads = list(found.values())
        return found if all(head == heads[0] for head in heads) else None

    def save_receipt(self) -> None:
        """Save one bill's receipt with its details and verify it offline."""
        patient = self.day.patient(self.issued, self.recorded)
        self.summary["genesis"] = str(self.folder / "genesis.json")
        if patient is None:
            self.teller.line("  – no bill names a person and a phone: no receipt, no login")
            return
        answer = self.issued[patient["busNo"]]
        file, genesis = self.folder / "receipt.json", self.folder / "genesis.json"
        self.teller.begin("one receipt is verified offline")
        self.shown = where = (answer["code"], answer["number"])
        self.piaolian(ISSUER, "bill", "get", *where, "--save", file, "--details")
        self.program("piaolian", "bill", "verify", file, "--genesis", genesis)
        self.teller.done(f"{file.name} of bill {' '.join(where)} verified with the genesis alone")
        self.summary["receipt"] = str(file)
        self.login |= {
            "resident_id": patient["idCardNo"],
            "check_code": answer["check_code"],
            "phone": patient["tel"],
            "patient_number": str(patient.get("patientNo", "")),
            "code_file": str(self.code_file),
        }

    def stay(self) -> None:
        """Watch the children until somebody stops us."""
        self.teller.line("\n  Running until Ctrl-C.")
        while True:
            self.children.check()
            time.sleep(0.5)

    def command(self, agency: str, *arguments: str | Path) -> list[str]:
        """Return a `piaolian` command line that asks an agency's node."""
        parts = [str(part) for part in arguments]
        return [str(PROGRAMS / "piaolian"), *self.nodes[agency].options(), *parts]

    def piaolian(self, agency: str, *arguments: str | Path) -> str:
        """Run `piaolian` against an agency's node; return its output."""
        return self._run(self.command(agency, *arguments))

    def program(self, name: str, *arguments: str | Path) -> str:
        """Run a program of ours; return its output."""
        return self._run([str(PROGRAMS / name), *(str(part) for part in arguments)])

    def refusal(self, agency: str, *arguments: str | Path) -> str:
        """Run `piaolian` for what the ledger must refuse; return the refusal's code."""
        process = self._ran(self.command(agency, *arguments))
        found = re.search(r"^piaolian: ([a-z_]+\.[a-z_]+)", process.stderr, re.MULTILINE)
        if process.returncode != REFUSED or found is None:
            told = (process.stderr or process.stdout).strip()
            raise Failed(f"{' '.join(map(str, arguments))} was not refused:\n{told}")
        return found[1]

    def _ran(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=COMMAND_WAIT_S,
            stdin=subprocess.DEVNULL, preexec_fn=die_with(os.getpid()),
        )  # fmt: skip

    def _run(self, command: list[str]) -> str:
        process = self._ran(command)
        if process.returncode:
            self.children.check()
            told = (process.stderr or process.stdout).strip()
            words = " ".join(Path(part).name for part in command[:1] + command[-3:])
            raise Failed(f"{words}: exit code {process.returncode}\n{told}")
        return process.stdout

    @contextmanager
    def child(self, command: list[str], log: Any) -> Iterator[subprocess.Popen[bytes]]:
        """Run a program whose output is read as it comes."""
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=log, stdin=subprocess.DEVNULL,
            preexec_fn=die_with(os.getpid()),
        )  # fmt: skip
        try:
            yield process
        finally:
            process.kill()
            process.communicate()

    def jsonl(self, agency: str, *arguments: str | Path) -> list[dict[str, Any]]:
        """Run `piaolian` for a list; return its items."""
        told = self.piaolian(agency, *arguments, "-o", "jsonl")
        return [json.loads(line) for line in told.splitlines()]

    def answers(self, agency: str, *arguments: str | Path) -> list[dict[str, Any]]:
        """Run `piaolian` for many things at once; return the items, refused ones included."""
        process = self._ran([*self.command(agency, *arguments), "-o", "jsonl"])
        if process.returncode not in (0, REFUSED):
            raise Failed(f"{' '.join(map(str, arguments))}:\n{process.stderr.strip()}")
        return [json.loads(line) for line in process.stdout.splitlines()]

    def until(self, what: str, found: Callable[[], T | None], *, wait_s: float = WAIT_S) -> T:
        """Ask again and again until there is an answer that counts."""
        deadline = time.monotonic() + wait_s
        while time.monotonic() < deadline:
            self.children.check()
            if result := found():
                return result
            time.sleep(PAUSE_S)
        raise Failed(f"waited {wait_s:.0f} s for {what}; the logs are in {self.logs}")


def _is_linked(node: Node, others: int) -> bool:
    status = node.status()
    return status is not None and status["ready"] and status["peers_connected"] == others


def _signed(block: dict[str, Any]) -> str:
    signers = block.get("signers", [])
    return f"was proposed by {block.get('proposer')} and signed by {len(signers)}"


def yuan(amount_fen: int) -> str:
    """Return fen as yuan with separators."""
    return f"{amount_fen // 100:,}.{amount_fen % 100:02d}"
