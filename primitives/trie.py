"""The hashes of the state trie: radix 16 over the nibbles of a key's bytes, path-compressed.

Rule: a leaf's hash covers its whole key, a branch's its whole path from the root, so a node's hash
does not depend on what lies above it: a split re-hashes nothing below. The empty trie's hash is
32 zero bytes; a trie of one leaf has that leaf's hash.
"""

from collections.abc import Iterable
from hashlib import sha256
from typing import Final

KEY_SIZE_MAX: Final = 120
"""Bytes of the longest key; a path's length in nibbles fits one byte."""
WIDTH: Final = 16

_NIBBLES: Final = bytes.maketrans(b"0123456789abcdef", bytes(range(16)))
_DIGITS: Final = bytes.maketrans(bytes(range(16)), b"0123456789abcdef")


def nibbles_of(key: bytes) -> bytes:
    """Return a key's nibbles, high before low, one byte each."""
    return key.hex().encode().translate(_NIBBLES)


def key_of(nibbles: bytes) -> bytes:
    """Return the key of an even number of nibbles."""
    return bytes.fromhex(nibbles.translate(_DIGITS).decode())


def value_hash(value: bytes) -> bytes:
    """Return SHA-256 of a leaf's value."""
    return sha256(value).digest()


def leaf_hash(key: bytes, value_hash_: bytes) -> bytes:
    """Return SHA-256(0x02 ‖ length of the key in 2 bytes ‖ key ‖ hash of the value)."""
    return sha256(b"\x02" + len(key).to_bytes(2, "big") + key + value_hash_).digest()


def branch_hash(path: bytes, bitmap: int, children: Iterable[bytes]) -> bytes:
    """Return the hash of a branch.

    Args:
        path: its absolute path, one byte per nibble.
        bitmap: bit i is set when a child stands at nibble i.
        children: the children's hashes, ascending by nibble.

    Returns:
        SHA-256(0x03 ‖ length of the path in 2 bytes ‖ path ‖ bitmap in 2 bytes ‖ children).
    """
    return branch_record_hash(path, bitmap.to_bytes(2, "big") + b"".join(children))


def branch_record_hash(path: bytes, bitmap_and_children: bytes) -> bytes:
    """Return `branch_hash` of bitmap and children's hashes that stand in one byte string."""
    return sha256(b"\x03" + len(path).to_bytes(2, "big") + path + bitmap_and_children).digest()
