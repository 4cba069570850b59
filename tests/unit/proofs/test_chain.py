"""Trust starts at a genesis or at a checkpoint that is whole."""

import pytest

from primitives.hashing import plain_hash
from proofs.chain import (
    Checkpoint,
    dump_checkpoint,
    load_checkpoint,
    trust_checkpoint,
    trust_genesis,
)
from proofs.errors import VerificationFailed
from proofs.jsonfile import Base64Url
from proofs.receipt import NamedValidator
from tests.support.receipts import AGENCIES, genesis_file, signing_key

CHAIN = bytes([5]) * 32


def _checkpoint(names=("finance", "health", "hospital", "insurer"), **changes):
    validators = tuple(
        NamedValidator(name, 1, Base64Url(signing_key(f"{name}/validator").public_key))
        for name in names
    )
    fields = {
        "format": "piaolian-checkpoint-1",
        "chain": Base64Url(CHAIN),
        "height": 7,
        "header_hash": Base64Url(bytes(32)),
        "validators": validators,
        "date": "2026-11-23",
    }
    return Checkpoint(**{**fields, **changes})


def _reason(operation, *arguments):
    with pytest.raises(VerificationFailed) as caught:
        operation(*arguments)
    assert caught.value.step == "genesis"
    return caught.value.code


def test_a_checkpoint_file_is_read_back():
    assert load_checkpoint(dump_checkpoint(_checkpoint())) == _checkpoint()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        dump_checkpoint(_checkpoint(date="yesterday")),
        dump_checkpoint(_checkpoint()).replace(b"-1", b"-2"),
        dump_checkpoint(_checkpoint()).replace(b'"height":7', b'"height":7,"height":7'),
        dump_checkpoint(_checkpoint()).replace(b'"height":7', b'"height":7.0'),
        dump_checkpoint(_checkpoint()).replace(b'"height":7', b'"height":-7'),
    ],
)
def test_a_malformed_checkpoint_is_refused(data):
    assert _reason(load_checkpoint, data) == "genesis.malformed"


@pytest.mark.parametrize(
    "checkpoint",
    [
        _checkpoint(("finance", "health", "hospital")),
        _checkpoint(("finance", "health", "hospital", "hospital")),
        _checkpoint(header_hash=Base64Url(b"short")),
        _checkpoint(
            validators=(
                *_checkpoint().validators[:3],
                NamedValidator("x-y", 1, Base64Url(bytes(32))),
            )
        ),
    ],
)
def test_a_checkpoint_without_four_sound_validators_is_no_start(checkpoint):
    assert _reason(trust_checkpoint, checkpoint, CHAIN) == "genesis.malformed"


def test_a_checkpoint_names_no_agency_by_its_title():
    trust = trust_checkpoint(_checkpoint(), CHAIN)
    assert trust.names == {}
    assert [validator.agency for validator in trust.validators] == [name for name, *_ in AGENCIES]


def test_a_genesis_that_is_none_is_no_start_even_with_the_right_hash():
    data = genesis_file().replace(b'"suite": 1', b'"suite": 2', 1)
    assert _reason(trust_genesis, data, plain_hash(data)) == "genesis.malformed"
    assert _reason(trust_genesis, data, CHAIN) == "genesis.differs"


def test_the_genesis_tells_the_names_of_its_agencies():
    data = genesis_file()
    trust = trust_genesis(data, plain_hash(data))
    assert trust.names == {agency_id: title for agency_id, title, *_ in AGENCIES}
