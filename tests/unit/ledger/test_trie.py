"""The stored trie against its definition, batch by batch, and its proofs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.trie import (
    OtherBranch,
    OtherLeaf,
    find,
    open_root,
    prove,
    root_hash,
    state_root_of,
    update,
    walk,
)
from primitives.errors import NodeFault
from primitives.hashing import STATE_ROOT, ZERO_HASH, tagged_hash
from primitives.trie import branch_hash, key_of, leaf_hash, nibbles_of, value_hash
from tests.support.naive_trie import naive_root

# Keys that end in "/" and hold it nowhere else are prefix-free; few letters make many shared paths.
KEYS = st.text("ab0q", min_size=0, max_size=6).map(lambda text: text.encode() + b"/")
LEAVES = st.dictionaries(KEYS, st.binary(max_size=4), max_size=40)


class Store:
    """A trie's records and values in dicts."""

    def __init__(self):
        self.records = {}
        self.values = {}
        self.root = None

    def apply(self, changes):
        changed = update(self.records.get, self.root, changes)
        self.records.update(changed.records)
        self.values.update(changes)
        self.root = changed.root

    def prove(self, key):
        return prove(self.records.get, self.values.get, self.root, key)


def stored(*batches):
    store = Store()
    for batch in batches:
        store.apply(batch)
    return store


def root_of_proof(key, proof, value=None):
    """Fold a proof by the published rule."""
    nibbles = nibbles_of(key)
    if proof.is_present:
        node = leaf_hash(key, value_hash(value))
    elif isinstance(proof.instead, OtherLeaf):
        assert proof.instead.key != key
        node = leaf_hash(proof.instead.key, proof.instead.value_hash)
    elif isinstance(proof.instead, OtherBranch):
        assert not nibbles.startswith(proof.instead.path)
        node = branch_hash(proof.instead.path, proof.instead.bitmap, proof.instead.children)
    else:
        node = None
    for step in reversed(proof.steps):
        slot = nibbles[step.depth]
        below = (step.bitmap & ((1 << slot) - 1)).bit_count()
        children = list(step.others)
        assert (node is not None) == bool(step.bitmap >> slot & 1)
        if node is not None:
            children.insert(below, node)
        node = branch_hash(nibbles[: step.depth], step.bitmap, children)
    return ZERO_HASH if node is None else node


@given(st.lists(LEAVES, max_size=4))
def test_the_root_is_that_of_the_definition_whatever_the_batches(batches):
    store = stored(*batches)
    merged = {key: value for batch in batches for key, value in batch.items()}
    assert root_hash(store.root) == naive_root(merged)


@given(LEAVES)
def test_one_by_one_or_all_at_once_gives_the_same_records(leaves):
    at_once = stored(leaves)
    one_by_one = stored(*({key: value} for key, value in leaves.items()))
    assert at_once.root == one_by_one.root
    reachable = {path: one_by_one.records[path] for path in at_once.records}
    assert reachable == at_once.records


@given(LEAVES, KEYS)
def test_every_key_is_proved_present_or_absent(leaves, stranger):
    store = stored(leaves)
    for key in {*leaves, stranger}:
        proof = store.prove(key)
        assert proof.is_present == (key in leaves)
        assert root_of_proof(key, proof, leaves.get(key)) == root_hash(store.root)


@given(LEAVES, KEYS)
def test_a_key_is_found_by_its_leaf_hash(leaves, stranger):
    store = stored(leaves)
    for key in {*leaves, stranger}:
        expected = leaf_hash(key, value_hash(leaves[key])) if key in leaves else None
        assert find(store.records.get, store.root, key) == expected


@given(LEAVES)
def test_the_root_is_found_again_in_the_stored_records(leaves):
    store = stored(leaves)
    assert open_root(store.records.get, state_root_of(store.root)) == store.root


@given(LEAVES)
def test_a_walk_meets_every_leaf_in_the_order_of_its_key(leaves):
    store = stored(leaves)
    met = [key_of(node.path) for node in walk(store.records.get, store.root) if node.is_leaf]
    assert met == sorted(leaves)


def test_a_batch_of_nothing_changes_nothing():
    store = stored({b"a/": b"1"})
    assert update(store.records.get, store.root, {}) == (store.root, {})


def test_an_empty_trie_has_the_zero_hash_and_its_tagged_state_root():
    assert open_root({}.get, tagged_hash(STATE_ROOT, ZERO_HASH)) is None


def test_a_split_rewrites_nothing_below_it():
    below = {b"bill/%04d" % number: b"x" for number in range(100)}
    store = stored(below)
    changed = update(store.records.get, store.root, {b"bird/": b"y"}).records
    assert set(changed) == {b"", nibbles_of(b"bi")}


def test_sequential_keys_share_their_branches():
    bills = {b"b/46060126/%010d" % number: b"x" for number in range(1000)}
    records = stored(bills).records
    assert len(records) <= 112
    assert sum(map(len, records.values())) < 40 * 1000


THREE_LEAVES = {b"a/one/": b"1", b"a/two/": b"2", b"b/": b"3"}


class TestDamage:
    """What is read from disk is checked before anything rests on it."""

    def fault(self, call):
        with pytest.raises(NodeFault) as caught:
            call()
        assert caught.value.code == "state.damaged"

    def test_another_root_than_the_header_names_is_refused(self):
        store = stored(THREE_LEAVES)
        self.fault(lambda: open_root(store.records.get, ZERO_HASH))

    def test_a_flipped_bit_in_any_byte_of_any_record_is_noticed(self):
        store = stored(THREE_LEAVES)
        state_root = state_root_of(store.root)
        for path, record in store.records.items():
            for at in range(len(record)):
                broken = bytearray(record)
                broken[at] ^= 1
                records = {**store.records, path: bytes(broken)}

                def read_all(records=records):
                    root = open_root(records.get, state_root)
                    for key in THREE_LEAVES:
                        find(records.get, root, key)

                self.fault(read_all)

    def test_an_older_record_brought_back_is_noticed(self):
        store = stored(THREE_LEAVES)
        path = nibbles_of(b"a/")
        older = store.records[path]
        store.apply({b"a/one/": b"new"})
        store.records[path] = older
        self.fault(lambda: find(store.records.get, store.root, b"a/two/"))

    def test_a_missing_record_is_noticed(self):
        store = stored(THREE_LEAVES)
        del store.records[nibbles_of(b"a/")]
        self.fault(lambda: store.prove(b"a/one/"))
        self.fault(lambda: update(store.records.get, store.root, {b"a/six/": b"6"}))

    @pytest.mark.parametrize("value", [None, b"other"])
    def test_no_absence_is_proved_with_a_leaf_whose_value_is_lost_or_changed(self, value):
        store = stored({b"a/one/": b"1"})
        self.fault(lambda: prove(store.records.get, {b"a/one/": value}.get, store.root, b"a/two/"))


def test_a_key_that_ends_where_others_part_is_not_in():
    store = stored({b"\x10\x01": b"1", b"\x10\x91": b"2", b"\x20": b"3"})
    assert find(store.records.get, store.root, b"\x10") is None
    proof = store.prove(b"\x10")
    assert not proof.is_present
    assert isinstance(proof.instead, OtherBranch)
    assert proof.instead.path == nibbles_of(b"\x10")
