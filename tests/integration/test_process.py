"""One node as a process: what systemd hears, how it stops, what its log looks like."""

import json
import os
import signal
import socket
import subprocess
import time

import pytest

from tests.support.processes import PIAOLIAND, Network, UnixConnection, make_network

pytestmark = pytest.mark.slow


@pytest.fixture
def hospital(tmp_path):
    """One agency of a network whose others never start."""
    return make_network(tmp_path / "net")["hospital"]


@pytest.fixture
def manager(tmp_path):
    """A service manager's socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.settimeout(20)
        yield listener


def start(hospital, tmp_path, **environment: str) -> subprocess.Popen[bytes]:
    command = [PIAOLIAND, "run", "--config", str(hospital.folder / "node.toml")]
    with hospital.log.open("wb") as log:
        hospital.process = subprocess.Popen(
            command, stderr=log, env=os.environ | {"NOTIFY_SOCKET": str(tmp_path / "notify")}
            | environment,
        )  # fmt: skip
    return hospital.process


def listen_for_ever(manager: socket.socket) -> None:
    while True:
        manager.recv(4096)


def test_systemd_hears_ready_signs_of_life_and_stopping(hospital, manager, tmp_path):
    process = start(hospital, tmp_path, WATCHDOG_USEC="1000000")
    try:
        assert manager.recv(4096).startswith(b"READY=1\nSTATUS=")
        assert hospital.get("/livez") == {"status": "alive"}
        signs = [manager.recv(4096) for _ in range(4)]
        assert signs == [b"WATCHDOG=1"] * 4
        process.send_signal(signal.SIGTERM)
        while (told := manager.recv(4096)) == b"WATCHDOG=1":
            pass
        assert told == b"STOPPING=1"
        assert process.wait(timeout=20) == 0
    finally:
        process.kill()
        process.wait()


def test_a_hanging_loop_gives_no_sign_of_life(hospital, manager, tmp_path):
    process = start(hospital, tmp_path, WATCHDOG_USEC="1000000")
    try:
        assert manager.recv(4096).startswith(b"READY=1")
        process.send_signal(signal.SIGSTOP)
        manager.settimeout(1.5)
        with pytest.raises(TimeoutError):
            listen_for_ever(manager)
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_open_event_stream_does_not_keep_the_node_from_stopping(hospital, tmp_path, number):
    process = start(hospital, tmp_path)
    connection = UnixConnection(hospital.folder / "api.sock", 20)
    try:
        Network.wait_until((hospital.folder / "api.sock").exists, "the socket")
        connection.request("GET", "/v1/events?from=0")
        assert connection.getresponse().status == 200
        begun = time.monotonic()
        process.send_signal(number)
        assert process.wait(timeout=20) == 0
        assert time.monotonic() - begun < 10
    finally:
        connection.close()
        process.kill()
        process.wait()


def test_the_log_of_a_service_is_json_a_line_an_event(hospital, tmp_path):
    process = start(hospital, tmp_path)
    try:
        Network.wait_until((hospital.folder / "api.sock").exists, "the socket")
        assert hospital.stop() == 0
    finally:
        process.kill()
        process.wait()
    events = [json.loads(line) for line in hospital.log.read_text().splitlines()]
    assert {"node.started", "node.stopped"} <= {event["event"] for event in events}
    assert all({"event", "level", "node", "timestamp"} <= set(event) for event in events)
    assert not any("dropped" in event for event in events)


def test_alone_it_says_that_it_is_not_ready(hospital, tmp_path):
    process = start(hospital, tmp_path)
    try:
        Network.wait_until((hospital.folder / "api.sock").exists, "the socket")
        status = hospital.status()
        assert (status["height"], status["peers_connected"], status["ready"]) == (0, 0, False)
        told = hospital.request("GET", "/readyz")
        assert (told.status, told.json["code"]) == (503, "node.not_ready")
        absent = hospital.request("GET", "/v1/absence?code=46060126&number=1")
        assert (absent.status, absent.json["code"]) == (503, "proof.no_block_yet")
    finally:
        process.kill()
        process.wait()
