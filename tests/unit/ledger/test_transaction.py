"""Transactions: one byte form, an id that sorts by time, a hash over all that was signed."""

import msgpack
import msgspec
import pytest

from ledger.governance import ProposalMade, Propose, Vote, VoteCounted
from ledger.issuing import BillIssued, IssueBill
from ledger.operations import RESERVED_TAGS, RULES, tag_of
from ledger.payments import PaymentRecorded, RecordPayment
from ledger.ranges import AllotNumbers, NumbersAllotted
from ledger.reversal import BillReversed, ReverseBill
from ledger.transaction import (
    OPERATIONS_MAX,
    TRANSACTION_SIZE_MAX,
    Envelope,
    SignedTransaction,
    build,
    claims,
    decode_transaction,
    signed_message,
)
from primitives import merkle
from primitives.codec import encode
from primitives.errors import PeerFault
from primitives.hashing import tagged_hash
from primitives.signing import key_id, verify
from tests.support.ledgers import allot, issue, key_pair
from tests.support.refusals import refused

CHAIN = bytes(range(32))
KEY = key_pair("hospital", "desk")


def envelope(*operations: AllotNumbers | IssueBill, expiry_ms: int = 1_000) -> Envelope:
    return Envelope(CHAIN, "hospital", key_id(KEY.public_key), expiry_ms, operations, (), bytes(16))


TRANSACTION = build(envelope(issue("b-1"), issue("b-2")), KEY.sign)


def test_a_transaction_is_decoded_as_it_was_built() -> None:
    assert decode_transaction(TRANSACTION.data, CHAIN) == TRANSACTION


def test_it_is_plain_messagepack() -> None:
    envelope_bytes, signature, approvals = msgpack.unpackb(TRANSACTION.data)
    assert (envelope_bytes, signature) == (TRANSACTION.envelope_bytes, TRANSACTION.signature)
    assert approvals == []
    tag, chain, agency, _key, expiry, operations, acknowledgments, nonce = msgpack.unpackb(
        envelope_bytes
    )
    assert (tag, chain, agency, expiry) == (1, CHAIN, "hospital", 1_000)
    assert [operation[0] for operation in operations] == [2, 2]
    assert operations[0][3] == "b-1"
    assert operations[0][5] == [8202, 2092, 0, 0, 6110]
    assert (acknowledgments, nonce) == ([], bytes(16))


def test_the_id_is_the_expiry_and_the_envelope_hash() -> None:
    expected = (1_000).to_bytes(8, "big") + tagged_hash(b"envelope", TRANSACTION.envelope_bytes)
    assert TRANSACTION.id == expected


def test_the_hash_is_the_merkle_leaf_over_the_whole_signed_bytes() -> None:
    assert TRANSACTION.hash == merkle.leaf_hash(TRANSACTION.data)


def test_the_signature_is_over_the_envelope_bytes_behind_kind_and_chain() -> None:
    message = signed_message(CHAIN, TRANSACTION.envelope_bytes)
    assert message == b"piaolian\x01\x10" + CHAIN + TRANSACTION.envelope_bytes
    assert verify(KEY.public_key, message, TRANSACTION.signature)


def test_another_chains_transaction_is_refused() -> None:
    with refused("transaction.wrong_chain", "chain"):
        decode_transaction(TRANSACTION.data, bytes(32))


def test_the_names_it_takes_are_told_with_who_takes_them() -> None:
    mixed = build(envelope(issue("b-1"), allot(), issue("b-2")), KEY.sign)
    assert claims(mixed) == ["hospital/b-1", "hospital/b-2"]


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (lambda data: data[:-1], "codec.malformed"),
        (lambda data: data + b"\x00", "codec.malformed"),
        (lambda data: b"\xdc\x00\x03" + data[1:], "codec.not_canonical"),
        (lambda data: bytes(TRANSACTION_SIZE_MAX + 1), "codec.too_long"),
        (lambda data: b"", "codec.malformed"),
    ],
)
def test_bytes_that_are_no_transaction_are_a_peers_fault(damage, code) -> None:
    with refused(code, error=PeerFault):
        decode_transaction(damage(TRANSACTION.data), CHAIN)


def test_a_non_minimal_number_inside_the_envelope_is_refused() -> None:
    inside = TRANSACTION.envelope_bytes.replace(b"\xcd\x03\xe8", b"\xce\x00\x00\x03\xe8", 1)
    with refused("codec.not_canonical", error=PeerFault):
        decode_transaction(encode(SignedTransaction(inside, bytes(64))), CHAIN)


@pytest.mark.parametrize("count", [0, OPERATIONS_MAX + 1])
def test_an_envelope_holds_one_to_a_thousand_operations(count: int) -> None:
    data = build(envelope(*[allot()] * count), KEY.sign).data
    with refused("codec.malformed", error=PeerFault):
        decode_transaction(data, CHAIN)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("business_number", ""),
        ("business_number", "x" * 51),
        ("business_number", "two words"),
        ("business_number", "号"),
        ("check_code", "A1B2C3"),
        ("check_code", "12345"),
        ("kind", "00"),
        ("place", "a/b"),
        ("holder_key", bytes(31)),
    ],
)
def test_a_field_of_the_wrong_form_makes_it_no_transaction(field: str, value: object) -> None:
    operation = msgspec.structs.replace(issue("b-1"), **{field: value})
    with refused("codec.malformed", error=PeerFault):
        decode_transaction(build(envelope(operation), KEY.sign).data, CHAIN)


@pytest.mark.parametrize("amount", [-(10**14), 10**14])
def test_an_amount_out_of_range_makes_it_no_transaction(amount: int) -> None:
    operation = issue("b-1", amounts=(amount, amount, 0, 0, 0))
    with refused("codec.malformed", error=PeerFault):
        decode_transaction(build(envelope(operation), KEY.sign).data, CHAIN)


def test_a_reserved_or_unknown_tag_makes_it_no_transaction() -> None:
    fields = msgpack.unpackb(TRANSACTION.envelope_bytes)
    for tag in (*RESERVED_TAGS, 99):
        fields[5] = [[tag]]
        with refused("codec.malformed", error=PeerFault):
            decode_transaction(encode(SignedTransaction(msgpack.packb(fields), bytes(64))), CHAIN)


def test_tags_are_used_once_and_a_result_has_its_operations_tag() -> None:
    used = [tag_of(operation) for operation in RULES]
    assert sorted([*used, *RESERVED_TAGS]) == list(range(1, 44))
    results = [NumbersAllotted, BillIssued, BillReversed, PaymentRecorded]
    results += [ProposalMade, VoteCounted]
    operations = [AllotNumbers, IssueBill, ReverseBill, RecordPayment, Propose, Vote]
    assert list(map(tag_of, results)) == list(map(tag_of, operations))


def test_a_transaction_beyond_1_mib_is_not_built() -> None:
    big = msgspec.structs.replace(issue("b-1"), place="x" * 2_000)
    with refused("transaction.too_long"):
        build(envelope(*[big] * 600), KEY.sign)
