"""A bill as a FHIR R4 bundle: Invoice, ChargeItem, ExplanationOfBenefit, PaymentNotice, Provenance.

Rule: the same bill gives the same bytes; ids follow from code and number; amounts are exact
decimals. A public bundle is the face alone: no person, no line, no check code.
Source: HL7 FHIR R4 (4.0.1). An invoice is the hospital's view, an explanation of benefit the
payer's.
"""

from typing import Final

from exchange.fhir_json import Json, Number, write_json
from exchange.fhir_payment import explanation, payment_notices
from exchange.fhir_provenance import provenance
from exchange.fhir_words import (
    BILL_SYSTEM,
    Resource,
    Sheet,
    bill_identifier,
    concept,
    date_time,
    day,
    filled,
    money,
)
from exchange.hospital_line import Fields, read_hospital_line
from exchange.national_values import check_amounts, handling_person
from exchange.national_xml import NationalDocument
from ledger.his_fields import ROUNDING_LINE

KINDS: Final = {"01": "门诊", "02": "住院", "03": "急诊", "04": "挂号"}
"""票据种类 as a new chain has them; another kind stands with its code alone."""
_GENDERS: Final = {"男": "male", "女": "female"}


def export_fhir(
    document: NationalDocument, *, is_public: bool = False, endorsed_ms: int | None = None
) -> bytes:
    """Return the bundle of a bill.

    Args:
        document: the bill and its signatures.
        is_public: leave out whatever is personal: the face alone.
        endorsed_ms: when finance endorsed it; None takes the time of issue.

    Raises:
        Refused: `his.*`, `xml.sum_of_items`, … when the bill cannot be read or does not add up.
    """
    bill = document.bill
    line = read_hospital_line(bill.details)
    check_amounts(bill, line)
    sheet = Sheet(bill, line, is_public)
    resources = [_issuer(sheet), *_patient(sheet), _invoice(sheet), *_charge_items(sheet)]
    if not is_public:
        resources += [*explanation(sheet), *payment_notices(sheet)]
    resources += provenance(sheet, document, endorsed_ms)
    bundle: dict[str, Json] = {
        "resourceType": "Bundle",
        "id": sheet.id("bundle"),
        "identifier": bill_identifier(bill),
        "type": "collection",
        "timestamp": date_time(bill.time_ms),
        "entry": [
            {"fullUrl": f"urn:uuid:{resource['id']}", "resource": resource}
            for resource in resources
        ],
    }
    return write_json(bundle)


def _issuer(sheet: Sheet) -> Resource:
    return {
        "resourceType": "Organization",
        "id": sheet.id("issuer"),
        "identifier": [{"system": "urn:cn:uscc", "value": sheet.bill.issuer_uscc}],
        "name": sheet.bill.issuer_name,
    }


def _patient(sheet: Sheet) -> list[Resource]:
    if sheet.is_public:
        return []
    fields = sheet.line.fields
    identifiers: list[Json] = [
        {"system": system, "value": fields[key]}
        for system, key in (
            ("urn:cn:resident-id", "idCardNo"),
            (f"urn:cn:uscc:{sheet.bill.issuer_uscc}:patient", "patientNo"),
        )
        if key in fields
    ]
    return [
        filled(
            {
                "resourceType": "Patient",
                "id": sheet.id("patient"),
                "identifier": identifiers,
                "name": [{"text": fields["payer"]}] if "payer" in fields else [],
                "gender": _GENDERS.get(fields.get("sex", ""), "unknown"),
            }
        )
    ]


def _invoice(sheet: Sheet) -> Resource:
    bill = sheet.bill
    identifiers: list[Json] = [bill_identifier(bill)]
    if not sheet.is_public:
        check_code = {"system": f"{BILL_SYSTEM}:check-code", "value": bill.check_code}
        identifiers.append(check_code)
    return filled(
        {
            "resourceType": "Invoice",
            "id": sheet.id("invoice"),
            "extension": _relations(sheet),
            "identifier": identifiers,
            "status": _status(sheet),
            "cancelledReason": "冲红" if bill.status.is_reversed else "",
            "type": concept(f"{BILL_SYSTEM}:kind", bill.kind, KINDS.get(bill.kind, "")),
            "subject": {} if sheet.is_public else sheet.reference("patient"),
            "date": date_time(bill.time_ms),
            "participant": _participants(sheet),
            "issuer": sheet.reference("issuer"),
            "lineItem": _line_items(sheet),
            "totalPriceComponent": _parts(sheet),
            "totalNet": money(bill.total_fen),
            "totalGross": money(bill.total_fen),
        }
    )


