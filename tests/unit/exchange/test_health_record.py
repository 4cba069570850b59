"""A record as a patient's page shows it."""

import json
from collections import Counter
from typing import Any

import pytest
from fhir.resources.R4B.encounter import Encounter
from hypothesis import given
from hypothesis import strategies as st

from exchange.fhir_bundle import entries_of
from exchange.health_record import HealthRecord, read_record
from exchange.record_entries import CATEGORIES, Category
from exchange.record_series import trends
from exchange.record_values import TEXT_LENGTH_MAX
from ledger.documents import leaves_of
from tests.support.refusals import refused
from tests.support.shown_records import (
    GIVEN_RECORDS,
    given_record_bundle,
    given_records,
    split_given,
    visit_text,
)

COUNTS = {
    "jorge.json": {
        "visit": 4,
        "result": 47,
        "report": 5,
        "procedure": 2,
        "immunisation": 12,
        "document": 4,
        "claim": 8,
        "patient": 1,
        "provenance": 1,
    },
    "man.json": {
        "visit": 19,
        "diagnosis": 9,
        "result": 108,
        "report": 25,
        "medicine": 1,
        "procedure": 15,
        "immunisation": 10,
        "plan": 2,
        "document": 19,
        "claim": 39,
        "patient": 1,
        "provenance": 1,
    },
    "mariam.json": {
        "visit": 14,
        "diagnosis": 1,
        "result": 136,
        "report": 15,
        "procedure": 8,
        "immunisation": 27,
        "document": 14,
        "claim": 28,
        "patient": 1,
        "provenance": 1,
    },
}


@pytest.mark.parametrize("name", GIVEN_RECORDS)
def test_every_entry_of_a_given_bundle_stands_under_one_heading(name: str) -> None:
    counts: Counter[str] = Counter()
    for record in given_records(name):
        counts.update({str(category): n for category, n in record.counts().items()})
        assert sum(record.counts().values()) == len(record.entries)
        assert record.left_out == 0
    assert counts == COUNTS[name]
    assert sum(counts.values()) == len(json.loads(given_record_bundle(name))["entry"])


@pytest.mark.parametrize("name", GIVEN_RECORDS)
def test_an_entrys_leaf_is_the_leaf_that_holds_it(name: str) -> None:
    for document, record in zip(split_given(name).documents, given_records(name), strict=True):
        leaves = dict(leaves_of(b"".join(document.parts)))
        for entry in record.entries:
            resource = json.loads(leaves[entry.leaf])["resource"]
            assert entry.name == f"{resource['resourceType']}/{resource['id']}"


@pytest.mark.parametrize("name", GIVEN_RECORDS)
def test_a_visit_says_what_another_reader_of_fhir_says(name: str) -> None:
    resources = (each["resource"] for each in json.loads(given_record_bundle(name))["entry"])
    encounters = {
        f"Encounter/{each['id']}": Encounter.model_validate(each)
        for each in resources
        if each["resourceType"] == "Encounter"
    }
    visits = [record.visit for record in given_records(name) if record.is_visit]
    assert len(visits) == len(encounters) == COUNTS[name]["visit"]
    for visit in visits:
        assert visit is not None
        other = encounters[visit.name]
        assert visit.start.ms == round(other.period.start.timestamp() * 1000)
        assert visit.end.ms == round(other.period.end.timestamp() * 1000)
        assert visit.class_ is not None
        assert visit.class_.code == other.class_fhir.code
        assert [fact.text for fact in visit.types] == [concept.text for concept in other.type]
        assert visit.provider == other.serviceProvider.display
        assert visit.place == other.location[0].location.display
        assert visit.doctors == tuple(each.individual.display for each in other.participant)
        reasons = [concept.coding[0].display for concept in other.reasonCode or ()]
        assert [fact.text for fact in visit.reasons] == reasons
        assert visit.status == "finished"


@pytest.mark.parametrize("name", GIVEN_RECORDS)
def test_every_entry_of_a_given_bundle_has_words_and_a_time(name: str) -> None:
    for record in given_records(name):
        for entry in record.entries:
            assert entry.said.left_out == 0
            if entry.type not in ("Provenance", "CareTeam"):
                assert entry.words
            if entry.type != "Patient":
                assert entry.time.ms is not None


def test_the_rest_is_no_visit() -> None:
    rest = given_records("man.json")[-1]
    assert not rest.is_visit
    assert rest.visit is None
    assert {entry.type for entry in rest.entries} >= {"Patient", "Provenance"}


def test_an_encounter_among_the_rest_makes_no_visit_of_it() -> None:
    text = visit_text({"resourceType": "Encounter", "id": "a"})
    record = read_record(text.replace(b"fhir-visit-1", b"fhir-rest-1"))
    assert (record.is_visit, record.visit) == (False, None)
    assert record.counts() == {Category.VISIT: 1}


def test_a_report_leads_to_its_results_in_the_same_record() -> None:
    found = 0
    for record in given_records("man.json"):
        named = record.by_reference()
        for entry in record.entries:
            if entry.type == "DiagnosticReport":
                for reference in entry.said.refers:
                    assert named[reference.reference].type == "Observation"
                    assert named[reference.reference].words == reference.words
                    found += 1
    assert found == 26


