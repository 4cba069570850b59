"""What `make sim` says of a seed."""

from tests.simulation.run import judge, replay_command, show
from tests.support.campaign import Plan


def test_a_failing_seed_is_told_with_the_command_that_runs_it_again(capsys):
    plan = Plan(42, bills=3, power_failure=True)
    verdict = judge(plan)
    assert verdict.outcome is None
    show(verdict, 1, 1)
    told = capsys.readouterr().out
    assert "seed 42 FAILED: AssertionError" in told
    assert replay_command(plan) in told
    assert replay_command(plan).endswith("--seeds 1 --from 42 --bills 3 --power-failure")


def test_a_passing_seed_is_told_with_its_trace(capsys):
    verdict = judge(Plan(5, bills=20))
    assert verdict.outcome is not None
    show(verdict, 3, 9)
    assert verdict.outcome.trace[:16] in capsys.readouterr().out
