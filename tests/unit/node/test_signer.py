"""The agency's keys at work: each for its purpose, votes by the key that the chain names."""

import os

import pytest

from node.keys import NEXT_VALIDATOR_KEY, VALIDATOR_KEY, load_keys, write_key
from node.signer import FileSigner
from primitives.errors import NodeFault, Refused
from primitives.signing import Signed, public_key_of, verify

SEEDS = {name: bytes([place]) * 32 for place, name in enumerate(("validator", "desk", "sealing"))}


def folder(tmp_path, **more: bytes):
    for name, seed in {**SEEDS, **more}.items():
        write_key(tmp_path / f"{name}.key", seed)
    return tmp_path


def signer(path) -> FileSigner:
    return FileSigner(load_keys(path), path)


def test_a_transaction_is_signed_by_the_key_of_its_purpose(tmp_path):
    held = signer(folder(tmp_path, provider=b"p" * 32))
    for purpose, seed in (("desk", SEEDS["desk"]), ("provider", b"p" * 32)):
        assert held.public_key(purpose) == public_key_of(seed)
        assert verify(public_key_of(seed), b"asked", held.sign_transaction(b"asked", purpose))


@pytest.mark.parametrize("purpose", ["provider", "governance"])
def test_a_key_that_is_not_in_the_folder_signs_nothing(tmp_path, purpose):
    held = signer(folder(tmp_path))
    with pytest.raises(Refused) as caught:
        held.sign_transaction(b"asked", purpose)
    assert caught.value.code == "key.not_held"


def test_the_next_validator_key_is_found_while_the_node_runs(tmp_path):
    held = signer(folder(tmp_path))
    first, following = public_key_of(SEEDS["validator"]), public_key_of(b"n" * 32)
    assert not held.holds_validator_key(following)
    write_key(tmp_path / NEXT_VALIDATOR_KEY, b"n" * 32)
    assert held.holds_validator_key(following)
    for public in (first, following):
        assert verify(public, b"vote", held.sign_vote(Signed.COMMIT, b"vote", public))


def test_the_old_validator_key_may_go_once_the_next_one_is_there(tmp_path):
    folder(tmp_path)
    (tmp_path / VALIDATOR_KEY).unlink()
    with pytest.raises(NodeFault) as caught:
        load_keys(tmp_path)
    assert caught.value.code == "key.missing"
    write_key(tmp_path / NEXT_VALIDATOR_KEY, b"n" * 32)
    assert signer(tmp_path).holds_validator_key(public_key_of(b"n" * 32))


def test_keys_are_never_shown(tmp_path):
    keys = load_keys(folder(tmp_path, provider=os.urandom(32)))
    assert repr(keys) == "AgencyKeys(…)"
