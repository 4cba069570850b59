"""The trie's hash by its definition: recursive, over the whole set of leaves, no storage."""

from collections.abc import Mapping

from primitives.hashing import ZERO_HASH
from primitives.trie import branch_hash, leaf_hash, nibbles_of, value_hash


def naive_root(leaves: Mapping[bytes, bytes]) -> bytes:
    """Return the hash of the trie that holds `leaves`."""
    if not leaves:
        return ZERO_HASH
    items = [(nibbles_of(key), key, value) for key, value in sorted(leaves.items())]
    return _node(items, 0)


def _node(items: list[tuple[bytes, bytes, bytes]], depth: int) -> bytes:
    if len(items) == 1:
        _, key, value = items[0]
        return leaf_hash(key, value_hash(value))
    while len({nibbles[depth] for nibbles, _, _ in items}) == 1:
        depth += 1
    groups = {slot: [item for item in items if item[0][depth] == slot] for slot in range(16)}
    present = [slot for slot in range(16) if groups[slot]]
    children = [_node(groups[slot], depth + 1) for slot in present]
    return branch_hash(items[0][0][:depth], sum(1 << slot for slot in present), children)
