"""Sealing the details of bills, and medical records, and keeping them.

Rule: a pack is durable before its transaction leaves the node, and moves to its place in the
chain before anybody is told that the bill is issued. Methods that touch the disk say so; they run
on a worker thread. The holder seed is sealed apart and nothing here gives it out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ledger import documents
from ledger.bill_details import BillDetails
from node.ports import Entropy
from node.vault.lines import PATIENT, Held, LineIndex
from node.vault.packs import (
    NO_VISIT,
    Pack,
    PackedDocument,
    PackWriter,
    SealedPlace,
    committed_path,
    waiting_path,
)
from node.vault.periods import PeriodKeys, period_of
from node.vault.shelf import Shelf
from node.vault.space import RecordSpace
from primitives import sealing
from primitives.errors import NodeFault, Refused
from primitives.hashing import Buffer, keyed_hash
from primitives.signing import key_id, public_key_of
from primitives.units import SHANGHAI_OFFSET_MS
from storage.files import Files

LINE_KEY = "vault/lines.key"
KEY_SIZE = 32


@dataclass(frozen=True, slots=True)
class SealedDocument:
    """What a pack keeps of a document beside its ciphertext."""

    commitment: bytes
    """Root over the salted leaves."""
    ciphertext_hash: bytes
    """As on the chain."""
    period: str
    """Month whose key wraps the keys."""
    wrapped_key: bytes
    """The document's key."""
    wrapped_holder_seed: bytes | None
    """A bill's holder key's seed."""
    patient: bytes
    """Keyed hash of the person's id number."""
    visit: bytes
    """Keyed hash of the person and the begin of the visit."""
    patient_number: bytes | None
    """Keyed hash of the hospital's number of a bill's patient."""
    lines: tuple[bytes, ...]
    """Keyed hashes of the business line numbers; of a record, of its resources' names."""


@dataclass(frozen=True, slots=True)
class SealedDetails:
    """A bill's details, sealed, with what the chain is told about them."""

    document: SealedDocument
    """What its pack will say of it."""
    ciphertext: bytes
    """The sealed document."""
    holder_key: bytes
    """Public key made for this bill alone."""


@dataclass(frozen=True, slots=True)
class SealedRecord:
    """A record, sealed and written into a pack that is not kept yet."""

    document: SealedDocument
    """What its pack will say of it."""
    start: int
    """Where its ciphertext begins in the pack."""
    size: int
    """Bytes of its ciphertext."""
    size_class: int
    """Bytes of its text, padded."""


@dataclass(frozen=True, slots=True)
class RecordText:
    """A record about to be sealed."""

    leaves: Sequence[documents.LeafView]
    """Of its text, in order."""
    parts: Sequence[Buffer]
    """The text in pieces."""
    size: int
    """Bytes of the text."""
    patient: bytes
    """The person's pseudonym."""
    visit: bytes
    """See `Vault.visit`."""
    resources: tuple[bytes, ...]
    """Keyed hashes of its resources' names."""


Sealed = tuple[int, SealedDetails]
"""The place of an operation in its transaction, and what is sealed for it."""


