"""Records opened for a session: in memory only, bounded, gone with the session.

Rule: what was decrypted hangs on the session and on nothing else; it is never written, logged or
told in an error. The node is asked once for each document while there is room to keep it.
"""

import asyncio
import weakref
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from portal.accounts.sessions import Session
from portal.node_client import NodeClient, OpenedText
from portal.records.record_view import Record, read_record
from primitives.errors import HouseError, Refused

COUNT_MAX: Final = 1_000
"""Documents kept of one session."""
SESSION_SIZE_MAX: Final = 24 * 1024 * 1024
"""Characters of text kept of one session."""
ALL_SIZE_MAX: Final = 128 * 1024 * 1024
"""Characters of text kept of all sessions together."""
AT_ONCE: Final = 8
"""Documents the node is asked for at once."""
LONG_TEXT: Final = 256 * 1024
"""A longer text is read on a thread of its own: others must not wait for it."""


@dataclass(frozen=True, slots=True)
class Opened:
    """One document, opened and read."""

    text: OpenedText = field(repr=False)
    """As it was published, and the origin of its salts."""
    record: Record = field(repr=False)
    """What it tells."""


class Shelf:
    """The opened documents of one session."""

    __slots__ = ("__weakref__", "_documents", "size")

    def __init__(self) -> None:
        self._documents: OrderedDict[str, Opened] = OrderedDict()
        self.size = 0
        """Characters of text."""

    def get(self, document: str) -> Opened | None:
        """Return a document that is kept."""
        found = self._documents.get(document)
        if found is not None:
            self._documents.move_to_end(document)
        return found

    def put(self, document: str, opened: Opened) -> None:
        """Keep a document; those not used for longest go when there is no room."""
        self._drop(document)
        self._documents[document] = opened
        self.size += len(opened.text.text)
        while self.size > SESSION_SIZE_MAX or len(self._documents) > COUNT_MAX:
            self._drop(next(iter(self._documents)))

    def clear(self) -> None:
        """Drop everything."""
        self._documents.clear()
        self.size = 0

    def records(self) -> tuple[tuple[str, Record], ...]:
        """Return all that is kept, by name of the document."""
        return tuple((name, it.record) for name, it in self._documents.items())

    def _drop(self, document: str) -> None:
        found = self._documents.pop(document, None)
        if found is not None:
            self.size -= len(found.text.text)


class OpenedRecords:
    """Opens documents for sessions.

    Args:
        node: opens them; it limits and records each opening.
    """

    def __init__(self, node: NodeClient) -> None:
        self._node = node
        self._at_once = asyncio.Semaphore(AT_ONCE)
        self._shelves: weakref.WeakSet[Shelf] = weakref.WeakSet()

    def shelf(self, session: Session) -> Shelf:
        """Return what is open for a session."""
        if session.shelf is None:
            session.shelf = Shelf()
            self._shelves.add(session.shelf)
        return session.shelf

    async def open(self, session: Session, document: str) -> Opened:
        """Return a document, opened for a session.

        Raises:
            Refused: `node.too_many`, or what the node refuses with.
            Unavailable: when the node does not answer or the text is no record.
        """
        shelf = self.shelf(session)
        found = shelf.get(document)
        if found is not None:
            return found
        async with self._at_once:
            text = await self._node.record(document, session.name)
        if len(text.text) > LONG_TEXT:
            record = await asyncio.to_thread(read_record, text.text)
        else:
            record = read_record(text.text)
        opened = Opened(text, record)
        shelf.put(document, opened)
        self._make_room(shelf)
        return opened

    async def open_all(
        self, session: Session, documents: Sequence[str]
    ) -> tuple[dict[str, Opened], HouseError | None]:
        """Return those documents that can be opened, and why others cannot.

        After the first refusal or silence nothing more is asked: what is open already is shown.
        """
        opened: dict[str, Opened] = {}
        failures: list[HouseError] = []

        async def one(document: str) -> None:
            found = self.shelf(session).get(document)
            if found is None and any(_ends_all(it) for it in failures):
                return
            try:
                opened[document] = found or await self.open(session, document)
            except HouseError as error:
                failures.append(error)

        for start in range(0, len(documents), AT_ONCE):
            await asyncio.gather(*(one(it) for it in documents[start : start + AT_ONCE]))
        return opened, failures[0] if failures else None

    def _make_room(self, own: Shelf) -> None:
        """Drop the largest other shelf while all together are too large."""
        while sum(shelf.size for shelf in self._shelves) > ALL_SIZE_MAX:
            others = [shelf for shelf in self._shelves if shelf is not own and shelf.size]
            max(others or [own], key=lambda shelf: shelf.size).clear()


def _ends_all(error: HouseError) -> bool:
    """Tell whether the next document would fail as well."""
    return isinstance(error, Refused) or error.code != "details.unreadable"
