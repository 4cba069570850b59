"""Four agencies as processes on this machine, for measuring them.

Rule: the processes are the installed `piaoliand` with their own configuration, unchanged; what is
read of them comes from /proc and from their files.
"""

import asyncio
import json
import os
import shutil
import signal
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

AGENCIES = ("hospital", "finance", "insurance", "health")
BILLS_PER_MINUTE_MAX = 10_000_000
"""The load is faster than any province; finance is told to expect it."""
OPENINGS_MAX = 20_000
"""Records that one session may open within an hour: the page opens hundreds a minute."""
PROGRAMS = Path(sys.executable).parent
_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process used so far."""

    cpu_s: float
    """Seconds of processor time, user and system."""
    rss_max_mib: float
    """The largest resident size so far."""


@dataclass(slots=True)
class Network:
    """A folder made by `piaoliand testnet`, and its running processes."""

    folder: Path
    processes: dict[str, asyncio.subprocess.Process] = field(default_factory=dict)
    endorses: bool = True
    """Whether finance's node endorses every block."""
    profiled: str = ""
    """The agency that runs under cProfile; empty for none."""
    places: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Addresses and files of each agency, as `piaoliand testnet` tells."""

    async def create(self) -> None:
        """Make keys, genesis and configuration of the four agencies in a fresh folder."""
        shutil.rmtree(self.folder, ignore_errors=True)
        program = await asyncio.create_subprocess_exec(
            PROGRAMS / "piaoliand",
            "testnet",
            "--out",
            self.folder,
            "--json",
            stdout=asyncio.subprocess.PIPE,
        )
        told, _ = await program.communicate()
        if program.returncode != 0:
            raise SystemExit("piaoliand testnet failed; see above")
        self.places = json.loads(told)["agencies"]
        self._let_openings()
        settings = self.folder / "finance" / "node.toml"
        endorse = "on" if self.endorses else "off"
        policy = f"bills_per_minute_max = {BILLS_PER_MINUTE_MAX}"
        text = settings.read_text("utf-8")
        assert "[finance]" not in text, "the settings are the program's own"
        settings.write_text(f'{text}\n[finance]\nendorse = "{endorse}"\n{policy}\n', "utf-8")

    def _let_openings(self) -> None:
        settings = self.folder / "hospital" / "node.toml"
        text = settings.read_text("utf-8")
        more = f"[vault]\nopenings_per_session_max = {OPENINGS_MAX}\n"
        settings.write_text(text.replace("[vault]\n", more), "utf-8")

    async def start(self) -> None:
        """Start all four and wait until each is ready."""
        logs = self.folder / "logs"
        logs.mkdir(exist_ok=True)
        for agency in AGENCIES:
            await self._spawn(agency, logs / f"{agency}.log")
        async with asyncio.timeout(60):
            for agency in AGENCIES:
                await self._until_ready(agency)

    async def _spawn(self, agency: str, log: Path) -> None:
        command: list[str | Path] = [PROGRAMS / "piaoliand"]
        if agency == self.profiled:
            command = [sys.executable, "-m", "cProfile", "-o", self.profile_file, *command]
        with log.open("ab") as stream:
            self.processes[agency] = await asyncio.create_subprocess_exec(
                *command,
                "run",
                "--config",
                self.folder / agency / "node.toml",
                stdout=stream,
                stderr=stream,
            )

    @property
    def profile_file(self) -> Path:
        """Where the profiled process leaves its figures."""
        return self.folder / "profile.pstats"

    async def _until_ready(self, agency: str) -> None:
        async with self.session(agency) as session:
            while True:
                if self.processes[agency].returncode is not None:
                    raise SystemExit(f"{agency} ended; see {self.folder}/logs/{agency}.log")
                try:
                    async with session.get("http://node/readyz") as answer:
                        if answer.status == 200:
                            return
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.1)

    def session(self, agency: str) -> aiohttp.ClientSession:
        """Return a client of the agency's admin socket; address it as `http://node/…`."""
        connector = aiohttp.UnixConnector(path=str(self.folder / agency / "api.sock"))
        return aiohttp.ClientSession(connector=connector)

    def usage(self) -> dict[str, Usage]:
        """Return what each process used so far."""
        return {agency: _usage(process.pid) for agency, process in self.processes.items()}

    async def stop(self) -> None:
        """Stop all four gracefully and wait for them."""
        for process in self.processes.values():
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
        for process in self.processes.values():
            await asyncio.wait_for(process.wait(), 60)

    def store_bytes(self, agency: str) -> int:
        """Return the size of the agency's two databases on disk."""
        data = self.folder / agency / "data"
        return sum(
            file.stat().st_size
            for name in ("blocks", "state")
            for file in (data / name).rglob("*")
            if file.is_file()
        )


def _usage(pid: int) -> Usage:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    cpu_s = (int(fields[11]) + int(fields[12])) / _TICKS_PER_SECOND
    status = Path(f"/proc/{pid}/status").read_text()
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return Usage(cpu_s=cpu_s, rss_max_mib=int(peak.split()[1]) / 1024)
