"""The signed originals (电子票据原件): their hashes, one leaf a block and issuer.

The original in the national format is made after commit, from face and details, for only then the
number is known; it is a function of both and of the issuer's key, so that it can be made again.

Rule: anchored once, over all bills of the issuer in the block, in block order. A bill counts as
delivered (交付) from then on.
"""

from ledger.bills import Bill
from ledger.faces import FaceCount, Faces, faces_key, rooted
from ledger.results import Done
from ledger.state import Changes, Context, Facts
from primitives import merkle
from primitives.codec import AgencyId, Hash32, KeyId, Message, UInt
from primitives.errors import Refused
from primitives.hashing import ORIGINALS_ROOT


class AnchorOriginals(Message, tag=7):
    """A hospital anchors the originals of its bills of one block."""

    height: UInt
    """The block."""
    root: Hash32
    """`originals_root` over their hashes, in block order."""
    count: FaceCount
    """How many."""


class Originals(Message, tag=16):
    """The leaf `o/<height>/<issuer>/`."""

    root: Hash32
    """Over the hashes."""
    count: FaceCount
    """How many."""
    key_id: KeyId
    """The key that anchored them."""
    time_ms: UInt
    """When."""


def originals_key(height: int, issuer: AgencyId) -> bytes:
    """Return the state key of an issuer's originals of a block."""
    return b"o/%012d/%b/" % (height, issuer.encode())


def originals_root(hashes: list[bytes]) -> bytes:
    """Return the root over the SHA-256 hashes of originals, in block order."""
    root = merkle.root([merkle.leaf_hash(hash_) for hash_ in hashes])
    return rooted(ORIGINALS_ROOT, root, len(hashes))


def check_anchor_originals(facts: Facts, operation: AnchorOriginals, context: Context) -> Changes:
    """Anchor originals.

    Raises:
        Refused: `original.no_bills`, `original.wrong_count`, `original.anchored`.
    """
    faces = facts.leaf(faces_key(operation.height), Faces)
    counts = dict(faces.issuers) if faces is not None else {}
    if context.sender not in counts:
        raise Refused("original.no_bills", "the block has no bill of yours", "height")
    if counts[context.sender] != operation.count:
        raise Refused("original.wrong_count", "anchor all of the block at once", "count")
    key = originals_key(operation.height, context.sender)
    if facts.leaf(key, Originals) is not None:
        raise Refused("original.anchored", "they are anchored already", "height")
    originals = Originals(operation.root, operation.count, context.key.key_id, context.time_ms)
    return Changes(((key, originals),), Done())


def is_delivered(facts: Facts, bill: Bill) -> bool:
    """Tell whether a bill's original is anchored."""
    return facts.leaf(originals_key(bill.height, bill.issuer), Originals) is not None
