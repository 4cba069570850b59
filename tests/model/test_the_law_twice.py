"""The ledger against a second telling of the law: random operations, equal states after each.

The telling imports nothing of the ledger (a test of its own says so). FULL=1 runs 100,000
operations, else a tenth; a failure prints the steps that lead to it, made as few as possible.
"""

import ast
import sys
from collections import Counter
from pathlib import Path
from random import Random

from hypothesis import HealthCheck, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.model import invariants
from tests.model.twice import KINDS, OPERATIONS, Twice
from tests.support.scale import scaled
from tests.support.seeds import told_seed

OPERATIONS_MIN = scaled(100_000)
EACH_MIN = scaled(500)
STEPS = 400
TELLING = (
    *("province", "numbers", "bills", "money", "documents"),
    *("people", "government", "permits"),
)
COUNTS: Counter[tuple[str, bool]] = Counter()
"""How often each operation was lawful and was refused, over all runs."""


class TheLawTwice(RuleBasedStateMachine):
    """One province after another, each from its genesis."""

    def __init__(self) -> None:
        super().__init__()
        self.twice: Twice | None = None
        self.steps = 0

    @initialize(seed=st.integers(0, 2**32 - 1))
    def begin(self, seed: int) -> None:
        self.twice = Twice(COUNTS)
        self.twice.prelude(seed)

    @precondition(lambda self: self.twice is not None)
    @rule(seed=st.integers(0, 2**32 - 1))
    def offer(self, seed: int) -> None:
        assert self.twice is not None
        self.steps += 1
        random = Random(f"{seed} {self.steps}")  # a strategy's favourite numbers favour nothing
        self.twice.step(random.choice(KINDS), random.randrange(2**32))

    @invariant()
    def the_invariants_of_the_law_hold(self) -> None:
        if self.twice is not None:
            invariants.check(self.twice.seen)


def test_ledger_and_law_agree_on_every_operation_and_state_and_the_invariants_hold():
    seed = told_seed("model")
    runs = 0
    while sum(COUNTS.values()) < OPERATIONS_MIN or _rarest() < EACH_MIN:
        run_state_machine_as_test(
            seeded(seed + runs)(TheLawTwice),
            settings=settings(
                max_examples=scaled(20),
                stateful_step_count=STEPS,
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
        runs += 1
        assert runs < 200, f"too rare: {_table()}"
    sys.stdout.write(f"{sum(COUNTS.values()):,} operations\n{_table()}\n")


def test_the_second_telling_of_the_law_imports_nothing_of_the_ledger():
    for name in TELLING:
        tree = ast.parse((Path(__file__).parent / f"{name}.py").read_text("utf-8"))
        imported = {
            node.module.split(".")[0]
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module
        }
        assert imported <= {"tests", "dataclasses", "typing"}
        assert not any(isinstance(node, ast.Import) for node in ast.walk(tree))


def _rarest() -> int:
    return min(COUNTS[name, lawful] for name in OPERATIONS for lawful in (True, False))


def _table() -> str:
    lines = (f"{name:20} {COUNTS[name, True]:>6} {COUNTS[name, False]:>6}" for name in OPERATIONS)
    return "operation            lawful refused\n" + "\n".join(lines)
