"""The root that a proof of presence or absence leads to.

Rule: the path of each step is the beginning of the key itself, so a proof for one key never serves
another; a step's bitmap says where the key's own child stands among the others. A key is absent
when its slot is empty, or when what stands there is another leaf or leads elsewhere.
"""

from collections.abc import Sequence
from typing import Final

from primitives.hashing import HASH_SIZE, ZERO_HASH
from primitives.trie import WIDTH, branch_hash, leaf_hash, nibbles_of
from proofs.errors import require
from proofs.receipt import OtherBranch, OtherLeaf, Step

STEP: Final = "trie"


def root_of_presence(key: bytes, leaf: bytes, steps: Sequence[Step]) -> bytes:
    """Return the trie's root hash that follows from a leaf.

    Args:
        key: the leaf's key.
        leaf: the leaf's hash.
        steps: from the root down.

    Raises:
        VerificationFailed: `trie.malformed`.
    """
    return _fold(key, leaf, steps)


def root_of_absence(
    key: bytes, instead: OtherLeaf | OtherBranch | None, steps: Sequence[Step]
) -> bytes:
    """Return the trie's root hash that follows from what stands in a key's place.

    Args:
        key: the key that is absent.
        instead: the leaf or branch in its place; None for an empty slot or an empty trie.
        steps: from the root down.

    Raises:
        VerificationFailed: `trie.malformed`, also when the key would not be absent at all.
    """
    if instead is None and not steps:
        return ZERO_HASH
    return _fold(key, None if instead is None else _other_hash(key, instead), steps)


def _other_hash(key: bytes, instead: OtherLeaf | OtherBranch) -> bytes:
    """Return the hash of what stands in a key's place, which must not be the key or above it."""
    if isinstance(instead, OtherLeaf):
        _require(instead.key != key and len(instead.value_hash) == HASH_SIZE)
        return leaf_hash(instead.key, instead.value_hash)
    path, nibbles = bytes(int(digit, WIDTH) for digit in instead.path), nibbles_of(key)
    # A branch whose path is the whole key leaves no place for a leaf of that key.
    leads_elsewhere = path == nibbles or not nibbles.startswith(path)
    _require(leads_elsewhere and _are_hashes(instead.children))
    _require(instead.bitmap.bit_count() == len(instead.children))
    return branch_hash(path, instead.bitmap, instead.children)


def _fold(key: bytes, found: bytes | None, steps: Sequence[Step]) -> bytes:
    """Climb from the key's own child, None of an empty slot, to the root."""
    nibbles = nibbles_of(key)
    _require(found is None or len(found) == HASH_SIZE)
    below = len(nibbles)
    for depth, bitmap, others in reversed(steps):
        _require(depth < below and _are_hashes(others))
        slot = nibbles[depth]
        _require(bool(bitmap >> slot & 1) is (found is not None))
        _require(bitmap.bit_count() == len(others) + (found is not None))
        at = (bitmap & ((1 << slot) - 1)).bit_count()
        own = () if found is None else (found,)
        found = branch_hash(nibbles[:depth], bitmap, (*others[:at], *own, *others[at:]))
        below = depth
    assert found is not None
    return found


def _are_hashes(hashes: Sequence[bytes]) -> bool:
    return all(len(hash_) == HASH_SIZE for hash_ in hashes)


def _require(claim: bool) -> None:
    require(claim, STEP, "malformed", "the path through the state has a wrong shape")
