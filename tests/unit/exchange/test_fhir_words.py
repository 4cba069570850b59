"""The words that all parts of a bundle share."""

import uuid
from dataclasses import replace

from exchange.fhir_json import Number
from exchange.fhir_words import Sheet, concept, date_time, day, filled, money
from exchange.hospital_line import read_hospital_line
from tests.support.exchange_bills import good_bill, red_bill

BILL = good_bill()
SHEET = Sheet(BILL, read_hospital_line(BILL.details), is_public=False)
RED = Sheet(red_bill(BILL), SHEET.line, is_public=False)


def test_an_id_is_a_uuid_that_follows_from_the_bill_and_the_part() -> None:
    found = uuid.UUID(SHEET.id("invoice"))
    assert (found.version, found.variant) == (8, uuid.RFC_4122)
    again = Sheet(replace(BILL, check_code="aaaaaa"), SHEET.line, is_public=True)
    assert again.id("invoice") == str(found)
    assert len({SHEET.id("invoice"), SHEET.id("patient"), RED.id("invoice")}) == 3
    assert SHEET.reference("invoice") == {"reference": f"urn:uuid:{found}"}


def test_figures_of_the_line_are_negated_on_a_red_bill() -> None:
    assert SHEET.amount("1.10") == {"value": Number("1.10"), "currency": "CNY"}
    assert RED.figure("3") == Number("-3")
    assert money(-5) == {"value": Number("-0.05"), "currency": "CNY"}


def test_times_and_days_are_written_as_fhir_has_them() -> None:
    assert day("20260921") == "2026-09-21"
    assert date_time(0) == "1970-01-01T08:00:00+08:00"


def test_nothing_empty_is_written() -> None:
    assert filled({"a": "", "b": [], "c": {}, "d": Number("0"), "e": True}) == {"d": "0", "e": True}
    assert concept("s", "", "text") == {"text": "text"}
    assert concept("s", "c") == {"coding": [{"system": "s", "code": "c"}]}
    assert SHEET.charge_class({"chargeCode": "02"}) == {
        "coding": [{"system": "urn:cn:mof:einvoice:charge-class", "code": "02"}]
    }
