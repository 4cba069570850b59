"""Tells open pages that what their patient sees has changed."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager


class Watchers:
    """Who waits for news of which patient."""

    def __init__(self) -> None:
        self._waiting: defaultdict[bytes, set[asyncio.Event]] = defaultdict(set)
        self.is_closed = False
        """The portal stops; everybody who waits should go."""

    @property
    def count(self) -> int:
        """Return how many wait."""
        return sum(len(events) for events in self._waiting.values())

    def count_of(self, patient: bytes) -> int:
        """Return how many wait for one patient."""
        return len(self._waiting.get(patient, ()))

    @contextmanager
    def watch(self, patient: bytes) -> Iterator[asyncio.Event]:
        """Give an event that is set at every change, until the block is left; clear it yourself."""
        event = asyncio.Event()
        self._waiting[patient].add(event)
        try:
            yield event
        finally:
            self._waiting[patient].discard(event)
            if not self._waiting[patient]:
                del self._waiting[patient]

    def tell(self, patients: frozenset[bytes]) -> None:
        """Wake those who wait for one of these patients."""
        for patient in patients & self._waiting.keys():
            for event in self._waiting[patient]:
                event.set()

    def close(self) -> None:
        """Wake everybody for the last time."""
        self.is_closed = True
        self.tell(frozenset(self._waiting))
