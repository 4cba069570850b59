"""The national XML: byte-equal round trips, the original, and a second writer's files."""

from dataclasses import replace
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from exchange.bill import ExchangeBill, StatusBlock
from exchange.national_xml import (
    NationalDocument,
    is_signed_by,
    original_hash,
    read_national,
    sign_national,
    write_national,
)
from primitives.signing import key_id
from tests.independent import bill_xml
from tests.support.exchange_bills import (
    CHAIN,
    FINANCE_KEY,
    UNIT_KEY,
    bill_of_line,
    endorsement_of,
    face_of,
    good_bill,
    red_bill,
)
from tests.support.his_lines import encoded, good_line, hospital_day
from tests.support.refusals import refused
from tests.support.scale import scaled

LINES = [encoded(good_line()), *hospital_day()[:: 1295 // scaled(100)]]


def signed(bill: ExchangeBill) -> NationalDocument:
    return sign_national(bill, CHAIN, UNIT_KEY.public_key, UNIT_KEY.sign)


@pytest.mark.parametrize("line", LINES)
def test_export_import_export_is_byte_equal(line: bytes) -> None:
    for bill in (bill_of_line(line, 17), red_bill(bill_of_line(line, 17))):
        document = replace(signed(bill), supervisor=endorsement_of(1))
        data = write_national(document)
        again = read_national(data)
        assert write_national(again) == data
        assert (again.unit, again.supervisor) == (document.unit, document.supervisor)
        assert is_signed_by(again, CHAIN, UNIT_KEY.public_key)
        assert original_hash(again) == original_hash(document)


@pytest.mark.parametrize("line", LINES)
def test_a_second_writer_makes_the_same_bytes(line: bytes) -> None:
    for bill in (bill_of_line(line), red_bill(bill_of_line(line))):
        theirs = bill_xml.national(bill_xml.figures_as_text(line), face_of(bill), bill.is_red)
        assert write_national(NationalDocument(bill)) == theirs
        assert write_national(read_national(theirs)) == theirs


def test_a_second_writer_with_another_library_signs_the_same_bytes() -> None:
    line = encoded(good_line())
    body = bill_xml.header_and_data(bill_xml.figures_as_text(line), face_of(good_bill()), False)
    key = Ed25519PrivateKey.from_private_bytes(b"\x01" * 32)
    element = bill_xml.unit_signature(body, CHAIN, key_id(UNIT_KEY.public_key), key.sign)
    theirs = f"{bill_xml.DECLARATION}<EInvoice>{body}{element}</EInvoice>".encode()
    assert write_national(signed(good_bill())) == theirs
    assert is_signed_by(read_national(theirs), CHAIN, UNIT_KEY.public_key)
    assert original_hash(read_national(theirs)) == sha256(theirs).digest()


def test_one_changed_character_breaks_the_signature() -> None:
    data = write_national(signed(good_bill())).replace("马娜".encode(), "马妹".encode())
    assert not is_signed_by(read_national(data), CHAIN, UNIT_KEY.public_key)
    assert not is_signed_by(signed(good_bill()), CHAIN, FINANCE_KEY.public_key)
    assert not is_signed_by(NationalDocument(good_bill()), CHAIN, UNIT_KEY.public_key)


def test_the_original_is_what_the_unit_signed_whatever_came_later() -> None:
    original = signed(good_bill())
    later = NationalDocument(
        replace(original.bill, status=StatusBlock(is_endorsed=True)),
        original.unit,
        endorsement_of(0),
    )
    assert original_hash(later) == sha256(write_national(original)).digest()
    assert write_national(later) != write_national(original)


def test_a_draft_is_no_original() -> None:
    with refused("xml.not_signed"):
        original_hash(NationalDocument(good_bill()))


def test_a_list_of_hundreds_of_lines_is_within_the_bounds() -> None:
    longest = max(hospital_day(), key=len)
    data = write_national(signed(bill_of_line(longest)))
    assert data.count(b"<AuxItem>") == 353
    assert write_national(read_national(data)) == data


def test_a_document_of_another_form_is_refused() -> None:
    data = write_national(signed(good_bill()))
    with refused("xml.unknown_element"):
        read_national(data.replace(b"EInvoice>", b"MedicalBills>"))
    with refused("xml.wrong_order"):
        start = data.index(b"<InvoicingPartySignature>")
        end = data.index(b"</EInvoice>")
        head = data.index(b"<Header>")
        read_national(data[:head] + data[start:end] + data[head:start] + data[end:])
