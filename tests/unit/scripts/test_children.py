"""A child never outlives its parent."""

import subprocess
import sys
from pathlib import Path

import pytest

from scripts.children import ChildFailed, Children, ending, tail

ROOT = Path(__file__).parents[3]


def test_a_child_that_ends_is_named_with_the_end_of_its_log(tmp_path):
    children = Children()
    code = "import sys; print('the reason'); sys.exit(9)"
    process = children.start("the clerk", [sys.executable, "-c", code], tmp_path / "log")
    process.wait(30)
    with pytest.raises(ChildFailed, match="the clerk ended with exit code 9") as caught:
        children.check()
    assert "the reason" in str(caught.value)


def test_all_are_stopped_and_those_that_will_not_are_killed(tmp_path, monkeypatch):
    monkeypatch.setattr("scripts.children.STOP_S", 0.5)
    children = Children()
    quick = "import time; print('up', flush=True); time.sleep(600)"
    deaf = f"import signal; signal.signal(15, signal.SIG_IGN); {quick}"
    processes = []
    for name, code in (("deaf", deaf), ("quick", quick)):
        log = tmp_path / name
        processes.append(children.start(name, [sys.executable, "-c", code], log))
        while "up" not in log.read_text():
            assert processes[-1].poll() is None
    children.stop()
    assert [process.returncode for process in processes] == [-9, -15]


def test_a_child_dies_with_a_parent_that_is_killed(tmp_path):
    code = f"""
import os, signal, sys
from pathlib import Path
from scripts.children import Children
child = Children().start("x", ["sleep", "600"], Path({str(tmp_path / "log")!r}))
print(child.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert ran.returncode == -9
    pid = int(ran.stdout)
    gone = subprocess.run(["timeout", "10", "tail", "--pid", str(pid), "-f", "/dev/null"])
    assert gone.returncode == 0


@pytest.mark.parametrize(("code", "text"), [(-9, "was killed by SIGKILL"), (3, "exit code 3")])
def test_an_ending_is_told_in_words(code, text):
    assert text in ending(code)


def test_a_log_that_is_empty_or_missing_is_told_so(tmp_path):
    assert tail(tmp_path / "none") == "(no log)"
    (tmp_path / "log").touch()
    assert tail(tmp_path / "log") == "(an empty log)"
