"""Validator sets as the state and the headers know them."""

from hashlib import sha256

import msgpack

from ledger.validators import ValidatorEntry, validator_set_hash


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
