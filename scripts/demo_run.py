"""The demo's steps, from an empty folder to a summary.

Rule: only the installed programs are used, as an operator would; a step that does not work says
what to do and where the log is.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from shlex import quote
from typing import Any, Final, TypeVar

from scripts.children import Children, die_with
from scripts.his_day import Day
from scripts.nodes import Node, portal_height
from scripts.telling import Teller

PROGRAMS: Final = Path(sys.executable).parent
ISSUER, SUPERVISOR = "hospital", "finance"
DIVISION_AND_CLASS: Final = "4606"
"""Digits 1 to 4 of a bill code: Hainan, medical."""
RANGE_MIN: Final = 100_000
MARK: Final = ".piaolian-demo"
"""A folder with this file is a demo's and may be removed by the next."""
KIND_NAMES: Final = {"01": "outpatient", "02": "inpatient", "03": "emergency", "04": "registration"}
WAIT_S: Final = 60.0
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
    summary: dict[str, Any] = field(default_factory=dict)
    started_s: float = field(default_factory=time.monotonic)

    @property
    def logs(self) -> Path:
        """Where every process writes."""
        return self.folder / "logs"

    def make_network(self) -> None:
        """Make keys, genesis and settings."""
        self.teller.begin("keys, certificates and a genesis for four agencies")
        made = json.loads(self.program("piaoliand", "testnet", "--out", self.folder, "--json"))
        (self.folder / MARK).touch()
        for agency, place in made["agencies"].items():
            self.nodes[agency] = Node(
                agency,
                place["url"],
                Path(place["token_file"]),
                Path(place["ca_file"]),
                Path(place["config"]),
                place["portal_port"],
            )
        self.teller.done(f"keys, certificates and a genesis for {', '.join(self.nodes)}")

    def start_nodes(self) -> None:
        """Start a process per agency and wait until each is linked to all others."""
        self.teller.begin("four nodes start and find each other")
        for agency, node in self.nodes.items():
            command: list[str | Path] = [PROGRAMS / "piaoliand", "run", "--config", node.config]
            self.children.start(f"{agency}'s node", command, self.logs / f"{agency}.log")
        others = len(self.nodes) - 1
        for node in self.nodes.values():
            self.until(f"{node.agency}'s node to be ready", partial(_is_linked, node, others))
        self.teller.done(f"four nodes run, each linked to the {others} others over TLS")

    def allot(self) -> None:
        """Let finance allot a range for every place and kind of the day."""
        self.teller.begin("finance allots number ranges")
        genesis = json.loads((self.folder / "genesis.json").read_text("utf-8"))
        year = time.strftime("%y", time.gmtime(time.time_ns() // 10**9 + 8 * 3600))
        first: dict[str, int] = {}
        told = []
        for need in self.day.needs(genesis["parameters"]["bus_types"]):
            code = f"{DIVISION_AND_CLASS}{need.kind}{year}"
            start = first.get(code, 1)
            first[code] = last = start + max(RANGE_MIN, 2 * need.bills)
            options = {"unit": ISSUER, "place": need.place, "kind": need.kind, "code": code}
            numbers = {"first": start, "last": last - 1}
            arguments = [f"--{key}={value}" for key, value in {**options, **numbers}.items()]
            self.piaolian(SUPERVISOR, "range", "allot", *arguments)
            told.append(f"{code} {KIND_NAMES.get(need.kind, need.kind)}")
        self.teller.done(f"finance allotted numbers: {', '.join(told) or 'none needed'}")

    def issue(self) -> dict[str, Any]:
        """Let the hospital issue every line; return what was answered, by business number."""
        self.teller.begin(f"the hospital issues {self.day.lines:,} bills")
        command = self.command(ISSUER, "bill", "issue", self.day.file, "-o", "jsonl")
        issued: dict[str, Any] = {}
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
        return issued

    def count(self) -> None:
        """Count bills and sum amounts at the supervisor's node, which trusts no hospital."""
        self.teller.begin("finance counts")
        text = self.piaolian(SUPERVISOR, "bill", "list", "--all", "-o", "jsonl")
        amounts = [json.loads(line)["amounts"] for line in text.splitlines()]
        sums = {name: sum(item[name] for item in amounts) for name in amounts[0]} if amounts else {}
        total = sums.get("total_fen", 0)
        self.teller.done(f"finance counts {len(amounts):,} bills, {yuan(total)} yuan in all")
        words = {"fund_fen": "insurance fund", "other_fen": "other payers"}
        words |= {"account_fen": "personal accounts", "own_fen": "own payments"}
        parts = [f"{word} {yuan(sums[name])}" for name, word in words.items() if sums]
        self.teller.line("      " + ", ".join(parts))
        if len(amounts) != self.summary["issued"]:
            raise Failed("finance's node counts other bills than the hospital was told of")
        self.summary["total_fen"] = total

    def compare_heads(self) -> None:
        """Wait until all four have the same head and nothing waits; show them."""
        self.teller.begin("four equal heads")
        found = self.until("four equal heads", self._equal_heads)
        self.teller.done()
        rows = [("agency", "height", "head", "state root")]
        for agency, head in found.items():
            rows.append((agency, f"{head['height']}", head["hash"][:24], head["state_root"][:24]))
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

    def save_receipt(self, issued: dict[str, Any]) -> None:
        """Save one bill's receipt with its details and verify it offline."""
        patient = self.day.patient(issued)
        if patient is None:
            raise Failed("no bill was issued that names a person and a phone: no page to show")
        answer = issued[patient["busNo"]]
        file, genesis = self.folder / "receipt.json", self.folder / "genesis.json"
        self.teller.begin("one receipt is verified offline")
        where = (answer["code"], answer["number"])
        self.piaolian(ISSUER, "bill", "get", *where, "--save", file, "--details")
        self.program("piaolian", "bill", "verify", file, "--genesis", genesis)
        self.teller.done(f"{file.name} of bill {' '.join(where)} verified with the genesis alone")
        self.summary |= {"receipt": str(file), "genesis": str(genesis)}
        self.summary["login"] = {
            "resident_id": patient["idCardNo"],
            "check_code": answer["check_code"],
            "phone": patient["tel"],
            "code_file": str(self.folder / ISSUER / "portal" / "codes.txt"),
        }

    def start_portal(self) -> None:
        """Start the hospital's page and wait until it knows every bill."""
        self.teller.begin("the patient page starts")
        node = self.nodes[ISSUER]
        folder, address = self.folder / ISSUER, f"127.0.0.1:{node.portal_port}"
        self.program("piaolian-portal", "init", "--agency", folder, "--node", node.url,
                     "--listen", address)  # fmt: skip
        program, settings = PROGRAMS / "piaolian-portal", folder / "portal.toml"
        command: list[str | Path] = [program, "run", "--config", settings]
        self.children.start("the hospital's portal", command, self.logs / "portal.log")
        height = self.summary["heads"][ISSUER]["height"]
        self.until(
            "the patient page to know every bill",
            lambda: (portal_height("127.0.0.1", node.portal_port) or 0) >= height,
        )
        self.summary["portal_url"] = f"http://{address}/"
        self.teller.done("the patient page is up")

    def finish(self) -> None:
        """Keep the metrics, write the summary and tell where to look."""
        for agency, node in self.nodes.items():
            (self.logs / f"{agency}.metrics").write_bytes(node.get("/metrics") or b"")
        seconds = round(time.monotonic() - self.started_s, 3)
        self.summary |= {"seconds": seconds, "pids": self.children.pids()}
        self.summary["api"] = {
            agency: {
                "url": node.url,
                "token_file": str(node.token_file),
                "ca_file": str(node.ca_file),
            }
            for agency, node in self.nodes.items()
        }
        text = json.dumps(self.summary, ensure_ascii=False, indent=1)
        file = self.folder / "summary.json"
        file.touch(mode=0o600)
        file.write_text(text + "\n", "utf-8")
        login = self.summary["login"]
        tell = self.teller.line
        tell()
        tell(f"  Patient page   {self.summary['portal_url']}")
        tell(f"    resident id  {login['resident_id']}")
        tell(f"    check code   {login['check_code']}   (of one of this patient's bills)")
        tell(f"    phone        {login['phone']}")
        tell(f"    one-time code, once asked for:  tail -1 {quote(login['code_file'])}")
        program = quote(str(PROGRAMS / "piaolian"))
        socket = quote(f"unix:{self.folder / SUPERVISOR / SOCKET}")
        tell(f"  Any node       {program} --node {socket} status")
        tell(f"  All of this    {file}   ({seconds:.1f} s)")

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

    def _run(self, command: list[str]) -> str:
        process = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=WAIT_S,
            stdin=subprocess.DEVNULL, preexec_fn=die_with(os.getpid()),
        )  # fmt: skip
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

    def until(self, what: str, found: Callable[[], T | None]) -> T:
        """Ask again and again until there is an answer that counts."""
        deadline = time.monotonic() + WAIT_S
        while time.monotonic() < deadline:
            self.children.check()
            if result := found():
                return result
            time.sleep(0.05)
        raise Failed(f"waited {WAIT_S:.0f} s for {what}; the logs are in {self.logs}")


def _is_linked(node: Node, others: int) -> bool:
    status = node.status()
    return status is not None and status["ready"] and status["peers_connected"] == others


def yuan(amount_fen: int) -> str:
    """Return fen as yuan with separators."""
    return f"{amount_fen // 100:,}.{amount_fen % 100:02d}"
