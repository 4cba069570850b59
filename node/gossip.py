"""Transactions on their way out: straight from the node that took them to all others.

Rule: many in one frame, encoded once for all peers; at once when it is quiet, every 20 ms under
load, and always ahead of a consensus message that may name them.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from node.wire import Priority, split_transactions

BATCH_S: Final = 0.020
"""Under load, frames leave in this rhythm."""
BATCH_BYTES: Final = 256 * 1024
"""A batch that is this long leaves at once."""


class Gossip:
    """Collects transactions and sends them in batches.

    Args:
        broadcast: sends a frame to all peers.
        send: sends a frame to one of them.
        relay_from: returns, for a transaction that came from an agency, who else needs it.
    """

    def __init__(
        self,
        broadcast: Callable[[bytes, Priority], None],
        send: Callable[[str, bytes, Priority], bool],
        relay_from: Callable[[str], tuple[str, ...]],
    ) -> None:
        self._broadcast = broadcast
        self._send = send
        self._relay_from = relay_from
        self._waiting: list[bytes] = []
        self._size = 0
        self._sent_at = float("-inf")
        self._timer: asyncio.Handle | None = None

    def send(self, transaction: bytes) -> None:
        """Let a transaction go to all peers with the next batch."""
        self._waiting.append(transaction)
        self._size += len(transaction)
        loop = asyncio.get_running_loop()
        if self._size >= BATCH_BYTES:
            self.flush()
        elif self._timer is None:
            quiet_for = loop.time() - self._sent_at
            if quiet_for >= BATCH_S:
                self._timer = loop.call_soon(self.flush)
            else:
                self._timer = loop.call_later(BATCH_S - quiet_for, self.flush)

    def relay(self, transaction: bytes, origin: str) -> None:
        """Pass a transaction on to those that have no link to where it came from."""
        for agency in self._relay_from(origin):
            for frame in split_transactions([transaction]):
                self._send(agency, frame, Priority.TRANSACTIONS)

    def flush_ahead(self) -> None:
        """Send what waits ahead of a consensus message that may name it."""
        self._flush(Priority.CONSENSUS)

    def flush(self) -> None:
        """Send what waits, now."""
        self._flush(Priority.TRANSACTIONS)

    def _flush(self, priority: Priority) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._waiting:
            return
        waiting, self._waiting, self._size = self._waiting, [], 0
        self._sent_at = asyncio.get_running_loop().time()
        for frame in split_transactions(waiting):
            self._broadcast(frame, priority)
