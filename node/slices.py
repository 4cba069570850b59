"""Long work on the loop's thread, in slices.

Rule: nothing holds the loop for longer than a slice; what is urgent runs in between.
"""

import asyncio
from collections.abc import Generator
from typing import Final, TypeVar

T = TypeVar("T")

EXECUTION_S: Final = 0.010
"""A slice of executing a block."""
INBOX_S: Final = 0.001
"""A slice of taking transactions in: votes never wait longer behind them."""


async def sliced(steps: Generator[None, None, T], slice_s: float = EXECUTION_S) -> T:
    """Return what `steps` return, letting others run after each slice.

    Args:
        steps: work that pauses now and then.
        slice_s: seconds of work between two pauses.
    """
    time = asyncio.get_running_loop().time
    until = time() + slice_s
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            result: T = stop.value
            return result
        if time() >= until:
            await asyncio.sleep(0)
            until = time() + slice_s
