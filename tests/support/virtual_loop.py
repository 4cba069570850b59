"""An event loop whose time jumps: nothing waits, and the same seed runs the same way."""

import asyncio
import contextvars
import heapq
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

machine: contextvars.ContextVar[str] = contextvars.ContextVar("machine", default="")
"""Whose task is running: the name of a simulated machine, or empty for the test itself."""


class StalledError(AssertionError):
    """Nothing is ready and no timer is set: whoever waits does so for ever."""


class _Jump:
    """Takes the place of the selector: instead of waiting it moves the time."""

    def __init__(self, loop: "VirtualLoop") -> None:
        self._loop = loop

    def select(self, timeout: float | None) -> list[Any]:
        if timeout is None:
            raise StalledError("nothing is ready and no timer is set")
        if timeout > 0:
            self._loop.jump()
        return []

    def close(self) -> None:
        """Nothing to close."""


class VirtualLoop(asyncio.BaseEventLoop):
    """Runs callbacks in order of their virtual time; knows no file, socket or thread."""

    def __init__(self) -> None:
        super().__init__()
        self._now = 0.0
        self._clock_resolution = 1e-9
        self._selector = _Jump(self)
        self._tasks: dict[str, dict[asyncio.Task[Any], None]] = {}
        self.set_task_factory(self._make_task)  # type: ignore[arg-type]

    def time(self) -> float:
        """Return virtual seconds since the loop was made."""
        return self._now

    def jump(self) -> None:
        """Move the time to the next timer."""
        scheduled = self._scheduled  # type: ignore[attr-defined]
        while scheduled and scheduled[0]._cancelled:
            heapq.heappop(scheduled)._scheduled = False
            self._timer_cancelled_count -= 1
        if scheduled:
            self._now = max(self._now, scheduled[0]._when)

    def pass_time(self, seconds: float) -> None:
        """Pretend that the running code takes so long."""
        self._now += seconds

    def kill(self, name: str) -> None:
        """Cancel every task of a machine."""
        for task in list(self._tasks.get(name, {})):
            task.cancel()

    def _process_events(self, event_list: list[Any]) -> None:
        assert not event_list

    def _write_to_self(self) -> None:
        """There is nobody to wake."""

    def _make_task(
        self, loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, Any], **how: Any
    ) -> asyncio.Task[Any]:
        task = asyncio.Task(work, loop=loop, **how)
        context = how.get("context")
        name = machine.get() if context is None else context.get(machine, "")
        tasks = self._tasks.setdefault(name, {})
        tasks[task] = None
        task.add_done_callback(lambda done: tasks.pop(done, None))
        return task


def run_virtually(work: Coroutine[Any, Any, T]) -> T:
    """Return what `work` returns on a fresh virtual loop; leftover tasks are cancelled."""
    loop = VirtualLoop()
    asyncio.set_event_loop(loop)
    try:
        return loop.run_until_complete(work)
    finally:
        for name in list(loop._tasks):
            loop.kill(name)
        left = [task for tasks in loop._tasks.values() for task in tasks]
        if left:
            loop.run_until_complete(asyncio.wait(left))
        asyncio.set_event_loop(None)
        loop.close()
