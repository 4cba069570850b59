"""The leaf of faces (票面) a block: what the supervising signature covers.

Rule: each block with bills, blue or red, writes one leaf: the root and count of its faces in block
order, and how many are whose.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Annotated

import msgspec

from ledger.bills import Face
from primitives import merkle
from primitives.codec import AgencyId, Hash32, Message, encode
from primitives.hashing import FACES_ROOT, tagged_hash

FaceCount = Annotated[int, msgspec.Meta(ge=1, le=5_000)]
"""Faces of one block."""


class Faces(Message, tag=8):
    """The leaf `f/<height>`."""

    root: Hash32
    """Over the encoded faces."""
    count: FaceCount
    """How many bills the block made."""
    issuers: Annotated[tuple[tuple[AgencyId, FaceCount], ...], msgspec.Meta(max_length=5_000)]
    """How many of them by whom, ascending by agency."""


def faces_key(height: int) -> bytes:
    """Return the state key of a block's faces."""
    return b"f/%012d" % height


def faces_leaf(faces: Sequence[Face]) -> Faces:
    """Return the leaf over the faces of a block, in its order."""
    root = merkle.root([merkle.leaf_hash(encode(face)) for face in faces])
    issuers = Counter(face.issuer for face in faces)
    return Faces(rooted(FACES_ROOT, root, len(faces)), len(faces), tuple(sorted(issuers.items())))


def rooted(domain: bytes, root: bytes, count: int) -> bytes:
    """Return a finished Merkle root, tagged together with the count of its leaves."""
    return tagged_hash(domain, count.to_bytes(8, "big"), root)
