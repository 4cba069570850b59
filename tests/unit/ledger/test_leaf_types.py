"""What stands under which key, and how people write a key."""

import pytest

from ledger.bills import bill_key
from ledger.endorsement import endorsement_key
from ledger.leaf_types import LEAF_TYPES, read_leaf, state_key
from ledger.originals import originals_key
from ledger.parameters import PARAMETERS_KEY, Parameters
from ledger.publishing import DocumentName, document_key
from primitives.codec import encode
from primitives.errors import PeerFault, Refused
from tests.support.format_tables import LEAVES


def test_each_first_letter_has_the_type_that_the_formats_page_tells():
    assert {key[0]: kind for key, kind in LEAVES} == LEAF_TYPES


def test_a_leaf_is_read_by_its_key():
    assert read_leaf(PARAMETERS_KEY, encode(Parameters())) == Parameters()
    assert read_leaf(b"?/", b"\x01") is None
    assert read_leaf(b"p", b"\x01") is None
    assert read_leaf(b"\xff/", b"\x01") is None
    with pytest.raises(PeerFault):
        read_leaf(bill_key("46060126", 1), encode(Parameters()))


def test_a_path_means_one_key():
    assert state_key("b/46060126/12") == bill_key("46060126", 12)
    assert state_key("b/46060126/0000000012") == bill_key("46060126", 12)
    assert state_key("e/42") == state_key("e/000000000042") == endorsement_key(42)
    assert state_key("o/42/hospital") == originals_key(42, "hospital")
    assert state_key("a/bank") == state_key("a/bank/") == b"a/bank/"
    assert state_key("p") == state_key("p/") == PARAMETERS_KEY
    assert state_key("y/bank/p-1") == b"y/bank/p-1/"
    assert state_key("t/hospital/20260101") == b"t/hospital/20260101"
    assert state_key("whatever") == b"whatever"


def test_a_document_is_found_by_its_short_name_and_by_its_key():
    key = document_key(DocumentName("hospital", 812, 0, 3))
    assert state_key("j/hospital/812-0-3") == state_key("j/hospital/812-0-3/") == key
    assert state_key(key.decode()) == state_key(key.decode().strip("/")) == key
    longest = DocumentName("hospital", 10**12 - 1, 99_999, 9999)
    assert state_key("j/hospital/999999999999-99999-9999") == document_key(longest)
    for text in ("812", "0812-0-3", "812-0-x"):
        with pytest.raises(Refused) as caught:
            state_key(f"j/hospital/{text}")
        assert caught.value.code == "document.malformed_name"


def test_a_path_ends_as_its_key_does():
    for key, _ in LEAVES:
        assert state_key(key.strip("/")).endswith(b"/") == key.endswith("/"), key
