"""Commands on a stopped node's files are the daemon's, under one name."""

import subprocess
import sys
from pathlib import Path

import pytest

from cli.commands.daemon import HANDED_OVER, find_daemon
from cli.exits import CommandError

PROGRAMS = Path(sys.executable).parent


def test_the_daemon_beside_this_program_is_the_one(monkeypatch, tmp_path):
    (tmp_path / "piaoliand").touch()
    monkeypatch.setattr(sys, "argv", [str(tmp_path / "piaolian")])
    assert find_daemon() == str(tmp_path / "piaoliand")


def test_without_a_daemon_the_installation_is_at_fault(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "argv", [str(tmp_path / "piaolian")])
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CommandError) as caught:
        find_daemon()
    assert caught.value.exit_code == 78


def test_what_a_node_owns_is_handed_over():
    assert {command.name for command in HANDED_OVER} == {
        "init",
        "testnet",
        "run",
        "store",
        "config",
    }


@pytest.mark.slow
def test_arguments_output_and_exit_code_are_the_daemons(tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    arguments = ["testnet", "--out", str(tmp_path / "full")]
    ran = [
        subprocess.run([PROGRAMS / name, *arguments], capture_output=True, timeout=60)
        for name in ("piaoliand", "piaolian")
    ]
    assert ran[0].returncode == ran[1].returncode == 78
    assert ran[0].stderr == ran[1].stderr
