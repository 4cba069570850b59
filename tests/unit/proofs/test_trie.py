"""Presence and absence follow from the root, for every key of every small trie."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import trie as state_trie
from primitives.trie import leaf_hash, value_hash
from proofs.errors import VerificationFailed
from proofs.receipt import BillFact, Certified, OtherBranch, OtherLeaf, build_receipt
from proofs.trie import root_of_absence, root_of_presence

KEYS = st.sets(st.binary(min_size=4, max_size=4), max_size=24)


def _trie(keys):
    values = {key: b"value of " + key for key in keys}
    root, records = state_trie.update({}.get, None, values)
    return values, root, records


def _parts(keys, key):
    values, root, records = _trie(keys)
    proof = state_trie.prove(records.get, values.get, root, key)
    receipt = build_receipt(
        BillFact("46010126", 1), proof, value=None, certified=Certified(b"", b"", b"")
    )
    return receipt, proof, state_trie.root_hash(root)


@given(KEYS, st.binary(min_size=4, max_size=4))
@settings(max_examples=150, deadline=None)
def test_every_key_is_provably_in_or_not_in(keys, stranger):
    for key in sorted(keys)[:6]:
        receipt, proof, root = _parts(keys, key)
        leaf = leaf_hash(key, value_hash(b"value of " + key))
        assert proof.is_present
        assert root_of_presence(key, leaf, receipt.trie) == root
    if stranger not in keys:
        receipt, proof, root = _parts(keys, stranger)
        assert not proof.is_present
        assert root_of_absence(stranger, receipt.instead, receipt.trie) == root


@given(KEYS.filter(lambda keys: len(keys) >= 2), st.data())
@settings(max_examples=100, deadline=None)
def test_no_key_of_the_trie_is_ever_absent(keys, data):
    present, other = data.draw(st.lists(st.sampled_from(sorted(keys)), min_size=2, max_size=2))
    receipt, _, root = _parts(keys, other)
    leaf = leaf_hash(other, value_hash(b"value of " + other))
    for instead in (receipt.instead, None, OtherBranch("0", 1, (leaf,))):
        try:
            found = root_of_absence(present, instead, receipt.trie)
        except VerificationFailed:
            continue
        assert found != root


ONE, SHORT, LONG = bytes([1]) * 32, bytes([1]) * 31, bytes([1]) * 33


@pytest.mark.parametrize(
    ("leaf", "steps"),
    [
        (SHORT, ()),
        (ONE, ((2, 1 << 6, ()), (2, 1 << 6, ()))),
        (ONE, ((4, 1 << 6, ()),)),
        (ONE, ((0, 1 << 5, (ONE,)),)),
        (ONE, ((0, 3 << 6, ()),)),
        (ONE, ((0, 1 << 6, (ONE,)),)),
        (ONE, ((0, 7 << 6, (SHORT, LONG)),)),
    ],
)
def test_a_path_of_another_shape_is_refused(leaf, steps):
    with pytest.raises(VerificationFailed, match=r"trie\.malformed"):
        root_of_presence(b"ab", leaf, steps)


@pytest.mark.parametrize(
    ("instead", "steps"),
    [
        (OtherLeaf(b"ab", ONE), ()),
        (OtherLeaf(b"ac", SHORT), ()),
        (OtherBranch("", 3, (ONE, ONE)), ()),
        (OtherBranch("61", 3, (ONE, ONE)), ()),
        (OtherBranch("7", 3, (ONE,)), ()),
        (OtherBranch("7", 3, (SHORT, LONG)), ()),
        (None, ((0, 1 << 6, ()),)),
    ],
)
def test_what_would_not_be_an_absence_is_refused(instead, steps):
    with pytest.raises(VerificationFailed, match=r"trie\.malformed"):
        root_of_absence(b"ab", instead, steps)


def test_an_absence_in_an_empty_trie_leads_to_the_empty_root():
    assert root_of_absence(b"ab", None, ()) == bytes(32)


def test_a_key_that_ends_where_others_part_is_provably_not_in():
    keys = [b"\x10\x01", b"\x10\x91", b"\x20"]
    receipt, proof, root = _parts(keys, b"\x10")
    assert not proof.is_present
    assert root_of_absence(b"\x10", receipt.instead, receipt.trie) == root
    with pytest.raises(VerificationFailed):
        root_of_absence(b"\x10\x01", receipt.instead, receipt.trie)
