"""The leaf of faces (票面) a block: what the supervising signature will cover.

Rule: each block with bills writes one leaf, the root and count of its faces in block order.
"""

from collections.abc import Sequence
from typing import Annotated

import msgspec

from ledger.bills import Face
from primitives import merkle
from primitives.codec import Hash32, Message, encode
from primitives.hashing import FACES_ROOT, tagged_hash


class Faces(Message, tag=8):
    """The leaf `f/<height>`."""

    root: Hash32
    """Over the encoded faces."""
    count: Annotated[int, msgspec.Meta(ge=1, le=5_000)]
    """How many bills the block issued."""


def faces_key(height: int) -> bytes:
    """Return the state key of a block's faces."""
    return b"f/%012d" % height


def faces_leaf(faces: Sequence[Face]) -> Faces:
    """Return the leaf over the faces of a block, in its order."""
    root = merkle.root([merkle.leaf_hash(encode(face)) for face in faces])
    count = len(faces)
    return Faces(tagged_hash(FACES_ROOT, count.to_bytes(8, "big"), root), count)
