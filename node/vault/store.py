"""Sealing the details of bills and keeping them.

Rule: a pack is durable before its transaction leaves the node, and moves to its place in the
chain before anybody is told that the bill is issued. Methods that touch the disk say so; they run
on a worker thread. The holder seed is sealed apart and nothing here gives it out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ledger import documents
from ledger.bill_details import BillDetails
from node.ports import Entropy
from node.vault.lines import Held, LineIndex
from node.vault.packs import (
    Pack,
    PackedBill,
    SealedPlace,
    committed_path,
    encode_pack,
    waiting_path,
)
from node.vault.periods import PeriodKeys, period_of
from node.vault.shelf import Shelf
from primitives import sealing
from primitives.errors import NodeFault, Refused
from primitives.hashing import keyed_hash
from primitives.signing import key_id, public_key_of
from storage.files import Files

LINE_KEY = "vault/lines.key"
KEY_SIZE = 32


@dataclass(frozen=True, slots=True)
class SealedDetails:
    """A bill's details, sealed, with what the chain is told about them."""

    commitment: bytes
    """Root over the salted leaves."""
    ciphertext: bytes
    """The sealed document."""
    ciphertext_hash: bytes
    """As on the chain."""
    holder_key: bytes
    """Public key made for this bill alone."""
    period: str
    """Month whose key wraps the keys."""
    wrapped_key: bytes
    """The document's key."""
    wrapped_holder_seed: bytes
    """The holder key's seed."""
    patient: bytes
    """Keyed hash of the payer's id number."""
    lines: tuple[bytes, ...]
    """Keyed hashes of the business line numbers."""


class Vault:
    """The sealed details of one agency's bills.

    Args:
        files: the data directory; the vault keeps to `vault/`.
        entropy: for keys, seeds and nonces.
        sealing_key: the agency's private X25519 key.
        portal_key: key of the patients' pseudonyms.
    """

    def __init__(
        self, files: Files, entropy: Entropy, *, sealing_key: bytes, portal_key: bytes
    ) -> None:
        self._files = files
        self._random = entropy.random_bytes
        self.shelf = Shelf(files, sealing_key)
        """What is kept, for reading."""
        self._sealing_public = sealing.sealing_public_key(sealing_key)
        self._portal_key = portal_key
        self._periods = PeriodKeys(files)
        self.lines = LineIndex(files, _line_key(files, entropy))

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
        return SealedDetails(
            commitment=documents.commitment(documents.leaves_of(details.text), seed),
            ciphertext=ciphertext,
            ciphertext_hash=ciphertext_hash,
            holder_key=public_key_of(holder_seed),
            period=period,
            wrapped_key=self._wrap(key, period, b"document" + ciphertext_hash),
            wrapped_holder_seed=self._wrap(holder_seed, period, b"holder" + ciphertext_hash),
            patient=self.pseudonym(details.id_number),
            lines=lines,
        )

    def pseudonym(self, id_number: str) -> bytes:
        """Return HMAC(portal key, id number); random bytes for a payer without one."""
        if not id_number:
            return self._random(KEY_SIZE)
        return keyed_hash(self._portal_key, id_number.encode())

    def pack(self, transaction: bytes, sealed: Sequence[tuple[int, SealedDetails]]) -> Pack:
        """Return the pack of a transaction.

        Args:
            transaction: its whole signed bytes.
            sealed: what is sealed, each with the place of its operation.
        """
        return Pack(
            transaction=transaction,
            period=sealed[0][1].period,
            sealing_key_id=key_id(self._sealing_public),
            bills=tuple(
                PackedBill(
                    index,
                    item.ciphertext,
                    item.ciphertext_hash,
                    item.wrapped_key,
                    item.wrapped_holder_seed,
                    item.patient,
                    item.lines,
                )
                for index, item in sealed
            ),
        )

    def write_waiting(self, transaction_id: bytes, pack: Pack) -> None:
        """Keep a pack until its transaction's outcome is known (disk, synced)."""
        self._files.write_atomically(waiting_path(transaction_id), encode_pack(pack))

    def commit(self, transaction_id: bytes, height: int, transaction_index: int) -> list[Held]:
        """Move a waiting pack to its place in the chain, its lines first (disk, synced).

        Returns:
            The lines that its documents hold from now on.
        """
        pack = self.shelf.read_waiting(transaction_id)
        if pack is None:
            return []
        held: list[Held] = []
        for bill in pack.bills:
            place = SealedPlace(height, transaction_index, bill.operation_index)
            held += [(line, place) for line in bill.lines]
        self.lines.append(held)
        self._files.rename(waiting_path(transaction_id), committed_path(height, transaction_index))
        return held

    def drop(self, transaction_id: bytes) -> None:
        """Remove the pack of a transaction that can no longer commit (disk)."""
        self._files.remove(waiting_path(transaction_id))

    def close(self) -> None:
        """Close the open files."""
        self.lines.close()

    def _wrap(self, secret: bytes, period: str, context: bytes) -> bytes:
        sealed = sealing.seal_key(secret, self._sealing_public)
        nonce = self._random(sealing.NONCE_SIZE)
        return sealing.wrap(sealed, self._periods.key(period), nonce, context)


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
