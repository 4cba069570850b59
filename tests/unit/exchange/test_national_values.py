"""From a bill to the elements of the form."""

from dataclasses import replace

import pytest

from exchange.national_values import national_values, other_type, turned_other
from exchange.xml_form import group, rows, text
from tests.support.exchange_bills import bill_of_line, good_bill, red_bill
from tests.support.his_lines import encoded, good_line, hospital_day
from tests.support.refusals import refused


def test_an_inpatients_and_an_outpatients_extension_differ_as_the_table_says() -> None:
    stay = group(national_values(good_bill()), "EInvoiceData", "Main", "MainExt")
    visit = group(
        national_values(bill_of_line(hospital_day()[0])), "EInvoiceData", "Main", "MainExt"
    )
    assert stay["MedicalType"] == "2"
    assert stay["OutHospitalDate"] == "20260920"
    assert "PatientNumber" not in stay
    assert (visit["MedicalType"], visit["PatientNumber"]) == ("1", "b5c08511")
    assert "HospitalizationNumber" not in visit


def test_a_red_bill_mirrors_every_amount_and_quantity_and_keeps_prices() -> None:
    values = national_values(red_bill(good_bill()))
    main = group(values, "EInvoiceData", "Main")
    assert text(main, "TotalAmount") == "-30.00"
    assert text(main, "MainExt", "SelfpaymentAmount") == "-7.00"
    assert text(main, "MainExt", "OtherPayAmount") == "0.00"
    assert text(main, "MainExt", "RelatedInvoiceNumber") == "0000000001"
    item = rows(values, "EInvoiceData", "Details", "Item")[0]
    assert (item["ItemQuantity"], item["ItemStd"], item["ItemAmount"]) == ("-1", "20.00", "-20.00")
    aux = rows(values, "EInvoiceData", "AuxDetails", "AuxItem")[1]
    assert (aux["AuxItemQuantity"], aux["AuxItemStd"], aux["AuxItemAmount"]) == (
        "-3",
        "3.3333",
        "-9.9999",
    )


@pytest.mark.parametrize(
    ("channels", "mode"),
    [
        (["02"], "1"),
        (["11", "07"], "2"),
        (["03"], "3"),
        (["05"], "4"),
        (["11"], ""),
        ([], ""),
    ],
)
def test_the_pay_mode_is_that_of_what_the_patient_paid(channels: list[str], mode: str) -> None:
    line = good_line()
    line["payChannelDetail"] = [{"payChannelCode": code} for code in channels]
    values = national_values(bill_of_line(encoded(line)))
    assert text(values, "EInvoiceData", "Main", "PayMode") == mode


@pytest.mark.parametrize(
    ("name", "value", "kind", "mirror"),
    [
        ("起付标准", "100.00", "amount", "-100.00"),
        ("起付标准", "100", "text", "100"),
        ("日期", "20260921", "date", "20260921"),
        ("日期", "20260231", "text", "20260231"),
        ("合计大写", "叁拾元整", "words", "负叁拾元整"),
        ("合计大写", "负叁拾元整", "words", "叁拾元整"),
        ("合计大写", "零元整", "words", "零元整"),
        ("说明", "１.00", "text", "１.00"),
    ],
)
def test_an_extra_has_a_type_and_a_mirror(name: str, value: str, kind: str, mirror: str) -> None:
    assert other_type(name, value) == kind
    assert turned_other(kind, value) == mirror


def test_a_bill_whose_parts_do_not_make_it_is_not_written() -> None:
    bill = good_bill()
    with refused("xml.sum_of_items", "Main/TotalAmount"):
        national_values(replace(bill, total_fen=3001, own_fen=601))
    with refused("xml.payment_split", "Main/MainExt"):
        national_values(replace(bill, own_fen=601))
    with refused("xml.sum_of_items"):
        national_values(replace(red_bill(bill), total_fen=3000))


def test_list_lines_that_do_not_make_their_class_are_refused() -> None:
    line = good_line()
    line["listDetail"][0]["amt"] = "20.01"
    with refused("xml.sum_of_lines", "AuxDetails"):
        national_values(bill_of_line(encoded(line)))
    line["listDetail"][0]["chargeCode"] = "14"
    with refused("xml.sum_of_lines", "AuxDetails"):
        national_values(bill_of_line(encoded(line)))


def test_a_rounding_line_and_no_list_at_all_are_lawful() -> None:
    line = good_line()
    line["listDetail"][1]["amt"] = "10.0100"
    line["listDetail"].append(
        {"listDetailNo": "r", "chargeCode": "09", "name": "货币误差", "amt": "-0.0100"}
    )
    values = national_values(red_bill(bill_of_line(encoded(line))))
    assert rows(values, "EInvoiceData", "AuxDetails", "AuxItem")[2]["AuxItemAmount"] == "0.0100"
    del line["listDetail"]
    assert not rows(
        national_values(bill_of_line(encoded(line))), "EInvoiceData", "AuxDetails", "AuxItem"
    )


def test_an_amount_in_capitals_that_says_another_figure_is_refused() -> None:
    line = good_line()
    line["otherInfo"] = [{"infoNo": "2", "infoName": "合计（大写）", "infoValue": "叁拾元整"}]
    bill = bill_of_line(encoded(line))
    red = national_values(red_bill(bill))
    others = rows(red, "EInvoiceData", "Main", "MainExt", "OtherInfo", "Info")
    assert others[0]["InfoValue"] == "负叁拾元整"
    line["otherInfo"][0]["infoValue"] = "叁佰元整"
    with refused("xml.amount_words_differ", "Main/MainExt/OtherInfo"):
        national_values(bill_of_line(encoded(line)))
