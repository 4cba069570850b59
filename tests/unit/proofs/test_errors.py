"""A failed check says which step failed and why."""

import pytest

from primitives.errors import PeerFault
from proofs.errors import VerificationFailed, require


def test_a_failed_claim_names_its_step():
    with pytest.raises(VerificationFailed) as caught:
        require(False, "trie", "differs", "the path does not lead to the certified state")
    failure = caught.value
    assert isinstance(failure, PeerFault)
    assert (failure.step, failure.code, failure.field) == ("trie", "trie.differs", "trie")


def test_a_claim_that_holds_is_silent():
    require(True, "trie", "differs", "")
