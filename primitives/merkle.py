"""Merkle trees: plain RFC 6962, so that third-party vectors apply unchanged.

Rule: a leaf is hashed as SHA-256(0x00 ‖ data), a node as SHA-256(0x01 ‖ left ‖ right), and the
tree of n leaves splits at the largest power of two below n.
Source: RFC 6962, section 2.1; the verification loops of RFC 9162, sections 2.1.3.2 and 2.1.4.2.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256

from primitives.errors import PeerFault
from primitives.hashing import HASH_SIZE, Buffer

EMPTY_ROOT = sha256(b"").digest()
PROOF_LENGTH_MAX = 64


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of one leaf."""
    return sha256(b"\x00" + data).digest()


def leaf_hash_of_parts(parts: Iterable[Buffer]) -> bytes:
    """Return the hash of one leaf that comes in parts, none of which is copied."""
    hasher = sha256(b"\x00")
    for part in parts:
        hasher.update(part)
    return hasher.digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash over two subtrees."""
    return sha256(b"\x01" + left + right).digest()


def root(leaf_hashes: Sequence[bytes]) -> bytes:
    """Return the root over leaf hashes in order; of none, SHA-256 of the empty string.

    Pairing level by level and carrying an odd last node up gives RFC 6962's tree.
    """
    if not leaf_hashes:
        return EMPTY_ROOT
    level = list(leaf_hashes)
    while len(level) > 1:
        pairs = [node_hash(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        level = pairs if len(level) % 2 == 0 else [*pairs, level[-1]]
    return level[0]


def inclusion_proof(leaf_hashes: Sequence[bytes], index: int) -> list[bytes]:
    """Return the siblings of leaf `index`, from the leaf up."""
    assert 0 <= index < len(leaf_hashes)
    proof = []
    level = list(leaf_hashes)
    while len(level) > 1:
        sibling = index ^ 1
        if sibling < len(level):
            proof.append(level[sibling])
        pairs = [node_hash(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        level = pairs if len(level) % 2 == 0 else [*pairs, level[-1]]
        index //= 2
    return proof


def root_from_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes:
    """Return the root that an inclusion proof leads to.

    Args:
        leaf: hash of the leaf.
        index: its position, below `size`.
        size: how many leaves the tree has.
        proof: siblings from the leaf up.

    Raises:
        PeerFault: `merkle.malformed` when the proof has the wrong shape for index and size.
    """
    if not 0 <= index < size or len(proof) > PROOF_LENGTH_MAX or len(leaf) != HASH_SIZE:
        raise PeerFault("merkle.malformed", "the leaf does not lie inside the tree")
    position, last = index, size - 1
    result = leaf
    for sibling in proof:
        if last == 0:
            raise PeerFault("merkle.malformed", "the proof is too long")
        if position & 1 or position == last:
            result = node_hash(sibling, result)
            while not position & 1 and position:
                position >>= 1
                last >>= 1
        else:
            result = node_hash(result, sibling)
        position >>= 1
        last >>= 1
    if last != 0:
        raise PeerFault("merkle.malformed", "the proof is too short")
    return result


def is_consistent(
    old_size: int, new_size: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes
) -> bool:
    """Tell by a consistency proof whether a tree of `new_size` leaves extends one of `old_size`."""
    if not 0 < old_size <= new_size or len(proof) > PROOF_LENGTH_MAX:
        return False
    if old_size == new_size:
        return not proof and old_root == new_root
    nodes = list(proof)
    if old_size & (old_size - 1) == 0:
        nodes.insert(0, old_root)
    if not nodes:
        return False
    roots = _consistency_roots(old_size - 1, new_size - 1, nodes)
    return roots == (old_root, new_root)


def _consistency_roots(
    position: int, last: int, nodes: Sequence[bytes]
) -> tuple[bytes, bytes] | None:
    """Fold a consistency path into both roots; None when it has the wrong length."""
    while position & 1:
        position >>= 1
        last >>= 1
    old = new = nodes[0]
    for node in nodes[1:]:
        if last == 0:
            return None
        if position & 1 or position == last:
            old, new = node_hash(node, old), node_hash(node, new)
            while not position & 1 and position:
                position >>= 1
                last >>= 1
        else:
            new = node_hash(new, node)
        position >>= 1
        last >>= 1
    return (old, new) if last == 0 else None
