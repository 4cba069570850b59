"""A bill read out of a document's elements."""

from dataclasses import replace

import pytest

from exchange.national_bill import bill_of
from exchange.national_form import NATIONAL
from exchange.national_values import national_values
from exchange.xml_form import write_xml
from exchange.xml_reader import read_xml
from tests.support.exchange_bills import bill_of_line, good_bill, red_bill
from tests.support.his_lines import encoded, good_line, hospital_day
from tests.support.refusals import refused

MAIN = "EInvoiceData/Main/"
RELATED = MAIN + "MainExt/RelatedInvoiceCode"


def changed(old: str, new: str, *, is_red: bool = False) -> None:
    """Read the good bill's document with one piece replaced."""
    bill = red_bill(good_bill()) if is_red else good_bill()
    document = write_xml(NATIONAL, national_values(bill)).decode()
    assert old in document
    bill_of(read_xml(NATIONAL, document.replace(old, new, 1).encode()))


def test_a_bill_comes_back_but_for_what_only_the_house_knows() -> None:
    bill = replace(good_bill(), form_values=(("InvoicingParty/RecAcct", "622"),))
    again = bill_of(national_values(bill))
    assert replace(again, details=b"", issuer=bill.issuer, place=bill.place) == replace(
        bill, details=b"", time_ms=bill.time_ms
    )
    assert national_values(again) == national_values(bill)


@pytest.mark.parametrize("line", hospital_day()[::40])
def test_a_bill_read_writes_the_same_elements(line: bytes) -> None:
    for bill in (bill_of_line(line), red_bill(bill_of_line(line))):
        values = national_values(bill)
        assert national_values(bill_of(values)) == values


@pytest.mark.parametrize(
    ("old", "new", "code", "place"),
    [
        ("<Version>1.1.0", "<Version>1.1.1", "xml.inconsistent", "Header/Version"),
        ("CZ-EI-46", "CZ-EI-44", "xml.inconsistent", "Header/EInvoiceTag"),
        ("1000000000-", "2000000000-", "xml.inconsistent", "Header/EInvoiceID"),
        ("46060226<", "4606022<", "xml.wrong_value", MAIN + "EInvoiceCode"),
        (">0000000001<", ">0000000000<", "xml.wrong_value", MAIN + "EInvoiceNumber"),
        (">0000000001<", ">٠٠٠٠٠٠٠٠٠١<", "xml.wrong_value", MAIN + "EInvoiceNumber"),
        ("22d0f1", "22d0f", "xml.wrong_value", MAIN + "RandomNumber"),
        ("22d0f1", "22-0f1", "xml.wrong_value", MAIN + "RandomNumber"),
        ("22d0f1", "２２d0f1", "xml.wrong_value", MAIN + "RandomNumber"),
        ("Number></Rel", "Number>0000000007</Rel", "xml.wrong_value", RELATED),
        ("65319", "65310", "xml.wrong_value", MAIN + "InvoicingParty/InvoicingPartyCode"),
        (">460000<", ">46000<", "xml.wrong_value", MAIN + "SupervisorAreaCode"),
        ("TotalAmount>30.00", "TotalAmount>30.0", "xml.wrong_value", MAIN + "TotalAmount"),
        ("TotalAmount>30.00", "TotalAmount>３0.00", "xml.wrong_value", MAIN + "TotalAmount"),
        ("TotalAmount>30.00", "TotalAmount>30.01", "xml.sum_of_items", "Main/TotalAmount"),
        ("TotalAmount>30.00", "TotalAmount>-30.00", "xml.wrong_value", MAIN + "TotalAmount"),
        ("<OwnPayAmount>6", "<OwnPayAmount>7", "xml.payment_split", "Main/MainExt"),
        (">20260921<", ">20260231<", "xml.wrong_value", MAIN + "IssueDate"),
        ("22:16:24", "24:16:24", "xml.wrong_value", MAIN + "IssueTime"),
        ("22:16:24", "221:6:24", "xml.wrong_value", MAIN + "IssueTime"),
        (">20260920<", ">20260932<", "xml.wrong_value", MAIN + "MainExt/BusinessDate"),
        ("1002X", "10021", "xml.wrong_value", MAIN + "PayerParty/PayerPartyCode"),
        ("PartyType>1", "PartyType>2", "xml.wrong_value", MAIN + "PayerParty/PayerPartyCode"),
        ("马娜", "Ма娜", "xml.wrong_value", MAIN + "PayerParty/PayerPartyName"),
        ("<PayMode>4", "<PayMode>5", "xml.wrong_value", MAIN + "PayMode"),
        ("<BizCode>b-1", "<BizCode>b 1", "xml.wrong_value", MAIN + "BizCode"),
        ("<MedicalType>2", "<MedicalType>9", "xml.wrong_value", MAIN + "MainExt/MedicalType"),
        ("<MedicalType>2", "<MedicalType>1", "xml.missing_element", MAIN + "MainExt/PatientNumber"),
        ("<InfoType>amount", "<InfoType>text", "xml.wrong_value", None),
        ("PayerPartyType>1", "PayerPartyType>", "xml.inconsistent", None),
        (
            "<ItemAmount>20.00",
            "<ItemAmount>2e1",
            "xml.wrong_value",
            "EInvoiceData/Details/Item[0]/ItemAmount",
        ),
        ("<ItemAmount>20.00", "<ItemAmount>20.01", "xml.sum_of_items", "Main/TotalAmount"),
        ("<AuxItemAmount>20.00", "<AuxItemAmount>19.00", "xml.sum_of_lines", "AuxDetails"),
    ],
)  # fmt: skip
def test_a_value_that_no_bill_has_is_refused_with_its_place(
    old: str, new: str, code: str, place: str | None
) -> None:
    with refused(code, place):
        changed(old, new)


