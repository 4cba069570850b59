"""The authenticated state: updated in one batch per block, stored by path, proved by key.

A branch's record stands under its path: bitmap (2 bytes), hashes of the children ascending (32
each), bitmap of those children that are leaves (2), for each child the rest of its path below its
slot (length in 1 byte, nibbles), CRC-32 of all that (4). The record under the empty path leads to
the root: it is the root branch, or its only child is the root.

Rule: keys are prefix-free and never removed; a record is believed only after its hash equals what
its parent says. A leaf's value stands apart and is believed only after its leaf was found.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from typing import Final, NamedTuple, TypeAlias
from zlib import crc32

from primitives.errors import NodeFault
from primitives.hashing import HASH_SIZE, STATE_ROOT, ZERO_HASH, tagged_hash
from primitives.trie import (
    KEY_SIZE_MAX,
    WIDTH,
    branch_record_hash,
    key_of,
    leaf_hash,
    nibbles_of,
    value_hash,
)

ReadNode: TypeAlias = Callable[[bytes], bytes | None]
"""Returns the record under a path, one byte per nibble."""
ReadValue: TypeAlias = Callable[[bytes], bytes | None]
"""Returns the value under a key."""

_CRC_SIZE: Final = 4


class Node(NamedTuple):
    """A leaf or a branch, as its parent knows it."""

    path: bytes
    """Absolute, one byte per nibble; a leaf's is its whole key."""
    hash: bytes
    """Its hash."""
    is_leaf: bool
    """Whether a value stands here."""


class Step(NamedTuple):
    """One branch on the way to a key."""

    depth: int
    """Nibbles of the key that are the branch's path."""
    bitmap: int
    """Bit i is set when a child stands at nibble i."""
    others: tuple[bytes, ...]
    """Hashes, ascending, of all children but the one on the key's way."""


class OtherLeaf(NamedTuple):
    """Where the key would stand, another leaf does."""

    key: bytes
    """Its key."""
    value_hash: bytes
    """SHA-256 of its value."""


class OtherBranch(NamedTuple):
    """Where the key would stand, a branch does whose path leads elsewhere."""

    path: bytes
    """Its absolute path, one byte per nibble."""
    bitmap: int
    """Its children."""
    children: tuple[bytes, ...]
    """Their hashes, ascending."""


class Proof(NamedTuple):
    """How a key's presence or absence follows from the root hash."""

    steps: tuple[Step, ...]
    """From the root down."""
    is_present: bool
    """Whether the last step leads to the key's own leaf."""
    instead: OtherLeaf | OtherBranch | None
    """What stands in the key's place; None with an empty slot, an empty trie, or presence."""


class Update(NamedTuple):
    """A trie after a batch of changes."""

    root: Node | None
    """Its new root."""
    records: dict[bytes, bytes]
    """The records that changed, by path."""


def root_hash(root: Node | None) -> bytes:
    """Return the trie's hash."""
    return ZERO_HASH if root is None else root.hash


def state_root_of(root: Node | None) -> bytes:
    """Return what a header says of the state: the tagged hash of the trie's."""
    return tagged_hash(STATE_ROOT, root_hash(root))


def open_root(read: ReadNode, state_root: bytes) -> Node | None:
    """Return the stored trie's root, or None of an empty one.

    Raises:
        NodeFault: `state.damaged` when it is not the root of `state_root`.
    """
    record = read(b"")
    root = None if record is None else _root_in(record)
    if state_root_of(root) != state_root:
        raise NodeFault("state.damaged", "the stored state has another root than the block says")
    return root


def find(read: ReadNode, root: Node | None, key: bytes) -> bytes | None:
    """Return the hash of the key's leaf; None when there is none.

    Raises:
        NodeFault: `state.damaged`.
    """
    nibbles = nibbles_of(key)
    node = root
    while node is not None and not node.is_leaf:
        if len(nibbles) <= len(node.path) or not nibbles.startswith(node.path):
            return None
        node = _children(read, node).get(nibbles[len(node.path)])
    return node.hash if node is not None and node.path == nibbles else None


def prove(read: ReadNode, read_value: ReadValue, root: Node | None, key: bytes) -> Proof:
    """Return the proof that `key` is, or is not, in the trie.

    Raises:
        NodeFault: `state.damaged`.
    """
    nibbles = nibbles_of(key)
    steps = []
    node = root
    while node is not None and not node.is_leaf and nibbles.startswith(node.path):
        if len(nibbles) == len(node.path):
            break  # the key ends where others part: a branch stands in its place
        children = _children(read, node)
        slot = nibbles[len(node.path)]
        others = tuple(child.hash for at, child in children.items() if at != slot)
        steps.append(Step(len(node.path), _bitmap(children), others))
        node = children.get(slot)
    if node is None or (node.is_leaf and node.path == nibbles):
        return Proof(tuple(steps), node is not None, None)
    return Proof(tuple(steps), False, _other(read, read_value, node))


def walk(read: ReadNode, root: Node | None) -> Iterator[Node]:
    """Yield every node from `root` down, ascending by path, each checked against its parent.

    Raises:
        NodeFault: `state.damaged`.
    """
    waiting = [] if root is None else [root]
    while waiting:
        node = waiting.pop()
        yield node
        if not node.is_leaf:
            waiting += reversed(_children(read, node).values())


def update(read: ReadNode, root: Node | None, changes: Mapping[bytes, bytes]) -> Update:
    """Set values under keys.

    Args:
        read: the records below `root`.
        root: the trie before.
        changes: values by key.

    Raises:
        NodeFault: `state.damaged`.
    """
    if not changes:
        return Update(root, {})
    batch = _Batch(read, changes)
    new_root = batch.merge(root, 0, len(changes))
    if new_root.path or new_root.is_leaf:
        batch.records[b""] = _record(b"", {new_root.path[0]: new_root})
    return Update(new_root, batch.records)


