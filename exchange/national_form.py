"""The forms of the bill: the national XML schema (EInvoice) and its blocks.

Rule: element names and their order are those of the data standard. What is inpatients' alone or
outpatients' alone is optional in the form and required by `national_values`, by MedicalType.
Source: the XML tree of the national fiscal e-bill schema as a municipal system uses it; DA/T
95-2022, table B.10, has the same names.
"""

from typing import Final

from exchange.xml_form import Part, texts
from ledger.endorsement import WITHHELD_MAX

ITEMS_MAX: Final = 100
"""Face lines; the classes in use are fourteen."""
AUX_ITEMS_MAX: Final = 5_000
"""List lines; the longest real list seen has some hundreds."""
OTHERS_MAX: Final = 100
"""Provincial extras."""
SIBLINGS_MAX: Final = 64
"""Hashes of a Merkle path."""

OUTPATIENT_ONLY: Final = ("PatientNumber", "MedicalDate")
INPATIENT_ONLY: Final = (
    "CaseNumber",
    "HospitalizationNumber",
    "DepartmentName",
    "InHospitalDate",
    "OutHospitalDate",
    "HospitalDay",
    "PrepayAmount",
    "RechargeAmount",
    "RefundAmount",
)

_MAIN_EXT: Final = Part(
    "MainExt",
    (
        *texts("RelatedInvoiceCode", "RelatedInvoiceNumber"),
        *texts("PayCode", "BusinessNumber", "BusinessDate"),
        *texts("Gender", "MedicalType", "OrgType"),
        *(Part(name, is_optional=True) for name in (*OUTPATIENT_ONLY, *INPATIENT_ONLY)),
        *texts("MedicalInsuranceType", "MedicalInsuranceID"),
        *texts("FundPayAmount", "OtherPayAmount", "AccountPayAmount", "OwnPayAmount"),
        *texts("SelfpaymentAmount", "SelfpaymentCost"),
        Part(
            "OtherInfo",
            (
                Part(
                    "Info",
                    texts("InfoNo", "InfoName", "InfoType", "InfoValue"),
                    rows_max=OTHERS_MAX,
                ),
            ),
        ),
    ),
)

_MAIN: Final = Part(
    "Main",
    (
        *texts("EInvoiceName", "EInvoiceCode", "EInvoiceNumber", "RandomNumber"),
        *texts("EInvoiceSpecimenCode", "SupervisorAreaCode", "TotalAmount"),
        *texts("IssueDate", "IssueTime"),
        Part(
            "InvoicingParty",
            texts("InvoicingPartyCode", "InvoicingPartyName", "RecName", "RecAcct", "RecOpBk"),
        ),
        Part(
            "PayerParty",
            texts("PayerPartyType", "PayerPartyCode", "PayerPartyName", "PayerAcct", "PayerOpBk"),
        ),
        *texts("PayMode", "BizCode", "CurrencyType", "ExchangeRate", "Remark"),
        *texts("HandlingPerson", "Checker", "SupervisorRemark"),
        _MAIN_EXT,
        Part("InvoicingPartySeal", texts("SealId", "SealName", "SealHash")),
        Part("SupervisorPartySeal", texts("SealId", "SealName", "SealHash")),
    ),
)

_ITEM: Final = Part(
    "Item",
    texts(
        "ItemCode",
        "ItemName",
        "ItemUnit",
        "ItemQuantity",
        "ItemStd",
        "ItemAmount",
        "ItemRemark",
    ),
    rows_max=ITEMS_MAX,
)

_AUX_ITEM: Final = Part(
    "AuxItem",
    texts(
        "AuxItemRelatedCode",
        "AuxItemRelatedName",
        "AuxItemCode",
        "AuxItemName",
        "AuxItemQuantity",
        "AuxItemUnit",
        "AuxItemStd",
        "AuxItemAmount",
        "AuxItemRemark",
    ),
    rows_max=AUX_ITEMS_MAX,
)

HEADER: Final = Part("Header", texts("EInvoiceTag", "EInvoiceID", "Version"))
DATA: Final = Part(
    "EInvoiceData", (_MAIN, Part("Details", (_ITEM,)), Part("AuxDetails", (_AUX_ITEM,)))
)
UNIT_SIGNATURE: Final = Part(
    "InvoicingPartySignature",
    texts("SignatureAlgorithm", "KeyId", "SignatureValue"),
    is_optional=True,
)
SUPERVISOR_SIGNATURE: Final = Part(
    "SupervisorSignature",
    (
        *texts("SignatureAlgorithm", "KeyId", "SignatureValue"),
        *texts("BlockHeight", "FacesRoot", "FaceIndex", "FaceCount"),
        Part("FacePath", (Part("Sibling", rows_max=SIBLINGS_MAX),)),
        Part(
            "WithheldBills",
            (
                Part(
                    "Withheld",
                    texts("WithheldCode", "WithheldNumber", "WithheldReason"),
                    rows_max=WITHHELD_MAX,
                ),
            ),
        ),
    ),
    is_optional=True,
)
NATIONAL: Final = Part("EInvoice", (HEADER, DATA, UNIT_SIGNATURE, SUPERVISOR_SIGNATURE))
"""The whole document."""