@pytest.mark.parametrize(
    ("old", "new", "code", "place"),
    [
        ("TotalAmount>-30.00", "TotalAmount>30.00", "xml.wrong_value", MAIN + "TotalAmount"),
        ("Amount>0.00", "Amount>-0.00", "xml.inconsistent", MAIN + "MainExt/OtherPayAmount"),
        ("Code>46060226</Rel", "Code></Rel", "xml.wrong_value", None),
        ("<ItemAmount>-20.00", "<ItemAmount>20.00", "xml.wrong_value", None),
    ],
)  # fmt: skip
def test_a_red_bill_whose_amounts_are_no_mirror_is_refused(
    old: str, new: str, code: str, place: str | None
) -> None:
    with refused(code, place):
        changed(old, new, is_red=True)


def test_an_element_of_the_other_kind_of_visit_is_refused() -> None:
    with refused("xml.wrong_extension", MAIN + "MainExt/PatientNumber"):
        changed("<CaseNumber>", "<PatientNumber></PatientNumber><CaseNumber>")


def test_an_imported_amount_in_capitals_must_say_the_figure() -> None:
    line = good_line()
    line["otherInfo"] = [{"infoNo": "2", "infoName": "大写", "infoValue": "叁拾元整"}]
    values = national_values(bill_of_line(encoded(line)))
    document = write_xml(NATIONAL, values).decode()
    assert national_values(bill_of(read_xml(NATIONAL, document.encode()))) == values
    with refused("xml.amount_words_differ"):
        bill_of(read_xml(NATIONAL, document.replace("叁拾元整", "叁佰元整").encode()))


def test_a_bill_that_the_insurance_paid_alone_has_no_pay_mode() -> None:
    line = good_line()
    line["payChannelDetail"] = [{"payChannelCode": "11", "payChannelValue": "30.00"}]
    values = national_values(bill_of_line(encoded(line)))
    assert national_values(bill_of(values)) == values
