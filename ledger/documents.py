"""The sealed document: committed to leaf by leaf, encrypted once, opened line by line.

Rule: the plaintext is the original text and stays so; a figure is never re-written. Each field,
and each element of a list, is one salted leaf in the order of the text, so that a holder can show
one line and nothing else. The salts come from one random seed, which is sealed with the text.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, NamedTuple

import msgspec

from primitives import merkle, sealing
from primitives.codec import Message, decode, encode
from primitives.errors import PeerFault
from primitives.hashing import CIPHERTEXT, DOCUMENT_ROOT, keyed_hash, tagged_hash

TEXT_SIZE_MAX: Final = 256 * 1024
"""Bytes of a document's text; a bill of 353 lines has 73 thousand."""
SALT_SIZE: Final = 16
SEED_SIZE: Final = 32
_SEALED_SIZE_MAX: Final = TEXT_SIZE_MAX + 64


class SealedText(Message, tag=1):
    """What is encrypted."""

    seed: Annotated[bytes, msgspec.Meta(min_length=SEED_SIZE, max_length=SEED_SIZE)]
    """The salts' origin: 32 random bytes."""
    text: Annotated[bytes, msgspec.Meta(max_length=TEXT_SIZE_MAX)]
    """The original text, UTF-8."""


class Leaf(NamedTuple):
    """One field or line of a document."""

    path: str
    """`payer`, or `listDetail/0`."""
    value: str
    """Its JSON text as it stands in the original."""


@dataclass(frozen=True, slots=True)
class Opening:
    """One leaf shown to somebody, provable against the commitment."""

    path: str
    """Which field or line."""
    value: str
    """Its JSON text."""
    salt: bytes
    """16 bytes that kept it from being guessed."""
    index: int
    """Its place among the leaves."""
    size: int
    """How many leaves there are."""
    proof: tuple[bytes, ...]
    """RFC 6962 siblings, from the leaf up."""


def leaves_of(text: bytes) -> list[Leaf]:
    """Return a document's leaves in the order of its text.

    The leaves say all but the blanks between them: an empty list is a leaf of its own, an object
    names each key once, and no key of the outermost holds the slash that leads to an element.

    Args:
        text: one JSON object, UTF-8.

    Raises:
        PeerFault: `document.malformed`, `document.too_long`.
    """
    if len(text) > TEXT_SIZE_MAX:
        raise PeerFault("document.too_long", f"at most {TEXT_SIZE_MAX} bytes")
    try:
        fields = _OBJECT.decode(text)
        json.loads(text, object_pairs_hook=_once, parse_float=str, parse_int=str)
        leaves: list[Leaf] = []
        for path, raw in fields.items():
            leaves += _leaves_of_field(path, bytes(raw))
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise PeerFault("document.malformed", "not one JSON object, each key once") from error
    return leaves


def _leaves_of_field(path: str, value: bytes) -> list[Leaf]:
    if "/" in path:
        raise ValueError("a slash in a key")
    elements = _LIST.decode(value) if value.startswith(b"[") else []
    if not elements:
        return [Leaf(path, value.decode())]
    return [
        Leaf(f"{path}/{index}", bytes(element).decode()) for index, element in enumerate(elements)
    ]


def _once(pairs: list[tuple[str, Any]]) -> None:
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("a key stands twice in one object")


def salt_of(seed: bytes, path: str) -> bytes:
    """Return the salt of the leaf at `path`."""
    return keyed_hash(seed, path.encode())[:SALT_SIZE]


def leaf_data(path: str, value: str, salt: bytes) -> bytes:
    """Return the bytes of one Merkle leaf."""
    return encode((path, value, salt))


def commitment(leaves: Sequence[Leaf], seed: bytes) -> bytes:
    """Return the hash that stands on the chain for a document."""
    return _tagged_root(len(leaves), merkle.root(_leaf_hashes(leaves, seed)))


def open_leaf(leaves: Sequence[Leaf], seed: bytes, index: int) -> Opening:
    """Return the opening of one leaf."""
    path, value = leaves[index]
    proof = merkle.inclusion_proof(_leaf_hashes(leaves, seed), index)
    return Opening(path, value, salt_of(seed, path), index, len(leaves), tuple(proof))


def commitment_of_opening(opening: Opening) -> bytes:
    """Return the commitment that an opening leads to.

    Raises:
        PeerFault: `merkle.malformed` when index, size and proof do not fit each other.
    """
    leaf = merkle.leaf_hash(leaf_data(opening.path, opening.value, opening.salt))
    root = merkle.root_from_inclusion(leaf, opening.index, opening.size, opening.proof)
    return _tagged_root(opening.size, root)


def seal_document(text: bytes, *, seed: bytes, key: bytes) -> bytes:
    """Return the ciphertext of a document under its own fresh 32-byte key."""
    return sealing.seal(encode(SealedText(seed, text)), key)


def open_document(ciphertext: bytes, key: bytes) -> SealedText:
    """Decrypt a document.

    Raises:
        PeerFault: `sealing.damaged`, `codec.*`.
    """
    return decode(sealing.unseal(ciphertext, key), SealedText, _SEALED_SIZE_MAX)


def ciphertext_hash(ciphertext: bytes) -> bytes:
    """Return the hash by which the chain names a ciphertext."""
    return tagged_hash(CIPHERTEXT, ciphertext)


def _leaf_hashes(leaves: Sequence[Leaf], seed: bytes) -> list[bytes]:
    return [merkle.leaf_hash(leaf_data(path, value, salt_of(seed, path))) for path, value in leaves]


def _tagged_root(size: int, root: bytes) -> bytes:
    return tagged_hash(DOCUMENT_ROOT, size.to_bytes(8, "big"), root)


_OBJECT: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_LIST: Final = msgspec.json.Decoder(list[msgspec.Raw])