class _Batch:
    """Sorted leaves on their way into a trie."""

    __slots__ = ("_hashes", "_paths", "_read", "records")

    def __init__(self, read: ReadNode, changes: Mapping[bytes, bytes]) -> None:
        keys = sorted(changes)
        assert max(map(len, keys)) <= KEY_SIZE_MAX
        self._read = read
        self._paths = [nibbles_of(key) for key in keys]
        self._hashes = [leaf_hash(key, value_hash(changes[key])) for key in keys]
        self.records: dict[bytes, bytes] = {}

    def merge(self, node: Node | None, start: int, end: int) -> Node:
        """Return `node` after the leaves from `start` to `end`, at least one, went into it."""
        first = self._paths[start]
        if end - start == 1 and (node is None or node.path == first):
            return Node(first, self._hashes[start], True)
        shared = _shared(first, self._paths[end - 1])
        if node is None:
            return self._branch(first[:shared], {}, start, end)
        path = node.path
        shared = min(shared, _shared(path, first))
        if shared == len(path) and not node.is_leaf:
            return self._branch(path, _children(self._read, node), start, end)
        return self._branch(path[:shared], {path[shared]: node}, start, end)

    def _branch(self, path: bytes, children: dict[int, Node], start: int, end: int) -> Node:
        """Return the branch at `path` after the leaves, all below it, went into its children."""
        paths, depth = self._paths, len(path)
        while start < end:
            slot = paths[start][depth]
            stop = end
            if paths[end - 1][depth] != slot:
                stop = bisect_left(paths, path + bytes((slot + 1,)), start, end)
            children[slot] = self.merge(children.get(slot), start, stop)
            start = stop
        record = _record(path, children)
        self.records[path] = record
        return Node(path, branch_record_hash(path, record[: 2 + HASH_SIZE * len(children)]), False)


def _shared(left: bytes, right: bytes) -> int:
    """Return how many leading bytes are equal."""
    size = min(len(left), len(right))
    difference = int.from_bytes(left[:size], "big") ^ int.from_bytes(right[:size], "big")
    return size - (difference.bit_length() + 7) // 8


def _bitmap(children: Mapping[int, Node]) -> int:
    return sum(1 << slot for slot in children)


def _record(path: bytes, children: Mapping[int, Node]) -> bytes:
    """Return the bytes under which a branch is stored."""
    below = len(path) + 1
    hashes, rests, leaves, bitmap = [], [], 0, 0
    for slot in sorted(children):
        child_path, child_hash, is_leaf = children[slot]
        bitmap |= 1 << slot
        leaves |= is_leaf << slot
        hashes.append(child_hash)
        rest = child_path[below:]
        rests.append(bytes((len(rest),)) + rest if rest else b"\x00")
    record = b"%b%b%b%b" % (
        bitmap.to_bytes(2, "big"),
        b"".join(hashes),
        leaves.to_bytes(2, "big"),
        b"".join(rests),
    )
    return record + crc32(record).to_bytes(_CRC_SIZE, "big")


def _children(read: ReadNode, node: Node) -> dict[int, Node]:
    """Return a stored branch's children, ascending, after checking its hash."""
    record = read(node.path)
    if record is None:
        raise NodeFault("state.damaged", "a record of the state's trie is missing")
    children = _parse(node.path, record)
    if branch_record_hash(node.path, record[: 2 + HASH_SIZE * len(children)]) != node.hash:
        raise NodeFault("state.damaged", "a record of the state's trie has another hash")
    return children


def _root_in(record: bytes) -> Node:
    """Return the root that the record under the empty path leads to."""
    children = _parse(b"", record)
    if len(children) == 1:
        return next(iter(children.values()))
    return Node(b"", branch_record_hash(b"", record[: 2 + HASH_SIZE * len(children)]), False)


def _parse(path: bytes, record: bytes) -> dict[int, Node]:
    if crc32(record[:-_CRC_SIZE]) != int.from_bytes(record[-_CRC_SIZE:], "big"):
        raise NodeFault("state.damaged", "a record of the state's trie is not whole")
    bitmap = int.from_bytes(record[:2], "big")
    slots = [slot for slot in range(WIDTH) if bitmap >> slot & 1]
    at = 2 + HASH_SIZE * len(slots)
    leaves = int.from_bytes(record[at : at + 2], "big")
    rest_at = at + 2
    children = {}
    for index, slot in enumerate(slots):
        rest_end = rest_at + 1 + record[rest_at]
        child_path = path + bytes((slot,)) + record[rest_at + 1 : rest_end]
        start = 2 + HASH_SIZE * index
        children[slot] = Node(
            child_path, record[start : start + HASH_SIZE], bool(leaves >> slot & 1)
        )
        rest_at = rest_end
    return children


def _other(read: ReadNode, read_value: ReadValue, node: Node) -> OtherLeaf | OtherBranch:
    """Return what an absence proof says of the node in the key's place."""
    if not node.is_leaf:
        children = _children(read, node)
        hashes = tuple(child.hash for child in children.values())
        return OtherBranch(node.path, _bitmap(children), hashes)
    key = key_of(node.path)
    value = read_value(key)
    if value is None or leaf_hash(key, value_hash(value)) != node.hash:
        raise NodeFault("state.damaged", "a stored fact does not match the state's trie")
    return OtherLeaf(key, value_hash(value))
