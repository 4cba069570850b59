"""The hashes of the signed originals, one leaf a block and issuer."""

import pytest

from ledger.originals import (
    AnchorOriginals,
    Originals,
    is_delivered,
    originals_key,
    originals_root,
)
from primitives import merkle
from primitives.hashing import ORIGINALS_ROOT, tagged_hash
from primitives.signing import key_id
from tests.support.ledgers import Chain, issue, key_pair
from tests.support.lives import bill_at, issued, province, reverse

HASHES = [bytes([place]) * 32 for place in range(3)]
ROOT = originals_root(HASHES)


@pytest.fixture
def chain() -> Chain:
    """Return a chain with bills 1 to 3 in its block 2."""
    chain = province()
    issued(chain, issue("a"), issue("b"), issue("c"))
    return chain


def test_anchoring_is_one_fact_and_delivers_the_bills_of_the_block(chain: Chain) -> None:
    issued(chain, issue("d"))
    assert not is_delivered(chain.view, bill_at(chain, 1))
    chain.accept("hospital", AnchorOriginals(2, ROOT, 3))
    signer = key_id(key_pair("hospital", "desk").public_key)
    leaf = chain.fact(originals_key(2, "hospital"), Originals)
    assert leaf == Originals(ROOT, 3, signer, chain.tip.time_ms)
    assert [is_delivered(chain.view, bill_at(chain, number)) for number in (1, 2, 3, 4)] == [
        *(True, True, True),
        False,
    ]
    assert originals_key(2, "hospital") == b"o/000000000002/hospital/"


def test_red_bills_have_originals_too(chain: Chain) -> None:
    chain.accept("hospital", reverse(1))
    height = chain.tip.height
    chain.accept("hospital", AnchorOriginals(height, originals_root(HASHES[:1]), 1))
    assert is_delivered(chain.view, bill_at(chain, 4))


def test_originals_are_anchored_once(chain: Chain) -> None:
    chain.accept("hospital", AnchorOriginals(2, ROOT, 3))
    refusal = chain.refuse("hospital", AnchorOriginals(2, ROOT[::-1], 3))
    assert (refusal.code, refusal.field) == ("original.anchored", "height")


@pytest.mark.parametrize("count", [1, 2, 4, 5000])
def test_all_of_a_block_are_anchored_at_once(chain: Chain, count: int) -> None:
    refusal = chain.refuse("hospital", AnchorOriginals(2, ROOT, count))
    assert (refusal.code, refusal.field) == ("original.wrong_count", "count")


def test_a_unit_anchors_its_own(chain: Chain) -> None:
    refusal = chain.refuse("clinic", AnchorOriginals(2, ROOT, 3))
    assert (refusal.code, refusal.field) == ("original.no_bills", "height")
    assert chain.refuse("finance", AnchorOriginals(2, ROOT, 3)).code == "agency.wrong_role"


@pytest.mark.parametrize("height", [0, 1, 3, 2**63 - 1])
def test_a_block_without_bills_has_no_originals(chain: Chain, height: int) -> None:
    assert chain.refuse("hospital", AnchorOriginals(height, ROOT, 3)).code == "original.no_bills"


def test_the_root_is_tagged_and_counts_its_leaves() -> None:
    inner = merkle.root([merkle.leaf_hash(hash_) for hash_ in HASHES])
    assert tagged_hash(ORIGINALS_ROOT, b"\0" * 7 + b"\x03", inner) == ROOT
    assert originals_root(HASHES[::-1]) != ROOT
