"""The national XML: byte-equal round trips, the original, and a second writer's files."""

from base64 import urlsafe_b64encode
from dataclasses import replace
from decimal import Decimal
from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.bill import ExchangeBill, StatusBlock
from exchange.national_xml import (
    NationalDocument,
    is_endorsed_by,
    is_signed_by,
    original_hash,
    read_national,
    says_the_same,
    sign_national,
    signed_original,
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
    face_on_chain,
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


TEXT = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=12)
UNICODE_TEXT = TEXT.filter(str.isprintable)


@st.composite
def hospital_lines(draw: st.DrawFn) -> bytes:
    """Return an outpatient's line whose classes and list lines add up, texts being anything."""
    classes = []
    lines = []
    for code in range(1, draw(st.integers(1, 4)) + 1):
        parts = draw(st.lists(st.integers(0, 10**9), max_size=3))
        fen = sum(parts) if parts else draw(st.integers(0, 10**10))
        common = {"chargeCode": f"{code:02d}", "unit": draw(UNICODE_TEXT), "number": "1"}
        name = draw(UNICODE_TEXT)
        classes.append({**common, "chargeName": name, "std": yuan(fen), "amt": yuan(fen)})
        lines += [
            {**common, "listDetailNo": f"{code}-{n}", "code": draw(UNICODE_TEXT), "name": name,
             "std": f"{yuan(part)}00", "amt": f"{yuan(part)}00"}
            for n, part in enumerate(parts)
        ]  # fmt: skip
        if not parts:
            lines.append({**lines_of_class(common, fen), "name": draw(UNICODE_TEXT)})
    total = sum(round(Decimal(row["amt"]) * 100) for row in classes)
    fund = draw(st.integers(0, total))
    extras = draw(st.lists(st.tuples(UNICODE_TEXT, st.integers(0, 10**6)), max_size=3))
    line = {
        **good_line(),
        "busType": "02",
        "payee": draw(UNICODE_TEXT),
        "remark": draw(UNICODE_TEXT),
        "totalAmt": yuan(total),
        "fundPay": yuan(fund),
        "accountPay": "0.00",
        "ownPay": yuan(total - fund),
        "chargeDetail": classes,
        "listDetail": lines,
        "otherInfo": [
            {"infoNo": f"{n}", "infoName": name.replace("大写", ""), "infoValue": yuan(value)}
            for n, (name, value) in enumerate(extras)
        ],
    }
    for key in ("inHospitalDate", "outHospitalDate", "payee"):
        line.pop(key)
    return encoded({**line, "author": "开票员"})


def lines_of_class(common: dict[str, str], fen: int) -> dict[str, str]:
    """Return the only list line of a class."""
    number = f"{common['chargeCode']}-0"
    return {**common, "listDetailNo": number, "code": "1", "std": yuan(fen), "amt": yuan(fen)}


def yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


@given(hospital_lines())
@settings(max_examples=scaled(500), deadline=None)
def test_any_lawful_line_makes_a_round_trip_and_agrees_with_the_second_writer(line: bytes) -> None:
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


def test_a_second_writer_makes_the_same_element_of_an_endorsement() -> None:
    line = encoded(good_line())
    body = bill_xml.header_and_data(bill_xml.figures_as_text(line), face_of(good_bill()), False)
    given = endorsement_of(1)
    values = {
        "KeyId": given.key_id.hex(),
        "SignatureValue": urlsafe_b64encode(given.signature).decode().rstrip("="),
        "BlockHeight": "7",
        "FacesRoot": given.faces_root.hex(),
        "FaceIndex": "1",
        "FaceCount": "5",
    }
    element = bill_xml.supervisor_signature(values, list(given.path))
    theirs = f"{bill_xml.DECLARATION}<EInvoice>{body}{element}</EInvoice>".encode()
    assert write_national(NationalDocument(good_bill(), supervisor=given)) == theirs
    assert read_national(theirs).supervisor == given


def test_one_changed_character_breaks_the_signature() -> None:
    data = write_national(signed(good_bill())).replace("马娜".encode(), "马妹".encode())
    assert not is_signed_by(read_national(data), CHAIN, UNIT_KEY.public_key)
    assert not is_signed_by(signed(good_bill()), CHAIN, FINANCE_KEY.public_key)
    assert not is_signed_by(NationalDocument(good_bill()), CHAIN, UNIT_KEY.public_key)


@pytest.mark.parametrize("is_red", [False, True])
def test_finance_endorses_the_bill_whose_face_says_the_same(is_red: bool) -> None:
    bill = red_bill(good_bill()) if is_red else good_bill()
    faces = [face_on_chain(replace(bill, number=number)) for number in (7, bill.number, 8)]
    document = replace(signed(bill), supervisor=endorsement_of(1, faces))
    again = read_national(write_national(document))
    key = FINANCE_KEY.public_key
    assert is_endorsed_by(again, CHAIN, faces[1], key)
    assert not is_endorsed_by(again, CHAIN, faces[0], key)
    assert not is_endorsed_by(again, CHAIN, faces[1], UNIT_KEY.public_key)
    assert not is_endorsed_by(again, bytes(32), faces[1], key)
    assert not is_endorsed_by(replace(again, supervisor=None), CHAIN, faces[1], key)
    other = face_on_chain(replace(bill, number=8))
    moved = replace(document, supervisor=endorsement_of(2, faces))
    assert not is_endorsed_by(moved, CHAIN, other, key)


@pytest.mark.parametrize(
    "change",
    [
        {"check_code": "000000"},
        {"business_number": "b-2"},
        {"time_ms": 1_790_000_000_000},
        {"total_fen": 3100},
        {"own_fen": 601},
        {"fund_fen": 1},
        {"related_code": "46060226", "related_number": 1},
    ],
)
def test_a_face_that_says_something_else_is_another_bills(change: dict[str, Any]) -> None:
    assert says_the_same(good_bill(), face_on_chain(good_bill()))
    assert not says_the_same(good_bill(), face_on_chain(replace(good_bill(), **change)))


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


def test_the_original_made_at_once_is_the_one_that_is_signed_and_then_written() -> None:
    for bill in (good_bill(), red_bill(good_bill())):
        unit, data = signed_original(bill, CHAIN, UNIT_KEY.public_key, UNIT_KEY.sign)
        signed = sign_national(bill, CHAIN, UNIT_KEY.public_key, UNIT_KEY.sign)
        assert signed.unit == unit
        assert data == write_national(signed)
