"""Business line numbers (listDetailNo) that this issuer has billed: each at most once.

    vault/lines.index   16-byte keyed hashes, one after another

Rule: the file only grows; a torn tail is dropped at start, because the pack it belongs to still
waits and is appended again. All hashes are kept in memory, about 120 bytes each: four million
lines (a million bills) take half a gigabyte, which is this index's written limit.
"""

from collections.abc import Iterable

from node.vault.packs import LINE_HASH_SIZE
from primitives.hashing import keyed_hash
from storage.files import Files

PATH = "vault/lines.index"


class LineIndex:
    """The keyed hashes of all billed lines, and of those about to be billed."""

    def __init__(self, files: Files, key: bytes) -> None:
        self._key = key
        self._file = files.open_append(PATH)
        data = self._file.read()
        whole = len(data) - len(data) % LINE_HASH_SIZE
        if whole != len(data):
            self._file.truncate(whole)
        self._billed = {data[at : at + LINE_HASH_SIZE] for at in range(0, whole, LINE_HASH_SIZE)}
        self._reserved: set[bytes] = set()

    def hash(self, line_number: str) -> bytes:
        """Return the keyed hash of a business line number."""
        return keyed_hash(self._key, line_number.encode())[:LINE_HASH_SIZE]

    def taken(self, hashes: Iterable[bytes]) -> int | None:
        """Return the place of the first hash that is billed or reserved; None when all are free."""
        for place, item in enumerate(hashes):
            if item in self._billed or item in self._reserved:
                return place
        return None

    def reserve(self, hashes: Iterable[bytes]) -> None:
        """Keep lines for a bill that is on its way."""
        self._reserved.update(hashes)

    def release(self, hashes: Iterable[bytes]) -> None:
        """Free the lines of a bill that will not be."""
        self._reserved.difference_update(hashes)

    def append(self, hashes: Iterable[bytes]) -> None:
        """Record billed lines; durable on return. Runs on a worker thread.

        Raises:
            NodeFault: `storage.write_failed`.
        """
        new = [item for item in dict.fromkeys(hashes) if item not in self._billed]
        if new:
            self._file.append(b"".join(new))
            self._file.sync()

    def mark_billed(self, hashes: Iterable[bytes]) -> None:
        """Move lines from reserved to billed, after `append`."""
        self._billed.update(hashes)
        self._reserved.difference_update(hashes)

    def close(self) -> None:
        """Close the file."""
        self._file.close()
