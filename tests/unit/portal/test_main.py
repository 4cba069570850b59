"""The command line: exit codes, one clear line, a port in use, a clean stop."""

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from portal.main import cli
from tests.support.portal_node import PortalNode, write_agency
from tests.support.portal_process import GENESIS, PORTAL_KEY

PROGRAM = Path(sys.executable).parent / "piaolian-portal"


def agency(folder: Path, listen: str) -> Path:
    """Write an agency folder whose node is not there."""
    file = write_agency(folder, PortalNode(PORTAL_KEY, GENESIS, url="http://127.0.0.1:1"))
    file.write_text(file.read_text().replace("127.0.0.1:0", listen))
    return file


def test_help_tells_every_command_with_an_example() -> None:
    told = CliRunner().invoke(cli, ["--help"]).output
    assert "run" in told
    assert "init" in told
    for command in ("run", "init"):
        assert "Example:" in CliRunner().invoke(cli, [command, "--help"]).output


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["run", "--config", "missing.toml"], 78), (["run", "--nonsense"], 2), (["--help"], 0)],
)
def test_the_command_ends_with_its_exit_code(
    tmp_path: Path, arguments: list[str], code: int
) -> None:
    done = subprocess.run(
        [PROGRAM, *arguments], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == code
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_a_port_in_use_is_one_clear_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        file = agency(tmp_path, f"127.0.0.1:{port}")
        done = subprocess.run(
            [PROGRAM, "run", "--config", file],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 78
    assert f"127.0.0.1:{port}" in done.stderr
    assert "web.listen" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_it_starts_without_its_node_and_stops_when_told(tmp_path: Path) -> None:
    file = agency(tmp_path, "127.0.0.1:0")
    process = subprocess.Popen(
        [PROGRAM, "run", "--config", file], stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    assert json.loads(process.stderr.readline())["event"] == "portal.started"
    process.send_signal(signal.SIGTERM)
    rest = process.stderr.read()
    assert process.wait(timeout=30) == 0
    assert "portal.stopped" in rest
    assert "Traceback" not in rest
    process.stderr.close()
