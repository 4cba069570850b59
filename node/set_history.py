"""Who voted at each height of the past.

Rule: the first set stands in the genesis; a row stands at every height after which another one
votes, and holds it. A set is looked up by the height that it certified, never by the present one.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence

from ledger.validators import ValidatorEntries, ValidatorEntry
from primitives import codec
from primitives.errors import NodeFault
from storage import keys

SET_SIZE_MAX = 16 * 1024
Entries = tuple[ValidatorEntry, ...]


class SetHistory:
    """The validator sets from the first height to the newest.

    Args:
        first: the genesis's.
        changes: heights after which another set votes, ascending.
        row: returns the row under a whole key.
    """

    def __init__(
        self, first: Entries, changes: Iterable[int], row: Callable[[bytes], bytes | None]
    ) -> None:
        self._first = first
        self._changes = list(changes)
        self._row = row
        self._kept: tuple[int, Entries] = (0, first)

    def changes(self, last: int) -> Sequence[int]:
        """Return the heights up to `last` after which another set votes, ascending."""
        return self._changes[: bisect_right(self._changes, last)]

    def add(self, height: int) -> None:
        """The row of a height is there: another set votes after it."""
        self._changes.append(height)

    def after(self, height: int) -> Entries:
        """Return the set that votes after a height of `changes`.

        Raises:
            NodeFault: `store.damaged`: its row is missing.
        """
        if self._kept[0] == height:
            return self._kept[1]
        row = self._row(keys.set_change_key(height))
        if row is None:
            raise NodeFault("store.damaged", f"the validators after height {height} are missing")
        self._kept = (height, decode_set(row))
        return self._kept[1]

    def at(self, height: int) -> Entries:
        """Return the set that voted at a height.

        Raises:
            NodeFault: `store.damaged`.
        """
        place = bisect_left(self._changes, height)
        return self.after(self._changes[place - 1]) if place else self._first


def encode_set(entries: Entries) -> bytes:
    """Return the row of a set."""
    return codec.encode(entries)


def decode_set(row: bytes) -> Entries:
    """Read the row of a set; PeerFault `codec.*` when it is none."""
    entries: Entries = codec.decode(row, ValidatorEntries, SET_SIZE_MAX)
    return entries
