"""What the node tells systemd: READY, STOPPING and signs of life.

Rule: without systemd (no NOTIFY_SOCKET) every call does nothing.
Source: sd_notify(3), sd_watchdog_enabled(3).
"""

import asyncio
import os
import socket
from collections.abc import Mapping


class Supervisor:
    """The service manager that started this process, if one did.

    Args:
        environment: where NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID stand.
    """

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._address = environment.get("NOTIFY_SOCKET", "")
        self._watchdog_s = _watchdog_s(environment)

    def ready(self, status: str) -> None:
        """Say that start-up is over; `status` shows in `systemctl status`."""
        self._notify(f"READY=1\nSTATUS={status}")

    def status(self, status: str) -> None:
        """Replace the line in `systemctl status`."""
        self._notify(f"STATUS={status}")

    def stopping(self) -> None:
        """Say that the stop has begun, so that nobody restarts us meanwhile."""
        self._notify("STOPPING=1")

    async def watch(self) -> None:
        """Give a sign of life from the event loop, twice in each watchdog period, for ever.

        A loop that hangs gives none, and systemd restarts the node.
        """
        if not self._watchdog_s:
            return
        while True:
            self._notify("WATCHDOG=1")
            await asyncio.sleep(self._watchdog_s / 2)

    def _notify(self, message: str) -> None:
        if not self._address:
            return
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
            try:
                channel.connect(address)
                channel.sendall(message.encode())
            except OSError:
                # The manager is gone or too busy; it will judge by the watchdog.
                return


def _watchdog_s(environment: Mapping[str, str]) -> float:
    """Return the watchdog period in seconds; 0 when none is asked of this process."""
    usec = environment.get("WATCHDOG_USEC", "")
    if environment.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return 0.0
    return int(usec) / 1_000_000 if usec.isdigit() else 0.0
