"""From a bill to the elements of the national form, and back.

Rule: each element comes from one place: the face, the hospital's line, or the form itself; so a
bill read from a document writes the same document. Figures keep their digits; on a red bill every
amount and quantity is the exact negative, prices stay. A document whose amounts do not add up, or
whose amount in capitals is another, is refused whichever way it goes.
Source: rules 1, 2, 5 and 9 of the bill's data standard.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from exchange.amount_words import amount_words
from exchange.bill import ExchangeBill, issue_date, issue_time, turned
from exchange.hospital_line import INSURANCE_CHANNEL, Fields, HospitalLine, read_hospital_line
from exchange.national_form import INPATIENT_ONLY, OUTPATIENT_ONLY
from exchange.xml_form import Value
from ledger.dates import is_real_date
from primitives.errors import Refused
from primitives.units import format_yuan, parse_decimal

VERSION: Final = "1.1.0"

WORDS_NAME: Final = "大写"
"""A provincial extra with this in its name carries the amount in capitals."""
PAY_MODES: Final[Mapping[str, str]] = {"02": "1", "07": "2", "03": "3"}
"""PayMode by payChannelCode: cash, card at a terminal of the bank, batch debit; else 4."""

Row = tuple[str, str]
"""An element, and the hospital's field it comes from."""

MAIN_TEXTS: Final[tuple[Row, ...]] = (("Remark", "remark"), ("Checker", "checker"))
EXT_TEXTS: Final[tuple[Row, ...]] = (
    ("BusinessNumber", "busNo"),
    ("Gender", "sex"),
    ("OrgType", "orgType"),
    ("PatientNumber", "patientNo"),
    ("MedicalDate", "consultationDate"),
    ("CaseNumber", "caseNumber"),
    ("HospitalizationNumber", "hospitalizationNumber"),
    ("DepartmentName", "departmentName"),
    ("InHospitalDate", "inHospitalDate"),
    ("OutHospitalDate", "outHospitalDate"),
    ("HospitalDay", "hospitalDay"),
    ("MedicalInsuranceType", "medCareTypeCode"),
    ("MedicalInsuranceID", "medicalInsuranceID"),
)
EXT_AMOUNTS: Final[tuple[Row, ...]] = (
    ("PrepayAmount", "prepayAmount"),
    ("RechargeAmount", "rechargeAmount"),
    ("RefundAmount", "refundAmount"),
    ("SelfpaymentAmount", "selfPayAmt"),
    ("SelfpaymentCost", "selfConceitedAmt"),
)
PAYER_TEXTS: Final[tuple[Row, ...]] = (("PayerPartyCode", "idCardNo"), ("PayerPartyName", "payer"))
ITEM_TEXTS: Final[tuple[Row, ...]] = (
    ("ItemCode", "chargeCode"),
    ("ItemName", "chargeName"),
    ("ItemUnit", "unit"),
    ("ItemStd", "std"),
    ("ItemRemark", "remark"),
)
ITEM_AMOUNTS: Final[tuple[Row, ...]] = (("ItemQuantity", "number"), ("ItemAmount", "amt"))
AUX_TEXTS: Final[tuple[Row, ...]] = (
    ("AuxItemRelatedCode", "chargeCode"),
    ("AuxItemRelatedName", "chargeName"),
    ("AuxItemCode", "code"),
    ("AuxItemName", "name"),
    ("AuxItemUnit", "unit"),
    ("AuxItemStd", "std"),
    ("AuxItemRemark", "remark"),
)
AUX_AMOUNTS: Final[tuple[Row, ...]] = (("AuxItemQuantity", "number"), ("AuxItemAmount", "amt"))


def form_defaults(bill: ExchangeBill, line: HospitalLine) -> dict[str, str]:
    """Return what stands in the elements that only the form knows, by path within Main."""
    visit = "住院" if line.is_inpatient else "门诊"
    return {
        "EInvoiceName": f"医疗{visit}收费票据（电子）",
        "EInvoiceSpecimenCode": "",
        "InvoicingParty/RecName": bill.issuer_name,
        "InvoicingParty/RecAcct": "",
        "InvoicingParty/RecOpBk": "",
        "PayerParty/PayerAcct": "",
        "PayerParty/PayerOpBk": "",
        "CurrencyType": "CNY",
        "ExchangeRate": "1.00",
        "SupervisorRemark": "",
        "MainExt/PayCode": "",
        "InvoicingPartySeal/SealId": "",
        "InvoicingPartySeal/SealName": bill.issuer_name,
        "InvoicingPartySeal/SealHash": "",
        "SupervisorPartySeal/SealId": "",
        "SupervisorPartySeal/SealHash": "",
    }


