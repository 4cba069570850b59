"""Opening what the vault keeps; writes nothing.

Rule: what is opened is compared with the chain's commitment before anybody sees it. The holder
seed is sealed apart and nothing here gives it out.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from ledger import documents
from node.vault.packs import (
    NO_VISIT,
    PackedDocument,
    PackFile,
    SealedPlace,
    committed_path,
    damaged,
    open_pack,
    waiting_path,
)
from node.vault.periods import PeriodKeys
from primitives import sealing
from primitives.errors import NodeFault, PeerFault, Refused
from storage.files import Files


@dataclass(frozen=True, slots=True)
class OpenedDetails:
    """A document, readable."""

    text: bytes
    """The original line, or the record."""
    seed: bytes
    """The salts' origin."""
    key: bytes
    """The document's key."""


class Person(NamedTuple):
    """Whose document it is."""

    patient: bytes
    """HMAC of the id number under the portal key."""
    visit: bytes
    """HMAC of the person and the begin of the visit; empty without one."""


class Shelf:
    """The packs of one agency.

    Args:
        files: the data directory; the vault keeps to `vault/`.
        sealing_key: the agency's private X25519 key.
    """

    def __init__(self, files: Files, sealing_key: bytes) -> None:
        self._files = files
        self._sealing_key = sealing_key
        self._periods = PeriodKeys(files)

    def waiting(self) -> list[bytes]:
        """Return the ids of the transactions whose packs wait (disk)."""
        paths = self._files.list("vault/waiting/")
        return [bytes.fromhex(path.rpartition("/")[2].removesuffix(".pack")) for path in paths]

    def read_waiting(self, transaction_id: bytes) -> PackFile | None:
        """Return a waiting pack; None when there is none (disk)."""
        return open_pack(self._files, waiting_path(transaction_id))

    def read(self, height: int, transaction_index: int) -> PackFile | None:
        """Return a committed transaction's pack; None when it is not this issuer's (disk)."""
        return open_pack(self._files, committed_path(height, transaction_index))

    def has(self, place: SealedPlace) -> bool:
        """Tell whether the pack with a document is here (disk)."""
        return self._files.exists(committed_path(place.height, place.transaction_index))

    def open(self, place: SealedPlace, commitment: bytes) -> OpenedDetails:
        """Return a document, checked against the chain's commitment (disk).

        Args:
            place: where it was sealed; see `node.vault.places.sealed_place`.
            commitment: as on the chain.

        Raises:
            Refused: `details.not_found` when it is not in this vault.
            PeerFault: `sealing.damaged` when it was sealed to another key of the agency.
            NodeFault: `vault.damaged` when it is not what the chain says.
        """
        file, packed = self._find(place)
        return self.open_chunks(file, packed, file.chunks(packed), commitment)

    def open_record(self, place: SealedPlace, commitment: bytes) -> OpenedDetails:
        """Return an own record as `open` does: nobody else has it, so it must be here (disk).

        Raises:
            PeerFault: as `open`.
            NodeFault: `vault.damaged`, the file named as its field.
        """
        try:
            return self.open(place, commitment)
        except Refused as error:
            path = committed_path(place.height, place.transaction_index)
            raise NodeFault("vault.damaged", f"{path} is gone; restore it", path) from error

    def chunks(self, place: SealedPlace) -> tuple[PackFile, PackedDocument, list[bytes]]:
        """Return a whole ciphertext with what its pack says of it, for `open_chunks` (disk).

        Raises:
            Refused: `details.not_found`.
            NodeFault: `vault.damaged`.
        """
        file, packed = self._find(place)
        return file, packed, list(file.chunks(packed))

    def open_chunks(
        self, file: PackFile, packed: PackedDocument, chunks: Iterable[bytes], commitment: bytes
    ) -> OpenedDetails:
        """Return a document whose ciphertext is read already, checked as by `open`."""
        key = self._key(file, packed)
        try:
            sealed = documents.open_document_parts(chunks, key)
            leaves = documents.leaf_views_of(sealed.text)
        except PeerFault as error:
            raise damaged(file.path) from error
        opened = OpenedDetails(sealed.text, sealed.seed, key)
        if documents.commitment(leaves, opened.seed) != commitment:
            detail = f"{file.path}: the details are not those the chain commits to"
            raise NodeFault("vault.damaged", detail, file.path)
        return opened

    def open_waiting(self, file: PackFile, packed: PackedDocument) -> OpenedDetails:
        """Return a document of a pack, not compared with the chain (disk).

        Raises:
            PeerFault: `sealing.damaged` when it was sealed to another key.
            NodeFault: `vault.damaged`, `vault.period_key_missing`.
        """
        key = self._key(file, packed)
        sealed = documents.open_document_parts(file.chunks(packed), key)
        return OpenedDetails(sealed.text, sealed.seed, key)

    def people(self, height: int, transaction_index: int) -> dict[int, Person]:
        """Return whose each document of a transaction is, by operation (disk)."""
        file = self.read(height, transaction_index)
        if file is None:
            return {}
        return {
            packed.operation_index: Person(
                packed.patient, b"" if packed.visit == NO_VISIT else packed.visit
            )
            for packed in file.pack.documents
        }

    def committed(self) -> Iterator[tuple[int, int]]:
        """Return (height, transaction index) of every committed pack (disk)."""
        for path in self._files.list("vault/packs/"):
            height, _, index = path.rpartition("/")[2].removesuffix(".pack").partition("-")
            yield int(height), int(index)

    def _find(self, place: SealedPlace) -> tuple[PackFile, PackedDocument]:
        file = self.read(place.height, place.transaction_index)
        packed = None if file is None else file.packed_at(place.operation_index)
        if file is None or packed is None:
            raise Refused("details.not_found", "the details are not in this vault")
        return file, packed

    def _key(self, file: PackFile, packed: PackedDocument) -> bytes:
        context = b"document" + packed.ciphertext_hash
        return self._unwrap(packed.wrapped_key, file.pack.period, context)

    def _unwrap(self, wrapped: bytes, period: str, context: bytes) -> bytes:
        sealed = sealing.unwrap(wrapped, self._periods.key(period), context)
        return sealing.open_key(sealed, self._sealing_key)
