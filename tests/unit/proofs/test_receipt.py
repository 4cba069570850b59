"""The receipt file has one form, and a reader refuses any other."""

import json

import pytest

from proofs.errors import VerificationFailed
from proofs.receipt import RECEIPT_SIZE_MAX, NoBillFact, dump_receipt, load_receipt
from tests.support.receipts import sample_receipt, some_lines, whole_text

FILE = dump_receipt(sample_receipt(details=whole_text()))


def _refusal(data):
    with pytest.raises(VerificationFailed) as caught:
        load_receipt(data)
    assert caught.value.step == "receipt"
    return caught.value.code


@pytest.mark.parametrize(
    "receipt",
    [
        sample_receipt(),
        sample_receipt(details=whole_text()),
        sample_receipt(details=some_lines(1, 2)),
        sample_receipt(number=48),
        sample_receipt(number=1_000_000),
    ],
)
def test_a_receipt_file_is_read_back(receipt):
    assert load_receipt(dump_receipt(receipt)) == receipt


def test_the_file_is_plain_json_with_the_documented_keys():
    document = json.loads(FILE)
    assert list(document) == [
        "format", "chain", "fact", "leaf", "trie", "header", "certificate", "validators",
        "details", "trust", "instead",
    ]  # fmt: skip
    assert document["format"] == "piaolian-receipt-1"
    assert document["fact"] == {"kind": "bill", "code": "46010126", "number": 7}
    assert document["trust"] == {"from": "genesis"}
    assert set(document["details"]) == {"text", "seed"}
    assert document["instead"] is None


def test_a_receipt_of_absence_has_no_leaf():
    receipt = sample_receipt(number=48)
    assert isinstance(receipt.fact, NoBillFact)
    assert receipt.leaf is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"chain":', b'"chain":"AA","chain":'),
        (b'"code":', b'"code":"46010126","code":'),
        (b'"number":7', b'"number":7.0'),
        (b'"number":7', b'"number":NaN'),
        (b'"number":7', b'"number":true'),
        (b'"number":7', b'"number":0'),
        (b'"number":7', b'"number":10000000000'),
        (b'"46010126"', b'"4601012"'),
        (b'"kind":"bill"', b'"kind":"cheque"'),
        (b'"validators":[]', b'"validators":{}'),
        (b'"from":"genesis"', b'"from":"hearsay"'),
        (b'"trust":', b'"extra":1,"trust":'),
        (b'"format":"piaolian-receipt-1",', b""),
        (b'"header":"', b'"header":"='),
        (b'"header":"', b'"header":"+'),
        (b'"header":"', b'"header":"\xff'),
        (b'"certificate":"', b'"certificate":7,"c":"'),
        (b"[0,", b"[-1,"),
        (b"[0,", b"[0,0,"),
        (b"{", b"", ),
    ],
)  # fmt: skip
def test_a_file_of_another_form_is_refused(old, new):
    assert old in FILE
    assert _refusal(FILE.replace(old, new, 1)) == "receipt.malformed"


def test_bytes_have_one_spelling():
    chain = json.loads(FILE)["chain"]
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    sibling = chain[:-1] + last[last.index(chain[-1]) ^ 1]
    assert _refusal(FILE.replace(chain.encode(), sibling.encode())) == "receipt.malformed"


def test_depth_and_length_are_bounded():
    assert _refusal(b"[" * 100_000) == "receipt.malformed"
    assert _refusal(b" " * (RECEIPT_SIZE_MAX + 1)) == "receipt.too_long"
