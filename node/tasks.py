"""The tasks of one node: whatever ends one of them by an error ends the node.

Rule: a peer's bad data never gets here; what does is a NodeFault or a bug, and both stop the node.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any


class Tasks:
    """Owns every task of a node; the first failure is kept for `failed`."""

    def __init__(self) -> None:
        self._tasks: dict[asyncio.Task[None], None] = {}
        self._over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def spawn(self, name: str, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run `work` until it ends, fails or the node stops."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks[task] = None
        task.add_done_callback(self._ended)
        return task

    def fail(self, error: BaseException) -> None:
        """End the node with `error`; the first one counts."""
        if not self._over.done():
            self._over.set_exception(error)

    def finish(self) -> None:
        """End the node in order."""
        if not self._over.done():
            self._over.set_result(None)

    async def over(self) -> None:
        """Return when the node is to end; raise what broke it."""
        await asyncio.shield(self._over)

    @property
    def is_over(self) -> bool:
        """Whether the node is ending."""
        return self._over.done()

    async def cancel(self) -> None:
        """Cancel all tasks, those that start meanwhile too, and wait until they are gone."""
        own = asyncio.current_task()
        while tasks := [task for task in self._tasks if task is not own]:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        if self._over.done():
            self._over.exception()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.pop(task, None)
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:
            self.fail(error)