def test_a_narrative_is_never_shown() -> None:
    told = {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">Ahoy</div>'}
    for type_ in [*CATEGORIES, "Basic"]:
        record = read_record(visit_text({"resourceType": type_, "id": "a", "text": told}))
        assert "Ahoy" not in all_of(record)


def all_of(record: HealthRecord) -> str:
    """Return every text of a record, one after the other."""
    texts: list[str] = []

    def add(value: Any) -> None:
        if isinstance(value, str):
            texts.append(value)
        elif isinstance(value, list | tuple):
            for item in value:
                add(item)
        else:
            for slot in getattr(value, "__slots__", ()):
                add(getattr(value, slot))

    add(record)
    return "\n".join(texts)


def test_what_is_shown_is_not_in_its_repr() -> None:
    record = given_records("jorge.json")[0]
    assert record.visit is not None
    assert record.visit.provider not in repr(record)
    assert record.entries[1].words not in repr(record.entries)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"", "record.not_fhir"),
        (b"[]", "record.not_fhir"),
        (b'{"form":"fhir-visit-1"}', "record.malformed"),
        (b'{"entry":[]}', "record.malformed"),
        (b'{"form":"fhir-visit-2","entry":[]}', "record.malformed"),
        (b'{"form":1,"entry":[]}', "record.malformed"),
        (b'{"form":"fhir-visit-1","entry":{}}', "record.not_fhir"),
        (b'{"form":"fhir-visit-1","entry":' + b"[" * 100_000, "record.too_deep"),
    ],
)
def test_what_is_no_record_is_refused(text: bytes, code: str) -> None:
    with refused(code):
        read_record(text)


@pytest.mark.parametrize(
    "entry",
    [
        *(b"5", b"null", b"[]", b"{}", b'{"resource":7}', b'{"resource":{"resourceType":[]}}'),
        b'{"resource":{"a":' + b"[" * 500 + b"]" * 500 + b"}}",
    ],
)
def test_an_entry_that_is_nothing_is_still_an_entry(entry: bytes) -> None:
    record = read_record(b'{"form":"fhir-visit-1","entry":[' + entry + b"]}")
    assert [(each.category, each.leaf) for each in record.entries] == [("other", "entry/0")]


def test_a_visit_without_its_encounter_has_no_visit_to_show() -> None:
    record = read_record(visit_text({"resourceType": "Observation", "id": "a"}))
    assert record.is_visit
    assert record.visit is None


def test_a_visit_that_tells_little_is_a_visit() -> None:
    visit = read_record(visit_text({"resourceType": "Encounter", "id": "a"})).visit
    assert visit is not None
    assert (visit.name, visit.class_, visit.start.text, visit.provider) == (
        "Encounter/a",
        None,
        "",
        "",
    )


def test_a_visit_says_why_it_was_by_code_or_by_reference() -> None:
    told = {
        "resourceType": "Encounter",
        "id": "a",
        "reasonCode": [{"text": "咳嗽"}],
        "reasonReference": [{"display": "Acute bronchitis"}, {"reference": "Condition/a"}],
    }
    visit = read_record(visit_text(told)).visit
    assert visit is not None
    assert [fact.text for fact in visit.reasons] == ["咳嗽", "Acute bronchitis"]


ELEMENTS = st.sampled_from([
    *("resourceType", "id", "code", "coding", "text", "display", "system", "value", "unit"),
    *("valueQuantity", "valueString", "valueInteger", "valueRange", "valuePeriod", "component"),
    *("referenceRange", "low", "high", "interpretation", "status", "clinicalStatus", "name"),
    *("period", "start", "end", "class", "type", "location", "participant", "individual"),
    *("effectiveDateTime", "onsetDateTime", "dosageInstruction", "timing", "repeat", "period"),
    *("presentedForm", "content", "attachment", "data", "size", "contentType", "activity"),
    *("detail", "result", "reference", "contained", "medicationReference", "note", "given"),
    *("performer", "actor", "reasonCode", "protocolApplied", "doseAndRate", "category"),
])  # fmt: skip
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(["http://loinc.org", "8302-2", "2026-01-02", "#a", "a"])
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ELEMENTS, inner, max_size=6),
    max_leaves=25,
)
RESOURCES = st.builds(
    lambda type_, elements: {**elements, "resourceType": type_},
    st.sampled_from([*CATEGORIES, "Basic", "Practitioner"]),
    st.dictionaries(ELEMENTS, TREES, max_size=12),
)


@given(st.lists(RESOURCES | TREES, max_size=3))
def test_any_json_is_a_record_entry_and_never_an_error(resources: list[object]) -> None:
    text = visit_text(*resources)
    record = read_record(text)
    assert len(record.entries) == len(entries_of(text)) == len(resources)
    assert sum(record.counts().values()) == len(resources)
    shown = all_of(record)
    shown.encode()
    assert max(map(len, shown.split("\n")), default=0) <= 2 * TEXT_LENGTH_MAX
    trends([record, record])
