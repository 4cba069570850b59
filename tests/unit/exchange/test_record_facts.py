"""What a resource says beyond its name."""

import json
from decimal import Decimal
from typing import Any

import pytest
from fhir.resources.R4B.observation import Observation

from exchange.record_entries import Category
from exchange.record_facts import PARTS_MAX, Facts
from exchange.record_labels import label
from exchange.record_values import Code
from tests.support.shown_records import GIVEN_RECORDS, given_record_bundle, given_records, shown


def said(type_: str, **elements: Any) -> Facts:
    return shown(type_, **elements).said


def told(type_: str, **elements: Any) -> list[tuple[str, str]]:
    """Return names and texts of the facts."""
    return [(fact.name, fact.text) for fact in said(type_, **elements).facts]


def test_a_results_value_keeps_its_digits() -> None:
    value = {"value": 49.2, "unit": "cm", "system": "http://unitsofmeasure.org", "code": "cm"}
    measure = said("Observation", code={"text": "Height"}, valueQuantity=value).measures[0]
    assert (measure.words, measure.value, measure.unit) == ("Height", "49.2", "cm")
    assert measure.unit_code == Code("http://unitsofmeasure.org", "cm")
    assert measure.is_number


@pytest.mark.parametrize("name", GIVEN_RECORDS)
def test_every_result_has_the_values_that_another_reader_finds(name: str) -> None:
    """The other reader is `fhir.resources`."""
    measures = {
        entry.id: entry.said.measures
        for record in given_records(name)
        for entry in record.of(Category.RESULT)
    }
    numbers = 0
    for each in json.loads(given_record_bundle(name), parse_float=Decimal)["entry"]:
        if each["resource"]["resourceType"] != "Observation":
            continue
        other = Observation.model_validate(each["resource"])
        parts = list(other.component or [other])
        for part, measure in zip(parts, measures[other.id], strict=True):
            assert measure.words == (part.code.text or part.code.coding[0].display)
            assert measure.code == Code("http://loinc.org", part.code.coding[0].code)
            if part.valueQuantity is None:
                assert measure.value == part.valueCodeableConcept.text
                continue
            numbers += 1
            assert Decimal(measure.value) == part.valueQuantity.value
            assert measure.unit == part.valueQuantity.unit
            assert measure.is_number
    assert numbers == {"jorge.json": 47, "man.json": 107, "mariam.json": 136}[name]


@pytest.mark.parametrize(
    ("form", "value", "words", "is_number"),
    [
        ("Integer", 7, "7", True),
        ("String", "清", "清", False),
        ("Boolean", False, "false", False),
        ("Range", {"low": {"value": 1}, "high": {"value": 2, "unit": "g"}}, "1 – 2 g", False),
        ("Ratio", {"numerator": {"value": 1}, "denominator": {"value": 64}}, "1 / 64", False),
        ("Period", {"start": "2026", "end": "2027"}, "2026 – 2027", False),
        ("DateTime", "2026-01-02", "2026-01-02", False),
        ("Time", "09:30:00", "09:30:00", False),
        ("SampledData", {"data": "1 2 3"}, "", False),
        ("Quantity", {"value": "7"}, "", False),
        ("Quantity", 7, "", False),
    ],
)
def test_a_value_of_any_form_is_told(form: str, value: Any, words: str, is_number: bool) -> None:
    measure = said("Observation", **{f"value{form}": value}).measures[0]
    assert (measure.form, measure.value, measure.is_number) == (form, words, is_number)


def test_a_coded_value_keeps_its_code() -> None:
    value = {"coding": [{"system": "urn:x", "code": "1", "display": "Never smoker"}]}
    measure = said("Observation", valueCodeableConcept=value).measures[0]
    assert (measure.value, measure.value_code) == ("Never smoker", Code("urn:x", "1"))


def test_a_result_says_range_interpretation_and_why_there_is_no_value() -> None:
    measure = said(
        "Observation",
        valueQuantity={"value": 7, "comparator": ">"},
        referenceRange=[{"low": {"value": 3.5}, "high": {"value": 5.10}}, {}],
        interpretation=[{"coding": [{"system": "urn:v3", "code": "H", "display": "High"}]}],
    ).measures[0]
    assert measure.comparator == ">"
    assert measure.ranges == ("3.5 – 5.1",)
    assert [(fact.text, fact.code) for fact in measure.interpretations] == [
        ("High", Code("urn:v3", "H"))
    ]
    absent = said("Observation", dataAbsentReason={"text": "refused"}).measures
    assert [(measure.form, measure.absent) for measure in absent] == [("", "refused")]


def test_components_stand_after_the_value_itself() -> None:
    parts = [{"code": {"text": "systolic"}}, {"code": {"text": "diastolic"}}]
    both = said("Observation", code={"text": "pressure"}, valueString="a", component=parts)
    assert [each.words for each in both.measures] == ["pressure", "systolic", "diastolic"]
    alone = said("Observation", code={"text": "pressure"}, component=parts)
    assert [each.words for each in alone.measures] == ["systolic", "diastolic"]