def national_values(bill: ExchangeBill) -> dict[str, Value]:
    """Return the elements of Header and EInvoiceData.

    Raises:
        Refused: `his.*` when the bill's line cannot be read; `xml.sum_of_items`,
            `xml.payment_split`, `xml.amount_words_differ` when the bill does not add up.
    """
    line = read_hospital_line(bill.details)
    check_amounts(bill, line)
    header = {
        "EInvoiceTag": bill.tag,
        "EInvoiceID": f"{bill.number_text[::-1]}-{bill.code[::-1]}",
        "Version": VERSION,
    }
    data: dict[str, Value] = {
        "Main": _main(bill, line),
        "Details": {"Item": [_row(row, ITEM_TEXTS, ITEM_AMOUNTS, bill) for row in line.charges]},
        "AuxDetails": {"AuxItem": _aux_items(bill, line)},
    }
    return {"Header": header, "EInvoiceData": data}


def check_amounts(bill: ExchangeBill, line: HospitalLine) -> None:
    """Check that the classes and the payers make the total, and that the capitals say it."""
    total = sum(_scaled(row.get("amt", "0"), 2, "Details") for row in line.charges)
    if (-total if bill.is_red else total) != bill.total_fen:
        raise Refused("xml.sum_of_items", "the items do not make the total", "Main/TotalAmount")
    if bill.fund_fen + bill.other_fen + bill.account_fen + bill.own_fen != bill.total_fen:
        raise Refused(
            "xml.payment_split", "fund + other + account + own is not the total", "Main/MainExt"
        )
    _check_lines(line)
    for row in line.others:
        words = amount_words(-bill.total_fen if bill.is_red else bill.total_fen)
        if WORDS_NAME in row.get("infoName", "") and row.get("infoValue", "") != words:
            raise Refused(
                "xml.amount_words_differ",
                "the amount in capitals is not the figure",
                "Main/MainExt/OtherInfo",
            )


