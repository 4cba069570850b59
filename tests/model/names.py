"""Keys and documents by name, the same in every run, and back from their bytes."""

from functools import cache
from hashlib import sha256

from ledger.bills import DocumentReference
from primitives.sealing import sealing_public_key
from primitives.signing import SigningKey, key_id

NAMES: dict[bytes, str] = {}
"""Names by public key and by key id, of all that were used."""
DOCUMENTS: dict[bytes, int] = {}
"""Numbers of documents by their commitment."""


@cache
def signing_key(name: str) -> SigningKey:
    """Return the key of a name."""
    return SigningKey(sha256(f"model {name}".encode()).digest())


@cache
def public(name: str, purpose: str = "") -> bytes:
    """Return a name's public key; X25519 for sealing."""
    if purpose == "sealing":
        return bytes(sealing_public_key(sha256(f"model {name}".encode()).digest()))
    return bytes(signing_key(name).public_key)


def public_named(name: str, purpose: str = "") -> bytes:
    """Return a public key and remember whose it is, to read it back."""
    data = public(name, purpose)
    NAMES[data] = name
    NAMES[key_id(data)] = name
    return data


def document(number: int, years: int = 30) -> DocumentReference:
    """Return the reference of a made-up document."""
    seal = sha256(f"document {number}".encode()).digest()
    DOCUMENTS[seal] = number
    return DocumentReference(seal, seal, years)
