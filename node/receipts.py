"""Who waits for which transaction, and who follows the chain.

Rule: nobody is told of a block before it is durable here.
"""

import asyncio
from collections.abc import Callable
from itertools import count

from node.answers import CommittedReceipt
from node.finalizer import FinalBlock


class Waiters:
    """Futures of those who wait for a transaction."""

    def __init__(self) -> None:
        self._futures: dict[bytes, list[asyncio.Future[CommittedReceipt | None]]] = {}

    async def wait(self, transaction_id: bytes, timeout_ms: int) -> CommittedReceipt | None:
        """Return the receipt when the transaction is final; None when time is up."""
        future: asyncio.Future[CommittedReceipt | None] = asyncio.get_running_loop().create_future()
        waiting = self._futures.setdefault(transaction_id, [])
        waiting.append(future)
        try:
            async with asyncio.timeout(timeout_ms / 1000):
                return await future
        except TimeoutError:
            return None
        finally:
            waiting.remove(future)
            if not waiting:
                self._futures.pop(transaction_id, None)

    def final(self, block: FinalBlock) -> None:
        """Tell everybody whose transaction is in a block."""
        if not self._futures:
            return
        receipts = block.executed.draft.receipts
        for index, (transaction_id, receipt) in enumerate(receipts.items()):
            for future in self._futures.get(transaction_id, ()):
                if not future.done():
                    future.set_result(CommittedReceipt(block.tip.height, index, receipt))

    def close(self) -> None:
        """Nobody will learn anything more."""
        for waiting in self._futures.values():
            for future in waiting:
                if not future.done():
                    future.set_result(None)


class BlockStream:
    """Final heights in order, without a gap; a slow reader holds nothing back and loses nothing.

    Use: `async for height in stream:`; then read the block from `Node.store`.
    """

    def __init__(self, after: int, head: Callable[[], int], ended: Callable[[int], None]) -> None:
        self._next = after + 1
        self._head = head
        self._ended = ended
        self._event = asyncio.Event()
        self._is_closed = False
        self.number = 0
        """Its place among the streams of the node."""

    def __aiter__(self) -> "BlockStream":
        return self

    async def __anext__(self) -> int:
        """Return the next final height, waiting for it; ends when the node stops."""
        while not self._is_closed and self._next > self._head():
            self._event.clear()
            await self._event.wait()
        if self._is_closed:
            raise StopAsyncIteration
        self._next += 1
        return self._next - 1

    def wake(self) -> None:
        """The head moved."""
        self._event.set()

    def close(self) -> None:
        """Stop following."""
        self._is_closed = True
        self._event.set()
        self._ended(self.number)


class Streams:
    """All who follow the chain.

    Args:
        head: returns the newest durable height.
    """

    def __init__(self, head: Callable[[], int]) -> None:
        self._head = head
        self._streams: dict[int, BlockStream] = {}
        self._numbers = count(1)

    def open(self, after: int) -> BlockStream:
        """Return a stream of the heights above `after`."""
        stream = BlockStream(after, self._head, lambda number: self._forget(number))
        stream.number = next(self._numbers)
        self._streams[stream.number] = stream
        return stream

    def wake(self) -> None:
        """The head moved."""
        for stream in self._streams.values():
            stream.wake()

    def close(self) -> None:
        """End all streams."""
        for stream in list(self._streams.values()):
            stream.close()

    def _forget(self, number: int) -> None:
        self._streams.pop(number, None)
