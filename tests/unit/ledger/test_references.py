"""Numbers that agencies give to their own papers."""

import msgspec
import pytest

from ledger.references import Reference, ReferenceUse, paper_key, settlement_key
from primitives.codec import encode

DECODER = msgspec.msgpack.Decoder(Reference)


@pytest.mark.parametrize("reference", ["1", "A-1_b.c|d*e", "9" * 64])
def test_letters_digits_and_a_few_signs_make_a_reference(reference: str) -> None:
    assert DECODER.decode(encode(reference)) == reference


@pytest.mark.parametrize("reference", ["", "a/b", "a b", "号", "a\n", "9" * 65])
def test_nothing_else_does(reference: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        DECODER.decode(encode(reference))


def test_keys_are_the_published_ones_and_no_key_begins_with_another() -> None:
    assert settlement_key("insurance", "s-1") == b"i/insurance/s-1/"
    assert paper_key("hospital", "P2026", "1") == b"w/hospital/P2026/1/"
    assert not paper_key("hospital", "P2026", "12").startswith(paper_key("hospital", "P2026", "1"))


def test_a_use_names_its_bill() -> None:
    assert encode(ReferenceUse("46060126", 7)) == b"\x93\x0d\xa846060126\x07"