def test_a_report_says_its_results_conclusion_and_files() -> None:
    report = said(
        "DiagnosticReport",
        conclusion="正常",
        result=[{"reference": "Observation/a", "display": "Haemoglobin"}, {}],
        presentedForm=[{"contentType": "text/plain", "data": "YWJj"}],
        issued="2026-01-02T03:04:05Z",
    )
    assert [(fact.name, fact.text) for fact in report.facts] == [
        ("conclusion", "正常"),
        ("issued", "2026-01-02T03:04:05Z"),
    ]
    assert report.facts[1].time is not None
    assert report.facts[1].time.ms == 1_767_323_045_000
    assert [(each.words, each.reference) for each in report.refers] == [
        ("Haemoglobin", "Observation/a")
    ]
    assert [(each.content_type, each.size) for each in report.attachments] == [("text/plain", 3)]


def test_a_medicine_says_how_it_is_taken() -> None:
    dosage = {
        "text": "一日三次，饭后服用",
        "doseAndRate": [{"doseQuantity": {"value": 1, "unit": "片"}}],
        "timing": {"repeat": {"frequency": 3, "period": 1, "periodUnit": "d"}},
        "route": {"text": "口服"},
        "asNeededBoolean": True,
    }
    assert told("MedicationRequest", dosageInstruction=[dosage], intent="order") == [
        ("dosage", "一日三次，饭后服用"),
        ("dose", "1 片"),
        ("times", "3"),
        ("every", "1 d"),
        ("route", "口服"),
        ("as_needed", "true"),
        ("intent", "order"),
    ]
    assert told("MedicationStatement", dosage=[{"text": "a"}]) == [("dosage", "a")]
    amount = {"quantity": {"value": 20, "unit": "片"}}
    assert told("MedicationRequest", dispenseRequest=amount) == [("amount", "20 片")]


CASES = [
    (
        "Procedure",
        {
            "performedPeriod": {"start": "2026", "end": "2027"},
            "reasonReference": [{"display": "Appendicitis"}],
            "performer": [{"actor": {"display": "Dr. Wang"}}],
            "location": {"display": "Room 1"},
            "outcome": {"text": "good"},
            "note": [{"text": "n"}],
        },
        [
            ("end", "2027"),
            ("reason", "Appendicitis"),
            ("outcome", "good"),
            ("performer", "Dr. Wang"),
            ("place", "Room 1"),
            ("note", "n"),
        ],
    ),
    (
        "Immunization",
        {
            "protocolApplied": [{"doseNumberPositiveInt": 2}],
            "lotNumber": "A7",
            "doseQuantity": {"value": 0.50, "unit": "mL"},
            "site": {"text": "left arm"},
        },
        [("dose_number", "2"), ("dose", "0.5 mL"), ("lot", "A7"), ("body_site", "left arm")],
    ),
    (
        "Condition",
        {
            "clinicalStatus": {"coding": [{"code": "resolved"}]},
            "verificationStatus": {"coding": [{"code": "confirmed"}]},
            "onsetDateTime": "1956",
            "onsetAge": {"value": 7, "unit": "a"},
            "abatementDateTime": "1957",
            "severity": {"text": "mild"},
        },
        [
            ("clinical_status", "resolved"),
            ("verification", "confirmed"),
            ("severity", "mild"),
            ("onset", "1956"),
            ("onset", "7 a"),
            ("abatement", "1957"),
        ],
    ),
    (
        "CarePlan",
        {
            "activity": [{"detail": {"code": {"text": "rest"}}}, {"detail": {"description": "d"}}],
            "period": {"end": "2027"},
        },
        [("end", "2027"), ("activity", "rest"), ("activity", "d")],
    ),
    (
        "CareTeam",
        {"participant": [{"member": {"display": "Dr. Wang"}}, {"member": {}}, 5]},
        [("member", "Dr. Wang")],
    ),
    (
        "DocumentReference",
        {"docStatus": "final", "author": [{"display": "a"}], "custodian": {"display": "c"}},
        [("document_status", "final"), ("author", "a"), ("custodian", "c")],
    ),
    (
        "ExplanationOfBenefit",
        {"use": "claim", "outcome": "complete", "payment": {"amount": {"value": 1}}},
        [("use", "claim"), ("outcome", "complete")],
    ),
    ("Provenance", {"agent": [{"who": {"display": "w"}}]}, [("author", "w")]),
    ("Patient", {"birthDate": "1990-01-01"}, []),
    ("Basic", {"note": [{"text": "n"}]}, []),
]


@pytest.mark.parametrize(("type_", "elements", "facts"), CASES)
def test_each_category_has_its_facts(
    type_: str, elements: dict[str, Any], facts: list[tuple[str, str]]
) -> None:
    assert told(type_, **elements) == facts
    for name, _ in facts:
        assert label("fact", name, "en")
        assert label("fact", name, "zh")


def test_a_documents_files_are_told_by_type_and_size() -> None:
    files = said("DocumentReference", content=[{"attachment": {"data": "YWJj"}}, {}]).attachments
    assert [(each.size, each.is_inside) for each in files] == [(3, True), (None, False)]


def test_a_claims_settlement_leads_to_the_claim() -> None:
    refers = said("ExplanationOfBenefit", claim={"reference": "Claim/a"}).refers
    assert [each.reference for each in refers] == ["Claim/a"]


def test_parts_beyond_the_bound_are_counted() -> None:
    many = said(
        "Observation",
        component=[{"valueInteger": 1}] * (PARTS_MAX + 3),
        note=[{"text": "n"}] * (PARTS_MAX + 4),
    )
    assert (len(many.measures), len(many.facts), many.left_out) == (PARTS_MAX, PARTS_MAX, 7)
