"""Merkle trees are plain RFC 6962."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from primitives import merkle
from primitives.errors import PeerFault
from tests.support.vectors import load_vectors

VECTORS = load_vectors("rfc6962_merkle.json")


def _hashes(texts):
    return [base64.b64decode(text) for text in texts or []]


def _leads_to_root(case):
    try:
        found = merkle.root_from_inclusion(
            base64.b64decode(case["leafHash"] or ""),
            case["leafIdx"],
            case["treeSize"],
            _hashes(case["proof"]),
        )
    except PeerFault:
        return False
    return found == base64.b64decode(case["root"] or "")


@pytest.mark.parametrize("case", VECTORS["inclusion"], ids=lambda case: str(case["id"]))
def test_every_published_inclusion_proof_gets_its_verdict(case):
    assert _leads_to_root(case) is case["valid"]


@pytest.mark.parametrize("case", VECTORS["consistency"], ids=lambda case: str(case["id"]))
def test_every_published_consistency_proof_gets_its_verdict(case):
    verdict = merkle.is_consistent(
        case["size1"],
        case["size2"],
        _hashes(case["proof"]),
        base64.b64decode(case["root1"] or ""),
        base64.b64decode(case["root2"] or ""),
    )
    assert verdict is case["valid"]


def _split_root(leaves):
    """RFC 6962, section 2.1, word for word: split at the largest power of two below n."""
    if not leaves:
        return merkle.EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    return merkle.node_hash(_split_root(leaves[:split]), _split_root(leaves[split:]))


def _leaves(count):
    return [merkle.leaf_hash(b"leaf %d" % i) for i in range(count)]


@pytest.mark.parametrize("count", [*range(18), 31, 32, 33, 100])
def test_the_root_is_that_of_the_recursive_definition(count):
    assert merkle.root(_leaves(count)) == _split_root(_leaves(count))


@given(st.integers(1, 70).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n - 1))))
def test_every_leaf_of_every_tree_proves_itself(size_and_index):
    size, index = size_and_index
    leaves = _leaves(size)
    proof = merkle.inclusion_proof(leaves, index)
    assert merkle.root_from_inclusion(leaves[index], index, size, proof) == merkle.root(leaves)


@given(st.integers(2, 40).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n - 1))))
def test_a_proof_of_another_length_is_refused(size_and_index):
    size, index = size_and_index
    leaves = _leaves(size)
    proof = merkle.inclusion_proof(leaves, index)
    for wrong in (proof[:-1], [*proof, bytes(32)]):
        with pytest.raises(PeerFault, match=r"merkle\.malformed"):
            merkle.root_from_inclusion(leaves[index], index, size, wrong)


@pytest.mark.parametrize(
    ("leaf", "index", "size", "proof"),
    [
        (bytes(32), 1, 1, []),
        (bytes(32), -1, 1, []),
        (bytes(31), 0, 1, []),
        (bytes(32), 0, 1, [bytes(32)] * 65),
    ],
)
def test_a_proof_outside_the_tree_is_refused(leaf, index, size, proof):
    with pytest.raises(PeerFault, match=r"merkle\.malformed"):
        merkle.root_from_inclusion(leaf, index, size, proof)


def test_a_consistency_proof_of_impossible_sizes_is_refused():
    one = _leaves(1)[0]
    assert not merkle.is_consistent(0, 1, [], one, one)
    assert not merkle.is_consistent(2, 1, [], one, one)
    assert not merkle.is_consistent(3, 5, [], one, one)
    assert not merkle.is_consistent(3, 5, [one] * 65, one, one)
    assert not merkle.is_consistent(3, 5, [one] * 20, one, one)
