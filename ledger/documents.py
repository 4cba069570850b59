"""The sealed document: committed to leaf by leaf, encrypted once, opened line by line.

Rule: the plaintext is the original text and stays so; a figure is never re-written. Each field,
and each element of a list, is one salted leaf in the order of the text, so that a holder can show
one line and nothing else. The salts come from one random seed, which is sealed with the text.
"""

import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Annotated, Any, Final, NamedTuple

import msgspec

from primitives import merkle, sealing
from primitives.codec import Message, encode
from primitives.errors import PeerFault
from primitives.hashing import (
    CIPHERTEXT,
    DOCUMENT_ROOT,
    Buffer,
    Hasher,
    keyed_hash,
    tagged_hash,
    tagged_hasher,
)

TEXT_SIZE_MAX: Final = 256 * 1024
"""Bytes of a bill's details; a bill of 353 lines has 73 thousand."""
DOCUMENT_SIZE_MAX: Final = 18 * 1024 * 1024
"""Bytes of any document's text: a medical record of 16 MiB, and the words around it."""
SALT_SIZE: Final = 16
SEED_SIZE: Final = 32


class SealedText(Message, tag=1):
    """What is encrypted."""

    seed: Annotated[bytes, msgspec.Meta(min_length=SEED_SIZE, max_length=SEED_SIZE)]
    """The salts' origin: 32 random bytes."""
    text: Annotated[bytes, msgspec.Meta(max_length=DOCUMENT_SIZE_MAX)]
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


class LeafView(NamedTuple):
    """A leaf as it lies in the text."""

    path: str
    """`payer`, or `listDetail/0`."""
    value: Buffer
    """Its JSON text, UTF-8."""


def leaves_of(text: bytes) -> list[Leaf]:
    """Return a document's leaves in the order of its text.

    The leaves say all but the blanks between them: an empty list is a leaf of its own, an object
    names each key once, and no key of the outermost holds the slash that leads to an element.

    Args:
        text: one JSON object, UTF-8.

    Raises:
        PeerFault: `document.malformed`, `document.too_long`.
    """
    return [Leaf(path, str(value, "utf-8")) for path, value in leaf_views_of(text)]


def leaf_views_of(text: bytes) -> list[LeafView]:
    """Return the leaves as `leaves_of` does, each as it lies in the text: nothing is copied."""
    if len(text) > DOCUMENT_SIZE_MAX:
        raise PeerFault("document.too_long", f"at most {DOCUMENT_SIZE_MAX} bytes")
    try:
        fields = {path: memoryview(raw) for path, raw in _OBJECT.decode(text).items()}
        if not _is_plain(text, fields):
            json.loads(text, object_pairs_hook=_once, parse_float=str, parse_int=str)
        leaves: list[LeafView] = []
        for path, value in fields.items():
            leaves += _leaves_of_field(path, value)
        for leaf in leaves:
            short, _ = apart_from_attachments(leaf.value)
            json.loads(short, object_pairs_hook=_once, parse_float=str, parse_int=str)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise PeerFault("document.malformed", "not one JSON object, each key once") from error
    return leaves


def apart_from_attachments(value: Buffer) -> tuple[str, list[memoryview]]:
    """Return a JSON text with its long base64 texts left empty, and those as they lie in it.

    Whoever parses a text parses this: an attachment of megabytes is copied by nobody.

    Raises:
        UnicodeDecodeError: it is no UTF-8.
    """
    view = memoryview(value)
    found = [view[slice(*match.span())] for match in _ATTACHMENT.finditer(view)]
    return str(_ATTACHMENT.sub(b'""', view), "utf-8"), found


def _is_plain(text: bytes, fields: Mapping[str, memoryview]) -> bool:
    """Tell whether a text is its fields and nothing else: then no key can stand in it twice."""
    marks = 2 + len(fields) - 1
    sizes = (len(msgspec.json.encode(path)) + 1 + len(value) for path, value in fields.items())
    return marks + sum(sizes) == len(text)


def _leaves_of_field(path: str, value: memoryview) -> list[LeafView]:
    if "/" in path:
        raise ValueError("a slash in a key")
    elements = _LIST.decode(value) if value[0] == ord("[") else []
    if not elements:
        return [LeafView(path, value)]
    return [
        LeafView(f"{path}/{index}", memoryview(element)) for index, element in enumerate(elements)
    ]


def _once(pairs: list[tuple[str, Any]]) -> None:
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("a key stands twice in one object")


def salt_of(seed: bytes, path: str) -> bytes:
    """Return the salt of the leaf at `path`."""
    return keyed_hash(seed, path.encode())[:SALT_SIZE]


def leaf_data(path: str, value: str, salt: bytes) -> bytes:
    """Return the bytes of one Merkle leaf."""
    return b"".join(_leaf_parts(path, value.encode(), salt))


def leaf_hash(path: str, value: Buffer, salt: bytes) -> bytes:
    """Return the Merkle hash of one leaf, its value hashed where it lies."""
    return merkle.leaf_hash_of_parts(_leaf_parts(path, value, salt))


def _leaf_parts(path: str, value: Buffer, salt: bytes) -> tuple[bytes, Buffer, bytes]:
    """Return the MessagePack of (path, value, salt), the value apart: it may be long."""
    return b"\x93" + encode(path) + _head(len(value), *_STRING_HEADS), value, encode(salt)