class Vault:
    """The sealed details of one agency's bills.

    Args:
        files: the data directory; the vault keeps to `vault/`.
        entropy: for keys, seeds and nonces.
        sealing_key: the agency's private X25519 key.
        portal_key: key of the patients' pseudonyms.
        visit_offset_ms: how far the clock of busDateTime is ahead of UTC.
        records_bytes_max: how much room records may take; 0 for no limit.
    """

    def __init__(
        self,
        files: Files,
        entropy: Entropy,
        *,
        sealing_key: bytes,
        portal_key: bytes,
        visit_offset_ms: int = SHANGHAI_OFFSET_MS,
        records_bytes_max: int = 0,
    ) -> None:
        self._visit_offset_ms = visit_offset_ms
        self._files = files
        self._random = entropy.random_bytes
        self.shelf = Shelf(files, sealing_key)
        """What is kept, for reading."""
        self._sealing_public = sealing.sealing_public_key(sealing_key)
        self._portal_key = portal_key
        self._periods = PeriodKeys(files)
        self.lines = LineIndex(files, _line_key(files, entropy))
        self.space = RecordSpace(records_bytes_max)

    def prepare(self, now_ms: int) -> str:
        """Return the present period, its key made if need be (disk)."""
        period = period_of(now_ms)
        self._periods.make(period, self._random)
        return period

    def line_hashes(self, details: BillDetails) -> tuple[bytes, ...]:
        """Return the keyed hashes of a line's business line numbers."""
        return tuple(self.lines.hash(number) for number in details.line_numbers)

    def seal(
        self, details: BillDetails, period: str, let_go: Iterable[SealedPlace] = ()
    ) -> SealedDetails:
        """Seal the details of one bill or order under a period that `prepare` returned.

        Args:
            details: what is sealed.
            period: the present one.
            let_go: where documents are sealed that do not hold their list lines any more.

        Raises:
            Refused: `bill.line_number_used` when a list line is on another bill of this issuer.
            PeerFault: `document.*` when the text is no document.
        """
        lines = self.line_hashes(details)
        place = self.lines.taken(lines, let_go)
        if place is not None:
            raise Refused(
                "bill.line_number_used",
                "this list line stands on another bill of this issuer",
                f"listDetail[{place}].listDetailNo",
            )
        seed, key = self._random(documents.SEED_SIZE), self._random(KEY_SIZE)
        holder_seed = self._random(KEY_SIZE)
        ciphertext = documents.seal_document(details.text, seed=seed, key=key)
        ciphertext_hash = documents.ciphertext_hash(ciphertext)
        number, patient = details.patient_number, self.pseudonym(details.id_number)
        document = SealedDocument(
            commitment=documents.commitment(documents.leaf_views_of(details.text), seed),
            ciphertext_hash=ciphertext_hash,
            period=period,
            wrapped_key=self._wrap(key, period, b"document" + ciphertext_hash),
            wrapped_holder_seed=self._wrap(holder_seed, period, b"holder" + ciphertext_hash),
            patient=patient,
            visit=self.visit(patient, self._visit_ms(details)) if details.id_number else NO_VISIT,
            patient_number=self.lines.hash(number, PATIENT) if number else None,
            lines=lines,
        )
        return SealedDetails(document, ciphertext, public_key_of(holder_seed))

    def begin(self) -> PackWriter:
        """Begin a pack of records (disk)."""
        return PackWriter(self._files)

    def seal_record(self, writer: PackWriter, record: RecordText, period: str) -> SealedRecord:
        """Seal a record into a pack as it is written, so that it is never whole in memory (disk).

        Args:
            writer: of the pack.
            record: what is sealed.
            period: the present one, as `prepare` returned it.

        Raises:
            PeerFault: `document.too_long`.
            NodeFault: `storage.write_failed`.
        """
        seed, key = self._random(documents.SEED_SIZE), self._random(KEY_SIZE)
        chunks = documents.seal_document_parts(record.parts, record.size, seed=seed, key=key)
        start, size, ciphertext_hash = writer.add(chunks)
        document = SealedDocument(
            commitment=documents.commitment(record.leaves, seed),
            ciphertext_hash=ciphertext_hash,
            period=period,
            wrapped_key=self._wrap(key, period, b"document" + ciphertext_hash),
            wrapped_holder_seed=None,
            patient=record.patient,
            visit=record.visit,
            patient_number=None,
            lines=record.resources,
        )
        return SealedRecord(document, start, size, documents.sealed_size_class(record.size))

    def pseudonym(self, id_number: str) -> bytes:
        """Return HMAC(portal key, id number); random bytes for a payer without one."""
        if not id_number:
            return self._random(KEY_SIZE)
        return keyed_hash(self._portal_key, id_number.encode())

    def visit(self, patient: bytes, start_ms: int) -> bytes:
        """Return the keyed hash by which a bill and its visit find each other.

        Args:
            patient: the person's pseudonym.
            start_ms: when the visit began; the second counts.
        """
        second = (start_ms // 1_000).to_bytes(8, signed=True)
        return keyed_hash(self._portal_key, b"visit" + patient + second)

    def write_waiting(
        self, transaction_id: bytes, transaction: bytes, sealed: Sequence[Sealed]
    ) -> None:
        """Keep the details of bills until their transaction's outcome is known (disk, synced).

        Args:
            transaction_id: of what tells the chain of them.
            transaction: its whole signed bytes.
            sealed: what is sealed, each with the place of its operation.
        """
        writer = PackWriter(self._files)
        packed = []
        for index, item in sealed:
            start, size, _ = writer.add((item.ciphertext,))
            packed.append(_packed(index, start, size, item.document))
        pack = self._pack(transaction, packed, sealed[0][1].document.period)
        writer.keep(pack, waiting_path(transaction_id))

    def keep_waiting(
        self,
        writer: PackWriter,
        transaction_id: bytes,
        transaction: bytes,
        records: Sequence[SealedRecord],
    ) -> None:
        """Keep a pack of records, one an operation, like `write_waiting` (disk, synced)."""
        packed = [
            _packed(index, record.start, record.size, record.document)
            for index, record in enumerate(records)
        ]
        pack = self._pack(transaction, packed, records[0].document.period)
        writer.keep(pack, waiting_path(transaction_id))

    def _pack(self, transaction: bytes, packed: Sequence[PackedDocument], period: str) -> Pack:
        return Pack(transaction, period, key_id(self._sealing_public), tuple(packed))

    def commit(self, transaction_id: bytes, height: int, transaction_index: int) -> list[Held]:
        """Move a waiting pack to its place in the chain, its lines first (disk, synced).

        Returns:
            The lines that its documents hold from now on.
        """
        file = self.shelf.read_waiting(transaction_id)
        if file is None:
            return []
        held: list[Held] = []
        for packed in file.pack.documents:
            place = SealedPlace(height, transaction_index, packed.operation_index)
            held += [(line, place) for line in packed.lines]
            if packed.patient_number is not None:
                held.append((packed.patient_number, place))
        self.lines.append(held)
        self._files.rename(waiting_path(transaction_id), committed_path(height, transaction_index))
        return held

    def drop(self, transaction_id: bytes) -> None:
        """Remove the pack of a transaction that can no longer commit (disk)."""
        self._files.remove(waiting_path(transaction_id))

    def close(self) -> None:
        """Close the open files."""
        self.lines.close()

    def _visit_ms(self, details: BillDetails) -> int:
        """Return when a bill's visit began, by the clock that the hospital's system writes."""
        return details.visit_ms + SHANGHAI_OFFSET_MS - self._visit_offset_ms

    def _wrap(self, secret: bytes, period: str, context: bytes) -> bytes:
        sealed = sealing.seal_key(secret, self._sealing_public)
        nonce = self._random(sealing.NONCE_SIZE)
        return sealing.wrap(sealed, self._periods.key(period), nonce, context)


def _packed(index: int, start: int, size: int, document: SealedDocument) -> PackedDocument:
    return PackedDocument(
        index,
        start,
        size,
        document.ciphertext_hash,
        document.wrapped_key,
        document.wrapped_holder_seed,
        document.patient,
        document.visit,
        document.patient_number,
        document.lines,
    )


def _line_key(files: Files, entropy: Entropy) -> bytes:
    """Return the key of the line index, made at the first start."""
    if not files.exists(LINE_KEY):
        key = entropy.random_bytes(KEY_SIZE)
        files.write_atomically(LINE_KEY, key.hex().encode() + b"\n")
    text = files.read_secret(LINE_KEY) or b""
    try:
        return bytes.fromhex(text.decode("ascii"))
    except ValueError as error:
        raise NodeFault("vault.damaged", f"{LINE_KEY} is no key; restore it", "vault") from error
