"""A good line of a hospital system, and ways to spoil it."""

import json
from typing import Any

from tests.support.vectors import DATA

NOW_MS = 1_790_000_000_000
"""2026-09-21 in Shanghai."""


def hospital_day() -> list[bytes]:
    """Return the lines of the hospital's day."""
    return (DATA / "hospital-day.jsonl").read_bytes().splitlines()


def good_line() -> dict[str, Any]:
    """Return an inpatient's bill that keeps every rule."""
    return {
        "busNo": "b-1",
        "busType": "01",
        "payer": "马娜",
        "idCardNo": "11010519491231002X",
        "tel": "13914740092",
        "busDateTime": "20260920101500000",
        "placeCode": "460000001",
        "payee": "收费员01",
        "totalAmt": "30.00",
        "consultationDate": "20260910",
        "inHospitalDate": "20260910",
        "outHospitalDate": "20260920",
        "fundPay": "20.00",
        "otherfundPay": "0.00",
        "accountPay": "4.00",
        "ownPay": "6.00",
        "selfPayAmt": "7.00",
        "selfConceitedAmt": "3.00",
        "prepayAmount": "10.00",
        "rechargeAmount": "1.00",
        "refundAmount": "5.00",
        "payChannelDetail": [
            {"payChannelCode": "11", "payChannelValue": "24.00"},
            {"payChannelCode": "05", "payChannelValue": "6.00"},
        ],
        "chargeDetail": [
            {"sortNo": 1, "chargeCode": "02", "chargeName": "诊察费", "unit": "元", "number": 1,
             "std": "20.00", "amt": "20.00", "selfAmt": "3.00"},
            {"sortNo": 2, "chargeCode": "09", "chargeName": "西药费", "unit": "元", "number": 1,
             "std": "10.00", "amt": "10.00", "selfAmt": "0.00"},
        ],
        "listDetail": [
            {"listDetailNo": "l-1", "chargeCode": "02", "code": "1", "name": "诊察", "unit": "次",
             "number": 1, "std": "20.00", "amt": "20.00", "selfAmt": "3.00"},
            {"listDetailNo": "l-2", "chargeCode": "09", "code": "2", "name": "lisinopril 10 MG",
             "unit": "片", "number": 3, "std": "3.3333", "amt": "9.9999", "selfAmt": "0.00"},
        ],
        "otherInfo": [{"infoNo": "1", "infoName": "起付标准", "infoValue": "100.00"}],
    }  # fmt: skip


def encoded(line: Any) -> bytes:
    """Return a line's bytes."""
    return json.dumps(line, ensure_ascii=False).encode()


def with_value(path: str, value: Any) -> bytes:
    """Return the good line with one value replaced; `listDetail.0.amt` names its place."""
    line: Any = good_line()
    *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    at = line
    for step in way:
        at = at[step]
    at[last] = value
    return encoded(line)
