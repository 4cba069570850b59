"""Child processes that never outlive their parent, each with a log.

Rule: a child dies with us whatever kills us (PR_SET_PDEATHSIG), is stopped politely first, and its
end is noticed at once, with its name and the last lines of its log.
Source: prctl(2).
"""

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

PR_SET_PDEATHSIG: Final = 1
STOP_S: Final = 20.0
"""How long a child may take to stop before it is killed."""
TAIL_LINES: Final = 15

_LIBC = ctypes.CDLL(None, use_errno=True)


class ChildFailed(Exception):
    """A child ended that should run on; the text names it and shows the end of its log."""


def die_with(parent: int) -> Callable[[], None]:
    """Return what a fresh child does first: ask for SIGKILL when `parent` is gone."""

    def ask() -> None:
        _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            # It was gone before we asked.
            os._exit(1)

    return ask


class Children:
    """The processes of one run, in the order they were started."""

    def __init__(self) -> None:
        self._running: dict[str, tuple[subprocess.Popen[bytes], Path]] = {}

    def start(
        self, name: str, command: Sequence[str | Path], log: Path, more: Mapping[str, str] = {}
    ) -> subprocess.Popen[bytes]:
        """Start a process whose output goes to `log`, in a process group of its own."""
        with log.open("ab") as stream:
            process = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
                start_new_session=True,
                env={**os.environ, **more},
                preexec_fn=die_with(os.getpid()),
            )
        self._running[name] = (process, log)
        return process

    def check(self) -> None:
        """Raise `ChildFailed` when one has ended."""
        for name, (process, log) in self._running.items():
            code = process.poll()
            if code is not None:
                raise ChildFailed(f"{name} {ending(code)}\n\n{tail(log)}\n\nAll of it: {log}")

    def pids(self) -> dict[str, int]:
        """Return the process ids by name."""
        return {name: process.pid for name, (process, _) in self._running.items()}

    def stop(self) -> None:
        """Stop all, the last one first; kill what does not stop in time."""
        for process, _ in reversed(self._running.values()):
            _signal(process, signal.SIGTERM)
        deadline = time.monotonic() + STOP_S
        for process, _ in reversed(self._running.values()):
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                _signal(process, signal.SIGKILL)
                process.wait()
        self._running.clear()

    def kill(self) -> None:
        """End all at once."""
        for process, _ in self._running.values():
            _signal(process, signal.SIGKILL)


def ending(code: int) -> str:
    """Return how a process ended, in words."""
    if code < 0:
        return f"was killed by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"


def tail(log: Path) -> str:
    """Return the last lines of a log."""
    try:
        lines = log.read_text("utf-8", "replace").splitlines()
    except OSError:
        return "(no log)"
    return "\n".join(f"  | {line}" for line in lines[-TAIL_LINES:]) or "(an empty log)"


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    if process.poll() is None:
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            return
