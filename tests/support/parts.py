"""Single parts of a node on a simulated machine, for tests of one part."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from node.ground import Ground
from node.start import Restored, load_genesis, restore
from node.tasks import Tasks
from tests.support.network import MemoryNetwork, Weather
from tests.support.virtual_loop import run_virtually
from tests.support.world import Machine, make_genesis


@dataclass(frozen=True, slots=True)
class Bench:
    """A machine that is switched on, without a node."""

    machine: Machine
    ground: Ground
    restored: Restored


def make_bench(agency: str = "hospital", machine: Machine | None = None) -> Bench:
    """Open a machine's store as a starting node does; needs a running loop."""
    if machine is None:
        network = MemoryNetwork(1, Weather())
        machine = Machine(agency, network, make_genesis(), seed=1)
    world = machine.world()
    restored = restore(world, load_genesis(machine.genesis, machine.agency))
    ground = Ground(machine.agency, world, restored.store, restored.committed, Tasks())
    return Bench(machine, ground, restored)


def virtually(story: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """Turn an asynchronous test into one that runs on a virtual loop."""

    def test() -> None:
        run_virtually(_to_its_end(story))

    test.__name__ = story.__name__
    return test


async def _to_its_end(story: Callable[[], Awaitable[None]]) -> None:
    await story()


async def soon(seconds: float = 0.05) -> None:
    """Let what is ready, and a little virtual time, pass."""
    await asyncio.sleep(seconds)


def collect() -> tuple[list[Any], Callable[[Any], None]]:
    """Return a list and what puts into it."""
    things: list[Any] = []
    return things, things.append
