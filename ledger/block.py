"""A block: the header that is agreed on and the body it stands for.

Rule: the header's bytes are its identity; no round is in them, so that a block proposed again
keeps its hash. The body's transactions are byte strings, decoded one by one.
"""

from collections.abc import Sequence
from typing import Annotated, Final

import msgspec

from primitives import merkle
from primitives.codec import AgencyId, Hash32, Message, UInt, decode, encode
from primitives.hashing import (
    CERTIFICATE,
    HEADER,
    RECEIPTS_ROOT,
    TRANSACTIONS_ROOT,
    ZERO_HASH,
    tagged_hash,
)

BLOCK_VERSION: Final = 1
SUITE: Final = 1
HEADER_SIZE_MAX: Final = 1024
BODY_SIZE_MAX: Final = 2 * 1024 * 1024
CERTIFICATE_SIZE_MAX: Final = 16 * 1024
TRANSACTION_SIZE_MAX: Final = 1024 * 1024
BODY_TRANSACTIONS_MAX: Final = 5_000
BODY_FRAME_SIZE: Final = 4
"""MessagePack's heads of the body and of its list of transactions, at most."""


class Header(Message):
    """What validators sign the hash of."""

    version: Annotated[int, msgspec.Meta(ge=0, le=255)]
    """Format of the block: 1."""
    suite: Annotated[int, msgspec.Meta(ge=0, le=255)]
    """Crypto suite of all that is in it: 1."""
    chain: Hash32
    """Hash of the genesis file."""
    height: UInt
    """1 for the first block."""
    parent_hash: Hash32
    """Hash of the header before; of the first block the chain id."""
    time_ms: UInt
    """Ledger time: at least `block_interval_ms` after the parent's."""
    proposer: AgencyId
    """Who built the block."""
    transactions_root: Hash32
    """Over the whole signed transactions."""
    receipts_root: Hash32
    """Over the receipts."""
    state_root: Hash32
    """Over the state after this block."""
    validators_hash: Hash32
    """The set that votes on this height."""
    next_validators_hash: Hash32
    """The set that votes on the next height."""
    parent_certificate_hash: Hash32
    """Of the parent's certificate as the builder saw it; zeros for the first block."""


class Body(Message):
    """What the header's roots stand for."""

    transactions: Annotated[
        tuple[Annotated[bytes, msgspec.Meta(min_length=1, max_length=TRANSACTION_SIZE_MAX)], ...],
        msgspec.Meta(max_length=BODY_TRANSACTIONS_MAX),
    ]
    """Whole signed transactions, in order."""
    parent_certificate: Annotated[bytes, msgspec.Meta(max_length=CERTIFICATE_SIZE_MAX)]
    """Commit certificate of the parent; empty for the first block."""


def encode_header(header: Header) -> bytes:
    """Return the header's bytes."""
    return encode(header)


def decode_header(data: bytes) -> Header:
    """Read a header; PeerFault `codec.*` when it is none."""
    return decode(data, Header, HEADER_SIZE_MAX)


def header_hash(header_bytes: bytes) -> bytes:
    """Return the hash that names a block."""
    return tagged_hash(HEADER, header_bytes)


def encode_body(body: Body) -> bytes:
    """Return the body's bytes."""
    return encode(body)


def decode_body(data: bytes) -> Body:
    """Read a body; PeerFault `codec.*` when it is none."""
    return decode(data, Body, BODY_SIZE_MAX)


def packed_size(size: int) -> int:
    """Return what a byte string of `size` takes in a body: MessagePack's head and itself."""
    return size + (2 if size < 2**8 else 3 if size < 2**16 else 5)


def transactions_root(transaction_hashes: Sequence[bytes]) -> bytes:
    """Return the root over `transaction_hash`es in block order."""
    return _counted_root(TRANSACTIONS_ROOT, transaction_hashes)


def receipts_root(receipts: Sequence[bytes]) -> bytes:
    """Return the root over encoded receipts in block order."""
    return _counted_root(RECEIPTS_ROOT, [merkle.leaf_hash(receipt) for receipt in receipts])


def parent_certificate_hash(certificate: bytes) -> bytes:
    """Return the hash of a parent's certificate; zeros for the empty one of the first block."""
    return tagged_hash(CERTIFICATE, certificate) if certificate else ZERO_HASH


def _counted_root(domain: bytes, leaf_hashes: Sequence[bytes]) -> bytes:
    count = len(leaf_hashes).to_bytes(8, "big")
    return tagged_hash(domain, count, merkle.root(leaf_hashes))
