"""Whole nodes on a bad network, with crashes: the heads are equal and every bill is there once."""

import os
import subprocess
import sys

import pytest

from tests.support.campaign import Plan, run_seed
from tests.support.scale import scaled


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(scaled(100)))
def test_four_nodes_lose_a_tenth_of_all_frames_and_one_of_them_crashes(seed: int) -> None:
    outcome = run_seed(Plan(seed))
    assert outcome.height > 1


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(scaled(200)))
def test_no_acknowledged_bill_is_gone_after_all_machines_lose_power_at_once(seed: int) -> None:
    outcome = run_seed(Plan(seed, power_failure=True))
    assert outcome.height > 1


def test_the_same_seed_tells_the_same_story_twice() -> None:
    plan = Plan(7, bills=60)
    assert run_seed(plan) == run_seed(plan)
    assert run_seed(plan).trace != run_seed(Plan(8, bills=60)).trace


@pytest.mark.slow
def test_the_story_does_not_depend_on_how_python_hashes() -> None:
    traces = {_trace_under(hash_seed) for hash_seed in ("1", "2")}
    assert traces == {run_seed(Plan(11, bills=60)).trace}


def _trace_under(hash_seed: str) -> str:
    """Return the trace of a seed in a process of its own."""
    script = (
        "from tests.support.campaign import Plan, run_seed; "
        "print(run_seed(Plan(11, bills=60)).trace)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": "."},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()
