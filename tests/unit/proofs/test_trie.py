"""Presence and absence follow from the root, for every key of every small trie."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import trie as state_trie
from primitives.trie import leaf_hash, value_hash
from proofs.errors import VerificationFailed
from proofs.receipt import BillFact, OtherBranch, build_receipt
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
        BillFact("46010126", 1), proof, value=None, chain=b"", header=b"", certificate=b""
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


def test_a_path_that_goes_up_is_refused():
    with pytest.raises(VerificationFailed, match=r"trie\.malformed"):
        root_of_presence(b"ab", bytes(32), ((2, 1 << 6, ()), (2, 1 << 6, ())))
