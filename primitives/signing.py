"""Ed25519 as libsodium judges it.

Rule: one verdict everywhere: cofactorless, S below the group order, no small-order or
non-canonical key, no small-order R. Every signed string opens with `piaolian`, a version, its
kind and the chain id, so that no signature of one kind or chain serves for another.
Source: libsodium crypto_sign_verify_detached; "Taming the many EdDSAs" (ed25519-speccheck).
"""

from enum import IntEnum
from functools import lru_cache

import nacl.bindings
import nacl.exceptions

from primitives.hashing import KEY_ID, tagged_hash

SUITE_ED25519 = 1
"""Ed25519, X25519, XChaCha20-Poly1305, SHA-256."""
SUITE_SM = 2
"""Reserved: SM2, SM3, SM4. Refused until it is built."""

PUBLIC_KEY_SIZE = 32
SIGNATURE_SIZE = 64
SEED_SIZE = 32
KEY_ID_SIZE = 8


class Signed(IntEnum):
    """Kinds of signed strings; a retired number is never used again."""

    PROPOSAL = 1
    PREPARE = 2
    COMMIT = 3
    ROUND_CHANGE = 4
    TRANSACTION = 16
    STATUS_ANSWER = 17
    HELLO = 18
    HOLDER_GRANT = 19
    ORIGINAL = 20
    ENDORSEMENT = 21
    APPROVAL = 22
    HOLDER_ROTATION = 23
    READINESS = 24


def signing_prefix(kind: Signed, chain: bytes) -> bytes:
    """Return `piaolian`, version 1, the kind and the chain id (32 bytes): 42 bytes."""
    return b"piaolian\x01" + bytes([kind]) + chain


def key_id(public_key: bytes) -> bytes:
    """Return the 8 bytes by which an agency's transactions name a key."""
    return tagged_hash(KEY_ID, public_key)[:KEY_ID_SIZE]


def public_key_of(seed: bytes) -> bytes:
    """Return the public key of a 32-byte seed."""
    return bytes(nacl.bindings.crypto_sign_seed_keypair(seed)[0])


class SigningKey:
    """A private key that signs; keeps the expanded form so that a signature costs one call."""

    __slots__ = ("_secret", "public_key")

    def __init__(self, seed: bytes) -> None:
        self.public_key, self._secret = nacl.bindings.crypto_sign_seed_keypair(seed)

    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte signature over `message`."""
        signed: bytes = nacl.bindings.crypto_sign(message, self._secret)
        return signed[:SIGNATURE_SIZE]

    def __repr__(self) -> str:
        return f"SigningKey({self.public_key.hex()[:16]}…)"


@lru_cache(maxsize=4096)
def is_valid_public_key(public_key: bytes) -> bool:
    """Tell whether a key may be registered: canonical, on the curve, in the prime-order group."""
    return len(public_key) == PUBLIC_KEY_SIZE and bool(
        nacl.bindings.crypto_core_ed25519_is_valid_point(public_key)
    )


_FIELD_PRIME = 2**255 - 19
_SMALL_ORDER_Y = (
    0,
    1,
    _FIELD_PRIME - 1,
    0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7,
    0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826,
)
"""The y coordinates of the points whose order divides eight."""
_SIGN_BIT = 2**255
_WEAK = frozenset(
    (y | sign).to_bytes(PUBLIC_KEY_SIZE, "little")
    for y in _SMALL_ORDER_Y
    for sign in (0, _SIGN_BIT)
)
"""Their encodings, with either sign of x."""
_TOP = (0x7F, 0xFF)
"""Last byte of every encoding whose y may be the prime or above."""


def is_strong_encoding(public_key: bytes) -> bool:
    """Tell whether a key is canonical and not of small order: what `verify` asks of every key.

    A thousand times cheaper than `is_valid_public_key`, for keys that harm nobody but their
    maker: off the curve or outside the prime-order group no signature counts, or only the
    maker's own.
    """
    if len(public_key) != PUBLIC_KEY_SIZE or public_key in _WEAK:
        return False
    if public_key[-1] not in _TOP:
        return True
    return int.from_bytes(public_key, "little") & (_SIGN_BIT - 1) < _FIELD_PRIME


def verify(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether `signature` is `public_key`'s over `message`; never raises on bad input."""
    if len(signature) != SIGNATURE_SIZE or len(public_key) != PUBLIC_KEY_SIZE:
        return False
    try:
        nacl.bindings.crypto_sign_open(signature + message, public_key)
    except nacl.exceptions.BadSignatureError:
        return False
    return True
