"""How much room the records of this agency take, and how much they may.

Rule: what is counted is the sealed, padded size that the chain tells of each document, so that no
pack has to be read; a record counts from before it is sealed until it is known not to be.
"""

from collections.abc import Iterable

from ledger.publishing import PublishedDocument
from primitives.codec import decode
from primitives.errors import Unavailable

LEAF_SIZE_MAX = 1024 * 1024


class RecordSpace:
    """The bytes of all records kept here, those on their way included.

    Args:
        bytes_max: more are refused; 0 for no limit.
    """

    def __init__(self, bytes_max: int) -> None:
        self.bytes_max = bytes_max
        """How many there may be; 0 for no limit."""
        self.bytes_used = 0
        """How many there are."""

    def count(self, leaves: Iterable[tuple[bytes, bytes]]) -> None:
        """Add the records that the chain knows.

        Args:
            leaves: keys and values of the documents' leaves.
        """
        for _, value in leaves:
            self.bytes_used += decode(value, PublishedDocument, LEAF_SIZE_MAX).size_class

    def take(self, size: int) -> None:
        """Count records that are to be published, if there is room.

        Raises:
            Unavailable: `vault.full`.
        """
        if self.bytes_max and self.bytes_used + size > self.bytes_max:
            raise Unavailable("vault.full", "no room for more records; see [vault] in node.toml")
        self.bytes_used += size

    def add(self, size: int) -> None:
        """Count a record that was on its way before, whether or not there is room."""
        self.bytes_used += size

    def give_back(self, size: int) -> None:
        """Count no more what will not be."""
        self.bytes_used -= size
