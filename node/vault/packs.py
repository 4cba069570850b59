"""A pack: everything sealed for one transaction, in one file.

    file   ciphertext ‖ ... ‖ ciphertext ‖ encoded `Pack` ‖ SHA-256 over it ‖ its length (4 bytes)

Rule: what the pack says of its ciphertexts is whole or it is not read; each ciphertext is held to
its hash, chunk by chunk, so that none of them is ever whole in memory. A pack holds no plaintext:
the keys are sealed to the agency and wrapped under the month's key, persons, visits and business
numbers are keyed hashes.
"""

from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Annotated, Final, NamedTuple

import msgspec

from ledger.documents import ciphertext_hasher
from primitives.codec import Hash32, KeyId, Message, UInt, UInt32, decode, encode
from primitives.errors import NodeFault
from primitives.hashing import ZERO_HASH
from primitives.sealing import sealed_spans
from storage.files import Draft, Files

INDEX_SIZE_MAX: Final = 64 * 1024 * 1024
"""A damaged length must not make us read for ever; two hundred long bills stay far below."""
LINE_HASH_SIZE: Final = 16
_TAIL_SIZE: Final = 36

Wrapped = Annotated[bytes, msgspec.Meta(min_length=40, max_length=512)]
LineHash = Annotated[bytes, msgspec.Meta(min_length=LINE_HASH_SIZE, max_length=LINE_HASH_SIZE)]


class SealedPlace(NamedTuple):
    """Where a document was sealed: the operation that told the chain of it."""

    height: int
    """The block."""
    transaction_index: int
    """The transaction in it."""
    operation_index: int
    """The operation in that."""


class PackedDocument(Message):
    """What is sealed of one bill, order or record."""

    operation_index: UInt32
    """Its operation in the transaction."""
    start: UInt
    """Where its ciphertext begins in the file."""
    size: UInt
    """Bytes of its ciphertext."""
    ciphertext_hash: Hash32
    """As on the chain."""
    wrapped_key: Wrapped
    """The document's key: sealed to the agency, then wrapped under the period's key."""
    wrapped_holder_seed: Wrapped | None
    """A bill's holder seed, the same way; never given out. None of a record."""
    patient: Hash32
    """HMAC of the person's id number under the portal key."""
    visit: Hash32
    """HMAC of person and begin of the visit under the portal key; zeros without a visit."""
    patient_number: LineHash | None
    """Keyed hash of the hospital's number of a bill's patient, if it has one."""
    lines: Annotated[tuple[LineHash, ...], msgspec.Meta(max_length=30_000)]
    """Keyed hashes of its business line numbers; of a record, of its resources' names."""


class Pack(Message, tag=1):
    """What is sealed for one transaction."""

    transaction: Annotated[bytes, msgspec.Meta(max_length=1024 * 1024)]
    """The whole signed transaction, so that a restarted node can hand it in again."""
    period: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4}-[0-9]{2}\Z")]
    """Month whose key wraps the keys."""
    sealing_key_id: KeyId
    """The agency's sealing key they are sealed to."""
    documents: Annotated[tuple[PackedDocument, ...], msgspec.Meta(min_length=1, max_length=1000)]
    """By operation; operations that seal nothing have none."""


class PackWriter:
    """A pack on its way to the disk; runs on a worker thread.

    Args:
        files: where it is written.
    """

    def __init__(self, files: Files) -> None:
        self._draft: Draft = files.draft()
        self._size = 0

    def add(self, chunks: Iterable[bytes]) -> tuple[int, int, bytes]:
        """Write a ciphertext as it comes; return its start, its size and its hash.

        Raises:
            NodeFault: `storage.write_failed`.
        """
        start, hasher = self._size, ciphertext_hasher()
        for chunk in chunks:
            hasher.update(chunk)
            self._draft.append(chunk)
            self._size += len(chunk)
        return start, self._size - start, hasher.digest()

    def keep(self, pack: Pack, path: str) -> None:
        """End the file with what it holds and give it its name; durable on return."""
        index = encode(pack)
        self._draft.append(index + sha256(index).digest() + len(index).to_bytes(4, "big"))
        self._draft.keep(path)

    def discard(self) -> None:
        """Let go of a pack that was not kept."""
        self._draft.discard()


class PackFile:
    """A pack that lies on the disk.

    Args:
        files: where.
        path: its name.

    Raises:
        NodeFault: `vault.damaged` when what it says of itself is not what was written.
    """

    def __init__(self, files: Files, path: str, tail: bytes) -> None:
        self._files = files
        self.path = path
        """Its name."""
        self.pack = _read_index(files, path, tail)
        """What it says of itself."""

    def packed_at(self, operation_index: int) -> PackedDocument | None:
        """Return what is held of one operation; None when that sealed nothing."""
        for packed in self.pack.documents:
            if packed.operation_index == operation_index:
                return packed
        return None

    def chunks(self, packed: PackedDocument) -> Iterator[bytes]:
        """Yield a ciphertext chunk by chunk (disk).

        Raises:
            NodeFault: `vault.damaged` after the last chunk when a byte differs from what was
                written.
        """
        hasher = ciphertext_hasher()
        for start, size in sealed_spans(packed.size):
            chunk = self._files.read_part(self.path, packed.start + start, size) or b""
            hasher.update(chunk)
            yield chunk
        if hasher.digest() != packed.ciphertext_hash:
            raise damaged(self.path)


def open_pack(files: Files, path: str) -> PackFile | None:
    """Return a pack; None when there is none (disk).

    Raises:
        NodeFault: `vault.damaged`.
    """
    tail = files.read_part(path, -_TAIL_SIZE, _TAIL_SIZE)
    return None if tail is None else PackFile(files, path, tail)


def _read_index(files: Files, path: str, tail: bytes) -> Pack:
    size = int.from_bytes(tail[32:], "big")
    if len(tail) != _TAIL_SIZE or size > INDEX_SIZE_MAX:
        raise damaged(path)
    index = files.read_part(path, -_TAIL_SIZE - size, size) or b""
    if sha256(index).digest() != tail[:32]:
        raise damaged(path)
    return decode(index, Pack, INDEX_SIZE_MAX)


def damaged(path: str) -> NodeFault:
    """Return the fault of a file that is not what was written."""
    return NodeFault("vault.damaged", f"{path} is not what was written; restore it", path)


NO_VISIT: Final = ZERO_HASH
"""Stands where a document tells of no visit."""


def waiting_path(transaction_id: bytes) -> str:
    """Return where a pack waits for its transaction's outcome."""
    return f"vault/waiting/{transaction_id.hex()}.pack"


def committed_path(height: int, transaction_index: int) -> str:
    """Return where the pack of a committed transaction rests."""
    return f"vault/packs/{height}-{transaction_index}.pack"
