"""The key table: where every row of both databases stands, what it holds, who writes it.

Rule: nobody spells a key by hand; a growing number is big-endian, so that rows of one kind grow at
their end and compaction moves whole tables. docs/storage.md shows this table; a test compares.
"""

from dataclasses import dataclass
from typing import Final

BLOCKS: Final = "blocks"
"""Bodies alone: large, growing by height, never rewritten."""
STATE: Final = "state"
"""Everything else: one batch a block."""

SCHEMA: Final = 1
"""Version of this table; a store of another version is not opened."""


@dataclass(frozen=True, slots=True)
class KeyKind:
    """One line of the table."""

    database: str
    """`blocks` or `state`."""
    prefix: bytes
    """First byte of the key."""
    key: str
    """What follows the prefix."""
    value: str
    """What stands under it."""
    writer: str
    """Who writes it, and when."""


TABLE: Final = (
    KeyKind(BLOCKS, b"b", "height u64, block hash 32; its header: the same, h",
            "body as encoded; header as encoded, final or not",
            "driver, before the Commit vote; sync"),
    KeyKind(BLOCKS, b"m", "name", "schema, engine, store id, chain", "init"),
    KeyKind(STATE, b"c", "height u64", "commit certificate", "finalizer, the block's batch"),
    KeyKind(STATE, b"h", "height u64", "header as encoded", "finalizer, the block's batch"),
    KeyKind(STATE, b"m", "name", "schema, engine, store id, chain, head and its parent",
            "init; head: each block's batch"),
    KeyKind(STATE, b"n", "issuer, /, business number", "bill code 8 digits, number 10 digits",
            "finalizer, the block's batch"),
    KeyKind(STATE, b"p", "payee, /, order, /, provider, /, reference of a payment", "nothing",
            "finalizer, the block's batch"),
    KeyKind(STATE, b"s", "key of the leaf", "leaf value as encoded",
            "init; finalizer, the block's batch"),
    KeyKind(STATE, b"t", "path, one byte a nibble", "trie branch record",
            "init; finalizer, the block's batch"),
    KeyKind(STATE, b"v", "height u64, where the next height has another set of validators",
            "the next height's set as encoded", "finalizer, the block's batch"),
    KeyKind(STATE, b"x", "transaction id 40", "height, index, receipt",
            "finalizer, the block's batch"),
)  # fmt: skip

META_SCHEMA: Final = b"mschema"
META_ENGINE: Final = b"mengine"
META_STORE: Final = b"mstore"
META_CHAIN: Final = b"mchain"
META_HEAD: Final = b"mhead"
"""The last block's `Head` and the one before it, 144 bytes; the only meta row that changes."""


def body_key(height: int, block_hash: bytes) -> bytes:
    """Return the key of a body in `blocks`."""
    return b"b" + height.to_bytes(8) + block_hash


def proposed_header_key(height: int, block_hash: bytes) -> bytes:
    """Return the key of a body's header in `blocks`: a lock must be servable before it is final.

    It stands beside the body: under a prefix of its own it would make every compaction rewrite
    bodies (3.5 bytes written for each kept, against 2.0).
    """
    return body_key(height, block_hash) + b"h"


def header_key(height: int) -> bytes:
    """Return the key of a header."""
    return b"h" + height.to_bytes(8)


def certificate_key(height: int) -> bytes:
    """Return the key of a commit certificate."""
    return b"c" + height.to_bytes(8)


def set_change_key(height: int) -> bytes:
    """Return the key of the set that votes from the next height on."""
    return b"v" + height.to_bytes(8)


def receipt_key(transaction_id: bytes) -> bytes:
    """Return the key of a transaction's place and receipt."""
    return b"x" + transaction_id


def leaf_key(key: bytes) -> bytes:
    """Return the key of a state leaf's value."""
    return b"s" + key


def node_key(path: bytes) -> bytes:
    """Return the key of a trie branch record; `path` has one byte a nibble."""
    return b"t" + path


def business_number_key(issuer: str, business_number: str) -> bytes:
    """Return the key of the index from an issuer's own number to the bill."""
    return b"n" + f"{issuer}/{business_number}".encode()


def payments_of_order_key(payee: str, order: str) -> bytes:
    """Return what the keys of the index from an order to the payments on it begin with."""
    return b"p" + f"{payee}/{order}/".encode()
