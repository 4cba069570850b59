"""A second writer of the national and the archive XML, from the published element table alone.

Imports nothing of the project: the element names and their order are typed in again from the
table of the data standard, the bill comes as the hospital's line and a few plain values, figures
are text throughout. Written so that a document of the project can be held against it byte by byte.
"""

import base64
import hashlib
import json
from collections.abc import Iterable
from typing import Any
from xml.sax.saxutils import escape

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


def element(name: str, text: str) -> str:
    return "<" + name + ">" + escape(text) + "</" + name + ">"


def parent(name: str, *children: str) -> str:
    return "<" + name + ">" + "".join(children) + "</" + name + ">"


def negative(figure: str) -> str:
    """Return the mirror of a figure: 13.05 and -13.05; nothing and zero have no sign."""
    if figure[:1] == "-":
        return figure[1:]
    return figure if not figure.strip("0.") else "-" + figure


def header_and_data(line: dict[str, Any], face: dict[str, str], is_red: bool) -> str:
    """Return Header and EInvoiceData of a bill.

    Args:
        line: the hospital's line, all figures as text.
        face: code, number, check, date, time, uscc, unit, supervisor, area; on a red bill
            blue_code and blue_number.
    """
    sign = negative if is_red else str
    header = parent(
        "Header",
        element("EInvoiceTag", "CZ-EI-" + face["code"][0:2]),
        element("EInvoiceID", face["number"][::-1] + "-" + face["code"][::-1]),
        element("Version", "1.1.0"),
    )
    inpatient = line["busType"] == "01"
    items = [
        parent(
            "Item",
            element("ItemCode", row["chargeCode"]),
            element("ItemName", row["chargeName"]),
            element("ItemUnit", row["unit"]),
            element("ItemQuantity", sign(row["number"])),
            element("ItemStd", row["std"]),
            element("ItemAmount", sign(row["amt"])),
            element("ItemRemark", row.get("remark", "")),
        )
        for row in line["chargeDetail"]
    ]
    names = {row["chargeCode"]: row["chargeName"] for row in line["chargeDetail"]}
    aux = [
        parent(
            "AuxItem",
            element("AuxItemRelatedCode", row["chargeCode"]),
            element("AuxItemRelatedName", names[row["chargeCode"]]),
            element("AuxItemCode", row["code"]),
            element("AuxItemName", row["name"]),
            element("AuxItemQuantity", sign(row["number"])),
            element("AuxItemUnit", row["unit"]),
            element("AuxItemStd", row["std"]),
            element("AuxItemAmount", sign(row["amt"])),
            element("AuxItemRemark", row.get("remark", "")),
        )
        for row in line["listDetail"]
    ]
    data = parent(
        "EInvoiceData",
        main(line, face, inpatient, sign),
        parent("Details", *items),
        parent("AuxDetails", *aux),
    )
    return header + data


def main(line: dict[str, Any], face: dict[str, str], inpatient: bool, sign: Any) -> str:
    visit = "住院" if inpatient else "门诊"
    return parent(
        "Main",
        element("EInvoiceName", "医疗" + visit + "收费票据（电子）"),
        element("EInvoiceCode", face["code"]),
        element("EInvoiceNumber", face["number"]),
        element("RandomNumber", face["check"]),
        element("EInvoiceSpecimenCode", ""),
        element("SupervisorAreaCode", face["area"]),
        element("TotalAmount", sign(line["totalAmt"])),
        element("IssueDate", face["date"]),
        element("IssueTime", face["time"]),
        parent(
            "InvoicingParty",
            element("InvoicingPartyCode", face["uscc"]),
            element("InvoicingPartyName", face["unit"]),
            element("RecName", face["unit"]),
            element("RecAcct", ""),
            element("RecOpBk", ""),
        ),
        parent(
            "PayerParty",
            element("PayerPartyType", "1"),
            element("PayerPartyCode", line["idCardNo"]),
            element("PayerPartyName", line["payer"]),
            element("PayerAcct", ""),
            element("PayerOpBk", ""),
        ),
        element("PayMode", pay_mode(line["payChannelDetail"])),
        element("BizCode", line["busNo"]),
        element("CurrencyType", "CNY"),
        element("ExchangeRate", "1.00"),
        element("Remark", line.get("remark", "")),
        element("HandlingPerson", line.get("author") or line["payee"]),
        element("Checker", line.get("checker", "")),
        element("SupervisorRemark", ""),
        main_ext(line, face, inpatient, sign),
        seal("InvoicingPartySeal", face["unit"]),
        seal("SupervisorPartySeal", face["supervisor"]),
    )


