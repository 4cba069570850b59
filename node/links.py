"""One link to a peer: what waits to go out, and what may come in.

Rule: urgent frames go first; what waits is bounded in bytes, and an overflow drops the least
urgent, so that a slow peer blocks nobody. A peer that sends too much is read more slowly.
"""

import asyncio
from collections import deque
from typing import Final

from node.ports import Link
from node.wire import Priority

OUTBOX_BYTES_MAX: Final = 32 * 1024 * 1024
"""All that may wait for one peer."""
CLASS_BYTES_MAX: Final = (8 << 20, 16 << 20, 16 << 20, 16 << 20)
"""The same by priority."""
BYTES_PER_S: Final = 64 * 1024 * 1024
MESSAGES_PER_S: Final = 20_000
"""What is read from one peer in the long run; a second's worth at once."""
SERVED_BYTES_PER_S: Final = 64 * 1024 * 1024
"""What is answered to one peer's questions."""


class Outbox:
    """Frames waiting for one peer, by priority."""

    def __init__(self) -> None:
        self._queues: tuple[deque[bytes], ...] = tuple(deque() for _ in Priority)
        self._sizes = [0 for _ in Priority]
        self._filled = asyncio.Event()
        self.dropped = 0
        """Frames that found no room."""

    @property
    def size_bytes(self) -> int:
        """Bytes that wait."""
        return sum(self._sizes)

    def put(self, frame: bytes, priority: Priority) -> None:
        """Let a frame wait; when there is no room the least urgent frames are dropped."""
        if self._sizes[priority] + len(frame) > CLASS_BYTES_MAX[priority]:
            self.dropped += 1
            return
        self._queues[priority].append(frame)
        self._sizes[priority] += len(frame)
        if self.size_bytes > OUTBOX_BYTES_MAX:
            self._drop_least_urgent()
        self._filled.set()

    async def get(self) -> bytes:
        """Return the most urgent frame, waiting for one."""
        while True:
            for priority, queue in enumerate(self._queues):
                if queue:
                    frame = queue.popleft()
                    self._sizes[priority] -= len(frame)
                    return frame
            self._filled.clear()
            await self._filled.wait()

    def _drop_least_urgent(self) -> None:
        for priority in reversed(Priority):
            while self._queues[priority] and self.size_bytes > OUTBOX_BYTES_MAX:
                self._sizes[priority] -= len(self._queues[priority].pop())
                self.dropped += 1


class Budget:
    """So much a second, a second's worth at once.

    Args:
        per_s: units a second.
    """

    def __init__(self, per_s: int) -> None:
        self._per_s = per_s
        self._left = float(per_s)
        self._at = asyncio.get_running_loop().time()

    def take(self, amount: int) -> float:
        """Spend `amount`; return how many seconds to wait until the budget is even again."""
        now = asyncio.get_running_loop().time()
        self._left = min(self._per_s, self._left + (now - self._at) * self._per_s) - amount
        self._at = now
        return max(0.0, -self._left / self._per_s)

    def allows(self, amount: int) -> bool:
        """Tell whether something is left, and spend `amount` if so."""
        if self.take(0) > 0:
            return False
        self.take(amount)
        return True


class Session:
    """A link in use: its outbox, its budgets, its counts.

    Args:
        link: the connection.
        direction: `out` when we called, `in` when the peer did.
    """

    def __init__(self, link: Link, direction: str) -> None:
        self.link = link
        self.agency = link.agency
        self.address = link.address
        self.direction = direction
        self.outbox = Outbox()
        self.served = Budget(SERVED_BYTES_PER_S)
        self.opened_at = asyncio.get_running_loop().time()
        self.bytes_in = self.bytes_out = self.messages_in = self.messages_out = 0
        self._bytes = Budget(BYTES_PER_S)
        self._messages = Budget(MESSAGES_PER_S)

    async def receive(self, timeout_ms: int) -> bytes:
        """Return the next frame, keeping to the peer's budget.

        Raises:
            PeerFault: `link.closed` or `link.malformed`.
            TimeoutError: nothing came for so long.
        """
        async with asyncio.timeout(timeout_ms / 1000):
            frame = await self.link.receive()
        self.bytes_in += len(frame)
        self.messages_in += 1
        wait = max(self._bytes.take(len(frame)), self._messages.take(1))
        if wait > 0:
            await asyncio.sleep(wait)
        return frame

    async def write(self, timeout_ms: int) -> None:
        """Send what waits, most urgent first, until the link ends.

        Raises:
            PeerFault: `link.closed`.
            TimeoutError: the peer took nothing for so long.
        """
        while True:
            frame = await self.outbox.get()
            async with asyncio.timeout(timeout_ms / 1000):
                await self.link.send(frame)
            self.bytes_out += len(frame)
            self.messages_out += 1