def _check_lines(line: HospitalLine) -> None:
    """Check that the list lines of a class, rounded to the fen, make the class."""
    if not line.lines:
        return
    by_class: dict[str, int] = {}
    for row in line.charges:
        code = row.get("chargeCode", "")
        by_class[code] = by_class.get(code, 0) + _scaled(row.get("amt", "0"), 2, "Details")
    by_lines = dict.fromkeys(by_class, 0)
    for row in line.lines:
        code = row.get("chargeCode", "")
        if code not in by_lines:
            raise Refused("xml.sum_of_lines", "a line of a class that is not there", "AuxDetails")
        by_lines[code] += _scaled(row.get("amt", "0"), 4, "AuxDetails")
    if any((by_lines[code] + 50) // 100 != fen for code, fen in by_class.items()):
        raise Refused("xml.sum_of_lines", "the lines of a class do not make it", "AuxDetails")


def other_type(name: str, value: str) -> str:
    """Return what a provincial extra is: words, amount, date or text."""
    if WORDS_NAME in name:
        return "words"
    yuan, point, fen = value.removeprefix("-").partition(".")
    if point and len(fen) == 2 and (yuan + fen).isascii() and (yuan + fen).isdigit():
        return "amount"
    return "date" if is_real_date(value) else "text"


def turned_other(kind: str, value: str) -> str:
    """Return a provincial extra as it stands on the mirror of a bill."""
    if kind == "amount":
        return turned(value)
    if kind != "words" or value == amount_words(0):
        return value
    return value[1:] if value.startswith("负") else f"负{value}"


def handling_person(line: HospitalLine) -> str:
    """Return who issued the bill (开票人): the one named as such, else the cashier."""
    return line.fields.get("author") or line.fields.get("payee", "")


def _main(bill: ExchangeBill, line: HospitalLine) -> dict[str, Value]:
    form = {**form_defaults(bill, line), **dict(bill.form_values)}
    fields = line.fields
    return {
        "EInvoiceName": form["EInvoiceName"],
        "EInvoiceCode": bill.code,
        "EInvoiceNumber": bill.number_text,
        "RandomNumber": bill.check_code,
        "EInvoiceSpecimenCode": form["EInvoiceSpecimenCode"],
        "SupervisorAreaCode": bill.area_code,
        "TotalAmount": format_yuan(bill.total_fen),
        "IssueDate": issue_date(bill.time_ms),
        "IssueTime": issue_time(bill.time_ms),
        "InvoicingParty": {
            "InvoicingPartyCode": bill.issuer_uscc,
            "InvoicingPartyName": bill.issuer_name,
            **_below(form, "InvoicingParty"),
        },
        "PayerParty": {
            "PayerPartyType": fields.get("payerType") or "1",
            **_texts(fields, PAYER_TEXTS),
            **_below(form, "PayerParty"),
        },
        "PayMode": _pay_mode(line),
        "BizCode": bill.business_number,
        "CurrencyType": form["CurrencyType"],
        "ExchangeRate": form["ExchangeRate"],
        **_texts(fields, MAIN_TEXTS),
        "HandlingPerson": handling_person(line),
        "SupervisorRemark": form["SupervisorRemark"],
        "MainExt": _main_ext(bill, line, form["MainExt/PayCode"]),
        "InvoicingPartySeal": _below(form, "InvoicingPartySeal"),
        "SupervisorPartySeal": {
            "SealName": bill.supervisor_name,
            **_below(form, "SupervisorPartySeal"),
        },
    }


def _main_ext(bill: ExchangeBill, line: HospitalLine, pay_code: str) -> dict[str, Value]:
    left_out = OUTPATIENT_ONLY if line.is_inpatient else INPATIENT_ONLY
    values: dict[str, Value] = {
        "RelatedInvoiceCode": bill.related_code,
        "RelatedInvoiceNumber": f"{bill.related_number:010d}" if bill.is_red else "",
        "PayCode": pay_code,
        "BusinessDate": line.fields.get("busDateTime", "")[:8],
        "MedicalType": line.medical_type,
        "FundPayAmount": format_yuan(bill.fund_fen),
        "OtherPayAmount": format_yuan(bill.other_fen),
        "AccountPayAmount": format_yuan(bill.account_fen),
        "OwnPayAmount": format_yuan(bill.own_fen),
        "OtherInfo": {"Info": [_other(bill, row) for row in line.others]},
        **_row(line.fields, EXT_TEXTS, EXT_AMOUNTS, bill),
    }
    return {name: value for name, value in values.items() if name not in left_out}


def _other(bill: ExchangeBill, row: Fields) -> dict[str, str]:
    name, value = row.get("infoName", ""), row.get("infoValue", "")
    kind = other_type(name, value)
    return {
        "InfoNo": row.get("infoNo", ""),
        "InfoName": name,
        "InfoType": kind,
        "InfoValue": turned_other(kind, value) if bill.is_red else value,
    }


def _aux_items(bill: ExchangeBill, line: HospitalLine) -> list[dict[str, str]]:
    classes = {row.get("chargeCode", ""): row.get("chargeName", "") for row in line.charges}
    return [
        _row(
            {"chargeName": classes.get(row.get("chargeCode", ""), ""), **row},
            AUX_TEXTS,
            AUX_AMOUNTS,
            bill,
        )
        for row in line.lines
    ]


def _row(
    fields: Fields, texts: Iterable[Row], amounts: Iterable[Row], bill: ExchangeBill
) -> dict[str, str]:
    """Return elements from a row's fields, amounts negated on a red bill."""
    figures = _texts(fields, amounts)
    if bill.is_red:
        figures = {name: turned(figure) for name, figure in figures.items()}
    return {**_texts(fields, texts), **figures}


def _texts(fields: Fields, elements: Iterable[Row]) -> dict[str, str]:
    return {element: fields.get(key, "") for element, key in elements}


def _below(form: Mapping[str, str], place: str) -> dict[str, str]:
    head = place + "/"
    return {path[len(head) :]: text for path, text in form.items() if path.startswith(head)}


def _pay_mode(line: HospitalLine) -> str:
    """Return by which way the patient paid; empty when the insurance paid all."""
    ways = [row.get("payChannelCode", "") for row in line.channels]
    ways = [way for way in ways if way != INSURANCE_CHANNEL]
    return PAY_MODES.get(ways[0], "4") if ways else ""


def _scaled(figure: str, places: int, place: str) -> int:
    if figure.startswith("-"):
        return -parse_decimal(figure[1:], places, place)
    return parse_decimal(figure, places, place)
