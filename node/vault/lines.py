"""Which sealed document holds a number: of a list line, of a record's resource, of a patient.

    vault/lines.index   entries of 32 bytes: keyed hash 16, height 8, transaction 4, operation 4

A business line number (listDetailNo) and a resource's name are each in one document at a time; a
patient's number leads to the newest bill that names it. An entry names where the document is
sealed. Whether that holder still counts is asked of the chain when a line is wanted again: a
cancelled order or a reversed bill lets go of its lines by itself, and nothing has to be undone
here.

Rule: the file only grows, a line's last entry counts; a torn tail is dropped at start, because the
pack it belongs to still waits and is appended again. All hashes are kept in memory, about 150
bytes each: four million lines (a million bills) take 0.6 GB, which is this index's written limit.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from node.vault.packs import LINE_HASH_SIZE, SealedPlace
from primitives.hashing import keyed_hash
from storage.files import Files

PATH = "vault/lines.index"
RESOURCE: Final = "resource"
"""Names of resources: `Encounter/<id>`."""
PATIENT: Final = "patient"
"""The hospital's numbers of its patients (patientNo)."""
ENTRY_SIZE: Final = LINE_HASH_SIZE + 16

Held = tuple[bytes, SealedPlace]
"""The keyed hash of a line, and where the document that holds it is sealed."""


class LineIndex:
    """The keyed hashes of all held lines, and of those about to be."""

    def __init__(self, files: Files, key: bytes) -> None:
        self._key = key
        self._file = files.open_append(PATH)
        data = self._file.read()
        whole = len(data) - len(data) % ENTRY_SIZE
        if whole != len(data):
            self._file.truncate(whole)
        self._holders: dict[bytes, SealedPlace] = {}
        place = SealedPlace(0, 0, 0)
        for at in range(0, whole, ENTRY_SIZE):
            found = _place_in(data[at + LINE_HASH_SIZE : at + ENTRY_SIZE])
            place = place if place == found else found  # one object for all lines of a document
            self._holders[data[at : at + LINE_HASH_SIZE]] = place
        self._reserved: set[bytes] = set()

    def hash(self, number: str, sort: str = "") -> bytes:
        """Return the keyed hash of a number.

        Args:
            number: a business line number, or as `sort` says.
            sort: `RESOURCE` or `PATIENT`.
        """
        data = f"{sort}\0{number}" if sort else number
        return keyed_hash(self._key, data.encode())[:LINE_HASH_SIZE]

    def holders(self, hashes: Iterable[bytes]) -> list[SealedPlace]:
        """Return where the documents that hold any of these lines are sealed, each once."""
        found = (self._holders.get(item) for item in hashes)
        return list(dict.fromkeys(place for place in found if place is not None))

    def taken(self, hashes: Sequence[bytes], let_go: Iterable[SealedPlace] = ()) -> int | None:
        """Return the place of the first line that is held or reserved; None when all are free.

        Args:
            hashes: of the lines.
            let_go: holders that count no more, or will not once the lines' new holder is.
        """
        free = (None, *let_go)
        for place, item in enumerate(hashes):
            if item in self._reserved or self._holders.get(item) not in free:
                return place
        return None

    def reserve(self, hashes: Iterable[bytes]) -> None:
        """Keep lines for a document that is on its way."""
        self._reserved.update(hashes)

    def release(self, hashes: Iterable[bytes]) -> None:
        """Free the lines of a document that will not be."""
        self._reserved.difference_update(hashes)

    def append(self, held: Iterable[Held]) -> None:
        """Record held lines; durable on return. Runs on a worker thread.

        Raises:
            NodeFault: `storage.write_failed`.
        """
        new = [item for item in dict.fromkeys(held) if self._holders.get(item[0]) != item[1]]
        if new:
            self._file.append(b"".join(line + _place_bytes(place) for line, place in new))
            self._file.sync()

    def hold(self, held: Iterable[Held]) -> None:
        """Move lines from reserved to held, after `append`."""
        for line, place in held:
            self._holders[line] = place
            self._reserved.discard(line)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _place_bytes(place: SealedPlace) -> bytes:
    height, transaction_index, operation_index = place
    return height.to_bytes(8) + transaction_index.to_bytes(4) + operation_index.to_bytes(4)


def _place_in(data: bytes) -> SealedPlace:
    return SealedPlace(
        int.from_bytes(data[:8]), int.from_bytes(data[8:12]), int.from_bytes(data[12:])
    )
