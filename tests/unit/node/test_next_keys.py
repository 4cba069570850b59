"""The next keys are made beside the present ones and take their place only when asked to."""

import base64
import os

import pytest

from node.keys import NODE_CERTIFICATE, VALIDATOR_KEY, load_keys, read_key
from node.next_keys import NODE, VALIDATOR, make_next_certificate, make_next_validator, settle_next
from node.testnet import TestnetPlan, make_testnet
from node.tls import LinkIdentity, public_key_of_certificate
from primitives.errors import NodeFault
from primitives.signing import key_id, public_key_of
from storage.disk import DiskFiles
from storage.identity import is_new_key

FOUR = ("hospital", "finance", "insurance", "health")


@pytest.fixture
def keys(tmp_path):
    make_testnet(TestnetPlan(tmp_path, FOUR, 27400, 1_790_000_000_000, 500), os.urandom)
    return tmp_path / "health" / "keys"


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_the_next_validator_key_is_new_and_its_public_part_is_told(keys):
    before = read_key(keys / VALIDATOR_KEY)
    made = make_next_validator(keys, os.urandom)
    held = load_keys(keys)
    assert decoded(made["public"]) == held.next_validator.public_key
    assert made["old"] == key_id(public_key_of(before)).hex()
    assert read_key(keys / VALIDATOR_KEY) == before
    assert is_new_key(DiskFiles(keys), "validator.next.key")


def test_a_second_next_key_does_not_replace_the_first(keys):
    make_next_validator(keys, os.urandom)
    with pytest.raises(NodeFault) as caught:
        make_next_validator(keys, os.urandom)
    assert caught.value.code == "key.exists"


def test_settled_the_next_key_is_the_present_one_with_its_owner(keys):
    made = make_next_validator(keys, os.urandom)
    (keys / "validator.next.key.store").write_text("00" * 16 + "\n")
    settle_next(keys, VALIDATOR)
    held = load_keys(keys)
    assert held.validator.public_key == decoded(made["public"])
    assert held.next_validator is None
    assert (keys / "validator.key.store").read_text() == "00" * 16 + "\n"


def test_a_running_node_goes_on_with_a_certificate_whose_files_were_settled(keys):
    old = (keys / NODE_CERTIFICATE).read_bytes()
    following = decoded(make_next_certificate(keys, "health", [], os.urandom)["certificate"])
    other = (keys.parent.parent / "finance" / "keys" / NODE_CERTIFICATE).read_bytes()
    identity = LinkIdentity("health", keys, {"health": [old, following], "finance": [other]})
    assert identity.certificate == following
    settle_next(keys, NODE)
    identity.client_context("finance")
    identity.trust({"health": [following], "finance": [other]})
    assert identity.certificate == following == (keys / NODE_CERTIFICATE).read_bytes()
    assert len(public_key_of_certificate(following)) == 32


def test_nothing_is_settled_where_nothing_follows(keys):
    with pytest.raises(NodeFault) as caught:
        settle_next(keys, NODE)
    assert caught.value.code == "key.missing"
