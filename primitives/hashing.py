"""Hashing with domains.

Rule: everything that is hashed for its own sake carries a domain tag, so that a hash of one kind
never stands for another. Merkle trees are plain RFC 6962 inside; their finished root is tagged.
Exceptions, each in its own domain by its first bytes: the genesis is hashed as the plain bytes of
its file (so that `sha256sum` tells the chain id), RFC 6962 and trie nodes begin with 0x00 to 0x03.
"""

import hmac
from hashlib import sha256
from typing import Final, Protocol

Buffer = bytes | bytearray | memoryview
"""Bytes, wherever they lie."""
HASH_SIZE: Final = 32
ZERO_HASH: Final = bytes(HASH_SIZE)
"""Stands where there is nothing to hash: the first block's parent certificate, an empty trie."""

HEADER: Final = b"header"
CERTIFICATE: Final = b"certificate"
VALIDATOR_SET: Final = b"validator-set"
ENVELOPE: Final = b"envelope"
TRANSACTIONS_ROOT: Final = b"transactions-root"
RECEIPTS_ROOT: Final = b"receipts-root"
STATE_ROOT: Final = b"state-root"
FACES_ROOT: Final = b"faces-root"
ORIGINALS_ROOT: Final = b"originals-root"
DOCUMENT_ROOT: Final = b"document-root"
CIPHERTEXT: Final = b"ciphertext"
KEY_ID: Final = b"key-id"


def prefix(domain: bytes) -> bytes:
    """Return the bytes that open every hash input of `domain`: `piaolian`, its length, itself."""
    return b"piaolian" + bytes([len(domain)]) + domain


def tagged_hash(domain: bytes, *parts: bytes) -> bytes:
    """Return SHA-256 over the domain's prefix and the parts, which must not be ambiguous."""
    return sha256(prefix(domain) + b"".join(parts)).digest()


class Hasher(Protocol):
    """Takes bytes and, at the end, tells their hash."""

    def update(self, data: Buffer, /) -> None:
        """Take more."""

    def digest(self) -> bytes:
        """Return the hash of what was taken."""


def tagged_hasher(domain: bytes) -> Hasher:
    """Return what `tagged_hash` is made with, for parts that come one by one."""
    return sha256(prefix(domain))


def plain_hash(data: bytes) -> bytes:
    """Return SHA-256 of `data` alone: for the genesis file."""
    return sha256(data).digest()


def keyed_hash(key: bytes, data: bytes) -> bytes:
    """Return HMAC-SHA-256, for pseudonyms that only the holder of `key` can compute."""
    return hmac.digest(key, data, "sha256")
