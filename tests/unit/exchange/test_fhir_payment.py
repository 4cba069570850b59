"""Who paid, as FHIR has it."""

from dataclasses import replace
from decimal import Decimal

import pytest

from exchange.bill import StatusBlock
from tests.support.exchange_bills import bill_of_line, good_bill, red_bill
from tests.support.fhir_bundles import exported
from tests.support.his_lines import encoded, good_line, hospital_day


def test_an_explanation_tells_what_was_submitted_paid_and_left() -> None:
    for bill, sign in ((good_bill(), ""), (red_bill(good_bill()), "-")):
        (explanation,) = exported(bill, "ExplanationOfBenefit")
        totals = {
            total["category"]["coding"][0]["code"]: total["amount"]["value"]
            for total in explanation["total"]
        }
        assert totals == {
            "submitted": f"{sign}30.00",
            "benefit": f"{sign}20.00",
            "copay": f"{sign}10.00",
        }
        assert explanation["payment"]["amount"]["value"] == f"{sign}20.00"


def test_who_paid_all_alone_has_no_explanation() -> None:
    assert exported(bill_of_line(hospital_day()[0]), "ExplanationOfBenefit") == []


def test_an_explanation_names_insurer_settlement_and_insured() -> None:
    line = good_line()
    line |= {
        "balancedNumber": "S-1",
        "medCareInstitution": "海南省医保局",
        "medicalInsuranceID": "M1",
    }
    (explanation,) = exported(bill_of_line(encoded(line)), "ExplanationOfBenefit")
    assert explanation["identifier"][0]["value"] == "S-1"
    assert explanation["insurer"]["display"] == "海南省医保局"
    assert explanation["insurance"][0]["coverage"]["identifier"]["value"] == "M1"
    assert explanation["insurance"][0]["focal"] is True


@pytest.mark.parametrize("line", hospital_day()[::100])
def test_notices_make_the_total(line: bytes) -> None:
    bill = bill_of_line(line)
    notices = exported(bill, "PaymentNotice")
    amounts = [Decimal(notice["amount"]["value"]) for notice in notices]
    assert sum(amounts) == Decimal(bill.total_fen) / 100


def test_a_notice_names_the_way_and_a_way_without_amount_has_none() -> None:
    line = good_line()
    line["payChannelDetail"] += [{"payChannelCode": "99", "payChannelValue": "0.00"}]
    line["payChannelDetail"] += [{"payChannelCode": "04"}, {"payChannelValue": "0.00"}]
    notices = exported(bill_of_line(encoded(line)), "PaymentNotice")
    assert [notice["payment"]["display"] for notice in notices] == ["医保", "微信", "99", "其他"]


def test_what_a_reversed_bill_said_is_cancelled() -> None:
    bill = replace(good_bill(), status=StatusBlock(is_reversed=True, reversal_number=9))
    for kind in ("PaymentNotice", "ExplanationOfBenefit"):
        assert {resource["status"] for resource in exported(bill, kind)} == {"cancelled"}
