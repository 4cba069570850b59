"""A pack: everything sealed for one transaction, in one file.

    file   encoded `Pack` ‖ SHA-256 over it

Rule: a pack is whole or it is not read. It holds no plaintext: the details are ciphertext, the
keys are sealed to the agency and wrapped under the month's key, persons and business line numbers
are keyed hashes.
"""

from hashlib import sha256
from typing import Annotated, NamedTuple

import msgspec

from primitives.codec import Hash32, KeyId, Message, UInt32, decode, encode
from primitives.errors import NodeFault
from primitives.sealing import SEALED_SIZE_MAX

PACK_SIZE_MAX = 256 * 1024 * 1024
"""A damaged length must not make us read for ever; two hundred long bills stay far below."""
LINE_HASH_SIZE = 16

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


class PackedBill(Message):
    """What is sealed of one bill or order."""

    operation_index: UInt32
    """Its operation in the transaction."""
    ciphertext: Annotated[bytes, msgspec.Meta(max_length=SEALED_SIZE_MAX)]
    """The sealed document."""
    ciphertext_hash: Hash32
    """As on the chain."""
    wrapped_key: Wrapped
    """The document's key: sealed to the agency, then wrapped under the period's key."""
    wrapped_holder_seed: Wrapped
    """The bill's holder seed, the same way; never given out."""
    patient: Hash32
    """HMAC of the payer's id number under the portal key."""
    lines: Annotated[tuple[LineHash, ...], msgspec.Meta(max_length=10_000)]
    """Keyed hashes of its business line numbers."""


class Pack(Message, tag=1):
    """What is sealed for one transaction."""

    transaction: Annotated[bytes, msgspec.Meta(max_length=1024 * 1024)]
    """The whole signed transaction, so that a restarted node can hand it in again."""
    period: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4}-[0-9]{2}\Z")]
    """Month whose key wraps the keys."""
    sealing_key_id: KeyId
    """The agency's sealing key they are sealed to."""
    bills: Annotated[tuple[PackedBill, ...], msgspec.Meta(min_length=1, max_length=1000)]
    """By operation; operations that seal nothing have none."""


def packed_at(pack: Pack, operation_index: int) -> PackedBill | None:
    """Return what a pack holds of one operation; None when that sealed nothing."""
    for packed in pack.bills:
        if packed.operation_index == operation_index:
            return packed
    return None


def encode_pack(pack: Pack) -> bytes:
    """Return the bytes of the file."""
    body = encode(pack)
    return body + sha256(body).digest()


def decode_pack(data: bytes, path: str) -> Pack:
    """Read the bytes of the file.

    Args:
        data: all of them.
        path: for the error.

    Raises:
        NodeFault: `vault.damaged` when a byte differs from what was written.
    """
    body, checksum = memoryview(data)[:-32], data[-32:]
    if len(data) <= 32 or sha256(body).digest() != checksum:
        raise NodeFault("vault.damaged", f"{path} is not what was written; restore it", "vault")
    return decode(bytes(body), Pack, PACK_SIZE_MAX)


def waiting_path(transaction_id: bytes) -> str:
    """Return where a pack waits for its transaction's outcome."""
    return f"vault/waiting/{transaction_id.hex()}.pack"


def committed_path(height: int, transaction_index: int) -> str:
    """Return where the pack of a committed transaction rests."""
    return f"vault/packs/{height}-{transaction_index}.pack"
