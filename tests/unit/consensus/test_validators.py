import pytest

from consensus.validators import Validator, ValidatorSet
from primitives import codec
from primitives.errors import PeerFault
from primitives.hashing import VALIDATOR_SET, tagged_hash
from tests.support.consensus_keys import Keyring


def test_the_hash_covers_agency_suite_and_key_in_registry_order():
    keys = Keyring(4)
    rows = [[v.agency, v.suite, v.public_key] for v in keys.validators]
    assert keys.validators.hash == tagged_hash(VALIDATOR_SET, codec.encode(rows))
    turned = keys.validator_set(tuple(reversed(keys.names)))
    assert turned.hash != keys.validators.hash


def test_the_proposer_goes_round_with_height_and_round():
    validators = Keyring(5).validators
    assert [validators.proposer(7, r) for r in range(6)] == [2, 3, 4, 0, 1, 2]
    assert [validators.proposer(h, 0) for h in range(6)] == [0, 1, 2, 3, 4, 0]


def test_members_are_found_by_agency():
    validators = Keyring(4).validators
    assert validators.index_of("cora") == 2
    assert validators.index_of("nobody") is None
    assert validators.agencies((3, 0)) == ("dora", "anna")
    assert len(validators) == 4
    assert validators[1].agency == "bert"


@pytest.mark.parametrize("count", [0, 3, 129])
def test_a_set_has_four_to_128_validators(count):
    rows = tuple(Validator(f"agency-{i}", 1, bytes([i]) * 32) for i in range(count))
    with pytest.raises(PeerFault, match=r"validators\.wrong_count"):
        ValidatorSet(rows)


@pytest.mark.parametrize(
    "last", [Validator("a-0", 1, bytes([9]) * 32), Validator("a-9", 1, bytes([0]) * 32)]
)
def test_agencies_and_keys_are_unique(last):
    rows = tuple(Validator(f"a-{i}", 1, bytes([i]) * 32) for i in range(4))
    with pytest.raises(PeerFault, match=r"validators\.not_unique"):
        ValidatorSet((*rows, last))
