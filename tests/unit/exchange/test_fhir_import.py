"""Claims of others, held against a FHIR library's reading of the same bundles."""

import json
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle

from exchange.fhir_export import export_fhir
from exchange.fhir_import import BUNDLE_SIZE_MAX, Amount, read_claims
from primitives.errors import Refused
from tests.support.exchange_bills import good_bill
from tests.support.fhir_bundles import GIVEN, endorsed, given_bundle
from tests.support.refusals import refused


def cents(value: Decimal) -> int:
    return int((value * 100).quantize(Decimal(1), ROUND_HALF_UP))


@pytest.mark.parametrize("name", GIVEN)
def test_a_fhir_library_reads_the_same_claims(name: str) -> None:
    read = read_claims(given_bundle(name))
    theirs = [entry.resource for entry in Bundle.model_validate_json(given_bundle(name)).entry]
    claims = [r for r in theirs if r.get_resource_type() == "Claim"]
    explanations = [r for r in theirs if r.get_resource_type() == "ExplanationOfBenefit"]
    assert len(read.claims) == len(claims) >= 4
    assert len(read.explanations) == len(explanations) >= 4
    assert read.others == 1
    for ours, their in zip(read.claims, claims, strict=True):
        assert (ours.id, ours.status, ours.patient) == (
            their.id,
            their.status,
            their.patient.reference,
        )
        assert ours.total.fen == cents(their.total.value)
        assert [item.sequence for item in ours.items] == [item.sequence for item in their.item]
        assert [item.net.fen if item.net else None for item in ours.items] == [
            cents(item.net.value) if item.net else None for item in their.item
        ]
        assert [item.code for item in ours.items] == [
            item.productOrService.coding[0].code for item in their.item
        ]
    for ours, their in zip(read.explanations, explanations, strict=True):
        assert ours.payment is not None
        assert ours.payment.fen == cents(their.payment.amount.value)
        assert ours.claim == their.claim.reference
        assert ours.insurer == their.insurer.display


def test_a_claim_is_read_to_the_last_field() -> None:
    claim = read_claims(given_bundle("claims-medicaid.json")).claims[0]
    assert claim.created == "2021-08-22T20:41:50-07:00"
    assert claim.period == ("2021-08-22T20:26:50-07:00", "2021-08-22T20:41:50-07:00")
    assert claim.provider == "TIONGSON FOOT AND ANKLE CARE INC."
    assert claim.insurer == "Medicaid"
    assert claim.total == Amount(130655, True, "USD")
    assert claim.items[1].text == "Hep B, adolescent or pediatric"
    assert claim.items[0].net is None


def test_an_amount_computed_with_floats_is_told_to_be_rounded() -> None:
    explanation = read_claims(given_bundle("claims-aetna.json")).explanations[0]
    assert explanation.payment == Amount(31354, False, "USD")


def test_what_is_personal_is_not_in_a_claims_repr() -> None:
    shown = repr(read_claims(given_bundle("claims-medicaid.json")).claims[0])
    assert "593aaa05" not in shown
    assert "130655" not in shown


def test_our_own_explanation_is_read_as_it_was_written() -> None:
    (explanation,) = read_claims(export_fhir(endorsed(good_bill()))).explanations
    assert explanation.total == Amount(3000, True, "CNY")
    assert explanation.payment == Amount(2000, True, "CNY")
    assert [item.net for item in explanation.items] == [
        Amount(2000, True, "CNY"),
        Amount(1000, True, "CNY"),
    ]
    assert explanation.provider.startswith("urn:uuid:")


