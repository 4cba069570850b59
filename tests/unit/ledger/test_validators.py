"""Validator sets as the state and the headers know them."""

from hashlib import sha256

import msgpack
import pytest

from ledger.validators import (
    ValidatorEntry,
    validator_set_hash,
    validator_sets,
    votes_needed,
)
from tests.support.ledgers import new_chain


def test_a_set_is_hashed_over_plain_messagepack_of_agency_suite_and_key() -> None:
    entries = (
        ValidatorEntry("finance", 1, bytes(32)),
        ValidatorEntry("health", 1, bytes([7]) * 32),
    )
    plain = msgpack.packb([["finance", 1, bytes(32)], ["health", 1, bytes([7]) * 32]])
    domain = b"piaolian" + bytes([len(b"validator-set")]) + b"validator-set"
    assert validator_set_hash(entries) == sha256(domain + plain).digest()


def test_order_is_part_of_a_set() -> None:
    one, other = ValidatorEntry("finance", 1, bytes(32)), ValidatorEntry("health", 1, bytes(32))
    assert validator_set_hash((one, other)) != validator_set_hash((other, one))


def test_the_state_names_the_sets_of_the_next_two_heights() -> None:
    chain = new_chain()
    sets = validator_sets(chain.view)
    assert sets.next == sets.after_next == chain.genesis.validators
    header = chain.build().header
    assert header.validators_hash == validator_set_hash(sets.next)
    assert header.next_validators_hash == validator_set_hash(sets.after_next)


@pytest.mark.parametrize(
    ("validators", "needed"), [(4, 3), (5, 4), (6, 4), (7, 5), (10, 7), (100, 67)]
)
def test_a_proposal_needs_as_many_votes_as_a_block(validators: int, needed: int) -> None:
    assert votes_needed(validators) == needed
    faulty = (validators - 1) // 3
    assert 2 * needed - validators > faulty
    assert 2 * (needed - 1) - validators <= faulty
