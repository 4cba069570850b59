"""One entry of a record as a page shows it."""

from typing import Any

import pytest

from exchange.record_entries import CATEGORIES, Category, read_record_entry
from exchange.record_values import Code
from tests.support.shown_records import shown

NOTE = {"coding": [{"system": "http://loinc.org", "code": "34117-2"}]}


def test_an_entry_has_its_name_and_its_leaf() -> None:
    raw = b'{"fullUrl":"urn:uuid:a","resource":{"resourceType":"Observation","id":"7"}}'
    entry, resource = read_record_entry(raw, 3)
    assert (entry.name, entry.leaf, entry.full_url) == ("Observation/7", "entry/3", "urn:uuid:a")
    assert resource["id"] == "7"


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"\xff", b'{"resource":' + b"[" * 100_000 + b"]" * 100_000 + b"}"]
)
def test_what_cannot_be_read_is_an_entry_without_a_name(raw: bytes) -> None:
    entry, resource = read_record_entry(raw, 3)
    assert (entry.category, entry.name, entry.leaf) == (Category.OTHER, "", "entry/3")
    assert resource == {}


@pytest.mark.parametrize("type_", CATEGORIES)
def test_a_type_stands_under_its_heading(type_: str) -> None:
    assert shown(type_).category is CATEGORIES[type_]


def test_any_other_type_is_shown_by_type_and_name() -> None:
    entry = shown("AllergyIntolerance", code={"text": "花生"}, recordedDate="2026")
    assert (entry.category, entry.name, entry.words) == (
        Category.OTHER,
        "AllergyIntolerance/a",
        "花生",
    )
    assert entry.time.text == "2026"
    assert shown("Basic").name == "Basic/a"


@pytest.mark.parametrize(
    ("type_", "elements", "words"),
    [
        ("Encounter", {"type": [{"text": "Well child visit"}]}, "Well child visit"),
        ("Encounter", {"serviceType": {"text": "儿科"}}, "儿科"),
        ("Immunization", {"vaccineCode": {"text": "IPV"}}, "IPV"),
        ("MedicationRequest", {"medicationCodeableConcept": {"text": "阿司匹林"}}, "阿司匹林"),
        ("MedicationRequest", {"medicationReference": {"display": "Aspirin"}}, "Aspirin"),
        (
            "MedicationRequest",
            {
                "contained": [{"id": "m", "code": {"text": "Aspirin"}}],
                "medicationReference": {"reference": "#m"},
            },
            "Aspirin",
        ),
        (
            "CarePlan",
            {"category": [{"coding": [{"code": "assess-plan"}]}, {"text": "Respiratory therapy"}]},
            "Respiratory therapy",
        ),
        ("CarePlan", {"category": [{"coding": [{"code": "assess-plan"}]}]}, "assess-plan"),
        ("CarePlan", {"title": "康复"}, "康复"),
        ("CareTeam", {"name": "Team 7"}, "Team 7"),
        ("DocumentReference", {"type": NOTE}, "34117-2"),
        ("DocumentReference", {"description": "门诊病历"}, "门诊病历"),
        ("Patient", {"name": [{"text": "王芳"}]}, "王芳"),
        ("Patient", {"name": [{"family": "Wang", "given": ["Fang", 7]}]}, "Wang Fang 7"),
        ("Patient", {}, ""),
    ],
)
def test_an_entry_is_told_in_the_records_words(
    type_: str, elements: dict[str, Any], words: str
) -> None:
    assert shown(type_, **elements).words == words


def test_an_entry_keeps_the_code_of_its_words() -> None:
    assert shown("DocumentReference", type=NOTE).code == Code("http://loinc.org", "34117-2")
    assert shown("Patient", name=[{"text": "a"}]).code is None


@pytest.mark.parametrize(
    ("type_", "elements", "time"),
    [
        ("Observation", {"effectiveDateTime": "2025", "issued": "2026"}, "2025"),
        ("Procedure", {"performedPeriod": {"start": "2025"}}, "2025"),
        ("Condition", {"onsetDateTime": "2025", "recordedDate": "2026"}, "2025"),
        ("Condition", {"recordedDate": "2026"}, "2026"),
        ("MedicationRequest", {"authoredOn": "2026"}, "2026"),
        ("Observation", {"effectiveDateTime": 7, "issued": "2026"}, "7"),
        ("Observation", {}, ""),
    ],
)
def test_an_entrys_time_is_the_nearest_to_the_event(
    type_: str, elements: dict[str, Any], time: str
) -> None:
    assert shown(type_, **elements).time.text == time


def test_a_diagnosis_has_its_clinical_status() -> None:
    resolved = {"coding": [{"system": "urn:x", "code": "resolved"}]}
    assert shown("Condition", clinicalStatus=resolved, status="x").status == "resolved"
    assert shown("Condition", clinicalStatus={"text": "治愈"}).status == "治愈"
    assert shown("Observation", status="final").status == "final"
    assert shown("Observation", status=["final"]).status == ""
