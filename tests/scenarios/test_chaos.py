"""Seeded chaos: liars, crashes, power failures, partitions, loss.

No fork, no contradiction; and once healed, progress. A failure names its seed: call `run(seed)`.
"""

import random

import pytest

from consensus.timeouts import Timing
from tests.support.consensus_cluster import Cluster
from tests.support.consensus_liar import Chaos, Liar
from tests.support.scale import scaled

SIZES = (4, 4, 4, 5, 6, 7)
FAULTY_MS = 12_000


def run(seed: int) -> Cluster:
    """Run one seed: twelve seconds of faults, then a healed network with the liars still on."""
    dice = random.Random(seed)
    n = dice.choice(SIZES)
    timing = Timing(round_timeout_ms=300, round_timeout_max_ms=4_000, heartbeat_ms=5_000)
    cluster = Cluster(n, seed=seed, timing=timing)
    faulty = cluster.base.faulty if dice.random() < 0.8 else 0
    for index in dice.sample(range(n), faulty):
        if dice.random() < 0.3:
            cluster.add_twin(index)
        else:
            Liar(cluster, index, seed + index)
    chaos = Chaos(cluster) if dice.random() < 0.8 else None
    for number in range(12):
        cluster.at(number * FAULTY_MS // 12, lambda k=number: cluster.submit(f"tx {k}"))
    cluster.run_ms(FAULTY_MS)
    if chaos is not None:
        chaos.heal()
    honest = [i for i, node in enumerate(cluster.nodes) if node.agency not in cluster.liars]
    goal = max(node.tip for node in cluster.honest()) + 3
    for number in range(3):
        cluster.at(number * 100, lambda k=number: cluster.submit(f"healed {k}"))
    cluster.run_until(height=goal, nodes=honest, limit_ms=90_000)
    return cluster


def _judge(cluster: Cluster) -> None:
    cluster.assert_one_chain()
    cluster.assert_replays()
    for node in cluster.honest():
        assert not node.halted
        assert not node.stopped_signing
        assert not any(node.refusals)


@pytest.mark.slow
@pytest.mark.parametrize("block", range(10))
def test_no_seed_forks_contradicts_itself_or_stands_still(block):
    count = scaled(30)
    for seed in range(block * count, (block + 1) * count):
        try:
            _judge(run(seed))
        except AssertionError as error:
            raise AssertionError(f"seed {seed}") from error


def test_the_same_seed_gives_the_same_trace():
    assert run(123).trace.hexdigest() == run(123).trace.hexdigest()
    assert run(124).trace.hexdigest() != run(123).trace.hexdigest()


def test_real_signatures_agree_too():
    cluster = Cluster(seed=2, is_real=True)
    for number in range(3):
        cluster.submit(f"real {number}")
        cluster.run_until(height=number + 1)
    cluster.assert_one_chain()
