"""The real world: the parts of `World` that are neither network nor disk.

Rule: blocking work runs on one worker thread, in order of arrival; it is I/O or a C library that
frees the interpreter, never a loop of pure Python.
"""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


class OneThread:
    """The port `Executor`: one worker thread, so that calls keep their order.

    Args:
        name: of the thread, for `ps` and profilers.
    """

    def __init__(self, name: str) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)

    async def run(self, work: Callable[[], T]) -> T:
        """Return what `work` returns; calls run one after another, in order of arrival."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    def close(self) -> None:
        """Finish what is in line and end the thread."""
        self._pool.shutdown(wait=True)


class SystemEntropy:
    """The port `Entropy`: the operating system's."""

    def random_bytes(self, count: int) -> bytes:
        """Return `count` unpredictable bytes."""
        return os.urandom(count)
