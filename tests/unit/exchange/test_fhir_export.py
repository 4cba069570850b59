"""A bill as a FHIR bundle, checked by a FHIR library of others."""

import json
import re
from dataclasses import replace
from decimal import Decimal

import pytest
from fhir.resources.R4B.bundle import Bundle

from exchange.bill import StatusBlock
from exchange.fhir_export import export_fhir
from exchange.national_xml import NationalDocument
from tests.support.exchange_bills import bill_of_line, good_bill, red_bill
from tests.support.fhir_bundles import endorsed, exported
from tests.support.his_lines import encoded, good_line, hospital_day
from tests.support.refusals import refused
from tests.support.scale import scaled

LINES = [encoded(good_line()), *hospital_day()[:: 1295 // scaled(100)]]


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("is_public", [False, True])
def test_a_fhir_library_takes_every_bundle(line: bytes, is_public: bool) -> None:
    for bill in (bill_of_line(line), red_bill(bill_of_line(line))):
        bundle = export_fhir(endorsed(bill), is_public=is_public)
        read = Bundle.model_validate_json(bundle)
        invoice = next(
            e.resource for e in read.entry if e.resource.get_resource_type() == "Invoice"
        )
        assert invoice.totalGross.value == Decimal(bill.total_fen) / 100
        assert bundle == export_fhir(endorsed(bill), is_public=is_public)


@pytest.mark.parametrize("line", LINES)
def test_every_reference_leads_to_a_resource_of_the_bundle(line: bytes) -> None:
    bundle = export_fhir(endorsed(bill_of_line(line))).decode()
    urls = re.findall(r'"fullUrl":"([^"]+)"', bundle)
    assert len(set(urls)) == len(urls)
    assert set(re.findall(r'"reference":"([^"]+)"', bundle)) <= set(urls)


@pytest.mark.parametrize("line", LINES)
def test_lines_and_components_make_the_total_to_the_fen(line: bytes) -> None:
    for bill in (bill_of_line(line), red_bill(bill_of_line(line))):
        (invoice,) = exported(bill, "Invoice")
        total = Decimal(invoice["totalGross"]["value"])
        lines = [Decimal(i["priceComponent"][0]["amount"]["value"]) for i in invoice["lineItem"]]
        parts = [Decimal(part["amount"]["value"]) for part in invoice["totalPriceComponent"]]
        assert (sum(lines), sum(parts[:4])) == (total, total)
        assert total == Decimal(bill.total_fen) / 100


def test_the_invoice_carries_what_stands_on_the_face() -> None:
    (invoice,) = exported(good_bill(), "Invoice")
    assert invoice["identifier"] == [
        {"system": "urn:cn:mof:einvoice", "value": "46060226-0000000001"},
        {"system": "urn:cn:mof:einvoice:check-code", "value": "22d0f1"},
    ]
    assert invoice["type"]["text"] == "住院"
    assert invoice["date"] == "2026-09-21T22:16:24+08:00"
    assert [p["actor"]["display"] for p in invoice["participant"]] == ["收费员01"] * 2
    assert invoice["totalGross"] == {"value": "30.00", "currency": "CNY"}


def test_a_list_line_is_part_of_its_class_and_keeps_its_digits() -> None:
    items = exported(good_bill(), "ChargeItem")
    assert len(items) == 4
    medicine = items[3]
    assert medicine["partOf"] == [{"reference": f"urn:uuid:{items[1]['id']}"}]
    assert medicine["priceOverride"]["value"] == "9.9999"
    assert medicine["quantity"] == {"value": "3"}
    assert medicine["occurrenceDateTime"] == "2026-09-10"
    red = exported(red_bill(good_bill()), "ChargeItem")[3]
    assert (red["priceOverride"]["value"], red["quantity"]["value"]) == ("-9.9999", "-3")


@pytest.mark.parametrize(
    ("status", "word"),
    [
        (StatusBlock(), "issued"),
        (StatusBlock(is_accounted=True, accounted_date="20261001"), "balanced"),
        (StatusBlock(is_accounted=True, is_reversed=True, reversal_number=9), "cancelled"),
    ],
)
def test_the_status_says_what_became_of_the_bill(status: StatusBlock, word: str) -> None:
    (invoice,) = exported(replace(good_bill(), status=status), "Invoice")
    assert invoice["status"] == word
    assert ("cancelledReason" in invoice) == (word == "cancelled")


def test_a_red_bill_and_its_blue_one_name_each_other() -> None:
    blue = good_bill()
    status = StatusBlock(is_reversed=True, reversal_code=blue.code, reversal_number=900)
    (invoice,) = exported(replace(blue, status=status), "Invoice")
    (red,) = exported(red_bill(blue), "Invoice")
    assert invoice["extension"][0]["valueIdentifier"]["value"] == red["identifier"][0]["value"]
    assert red["extension"][0]["valueIdentifier"]["value"] == invoice["identifier"][0]["value"]


def test_a_public_bundle_holds_nothing_personal() -> None:
    bundle = export_fhir(endorsed(good_bill()), is_public=True).decode()
    for needle in ("马娜", "11010519491231002X", "13914740092", "22d0f1", "lisinopril", "诊察"):
        assert needle not in bundle
        assert needle in export_fhir(endorsed(good_bill())).decode() or needle == "13914740092"
    kinds = [entry["resource"]["resourceType"] for entry in json.loads(bundle)["entry"]]
    assert kinds == ["Organization", "Invoice", "Provenance"]


def test_a_draft_of_a_kind_without_a_name_is_exported_too() -> None:
    line = good_line()
    line.pop("payer")
    line["sex"] = "男"
    line["listDetail"] = [{"listDetailNo": "1", "chargeCode": "02", "name": "x", "amt": "20.00"}]
    line["listDetail"].append({"listDetailNo": "2", "chargeCode": "09", "amt": "10.00"})
    bill = replace(bill_of_line(encoded(line)), code="46069926")
    bundle = export_fhir(NationalDocument(bill))
    Bundle.model_validate_json(bundle)
    document = json.loads(bundle)
    kinds = [entry["resource"]["resourceType"] for entry in document["entry"]]
    assert "Provenance" not in kinds
    assert document["entry"][1]["resource"]["gender"] == "male"


def test_a_bill_that_does_not_add_up_is_not_exported() -> None:
    with refused("xml.payment_split"):
        export_fhir(NationalDocument(replace(good_bill(), own_fen=1)))
