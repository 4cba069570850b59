"""What the supervising signature costs: packed bills a second with it and without, in turn.

Rule: pairs on fresh networks, one after the other, so that both meet the same machine; the figure
is the median of the ratios.
"""

import statistics
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from bench.network import Network


async def endorsing_ratio(pairs: int, bills_per_s: Callable[[Network], Awaitable[float]]) -> float:
    """Return how fast issuing with endorsement is against issuing without it.

    Args:
        pairs: how many.
        bills_per_s: puts the load on a running network and returns its rate.
    """
    ratios = []
    for pair in range(pairs):
        rates = {}
        for endorses in (True, False) if pair % 2 else (False, True):
            rates[endorses] = await _rate(endorses, bills_per_s)
        ratios.append(rates[True] / rates[False])
    return statistics.median(ratios)


async def _rate(endorses: bool, bills_per_s: Callable[[Network], Awaitable[float]]) -> float:
    with tempfile.TemporaryDirectory(prefix="piaolian-bench-") as folder:
        network = Network(Path(folder) / "network", endorses=endorses)
        await network.create()
        await network.start()
        try:
            return await bills_per_s(network)
        finally:
            await network.stop()
