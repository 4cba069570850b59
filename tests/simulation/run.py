"""`make sim`: run seeds of the simulator until one fails or all have passed.

Use: python -m tests.simulation.run --seeds 1000 [--from 0] [--power-failure] [--bills 200]
"""

import argparse
import os
import sys
import time
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from dataclasses import dataclass

from tests.support.campaign import Outcome, Plan, run_seed


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one seed."""

    plan: Plan
    outcome: Outcome | None
    failure: str
    cpu_s: float


def judge(plan: Plan) -> Verdict:
    """Run one seed; a failure is an answer."""
    began = time.process_time()
    try:
        outcome = run_seed(plan)
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        return Verdict(plan, None, first_cause(error), time.process_time() - began)
    return Verdict(plan, outcome, "", time.process_time() - began)


def first_cause(error: BaseException) -> str:
    """Return what went wrong first, out of the groups it came in."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return f"{type(error).__name__}: {error}"


def replay_command(plan: Plan) -> str:
    """Return the command that runs one seed again."""
    power = " --power-failure" if plan.power_failure else ""
    return (
        f"python -m tests.simulation.run --seeds 1 --from {plan.seed} --bills {plan.bills}{power}"
    )


def show(verdict: Verdict, done: int, total: int) -> None:
    """Print one line."""
    plan, outcome = verdict.plan, verdict.outcome
    if outcome is None:
        print(f"[{done}/{total}] seed {plan.seed} FAILED: {verdict.failure}")
        print(f"  run it again: {replay_command(plan)}", flush=True)
        return
    print(
        f"[{done}/{total}] seed {plan.seed} trace {outcome.trace[:16]} height {outcome.height} "
        f"frames {outcome.frames} rounds {outcome.rounds} virtual {outcome.virtual_s:.1f}s "
        f"cpu {verdict.cpu_s:.2f}s",
        flush=True,
    )


def plans(options: argparse.Namespace) -> list[Plan]:
    """Return the runs that were asked for."""
    seeds = range(options.first, options.first + options.seeds)
    return [Plan(s, bills=options.bills, power_failure=options.power_failure) for s in seeds]


def run(options: argparse.Namespace, pool: Executor) -> int:
    """Run all seeds; return how many failed."""
    futures: list[Future[Verdict]] = [pool.submit(judge, plan) for plan in plans(options)]
    failed = 0
    for done, future in enumerate(futures, 1):
        verdict = future.result()
        show(verdict, done, len(futures))
        failed += verdict.outcome is None
    return failed


def main() -> int:
    """Read the arguments, run, tell the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=100, help="how many seeds")
    parser.add_argument("--from", dest="first", type=int, default=0, help="the first seed")
    parser.add_argument("--bills", type=int, default=200, help="bills in each run")
    parser.add_argument("--power-failure", action="store_true", help="all machines at once")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    options = parser.parse_args()
    began = time.monotonic()
    with ProcessPoolExecutor(max_workers=options.jobs) as pool:
        failed = run(options, pool)
    seconds = time.monotonic() - began
    print(f"{options.seeds - failed} of {options.seeds} seeds passed in {seconds:.1f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
