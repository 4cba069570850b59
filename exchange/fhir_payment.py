"""Who paid a bill, as FHIR has it: ExplanationOfBenefit and PaymentNotice.

Rule: an explanation stands only where an insurance paid; its totals are those of the face. A
notice stands for each way of payment that names its amount.
Source: HL7 FHIR R4, adjudication codes.
"""

from typing import Final

from exchange.fhir_json import Json, Number
from exchange.fhir_words import (
    BILL_SYSTEM,
    Resource,
    Sheet,
    concept,
    date_time,
    filled,
    money,
)

INSURER: Final = "基本医疗保险"
"""Who is meant when the hospital's line names no institution."""
_HL7: Final = "http://terminology.hl7.org/CodeSystem"
_CHANNELS: Final = {"02": "现金", "04": "支付宝", "05": "微信", "07": "银行卡", "11": "医保"}
"""payChannelCode as connectors have it."""


def explanation(sheet: Sheet) -> list[Resource]:
    """Return the explanation of benefit, if an insurance paid."""
    bill, fields = sheet.bill, sheet.line.fields
    benefit_fen = bill.fund_fen + bill.other_fen
    if not benefit_fen:
        return []
    insurer = fields.get("medCareInstitution", INSURER)
    settled = fields.get("balancedNumber", "")
    claim_type = "institutional" if sheet.line.is_inpatient else "professional"
    totals = (
        ("submitted", bill.total_fen),
        ("benefit", benefit_fen),
        ("copay", bill.account_fen + bill.own_fen),
    )
    identifier: list[Json] = [{"system": f"{BILL_SYSTEM}:settlement", "value": settled}]
    return [
        filled(
            {
                "resourceType": "ExplanationOfBenefit",
                "id": sheet.id("explanation"),
                "identifier": identifier if settled else [],
                "status": "cancelled" if bill.status.is_reversed else "active",
                "type": concept(f"{_HL7}/claim-type", claim_type),
                "use": "claim",
                "patient": sheet.reference("patient"),
                "created": date_time(bill.time_ms),
                "insurer": {"display": insurer},
                "provider": sheet.reference("issuer"),
                "outcome": "complete",
                "insurance": [{"focal": True, "coverage": _coverage(sheet, insurer)}],
                "item": [_item(sheet, index) for index in range(len(sheet.line.charges))],
                "total": [
                    {"category": concept(f"{_HL7}/adjudication", code), "amount": money(fen)}
                    for code, fen in totals
                ],
                "payment": {"amount": money(benefit_fen)},
            }
        )
    ]


def payment_notices(sheet: Sheet) -> list[Resource]:
    """Return a notice for each way of payment."""
    return [
        {
            "resourceType": "PaymentNotice",
            "id": sheet.id(f"payment/{index}"),
            "status": "cancelled" if sheet.bill.status.is_reversed else "active",
            "request": sheet.reference("invoice"),
            "created": date_time(sheet.bill.time_ms),
            "provider": sheet.reference("issuer"),
            "payment": {"display": _channel(row.get("payChannelCode", ""))},
            "recipient": sheet.reference("issuer"),
            "amount": sheet.amount(row["payChannelValue"]),
            "paymentStatus": concept(f"{_HL7}/paymentstatus", "paid"),
        }
        for index, row in enumerate(sheet.line.channels)
        if "payChannelValue" in row
    ]


def _item(sheet: Sheet, index: int) -> Json:
    row = sheet.line.charges[index]
    return {
        "sequence": Number(index + 1),
        "productOrService": sheet.charge_class(row),
        "net": sheet.amount(row.get("amt", "0")),
    }


def _coverage(sheet: Sheet, insurer: str) -> dict[str, Json]:
    number = sheet.line.fields.get("medicalInsuranceID", "")
    identifier = {"system": f"{BILL_SYSTEM}:insurance-id", "value": number}
    return dict(filled({"identifier": identifier if number else {}, "display": insurer}))


def _channel(code: str) -> str:
    return _CHANNELS.get(code, code or "其他")
