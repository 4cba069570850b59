"""The named vectors of the bill's data standard, each through the whole reading of a line.

Two bills from life must pass; every other vector is one mistake and the refusal it must meet.
"""

from typing import Any

import pytest

from ledger.bill_details import read_bill_line
from ledger.parameters import Parameters
from tests.support.his_lines import NOW_MS, encoded, good_line
from tests.support.refusals import refused


def outpatient(total: str, fund: str, own: str, inside: str, outside: str) -> dict[str, Any]:
    """Return an outpatient's bill of one class."""
    channels = [
        {"payChannelCode": code, "payChannelValue": value}
        for code, value in (("11", fund), ("05", own))
        if value != "0.00"
    ]
    return {
        "busNo": "b-2",
        "busType": "02",
        "payer": "马娜",
        "busDateTime": "20260920101500000",
        "placeCode": "460000001",
        "totalAmt": total,
        "fundPay": fund,
        "otherfundPay": "0.00",
        "accountPay": "0.00",
        "ownPay": own,
        "selfPayAmt": inside,
        "selfConceitedAmt": outside,
        "payChannelDetail": channels,
        "chargeDetail": [{"chargeCode": "09", "amt": total}],
    }


REAL = outpatient("13.05", "0.00", "13.05", "13.05", "0.00")
"""The real face: 13.05 = 0 + 0 + 0 + 13.05."""
WORKED = outpatient("4500.00", "3600.00", "900.00", "600.00", "300.00")
"""The worked example: 4,500 = 3,600 of the fund + 600 inside + 300 outside the catalogue."""


def read(line: dict[str, Any]) -> None:
    read_bill_line(encoded(line), Parameters(), NOW_MS)


@pytest.mark.parametrize("line", [REAL, WORKED], ids=["real", "worked"])
def test_a_bill_from_life_is_read(line: dict[str, Any]) -> None:
    read(line)


@pytest.mark.parametrize(
    ("line", "changes", "code", "field"),
    [
        # Sums: off by one fen, and the amount of one channel copied into another.
        (REAL, {"totalAmt": "13.06"}, "his.sum_of_classes", "totalAmt"),
        (REAL, {"totalAmt": "13.04"}, "his.sum_of_classes", "totalAmt"),
        (REAL, {"ownPay": "13.04"}, "his.payment_split", "ownPay"),
        (WORKED, {"fundPay": "3600.01"}, "his.payment_split", "ownPay"),
        (WORKED, {"selfPayAmt": "600.01"}, "his.personal_part", "selfPayAmt"),
        (
            REAL,
            {
                "payChannelDetail": [
                    {"payChannelCode": code, "payChannelValue": "13.05"} for code in ("04", "07")
                ]
            },
            "his.pay_channels",
            "payChannelDetail",
        ),
        # Figures.
        (REAL, {"totalAmt": "NaN"}, "figure.malformed", "totalAmt"),
        (REAL, {"totalAmt": float("nan")}, "figure.malformed", "totalAmt"),
        (REAL, {"totalAmt": "1e-3"}, "figure.malformed", "totalAmt"),
        (REAL, {"totalAmt": "-0"}, "figure.malformed", "totalAmt"),
        (REAL, {"totalAmt": "\u22120"}, "figure.malformed", "totalAmt"),
        (REAL, {"totalAmt": "１３.05"}, "figure.malformed", "totalAmt"),
        (REAL, {"totalAmt": "1000000000000000"}, "figure.out_of_range", "totalAmt"),
        (REAL, {"totalAmt": 10**15}, "figure.out_of_range", "totalAmt"),
        (REAL, {"totalAmt": "-13.05"}, "figure.malformed", "totalAmt"),
        (REAL, {"totalAmt": "13.051"}, "figure.too_fine", "totalAmt"),
        # Numbers of persons and units.
        (REAL, {"idCardNo": "110105194912310021"}, "his.bad_resident_id", "idCardNo"),
        (REAL, {"idCardNo": "11010519491231002x"}, "his.bad_resident_id", "idCardNo"),
        (REAL, {"idCardNo": "110105194902300020"}, "his.bad_resident_id", "idCardNo"),
        (REAL, {"idCardNo": "110105491231002"}, "his.old_resident_id", "idCardNo"),
        (
            REAL,
            {"payerType": "2", "idCardNo": "91110108551385082R"},
            "his.bad_uscc",
            "idCardNo",
        ),
        (
            REAL,
            {"payerType": "2", "idCardNo": "91110108551385082q"},
            "his.bad_uscc",
            "idCardNo",
        ),
        # Names: look-alikes of Cyrillic, Greek, full width, compatibility; what is not seen.
        (REAL, {"payer": "M\u0430 Na"}, "his.forbidden_character", "payer"),
        (REAL, {"payer": "\u039ca Na"}, "his.forbidden_character", "payer"),
        (REAL, {"payer": "\uff2d\uff21"}, "his.forbidden_character", "payer"),
        (REAL, {"payer": "\u9a6c\u2f25"}, "his.forbidden_character", "payer"),
        (REAL, {"payer": "\uf90a"}, "his.not_normalised", "payer"),
        (REAL, {"payer": "Jose\u0301"}, "his.not_normalised", "payer"),
        (REAL, {"payer": "马\u202e娜"}, "his.forbidden_character", "payer"),
        (REAL, {"payer": "马\u200b娜"}, "his.forbidden_character", "payer"),
        (REAL, {"payer": "马\u0007娜"}, "his.forbidden_character", "payer"),
        (REAL, {"payee": "收\u200d费员"}, "his.forbidden_character", "payee"),
        (REAL, {"author": "\u0410nna"}, "his.forbidden_character", "author"),
        (REAL, {"checker": "复核\u2066员"}, "his.forbidden_character", "checker"),
        # Dates.
        (REAL, {"consultationDate": "20260230"}, "his.bad_date", "consultationDate"),
        (REAL, {"consultationDate": "20260922"}, "his.in_the_future", "consultationDate"),
        (good_line(), {"outHospitalDate": "20260909"}, "his.date_order", "outHospitalDate"),
        (good_line(), {"prepayAmount": "10.01"}, "his.prepaid_sum", "prepayAmount"),
    ],
)
def test_one_mistake_is_refused_with_its_rule_and_place(
    line: dict[str, Any], changes: dict[str, Any], code: str, field: str
) -> None:
    with refused(code, field):
        read(line | changes)


@pytest.mark.parametrize("number", ["11010519491231002X", "440524188001010014"])
def test_the_standards_resident_ids_are_read(number: str) -> None:
    read(REAL | {"idCardNo": number})


@pytest.mark.parametrize("code", ["91110108551385082Q", "12320900E875065319", "124600004280000150"])
def test_the_standards_credit_codes_are_read(code: str) -> None:
    read(REAL | {"payerType": "2", "payer": "海南某某有限公司", "idCardNo": code})


def test_a_newborn_without_an_id_is_read() -> None:
    read(REAL | {"payer": "马娜之子", "cardType": "98", "idCardNo": "11010519491231002X"})