def _head(size: int, *heads: tuple[int, int, bytes]) -> bytes:
    """Return the shortest MessagePack head of a text or of bytes of a size."""
    for most, width, mark in heads:
        if size <= most:
            return mark + size.to_bytes(width, "big") if width else bytes([mark[0] | size])
    raise AssertionError("longer than any document")


def commitment(leaves: Iterable[Leaf | LeafView], seed: bytes) -> bytes:
    """Return the hash that stands on the chain for a document."""
    hashes = _leaf_hashes(leaves, seed)
    return _tagged_root(len(hashes), merkle.root(hashes))


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
    leaf = leaf_hash(opening.path, opening.value.encode(), opening.salt)
    root = merkle.root_from_inclusion(leaf, opening.index, opening.size, opening.proof)
    return _tagged_root(opening.size, root)


def seal_document(text: bytes, *, seed: bytes, key: bytes) -> bytes:
    """Return the ciphertext of a document under its own fresh 32-byte key."""
    return b"".join(seal_document_parts((text,), len(text), seed=seed, key=key))


def seal_document_parts(
    parts: Iterable[Buffer], size: int, *, seed: bytes, key: bytes
) -> Iterator[bytes]:
    """Yield the ciphertext that `seal_document` makes of the joined parts, chunk by chunk.

    Args:
        parts: the text in pieces, never held whole.
        size: of all of them, in bytes.
        seed: the salts' origin.
        key: 32 fresh bytes.

    Raises:
        PeerFault: `document.too_long`.
    """
    if size > DOCUMENT_SIZE_MAX:
        raise PeerFault("document.too_long", f"at most {DOCUMENT_SIZE_MAX} bytes")
    head = _text_head(seed, size)
    return sealing.seal_parts(chain((head,), parts), len(head) + size, key)


def sealed_size_class(size: int) -> int:
    """Return the padded size of a sealed text of `size` bytes, as the chain tells it."""
    return sealing.size_class(len(_text_head(bytes(SEED_SIZE), size)) + size)


def open_document(ciphertext: bytes, key: bytes) -> SealedText:
    """Decrypt a document.

    Raises:
        PeerFault: `sealing.damaged`, `codec.*`.
    """
    return open_document_parts(sealing.sealed_chunks(ciphertext), key)


def open_document_parts(chunks: Iterable[bytes], key: bytes) -> SealedText:
    """Decrypt a document that comes in chunks, of which none is kept.

    Args:
        chunks: as `primitives.sealing.sealed_chunks` cuts them.
        key: the document's.

    Raises:
        PeerFault: `sealing.damaged`; `codec.malformed` when no document was sealed.
    """
    text, seed, size = io.BytesIO(), b"", -1
    for part in sealing.unseal_parts(chunks, key):
        start = 0
        if size < 0:
            seed, size, start = _read_text_head(part)
        text.write(memoryview(part)[start:])
        if text.tell() > size:
            break
    if text.tell() != size:
        raise PeerFault("codec.malformed", "not a document of the size it tells")
    return SealedText(seed, text.getvalue())


def _text_head(seed: bytes, size: int) -> bytes:
    """Return how a `SealedText` with `size` bytes of text begins."""
    return b"\x93\x01" + encode(seed) + _head(size, *_BYTES_HEADS)


def _read_text_head(part: bytes) -> tuple[bytes, int, int]:
    """Return seed, size of the text, and where the text begins."""
    seed = part[4 : 4 + SEED_SIZE]
    mark = part[4 + SEED_SIZE : 5 + SEED_SIZE]
    for most, width, wanted in _BYTES_HEADS:
        if mark == wanted:
            start = 5 + SEED_SIZE + width
            size = int.from_bytes(part[5 + SEED_SIZE : start], "big")
            if size <= min(most, DOCUMENT_SIZE_MAX) and part[:start] == _text_head(seed, size):
                return seed, size, start
    raise PeerFault("codec.malformed", "no sealed text begins like this")


def ciphertext_hash(ciphertext: bytes) -> bytes:
    """Return the hash by which the chain names a ciphertext."""
    return tagged_hash(CIPHERTEXT, ciphertext)


def ciphertext_hasher() -> Hasher:
    """Return what `ciphertext_hash` is made with, for a ciphertext that comes in chunks."""
    return tagged_hasher(CIPHERTEXT)


def _leaf_hashes(leaves: Iterable[Leaf | LeafView], seed: bytes) -> list[bytes]:
    return [
        leaf_hash(path, value.encode() if isinstance(value, str) else value, salt_of(seed, path))
        for path, value in leaves
    ]


def _tagged_root(size: int, root: bytes) -> bytes:
    return tagged_hash(DOCUMENT_ROOT, size.to_bytes(8, "big"), root)


_ATTACHMENT: Final = re.compile(rb'"[A-Za-z0-9+/=]{1024,}"')
_OBJECT: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_LIST: Final = msgspec.json.Decoder(list[msgspec.Raw])

_STRING_HEADS: Final = (
    (31, 0, b"\xa0"),
    (2**8 - 1, 1, b"\xd9"),
    (2**16 - 1, 2, b"\xda"),
    (2**32 - 1, 4, b"\xdb"),
)
_BYTES_HEADS: Final = (
    (2**8 - 1, 1, b"\xc4"),
    (2**16 - 1, 2, b"\xc5"),
    (2**32 - 1, 4, b"\xc6"),
)
"""Of MessagePack: the longest, the bytes of its length, the mark."""