def main_ext(line: dict[str, Any], face: dict[str, str], inpatient: bool, sign: Any) -> str:
    if inpatient:
        own = (
            element("CaseNumber", line.get("caseNumber", "")),
            element("HospitalizationNumber", line.get("hospitalizationNumber", "")),
            element("DepartmentName", line.get("departmentName", "")),
            element("InHospitalDate", line.get("inHospitalDate", "")),
            element("OutHospitalDate", line.get("outHospitalDate", "")),
            element("HospitalDay", line.get("hospitalDay", "")),
            element("PrepayAmount", sign(line.get("prepayAmount", ""))),
            element("RechargeAmount", sign(line.get("rechargeAmount", ""))),
            element("RefundAmount", sign(line.get("refundAmount", ""))),
        )
    else:
        own = (
            element("PatientNumber", line.get("patientNo", "")),
            element("MedicalDate", line.get("consultationDate", "")),
        )
    extras = [
        parent(
            "Info",
            element("InfoNo", extra["infoNo"]),
            element("InfoName", extra["infoName"]),
            element("InfoType", "amount"),
            element("InfoValue", sign(extra["infoValue"])),
        )
        for extra in line.get("otherInfo", [])
    ]
    return parent(
        "MainExt",
        element("RelatedInvoiceCode", face.get("blue_code", "")),
        element("RelatedInvoiceNumber", face.get("blue_number", "")),
        element("PayCode", ""),
        element("BusinessNumber", line["busNo"]),
        element("BusinessDate", line["busDateTime"][0:8]),
        element("Gender", line.get("sex", "")),
        element("MedicalType", "2" if inpatient else "1"),
        element("OrgType", ""),
        *own,
        element("MedicalInsuranceType", line.get("medCareTypeCode", "")),
        element("MedicalInsuranceID", line.get("medicalInsuranceID", "")),
        element("FundPayAmount", sign(line["fundPay"])),
        element("OtherPayAmount", sign(line["otherfundPay"])),
        element("AccountPayAmount", sign(line["accountPay"])),
        element("OwnPayAmount", sign(line["ownPay"])),
        element("SelfpaymentAmount", sign(line["selfPayAmt"])),
        element("SelfpaymentCost", sign(line["selfConceitedAmt"])),
        parent("OtherInfo", *extras),
    )


def seal(name: str, owner: str) -> str:
    return parent(name, element("SealId", ""), element("SealName", owner), element("SealHash", ""))


def pay_mode(channels: Iterable[dict[str, str]]) -> str:
    for channel in channels:
        if channel["payChannelCode"] != "11":
            return {"02": "1", "07": "2", "03": "3"}.get(channel["payChannelCode"], "4")
    return ""


def unit_signature(body: str, chain: bytes, key_id: bytes, sign: Any) -> str:
    """Return the unit's signature element over Header and EInvoiceData."""
    digest = hashlib.sha256(body.encode()).digest()
    signature = sign(b"piaolian\x01" + bytes([20]) + chain + digest)
    text = base64.urlsafe_b64encode(signature).decode().rstrip("=")
    return parent(
        "InvoicingPartySignature",
        element("SignatureAlgorithm", "Ed25519"),
        element("KeyId", key_id.hex()),
        element("SignatureValue", text),
    )


def supervisor_signature(values: dict[str, str], siblings: list[bytes]) -> str:
    """Return finance's element; `values` by element name, nothing withheld."""
    names = ("KeyId", "SignatureValue", "BlockHeight", "FacesRoot", "FaceIndex", "FaceCount")
    return parent(
        "SupervisorSignature",
        element("SignatureAlgorithm", "Ed25519"),
        *(element(name, values[name]) for name in names),
        parent("FacePath", *(element("Sibling", sibling.hex()) for sibling in siblings)),
        parent("WithheldBills"),
    )


def national(line: dict[str, Any], face: dict[str, str], is_red: bool = False) -> bytes:
    """Return an unsigned document."""
    return (DECLARATION + parent("EInvoice", header_and_data(line, face, is_red))).encode()


def archive(line: dict[str, Any], face: dict[str, str], check: dict[str, str]) -> bytes:
    """Return an unsigned archive document with its FinanceCheck."""
    finance = parent(
        "FinanceCheck",
        element("Result", check["Result"]),
        element("IsExchangePaper", check["IsExchangePaper"]),
        element("PaperInvoiceCode", check["PaperInvoiceCode"]),
        element("PaperInvoiceNumber", check["PaperInvoiceNumber"]),
        element("IsReversal", check["IsReversal"]),
        element("ReversalInvoiceCode", check["ReversalInvoiceCode"]),
        element("ReversalInvoiceNumber", check["ReversalInvoiceNumber"]),
        element("IsAccounted", check["IsAccounted"]),
        element("AccDate", check["AccDate"]),
        element("AccAmount", check["AccAmount"]),
    )
    body = header_and_data(line, face, False)
    return (DECLARATION + parent("MedicalBills", body, finance, parent("Attachments"))).encode()


def figures_as_text(line: bytes) -> dict[str, Any]:
    """Return a hospital's line with every figure as the text it was written as."""
    result: dict[str, Any] = json.loads(line, parse_int=str, parse_float=str)
    return result
