"""A running portal, a made-up node and the simulated payment company, on a thread of their own.

So that a browser driven from the test's own thread finds them as it finds processes.
"""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from tests.support.portal_payments import PayingScene, paying_scene

T = TypeVar("T")
STUCK_S = 60.0


class PortalThread:
    """Runs everything; `run` does something there and returns what it returns."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._loop = asyncio.new_event_loop()
        self._is_over = asyncio.Event()
        self._is_up = threading.Event()
        self._thread = threading.Thread(target=self._live, daemon=True)
        self.paying: PayingScene = None  # type: ignore[assignment]

    def start(self) -> None:
        self._thread.start()
        assert self._is_up.wait(STUCK_S), "the portal did not come up"

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._is_over.set)
        self._thread.join(STUCK_S)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(STUCK_S)

    def _live(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())

    async def _serve(self) -> None:
        async with paying_scene(self._folder, stuck_s=600) as self.paying:
            self._is_up.set()
            await self._is_over.wait()


@contextmanager
def portal_thread(folder: Path) -> Iterator[PortalThread]:
    """Run everything in an empty folder."""
    thread = PortalThread(folder)
    thread.start()
    try:
        yield thread
    finally:
        thread.stop()
