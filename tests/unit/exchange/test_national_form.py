"""The form of the national schema, held against the published table."""

from exchange.national_form import (
    DATA,
    HEADER,
    INPATIENT_ONLY,
    NATIONAL,
    OUTPATIENT_ONLY,
    SUPERVISOR_SIGNATURE,
    UNIT_SIGNATURE,
)
from exchange.xml_form import Part

MAIN = """
EInvoiceName EInvoiceCode EInvoiceNumber RandomNumber EInvoiceSpecimenCode
SupervisorAreaCode TotalAmount IssueDate IssueTime InvoicingParty PayerParty PayMode BizCode
CurrencyType ExchangeRate Remark HandlingPerson Checker SupervisorRemark MainExt
InvoicingPartySeal SupervisorPartySeal
"""


def names(part: Part) -> list[str]:
    return [child.name for child in part.parts]


def part_at(root: Part, *path: str) -> Part:
    for name in path:
        root = next(child for child in root.parts if child.name == name)
    return root


def test_the_elements_stand_in_the_published_order() -> None:
    assert names(NATIONAL)[:2] == ["Header", "EInvoiceData"]
    assert names(HEADER) == ["EInvoiceTag", "EInvoiceID", "Version"]
    assert names(DATA) == ["Main", "Details", "AuxDetails"]
    assert names(part_at(DATA, "Main")) == MAIN.split()
    assert names(part_at(DATA, "Main", "PayerParty")) == [
        "PayerPartyType",
        "PayerPartyCode",
        "PayerPartyName",
        "PayerAcct",
        "PayerOpBk",
    ]


def test_only_signatures_and_what_belongs_to_one_kind_of_visit_may_be_missing() -> None:
    extension = part_at(DATA, "Main", "MainExt")
    optional = [child.name for child in extension.parts if child.is_optional]
    assert optional == [*OUTPATIENT_ONLY, *INPATIENT_ONLY]
    assert [part for part in NATIONAL.parts if part.is_optional] == [
        UNIT_SIGNATURE,
        SUPERVISOR_SIGNATURE,
    ]
    assert not any(child.is_optional for child in part_at(DATA, "Main").parts)
