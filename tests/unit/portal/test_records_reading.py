"""What a document tells a page: read leniently, shown as it was written, put in order."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.pages import texts_records
from portal.pages.catalogue import LANGUAGES
from portal.projection.rows import DocumentRow
from portal.records.reading import instant_ms
from portal.records.record_view import KINDS, Record, read_record
from portal.records.timeline import Choice, Entry, entries_of, read_choice, sheet_of, years_of
from portal.records.trends import trends_of
from primitives.errors import Unavailable
from tests.support.record_texts import observation, resource, rest_text, visit_text
from tests.support.vectors import DATA


def record_at(day: str, *resources: dict[str, Any] | str) -> Record:
    return read_record(visit_text(*resources, start=f"{day}T09:30:00+08:00"))


def row(document: str) -> DocumentRow:
    height, _, operation = document.split("-")
    return DocumentRow(
        patient=bytes(32),
        document=document,
        kind="01",
        size_class=4096,
        time_ms=1_780_000_000_000,
        height=int(height),
        sequence=int(operation),
        state="published",
        superseded_by="",
        supersedes="",
        visit=b"",
    )


def test_a_visit_is_told_in_the_hospitals_words() -> None:
    record = record_at(
        "2026-03-02",
        resource("Condition", "高血压", clinicalStatus={"coding": [{"code": "active"}]}),
        observation("Glucose", "5.10"),
        resource("MedicationRequest", "氨氯地平", status="active"),
        resource("Basic", "x"),
    )
    assert (record.is_visit, record.title, record.day) == (True, "内科门诊", "2026-03-02")
    assert (record.place, record.people) == ("第一人民医院", ("王医生",))
    assert [(item.kind, item.name) for item in record.items] == [
        ("diagnoses", "高血压"),
        ("results", "Glucose"),
        ("medicines", "氨氯地平"),
        ("other", "x"),
    ]
    (result,) = record.of_kind("results")
    assert (result.value, result.unit, result.is_figure) == ("5.10", "mmol/L", True)


NO_RECORDS = ("", "7", "{}", '{"form":"x","entry":[]}', '{"form":"fhir-visit-1"}')


@pytest.mark.parametrize("text", NO_RECORDS)
def test_what_is_no_record_cannot_be_shown(text: str) -> None:
    with pytest.raises(Unavailable, match=r"details\.unreadable"):
        read_record(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
TYPES = st.sampled_from(
    ["Encounter", "Observation", "Condition", "MedicationRequest", "DiagnosticReport", "Odd", 7]
)


ELEMENTS = st.sampled_from([
    "code", "period", "component", "dosageInstruction", "valueQuantity", "presentedForm", "class",
    "type", "status", "clinicalStatus",
])  # fmt: skip


@given(TYPES, st.dictionaries(ELEMENTS, JSON))
def test_any_resource_is_shown_somehow(kind: object, elements: dict[str, Any]) -> None:
    entry = {"resource": {**elements, "resourceType": kind}}
    text = json.dumps({"form": "fhir-visit-1", "entry": [entry]})
    record = read_record(text)
    assert all(item.kind in KINDS for item in record.items)


@pytest.mark.parametrize("name", ["jorge", "man", "mariam"])
def test_of_a_given_patient_every_resource_but_the_visits_is_an_item(name: str) -> None:
    entries = json.loads((DATA / "fhir" / f"{name}.json").read_bytes())["entry"]
    text = json.dumps({"form": "fhir-rest-1", "entry": entries})
    shown = {item.entry for item in read_record(text).items}
    assert len(shown) == len(entries)


def test_a_trend_is_two_figures_of_one_code_and_unit_in_order() -> None:
    records = [
        ("1-0-0", record_at("2026-03-02", observation("Glucose", "5.10"))),
        ("2-0-0", record_at("2026-01-02", observation("Glucose", "4.9"))),
        ("3-0-0", record_at("2026-02-02", observation("Glucose", "90", "mg/dL"))),
    ]
    (trend,) = trends_of(records)
    assert [figure.value for figure in trend.figures] == ["5.10", "4.9"]
    assert (trend.name, trend.unit, trend.count) == ("Glucose", "mmol/L", 2)
    (left, _), (right, _) = (point.split(",") for point in trend.line.split(" "))
    assert int(left) < int(right)
    assert trend.end == tuple(map(int, trend.line.split(" ")[1].split(",")))


def test_records_stand_by_the_time_of_the_visit_and_the_rest_below() -> None:
    shown = [
        Entry(row("1-0-0"), record_at("1955-11-08")),
        Entry(row("2-0-0"), read_record(rest_text(resource("Patient", "p")))),
        Entry(row("3-0-0"), record_at("2026-03-02", observation("Glucose", "5.1"))),
    ]
    ordered = sorted(shown, key=lambda entry: entry.place, reverse=True)
    assert [entry.row.document for entry in ordered] == ["3-0-0", "1-0-0", "2-0-0"]
    assert years_of(shown) == ("2026", "1955")
    sheet = sheet_of(ordered, Choice(kind="results"), number=9)
    assert ([entry.row.document for entry in sheet.entries], sheet.number) == (["3-0-0"], 1)
    assert sheet_of(ordered, Choice(year="1955"), number=1).count == 1
    assert entries_of([row("1-0-0")], {}, {})[0].record is None


def test_a_choice_that_cannot_be_is_no_choice() -> None:
    assert read_choice({"kind": "results", "year": "2026"}) == Choice("results", "2026")
    assert read_choice({"kind": "<script>", "year": "20x6"}) == Choice()
    assert Choice("results", "2026").query == "kind=results&year=2026"


def test_moments_are_read_with_their_offset() -> None:
    assert instant_ms("1970-01-01T08:00:00+08:00") == 0
    assert instant_ms("soon") is None


def test_each_word_of_the_page_stands_in_both_languages() -> None:
    for words in texts_records.RECORDS.values():
        assert len(words) == len(LANGUAGES)
        assert all(words)
