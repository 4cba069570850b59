"""A network of real `piaoliand` processes on loopback, and a small client of their sockets."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

AGENCIES = ("hospital", "finance", "insurance", "health")
PIAOLIAND = str(Path(sys.executable).with_name("piaoliand"))
START_S = 30.0
KINDS = ("01", "02", "03", "04")


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: Path, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = str(path)

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


@dataclass(frozen=True)
class Answer:
    """What the API answered."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Agency:
    """One agency's node, running or not."""

    name: str
    folder: Path
    log: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        assert self.process is None
        with self.log.open("ab") as log:
            command = [PIAOLIAND, "run", "--config", str(self.folder / "node.toml")]
            self.process = subprocess.Popen(command, stderr=log, stdout=log)

    def kill(self) -> None:
        """Kill -9."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        self.process = None

    def stop(self) -> int:
        """Ask to stop; return the exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=20)
        self.process = None
        return code

    def request(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        media: str = "application/json",
        headers: dict[str, str] | None = None,
        timeout: float = 60,
    ) -> Answer:
        connection = UnixConnection(self.folder / "api.sock", timeout)
        try:
            sent = dict(headers or {})
            if body is not None:
                sent["Content-Type"] = media
            connection.request(method, path, body=body, headers=sent)
            response = connection.getresponse()
            names = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, names, response.read())
        finally:
            connection.close()

    def get(self, path: str, **options: Any) -> Any:
        answer = self.request("GET", path, **options)
        assert answer.status == 200, answer
        return answer.json

    def issue(self, lines: Sequence[bytes], wait_ms: int = 20_000) -> list[dict[str, Any]]:
        body = b"\n".join(lines)
        path = f"/v1/bills?wait_ms={wait_ms}"
        answer = self.request("POST", path, body=body, media="application/x-ndjson")
        assert answer.status == 200, answer
        items: list[dict[str, Any]] = answer.json["items"]
        return items

    def status(self) -> dict[str, Any]:
        status: dict[str, Any] = self.get("/v1/status")
        return status

    def is_ready(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text()[-2000:]
        try:
            return self.request("GET", "/readyz", timeout=5).status == 200
        except OSError:
            return False


@dataclass
class Network:
    """Four agencies in one folder."""

    out: Path
    summary: dict[str, Any]
    agencies: dict[str, Agency] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Agency:
        return self.agencies[name]

    def start(self) -> None:
        for agency in self.agencies.values():
            if agency.process is None:
                agency.start()
        self.wait_until(lambda: all(a.is_ready() for a in self.agencies.values()), "all ready")

    def kill_all(self) -> None:
        running = [agency for agency in self.agencies.values() if agency.process]
        for agency in running:
            assert agency.process is not None
            agency.process.kill()
        for agency in running:
            assert agency.process is not None
            agency.process.wait()
            agency.process = None

    def allot(self, last: int = 1_000_000) -> None:
        """Let finance allot one range a kind, this year."""
        year = time.gmtime(time.time() + 8 * 3600).tm_year % 100  # noqa: TID251
        for kind in KINDS:
            asked = {
                "unit": "hospital",
                "place": "460000001",
                "kind": kind,
                "code": f"4606{kind}{year:02d}",
                "first": 1,
                "last": last,
            }
            body = json.dumps(asked).encode()
            answer = self["finance"].request("POST", "/v1/ranges", body=body)
            assert answer.json["status"] == "committed", answer

    def heads(self, running: Sequence[str] = AGENCIES) -> set[tuple[int, str, str]]:
        found = [self[name].status() for name in running]
        return {(s["height"], s["head_hash"], s["state_root"]) for s in found}

    def wait_for_equal_heads(self) -> None:
        self.wait_until(lambda: len(self.heads()) == 1, "equal heads")

    @staticmethod
    def wait_until(holds: Any, what: str, seconds: float = START_S) -> None:
        deadline = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < deadline, f"not in {seconds} s: {what}"
            time.sleep(0.05)  # noqa: TID251


def run_program(*arguments: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
    """Run `piaoliand` to its end."""
    return subprocess.run(
        [PIAOLIAND, *arguments], capture_output=True, text=True, timeout=timeout, check=False
    )


def make_network(out: Path, *options: str) -> Network:
    """Make a testnet's folders, starting nothing.

    Args:
        out: the folder.
        options: further ones of `piaoliand testnet`.
    """
    # Two test runs on one machine look for ports at the same time: start far from each other.
    base_port = str(20_000 + os.getpid() % 110 * 100)
    made = run_program("testnet", "--out", str(out), "--base-port", base_port, "--json", *options)
    assert made.returncode == 0, made.stderr
    network = Network(out, json.loads(made.stdout))
    for name in AGENCIES:
        network.agencies[name] = Agency(name, out / name, out / "logs" / f"{name}.log")
    return network


@contextmanager
def running_network(out: Path) -> Iterator[Network]:
    """Four running nodes with allotted numbers; killed at the end."""
    network = make_network(out)
    try:
        network.start()
        network.allot()
        yield network
    finally:
        network.kill_all()
