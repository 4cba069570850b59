"""Opening what the vault keeps; writes nothing.

Rule: what is opened is compared with the chain's commitment before anybody sees it. The holder
seed is sealed apart and nothing here gives it out.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from ledger import documents
from node.vault.packs import (
    Pack,
    PackedBill,
    SealedPlace,
    committed_path,
    decode_pack,
    packed_at,
    waiting_path,
)
from node.vault.periods import PeriodKeys
from primitives import sealing
from primitives.errors import NodeFault, Refused
from storage.files import Files


@dataclass(frozen=True, slots=True)
class OpenedDetails:
    """A bill's details, readable."""

    text: bytes
    """The original line."""
    seed: bytes
    """The salts' origin."""
    key: bytes
    """The document's key."""
    ciphertext: bytes
    """The sealed document."""
    ciphertext_hash: bytes
    """As on the chain."""


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

    def read_waiting(self, transaction_id: bytes) -> Pack | None:
        """Return a waiting pack; None when there is none (disk)."""
        path = waiting_path(transaction_id)
        data = self._files.read(path)
        return None if data is None else decode_pack(data, path)

    def read(self, height: int, transaction_index: int) -> Pack | None:
        """Return a committed transaction's pack; None when it is not this issuer's (disk)."""
        path = committed_path(height, transaction_index)
        data = self._files.read(path)
        return None if data is None else decode_pack(data, path)

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
            NodeFault: `vault.damaged` when it is not what the chain says.
        """
        pack = self.read(place.height, place.transaction_index)
        return self.open_in(pack, place, commitment)

    def open_in(self, pack: Pack | None, place: SealedPlace, commitment: bytes) -> OpenedDetails:
        """Return a document of a pack that was read before, checked as by `open`."""
        packed = None if pack is None else packed_at(pack, place.operation_index)
        if pack is None or packed is None:
            raise Refused("details.not_found", "the details of this bill are not in this vault")
        opened = self.open_packed(pack, packed)
        leaves = documents.leaves_of(opened.text)
        if documents.commitment(leaves, opened.seed) != commitment:
            raise NodeFault(
                "vault.damaged",
                f"{committed_path(place.height, place.transaction_index)}: "
                "the details are not those the chain commits to",
                "vault",
            )
        return opened

    def open_packed(self, pack: Pack, packed: PackedBill) -> OpenedDetails:
        """Return a document of a pack, not compared with the chain.

        Raises:
            PeerFault: `sealing.damaged` when it was sealed to another key.
            NodeFault: `vault.period_key_missing`.
        """
        key = self._unwrap(packed.wrapped_key, pack.period, b"document" + packed.ciphertext_hash)
        sealed = documents.open_document(packed.ciphertext, key)
        return OpenedDetails(
            sealed.text, sealed.seed, key, packed.ciphertext, packed.ciphertext_hash
        )

    def patient(self, place: SealedPlace) -> bytes | None:
        """Return the pseudonym of a document's person; None when it is not here (disk)."""
        return self.patients(place.height, place.transaction_index).get(place.operation_index)

    def patients(self, height: int, transaction_index: int) -> dict[int, bytes]:
        """Return the pseudonym of each document of a transaction, by operation (disk)."""
        pack = self.read(height, transaction_index)
        return {bill.operation_index: bill.patient for bill in pack.bills} if pack else {}

    def committed(self) -> Iterator[tuple[int, int]]:
        """Return (height, transaction index) of every committed pack (disk)."""
        for path in self._files.list("vault/packs/"):
            height, _, index = path.rpartition("/")[2].removesuffix(".pack").partition("-")
            yield int(height), int(index)

    def _unwrap(self, wrapped: bytes, period: str, context: bytes) -> bytes:
        sealed = sealing.unwrap(wrapped, self._periods.key(period), context)
        return sealing.open_key(sealed, self._sealing_key)
