"""One chain, one outcome: whatever the interpreter's hash seed and the machine's language."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from tests.model.replay import write_chain
from tests.model.twice import KINDS, Twice
from tests.support.scale import scaled
from tests.support.seeds import told_seed

ROOT = Path(__file__).parents[2]
STEPS = scaled(2_000)
LOCALES = ("C.UTF-8", "zh_CN.UTF-8")


@pytest.mark.slow
def test_replaying_a_chain_gives_the_same_roots_under_every_hash_seed_and_locale(tmp_path: Path):
    seed = told_seed("determinism")
    twice = Twice(Counter())
    twice.prelude(seed)
    random = Random(seed)
    for _ in range(STEPS):
        twice.step(random.choice(KINDS), random.randrange(2**32))
    file = tmp_path / "chain"
    write_chain(twice.ledger, file)
    outcomes = {
        _replayed(file, str(hash_seed), LOCALES[hash_seed % len(LOCALES)])
        for hash_seed in range(max(2, scaled(20)))
    }
    assert len(outcomes) == 1
    head = outcomes.pop().splitlines()
    assert len(head) == 3 * len(twice.ledger.blocks)
    assert twice.ledger.chain.tip.state_root.hex() in head[-3:]


def _replayed(file: Path, hash_seed: str, locale: str) -> str:
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "LC_ALL": locale, "LANG": locale}
    command = [sys.executable, "-m", "tests.model.replay", str(file)]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True, timeout=600
    )
    return done.stdout
