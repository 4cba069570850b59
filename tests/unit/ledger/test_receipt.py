"""Receipts: what an issuer learns of its transaction."""

import msgpack

from ledger.issuing import BillIssued
from ledger.ranges import NumbersAllotted
from ledger.receipt import Receipt, decode_receipt, encode_receipt
from primitives.errors import PeerFault
from tests.support.refusals import refused

RECEIPT = Receipt(bytes(40), 7, 3, (NumbersAllotted("46060126", 1, 9), BillIssued("46060126", 5)))


def test_a_receipt_is_plain_messagepack_with_a_result_for_each_operation() -> None:
    assert msgpack.unpackb(encode_receipt(RECEIPT)) == [
        1,
        bytes(40),
        7,
        3,
        [[1, "46060126", 1, 9], [2, "46060126", 5]],
    ]


def test_a_receipt_is_decoded_as_it_was_encoded() -> None:
    assert decode_receipt(encode_receipt(RECEIPT)) == RECEIPT


def test_what_is_no_receipt_is_refused() -> None:
    with refused("codec.malformed", error=PeerFault):
        decode_receipt(b"\x91\x01")
