"""The archive's XML with its FinanceCheck."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.archive_xml import ArchiveDocument, Attachment, read_archive, write_archive
from exchange.bill import StatusBlock
from exchange.csv_ledger import csv_row, read_csv, write_csv
from exchange.fhir_export import export_fhir
from exchange.national_xml import NationalDocument, is_signed_by, original_hash, sign_national
from exchange.pdf import bill_pdf
from exchange.qr_text import qr_text
from tests.independent import bill_xml
from tests.support.exchange_bills import (
    CHAIN,
    UNIT_KEY,
    bill_of_line,
    endorsement_of,
    face_of,
    good_bill,
    red_bill,
)
from tests.support.his_lines import encoded, good_line, hospital_day
from tests.support.refusals import refused

EVERYTHING = StatusBlock(
    is_endorsed=True,
    is_exchanged=True,
    paper_code="PA-01",
    paper_number="00017",
    is_reversed=True,
    reversal_code="46060226",
    reversal_number=900,
    is_accounted=True,
    accounted_date="20261001",
    accounted_fen=1234,
)
NOTHING_YET = {
    "Result": "unchecked",
    "IsExchangePaper": "false",
    "PaperInvoiceCode": "",
    "PaperInvoiceNumber": "",
    "IsReversal": "false",
    "ReversalInvoiceCode": "",
    "ReversalInvoiceNumber": "",
    "IsAccounted": "false",
    "AccDate": "",
    "AccAmount": "",
}
ALL_OF_IT = {
    "Result": "checked",
    "IsExchangePaper": "true",
    "PaperInvoiceCode": "PA-01",
    "PaperInvoiceNumber": "00017",
    "IsReversal": "true",
    "ReversalInvoiceCode": "46060226",
    "ReversalInvoiceNumber": "0000000900",
    "IsAccounted": "true",
    "AccDate": "20261001",
    "AccAmount": "12.34",
}


def archived(status: StatusBlock, *attachments: Attachment) -> ArchiveDocument:
    bill = replace(good_bill(), status=status)
    return ArchiveDocument(NationalDocument(bill), attachments)


@pytest.mark.parametrize(
    ("status", "check"), [(StatusBlock(), NOTHING_YET), (EVERYTHING, ALL_OF_IT)]
)
def test_a_second_writer_makes_the_same_bytes(status: StatusBlock, check: dict[str, str]) -> None:
    line = bill_xml.figures_as_text(encoded(good_line()))
    theirs = bill_xml.archive(line, face_of(good_bill()), check)
    assert write_archive(archived(status)) == theirs
    again = read_archive(theirs)
    assert again.document.bill.status == status
    assert write_archive(again) == theirs


def test_what_an_archive_keeps_still_proves_who_signed() -> None:
    for bill in (good_bill(), red_bill(good_bill())):
        signed = sign_national(bill, CHAIN, UNIT_KEY.public_key, UNIT_KEY.sign)
        kept = replace(signed, bill=replace(bill, status=EVERYTHING), supervisor=endorsement_of(4))
        data = write_archive(ArchiveDocument(kept, (Attachment("票据.pdf", "PDF", b"%PDF"),)))
        again = read_archive(data)
        assert write_archive(again) == data
        assert again.attachments == (Attachment("票据.pdf", "PDF", b"%PDF"),)
        assert is_signed_by(again.document, CHAIN, UNIT_KEY.public_key)
        assert original_hash(again.document) == original_hash(signed)


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("<Result>checked", "<Result>passed", "Result"),
        ("<IsReversal>true", "<IsReversal>1", "IsReversal"),
        ("<IsReversal>true", "<IsReversal>false", "IsReversal"),
        ("<IsExchangePaper>true", "<IsExchangePaper>false", "IsExchangePaper"),
        ("<PaperInvoiceNumber>00017", "<PaperInvoiceNumber>", "IsExchangePaper"),
        ("<IsAccounted>true", "<IsAccounted>false", "IsAccounted"),
        ("<AccDate>20261001", "<AccDate>20261301", "AccDate"),
        ("<AccAmount>12.34", "<AccAmount>12.340", "AccAmount"),
        ("<AccAmount>12.34", "<AccAmount>-12.34", "AccAmount"),
        ("<AccAmount>12.34", "<AccAmount>", "AccAmount"),
        ("0000000900", "900", "ReversalInvoiceNumber"),
        ("0000000900", "00000x0900", "ReversalInvoiceNumber"),
        ("0000000900", "０000000900", "ReversalInvoiceNumber"),
    ],
)
def test_a_status_in_other_words_is_refused(old: str, new: str, place: str) -> None:
    data = write_archive(archived(EVERYTHING)).decode()
    assert old in data
    with refused("xml.wrong_value", f"FinanceCheck/{place}"):
        read_archive(data.replace(old, new).encode())


@pytest.mark.parametrize("content", ["QUJ", "QUJD=", "QUI", "QUJ=", "马", "QU JD"])
def test_an_attachment_in_another_form_of_base64_is_refused(content: str) -> None:
    data = write_archive(archived(StatusBlock(), Attachment("a", "PDF", b"ABC"))).decode()
    with refused("xml.wrong_value", "Attachments/Attachment[0]/AttachmentContent"):
        read_archive(data.replace("QUJD", content).encode())


@pytest.mark.parametrize("line", [encoded(good_line()), *hospital_day()[::300]])
def test_a_bill_that_came_from_outside_goes_into_every_other_format(line: bytes) -> None:
    for bill in (bill_of_line(line), red_bill(bill_of_line(line))):
        kept = replace(bill, status=EVERYTHING)
        data = write_archive(ArchiveDocument(NationalDocument(kept)))
        came = read_archive(data).document.bill
        assert read_csv(write_csv([came]))[0].amounts_fen == csv_row(bill).amounts_fen
        assert b"Invoice" in export_fhir(NationalDocument(came))
        assert bill_pdf(came).startswith(b"%PDF")
        assert qr_text(came) == qr_text(bill)


def test_more_attachments_than_eight_are_refused() -> None:
    with refused("xml.too_many_elements"):
        write_archive(archived(StatusBlock(), *[Attachment("a", "PDF", b"")] * 9))


@given(st.lists(st.binary(max_size=300), max_size=8))
def test_attachments_come_back_as_they_went(contents: list[bytes]) -> None:
    document = archived(
        StatusBlock(), *(Attachment(f"{n}", "OFD", data) for n, data in enumerate(contents))
    )
    assert [a.content for a in read_archive(write_archive(document)).attachments] == contents
