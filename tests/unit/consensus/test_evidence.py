import pytest

from consensus.evidence import PER_SIGNER_MAX, EvidenceBook, bare, is_lock_lie, is_proof
from consensus.messages import EvidenceFound
from primitives import codec
from tests.support.consensus_blocks import make_block
from tests.support.consensus_forge import Forge
from tests.support.consensus_keys import Keyring

KEYS = Keyring(4)
FORGE = Forge(KEYS)
X, Y = make_block("X"), make_block("Y")
LOCK = FORGE.lock(0, X)


def _other_height():
    return Forge(KEYS, 2)


@pytest.mark.parametrize(
    ("first", "second", "convicts"),
    [
        (FORGE.proposal(1, 0, X), FORGE.proposal(1, 0, Y), True),
        (FORGE.prepare(1, 0, X), FORGE.prepare(1, 0, Y), True),
        (FORGE.commit(1, 0, X), FORGE.commit(1, 0, Y), True),
        (FORGE.round_change(1, 1), FORGE.round_change(1, 1, LOCK), True),
        (FORGE.commit(1, 0, X), FORGE.round_change(1, 1), True),
        (FORGE.commit(1, 1, X), FORGE.round_change(1, 2, LOCK), True),
        (FORGE.commit(1, 0, X), FORGE.round_change(1, 1, LOCK), False),
        (FORGE.commit(1, 2, X), FORGE.round_change(1, 2, LOCK), False),
        (FORGE.prepare(1, 0, X), FORGE.prepare(1, 0, X), False),
        (FORGE.prepare(1, 0, X), FORGE.prepare(2, 0, Y), False),
        (FORGE.prepare(1, 0, X), FORGE.prepare(1, 1, Y), False),
        (FORGE.prepare(1, 0, X), FORGE.commit(1, 0, Y), False),
        (FORGE.round_change(1, 1), FORGE.commit(1, 0, X), False),
        (FORGE.prepare(1, 0, X), _other_height().prepare(1, 0, Y), False),
    ],
)
def test_only_a_contradiction_convicts(first, second, convicts):
    assert is_proof(EvidenceFound(first, second)) is convicts


def test_an_honest_round_change_after_a_commit_is_no_lie():
    assert not is_lock_lie(FORGE.commit(1, 0, X), FORGE.round_change(1, 3, LOCK))


def test_evidence_is_small_and_its_signatures_stay_valid():
    changes = FORGE.round_changes(1, (0, 1, 2))
    proposal = bare(FORGE.proposal(2, 1, X, changes=changes))
    change = bare(FORGE.round_change(1, 1, LOCK))
    assert len(codec.encode(proposal)) < 400
    assert len(codec.encode(change)) < 200
    assert proposal.signature == FORGE.proposal(2, 1, X).signature
    assert bare(FORGE.prepare(1, 0, X)) == FORGE.prepare(1, 0, X)


def _found(signer: int, round_: int, height: int = 1) -> EvidenceFound:
    forge = Forge(KEYS, height)
    return EvidenceFound(forge.prepare(signer, round_, X), forge.prepare(signer, round_, Y))


def test_each_proof_is_filed_once():
    book = EvidenceBook()
    assert book.add(_found(1, 0), KEYS.validators, 1)
    assert not book.add(_found(1, 0), KEYS.validators, 1)
    assert book.add(_found(2, 0), KEYS.validators, 1)
    same = EvidenceFound(FORGE.prepare(3, 0, X), FORGE.prepare(3, 0, X))
    assert not book.add(same, KEYS.validators, 1)


def test_a_liar_fills_only_its_own_few_slots():
    book = EvidenceBook()
    filed = [book.add(_found(1, round_), KEYS.validators, 1) for round_ in range(40)]
    assert filed.count(True) == PER_SIGNER_MAX == len(book)


def test_evidence_is_taken_for_three_heights_only():
    book = EvidenceBook()
    heights = [book.add(_found(1, 0, height), KEYS.validators, 10) for height in range(6, 12)]
    assert heights == [False, False, True, True, True, False]
    book.forget_below(12)
    assert len(book) == 1


def test_a_signer_outside_the_set_is_not_filed():
    big = Keyring(7)
    forge = Forge(big)
    found = EvidenceFound(forge.prepare(5, 0, X), forge.prepare(5, 0, Y))
    assert not EvidenceBook().add(found, KEYS.validators, 1)
