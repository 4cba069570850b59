"""What systemd hears, and when."""

import asyncio
import os
import socket

from node.supervision import Supervisor
from tests.support.virtual_loop import run_virtually


class Listener:
    """A service manager's socket."""

    def __init__(self, path: str) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(path)
        self.socket.setblocking(False)

    def heard(self) -> list[str]:
        messages = []
        while True:
            try:
                messages.append(self.socket.recv(4096).decode())
            except BlockingIOError:
                return messages


def test_ready_status_and_stopping_are_told_in_order(tmp_path):
    listener = Listener(str(tmp_path / "notify"))
    supervisor = Supervisor({"NOTIFY_SOCKET": str(tmp_path / "notify")})
    supervisor.ready("serving hospital")
    supervisor.status("syncing")
    supervisor.stopping()
    assert listener.heard() == ["READY=1\nSTATUS=serving hospital", "STATUS=syncing", "STOPPING=1"]
    listener.socket.close()


def test_an_abstract_socket_is_reached_by_its_at_sign():
    name = f"piaolian-test-{os.getpid()}"
    listener = Listener("\0" + name)
    Supervisor({"NOTIFY_SOCKET": "@" + name}).stopping()
    assert listener.heard() == ["STOPPING=1"]
    listener.socket.close()


def test_the_watchdog_hears_two_signs_of_life_in_each_period(tmp_path):
    listener = Listener(str(tmp_path / "notify"))
    environment = {
        "NOTIFY_SOCKET": str(tmp_path / "notify"),
        "WATCHDOG_USEC": "10000000",
        "WATCHDOG_PID": str(os.getpid()),
    }

    async def watch_for_a_while() -> None:
        watching = asyncio.create_task(Supervisor(environment).watch())
        await asyncio.sleep(31)
        watching.cancel()

    run_virtually(watch_for_a_while())
    assert listener.heard() == ["WATCHDOG=1"] * 7
    listener.socket.close()


def test_another_process_watchdog_is_not_ours(tmp_path):
    environment = {"NOTIFY_SOCKET": "x", "WATCHDOG_USEC": "1000", "WATCHDOG_PID": "1"}
    run_virtually(Supervisor(environment).watch())


def test_without_a_manager_nothing_happens_and_a_gone_one_does_no_harm(tmp_path):
    Supervisor({}).ready("x")
    Supervisor({"NOTIFY_SOCKET": str(tmp_path / "gone")}).ready("x")
    run_virtually(Supervisor({}).watch())
