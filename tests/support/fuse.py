"""Power that fails at the n-th moment at which a machine touches the world."""

import asyncio

from tests.support.town import Town


class Fuse:
    """Counts a machine's writes and frames from now on, and cuts its power before one of them.

    Args:
        town: where the machine is.
        agency: whose machine.
        blows_at: the write or frame, from 1; 0 for none, to count them.
    """

    def __init__(self, town: Town, agency: str, blows_at: int) -> None:
        self._machine = town[agency]
        self._blows_at = blows_at
        self._sent = town.network.on_send
        self.moments = 0
        self.is_blown = False
        self._machine.disk.fault = self._write
        town.network.on_send = self._send

    def remove(self) -> None:
        """Count no more."""
        self._blows_at = 0
        self._machine.disk.fault = lambda _place, _size: None

    def _write(self, _place: str, _size: int) -> None:
        self._pass()

    def _send(self, owner: str, to: str, frame: bytes) -> None:
        if owner == self._machine.agency:
            self._pass()
        self._sent(owner, to, frame)

    def _pass(self) -> None:
        if self.is_blown or self._machine.node is None:
            return
        self.moments += 1
        if self.moments == self._blows_at:
            self.is_blown = True
            self._machine.crash()
            raise asyncio.CancelledError