def changed(kind: str, path: str, value: Any, *, remove: bool = False) -> bytes:
    """Return the first given bundle with one value of its first resource of a kind replaced."""
    bundle = json.loads(given_bundle(GIVEN[0]))
    at = next(e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == kind)
    *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    for step in way:
        at = at[step]
    if remove:
        del at[last]
    else:
        at[last] = value
    return json.dumps(bundle).encode()


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("id", "a b", "fhir.wrong_value"),
        ("id", 7, "fhir.wrong_type"),
        ("status", "", "fhir.missing_field"),
        ("patient", "x", "fhir.wrong_type"),
        ("patient.reference", "", "fhir.missing_field"),
        ("created", "yesterday", "fhir.wrong_value"),
        ("created", "2021-13-01", "fhir.wrong_value"),
        ("billablePeriod.start", "2021-08-22T20:41", "fhir.wrong_value"),
        ("provider.display", "x" * 1001, "fhir.text_too_long"),
        ("provider.display", "a\u202eb", "fhir.forbidden_character"),
        ("total.value", "1.00", "fhir.wrong_type"),
        ("total.value", 10**30, "fhir.wrong_type"),
        ("total.currency", "yuan", "fhir.wrong_value"),
        ("item", {}, "fhir.wrong_type"),
        ("item", [1] * 5001, "fhir.too_many"),
        ("item.0", 1, "fhir.wrong_type"),
        ("item.0.sequence", "1", "fhir.wrong_type"),
        ("item.0.sequence", -1, "fhir.wrong_type"),
        ("item.0.productOrService", None, "fhir.wrong_type"),
        ("item.1.net.value", True, "fhir.wrong_type"),
    ],
)
def test_a_claim_in_another_form_is_refused_with_its_place(
    path: str, value: object, code: str
) -> None:
    with pytest.raises(Refused) as caught:
        read_claims(changed("Claim", path, value))
    assert caught.value.code == code
    assert caught.value.field.startswith("entry[1].resource.")


@pytest.mark.parametrize("path", ["id", "status", "patient", "created", "provider", "total"])
def test_a_claim_without_what_it_must_have_is_refused(path: str) -> None:
    with refused("fhir.missing_field", f"entry[1].resource.{path}"):
        read_claims(changed("Claim", path, None, remove=True))


def test_what_may_be_missing_is_empty() -> None:
    bundle = changed("Claim", "insurance", [])
    assert read_claims(bundle).claims[0].insurer == ""
    bundle = changed("Claim", "billablePeriod", {})
    assert read_claims(bundle).claims[0].period == ("", "")
    bundle = changed("Claim", "item.0.productOrService", {"text": "x"})
    assert read_claims(bundle).claims[0].items[0].code == ""
    bundle = changed("ExplanationOfBenefit", "payment", {})
    assert read_claims(bundle).explanations[0].payment is None
    bundle = changed("Claim", "insurance.0.coverage", {"reference": "#c"})
    assert read_claims(bundle).claims[0].insurer == "#c"


def test_an_explanation_without_a_submitted_total_is_refused() -> None:
    with pytest.raises(Refused, match=r"fhir\.missing_field"):
        read_claims(changed("ExplanationOfBenefit", "total", []))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"{}", "fhir.wrong_resource"),
        (b'{"resourceType":"Claim"}', "fhir.wrong_resource"),
        (b'{"resourceType":"Bundle","entry":[{}]}', "fhir.missing_field"),
        (b'{"resourceType":"Bundle","entry":[1]}', "fhir.wrong_type"),
        (b'{"resourceType":"Bundle","entry":[{"resource":{}}]}', "fhir.missing_field"),
        (b'{"resourceType":"Bundle","entry":' + b"[" + b"{}," * 20_000 + b"{}]}", "fhir.too_many"),
        (b" " * (BUNDLE_SIZE_MAX + 1), "fhir.too_long"),
    ],
)
def test_what_is_no_bundle_of_bounded_size_is_refused(data: bytes, code: str) -> None:
    with refused(code):
        read_claims(data)


def test_a_claim_that_stands_twice_is_refused() -> None:
    bundle = json.loads(given_bundle(GIVEN[0]))
    bundle["entry"].append(bundle["entry"][1])
    with refused("fhir.duplicate_resource"):
        read_claims(json.dumps(bundle).encode())
    assert read_claims(b'{"resourceType":"Bundle"}').others == 0
