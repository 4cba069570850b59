"""Lines of a hospital's system that are wrong, one in each way, with what must be said of them.

All carry a real patient's name, id number and phone of the day, which must turn up nowhere.
"""

import json
from dataclasses import dataclass
from typing import Any

from tests.support.his_lines import good_line, hospital_day


@dataclass(frozen=True)
class BadLine:
    """One line and its refusal."""

    what: str
    line: bytes
    field: str
    code: str


def bad_lines() -> list[BadLine]:
    """Return a line for every way of being wrong."""
    patient = json.loads(hospital_day()[0])
    twice = {**patient, "busNo": "twice"}

    def line(**changes: Any) -> bytes:
        who = {name: patient[name] for name in ("payer", "idCardNo", "tel")}
        return json.dumps({**good_line(), **who, **changes}, ensure_ascii=False).encode()

    def spelled(old: bytes, new: bytes) -> bytes:
        good = line()
        assert good.count(old) >= 1
        return good.replace(old, new, 1)

    total = b'"totalAmt": "30.00"'
    price = b'"std": "20.00"'
    deep = b'"otherInfo": ' + b"[" * 2_000 + b"]" * 2_000
    return [
        BadLine("a wrong sum", line(totalAmt="31.00"), "totalAmt", "his.sum_of_classes"),
        BadLine("a list line billed before", json.dumps(twice, ensure_ascii=False).encode(),
                "listDetail[0].listDetailNo", "bill.line_number_used"),
        BadLine("NaN", spelled(total, b'"totalAmt": NaN'), "totalAmt", "figure.malformed"),
        BadLine("1e3", spelled(total, b'"totalAmt": 1e3'), "totalAmt", "figure.malformed"),
        BadLine("-0", spelled(total, b'"totalAmt": -0'), "totalAmt", "figure.malformed"),
        BadLine("full-width digits", line(totalAmt="３０.00"), "totalAmt", "figure.malformed"),
        BadLine("too fine", spelled(price, b'"std": "20.00001"'), "chargeDetail[0].std",
                "figure.too_fine"),
        BadLine("out of range", line(totalAmt="9999999999999.00"), "totalAmt",
                "figure.out_of_range"),
        BadLine("a bad resident id", line(idCardNo=patient["idCardNo"][:-1] + "X"), "idCardNo",
                "his.bad_resident_id"),
        BadLine("a control character", line(payer=f"{patient['payer']}\u0007"), "payer",
                "his.forbidden_character"),
        BadLine("a direction character", line(payer=f"\u202e{patient['payer']}"), "payer",
                "his.forbidden_character"),
        BadLine("a key twice", spelled(total, total + b"," + total), "totalAmt",
                "his.duplicate_key"),
        BadLine("an unknown field", line(totalAmount="30.00"), "totalAmount", "his.unknown_field"),
        BadLine("an unknown kind", line(busType="99"), "busType", "his.unknown_bus_type"),
        BadLine("cut short", line()[:200], "", "his.malformed"),
        BadLine("too deep", spelled(total, total + b", " + deep), "", "his.too_deep"),
        BadLine("too long", line(payee="x" * 300_000), "", "his.too_long"),
        BadLine("not UTF-8", spelled(b"30.00", b"30.\xff0"), "", "his.malformed"),
    ]  # fmt: skip