def _status(sheet: Sheet) -> str:
    status = sheet.bill.status
    if status.is_reversed:
        return "cancelled"
    return "balanced" if status.is_accounted else "issued"


def _relations(sheet: Sheet) -> list[Json]:
    """Return the links between a blue bill and the red one that took it back."""
    bill, status = sheet.bill, sheet.bill.status
    others = [
        (bill.is_red, "reverses", bill.related_code, bill.related_number),
        (status.is_reversed, "reversed-by", status.reversal_code, status.reversal_number),
    ]
    return [
        {
            "url": f"{BILL_SYSTEM}:{word}",
            "valueIdentifier": {"system": BILL_SYSTEM, "value": f"{code}-{number:010d}"},
        }
        for stands, word, code, number in others
        if stands
    ]


def _participants(sheet: Sheet) -> list[Json]:
    if sheet.is_public:
        return []
    people = (
        ("issuing", "开票人", handling_person(sheet.line)),
        ("checking", "复核人", sheet.line.fields.get("checker", "")),
        ("receiving", "收款人", sheet.line.fields.get("payee", "")),
    )
    return [
        {"role": concept(f"{BILL_SYSTEM}:role", code, text), "actor": {"display": name}}
        for code, text, name in people
        if name
    ]


def _line_items(sheet: Sheet) -> list[Json]:
    """Return one line a charge class, pointing to its charge item."""
    if sheet.is_public:
        return []
    return [
        {
            "sequence": Number(index + 1),
            "chargeItemReference": sheet.reference(f"charge/{index}"),
            "priceComponent": [{"type": "base", "amount": sheet.amount(row.get("amt", "0"))}],
        }
        for index, row in enumerate(sheet.line.charges)
    ]


def _parts(sheet: Sheet) -> list[Json]:
    """Return who pays what, as informational components of the total."""
    bill, fields = sheet.bill, sheet.line.fields
    parts: list[tuple[str, str, Json]] = [
        ("fund", "医保统筹基金支付", money(bill.fund_fen)),
        ("other", "其他支付", money(bill.other_fen)),
        ("account", "个人账户支付", money(bill.account_fen)),
        ("own", "个人现金支付", money(bill.own_fen)),
    ]
    for code, text, key in (
        ("self-inside", "个人自付", "selfPayAmt"),
        ("self-outside", "个人自费", "selfConceitedAmt"),
    ):
        if key in fields and not sheet.is_public:
            parts.append((code, text, sheet.amount(fields[key])))
    return [
        {
            "type": "informational",
            "code": concept(f"{BILL_SYSTEM}:payment-part", code, text),
            "amount": amount,
        }
        for code, text, amount in parts
    ]


def _charge_items(sheet: Sheet) -> list[Resource]:
    """Return one resource a charge class, and one a list line, part of its class."""
    if sheet.is_public:
        return []
    classes: dict[str, str] = {}
    found: list[Resource] = []
    for index, row in enumerate(sheet.line.charges):
        classes.setdefault(row.get("chargeCode", ""), f"charge/{index}")
        found.append(_charge_item(sheet, f"charge/{index}", row, sheet.charge_class(row)))
    for index, row in enumerate(sheet.line.lines):
        system = f"urn:cn:uscc:{sheet.bill.issuer_uscc}:item"
        code = concept(system, row.get("code", ""), row.get("name", ROUNDING_LINE))
        part_of = sheet.reference(classes[row.get("chargeCode", "")])
        found.append({**_charge_item(sheet, f"line/{index}", row, code), "partOf": [part_of]})
    return found


def _charge_item(sheet: Sheet, name: str, row: Fields, code: Json) -> Resource:
    fields = sheet.line.fields
    quantity = row.get("number", "")
    visit = fields.get("consultationDate", "")
    person = fields.get("payee", "")
    return filled(
        {
            "resourceType": "ChargeItem",
            "id": sheet.id(name),
            "status": "billed",
            "code": code,
            "subject": sheet.reference("patient"),
            "occurrenceDateTime": day(visit) if visit else "",
            "quantity": {"value": sheet.figure(quantity)} if quantity else {},
            "priceOverride": sheet.amount(row.get("amt", "0")),
            "enterer": {"display": person} if person else {},
        }
    )
