"""Raw blocks, read as plain MessagePack and held to their headers.

Rule: nothing of the ledger's own code is used, so that a fault of it is not repeated here. A body
counts when its transactions lead to the root that its header names, and a header when the next one
names it as its parent.
Source: docs/formats.md, sections Block and Transaction.
"""

from typing import Any, Final, NamedTuple

import msgpack

from primitives import merkle
from primitives.errors import PeerFault
from primitives.hashing import HEADER, TRANSACTIONS_ROOT, tagged_hash

BODY_SIZE_MAX: Final = 2 * 1024 * 1024
HEADER_FIELDS: Final = 13


class RawOperation(NamedTuple):
    """One operation as its sender wrote it."""

    sender: str
    """The agency."""
    key_id: bytes
    """The key that signed."""
    fields: list[Any]
    """Tag first, then the fields in their published order."""


class RawBlock(NamedTuple):
    """One block, read."""

    height: int
    """Its height."""
    time_ms: int
    """Its time."""
    hash: bytes
    """Its hash."""
    parent: bytes
    """Hash of the block before; of the first one the chain id."""
    operations: list[RawOperation]
    """All its operations in order."""


def read_block(header: bytes, body: bytes) -> RawBlock:
    """Read a block's bytes.

    Raises:
        PeerFault: `recount.malformed` when they are no block, `recount.wrong_body` when the body is
            another's.
    """
    try:
        head = _unpack(header)
        transactions, _certificate = _unpack(body)
        leaves = [merkle.leaf_hash(data) for data in transactions]
        operations = [operation for data in transactions for operation in _operations(data)]
        height, time_ms, parent, named = head[3], head[5], head[4], head[7]
    except (ValueError, TypeError, LookupError, msgpack.UnpackException) as error:
        raise PeerFault("recount.malformed", "the node sent what is no block") from error
    if len(head) != HEADER_FIELDS or len(body) > BODY_SIZE_MAX:
        raise PeerFault("recount.malformed", "the node sent what is no block")
    count = len(leaves).to_bytes(8, "big")
    if tagged_hash(TRANSACTIONS_ROOT, count, merkle.root(leaves)) != named:
        raise PeerFault("recount.wrong_body", f"the body at height {height} is not its header's")
    return RawBlock(height, time_ms, tagged_hash(HEADER, header), parent, operations)


def _operations(data: bytes) -> list[RawOperation]:
    envelope = _unpack(_unpack(data)[0])
    return [RawOperation(envelope[2], envelope[3], fields) for fields in envelope[5]]


def _unpack(data: bytes) -> Any:
    return msgpack.unpackb(data, use_list=True, raw=False, strict_map_key=True)
