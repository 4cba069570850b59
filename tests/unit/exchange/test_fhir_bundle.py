"""Bundles split into records and put together again: nothing is lost, nothing is written anew."""

import json
import tracemalloc
from collections import Counter
from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class

from exchange.fhir_bundle import (
    BUNDLE_SIZE_MAX,
    RESIDENT_ID,
    RecordDocument,
    entries_of,
    join_bundle,
    resource_of,
    split_bundle,
)
from ledger.documents import leaf_views_of
from tests.support.refusals import refused
from tests.support.vectors import DATA

GIVEN = {
    "jorge": {
        "Patient": 1, "Encounter": 4, "Observation": 47, "Procedure": 2, "Immunization": 12,
        "DiagnosticReport": 5, "DocumentReference": 4, "Claim": 4, "ExplanationOfBenefit": 4,
        "Provenance": 1,
    },
    "man": {
        "Patient": 1, "Encounter": 19, "Observation": 108, "Immunization": 10,
        "DiagnosticReport": 25, "DocumentReference": 19, "Claim": 20, "ExplanationOfBenefit": 19,
        "Condition": 9, "Procedure": 15, "MedicationRequest": 1, "CareTeam": 1, "CarePlan": 1,
        "Provenance": 1,
    },
    "mariam": {
        "Patient": 1, "Encounter": 14, "Observation": 136, "Immunization": 27,
        "DiagnosticReport": 15, "DocumentReference": 14, "Claim": 14, "ExplanationOfBenefit": 14,
        "Procedure": 8, "Condition": 1, "Provenance": 1,
    },
}  # fmt: skip
"""Resources by type, counted in the files by hand."""


def given(name: str) -> bytes:
    return (DATA / "fhir" / f"{name}.json").read_bytes()


def whole(document: RecordDocument) -> bytes:
    return b"".join(document.parts)


def bundle(*resources: dict[str, Any], **fields: Any) -> bytes:
    entries = [{"fullUrl": f"urn:uuid:{each.get('id')}", "resource": each} for each in resources]
    document = {"resourceType": "Bundle", "type": "collection"} | fields | {"entry": entries}
    return json.dumps(document).encode()


PATIENT = {"resourceType": "Patient", "id": "p"}
VISIT = {"resourceType": "Encounter", "id": "v", "class": {"code": "AMB"}}


@pytest.mark.parametrize("name", GIVEN)
def test_every_resource_of_a_bundle_comes_back_byte_for_byte(name: str) -> None:
    data = given(name)
    split = split_bundle(data)
    assert len(split.documents) == GIVEN[name]["Encounter"] + 1
    *visits, rest = map(whole, split.documents)
    resources = [
        bytes(resource_of(entry)) for text in (*visits, rest) for entry in entries_of(text)
    ]
    assert all(resource in data for resource in resources)
    found = Counter(json.loads(resource)["resourceType"] for resource in resources)
    print(f"{name}: {dict(found)}")  # noqa: T201
    assert found == GIVEN[name]
    joined = join_bundle(rest, visits)
    assert json.loads(joined) == json.loads(data)
    assert [bytes(entry) for entry in entries_of(b'{"form":1,' + joined[1:])] == [
        bytes(entry) for entry in entries_of(b'{"form":1,' + data[data.index(b"{") + 1 :])
    ]


@pytest.mark.parametrize("name", GIVEN)
def test_what_comes_back_is_fhir_to_another_reader(name: str) -> None:
    for document in split_bundle(given(name)).documents:
        for entry in entries_of(whole(document)):
            resource = json.loads(bytes(resource_of(entry)))
            get_fhir_model_class(resource["resourceType"]).model_validate(resource)


@pytest.mark.parametrize("name", GIVEN)
def test_leaves_are_those_of_the_joined_parts(name: str) -> None:
    for document in split_bundle(given(name)).documents:
        text = whole(document)
        assert document.size == len(text)
        assert [(path, bytes(value)) for path, value in document.leaves()] == [
            (path, bytes(value)) for path, value in leaf_views_of(text)
        ]


def test_a_visit_is_the_same_whatever_stands_beside_it() -> None:
    observation = {
        "resourceType": "Observation", "id": "o", "encounter": {"reference": "Encounter/v"},
    }  # fmt: skip
    first = split_bundle(bundle(PATIENT, VISIT, observation))
    other = {"resourceType": "Encounter", "id": "w"}
    second = split_bundle(bundle(other, VISIT, PATIENT, observation, id="b-2", type="batch"))
    assert whole(first.documents[0]) == whole(second.documents[1])
    assert first.documents[0].resources == ("Encounter/v", "Observation/o")


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        *(("AMB", "01"), ("EMER", "01"), ("IMP", "02"), ("ACUTE", "02"), (None, "01")),
        *((["IMP"], "01"), ({}, "01"), (7, "01")),
    ],
)
def test_the_class_of_a_visit_tells_the_kind_of_its_record(code: object, kind: str) -> None:
    visit, rest = split_bundle(bundle(PATIENT, VISIT | {"class": {"code": code}})).documents
    assert (visit.kind, rest.kind) == (kind, "03")


def test_who_the_patient_is_stands_in_the_patient_alone() -> None:
    identifier = [
        {"system": RESIDENT_ID, "value": "11010519491231002X"},
        {"type": {"coding": [{"code": "MR"}]}, "value": "m-1"},
        {"type": {"coding": [{"code": "SS"}]}, "value": "s-1"},
        7,
    ]
    about = PATIENT | {"identifier": identifier, "birthDate": "1949-12-31", "gender": "female"}
    patient = split_bundle(bundle(about)).patient
    assert patient.resident_id == "11010519491231002X"
    assert patient.numbers == ("m-1", "p")
    assert (patient.birth_date, patient.gender) == ("1949-12-31", "female")
    assert "m-1" not in repr(patient)


def test_a_bundle_without_a_visit_is_one_record() -> None:
    (rest,) = split_bundle(bundle(PATIENT)).documents
    assert (rest.name, rest.start) == ("Patient/p", None)
    assert json.loads(join_bundle(whole(rest), [])) == json.loads(bundle(PATIENT))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "record.not_fhir"),
        (b"[]", "record.not_fhir"),
        (b"\xff", "record.not_fhir"),
        (b'{"resourceType":"Patient","id":"p"}', "record.not_fhir"),
        (b'{"resourceType":"Bundle","type":"collection"}', "record.not_fhir"),
        (b'{"resourceType":"Bundle","type":"collection","entry":7}', "record.not_fhir"),
        (b'{"resourceType":"Bundle","type":"subscription","entry":[]}', "record.not_fhir"),
        (b'{"resourceType":"Bundle","type":"collection","entry":[]}', "record.not_one_patient"),
        (bundle(PATIENT, PATIENT | {"id": "q"}), "record.not_one_patient"),
        (bundle(PATIENT, VISIT, VISIT), "record.duplicate_id"),
        (bundle(PATIENT, VISIT, VISIT | {"resourceType": "Procedure"}), "record.duplicate_id"),
        (bundle(PATIENT, VISIT | {"period": {"start": "soon"}}), "record.bad_time"),
        (b"[" * 100_000, "record.too_deep"),
        (b'{"a":' * 100_000, "record.too_deep"),
    ],
)
def test_what_is_no_bundle_of_one_patient_is_refused_as_a_whole(data: bytes, code: str) -> None:
    with refused(code):
        split_bundle(data)


def test_a_bundle_beyond_16_mib_is_refused_unread() -> None:
    with refused("record.too_large"):
        split_bundle(b"x" * (BUNDLE_SIZE_MAX + 1))


def test_more_than_20_000_entries_are_refused() -> None:
    with refused("record.too_many_entries"):
        split_bundle(b'{"resourceType":"Bundle","type":"batch","entry":[' + b"1," * 20_000 + b"1]}")


def test_records_that_are_not_whole_are_not_put_together() -> None:
    visit, rest = map(whole, split_bundle(bundle(PATIENT, VISIT)).documents)
    with refused("record.incomplete"):
        join_bundle(rest, [])
    with refused("record.malformed"):
        join_bundle(visit, [])


def test_splitting_a_long_bundle_holds_little_beside_it() -> None:
    note = {"resourceType": "Observation", "encounter": {"reference": "Encounter/v"}}
    notes = [note | {"id": f"o-{place}", "note": "x" * 16_000} for place in range(1_000)]
    data = bundle(PATIENT, VISIT, *notes)
    assert len(data) > 0.9 * BUNDLE_SIZE_MAX
    tracemalloc.start()
    try:
        split = split_bundle(data)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(split.documents[0].entries) == 1_001
    assert peak < len(data) / 4


@pytest.mark.parametrize("again", ['"id":"b"', '"entry":[]', '"resourceType":"Bundle"'])
def test_a_bundles_own_key_stands_once(again: str) -> None:
    text = '{"resourceType":"Bundle","type":"batch","id":"a",' + again + ',"entry":[]}'
    with refused("record.not_fhir"):
        split_bundle(text.encode())


def test_a_bundles_own_fields_are_no_deeper_than_its_entries() -> None:
    text = '{"resourceType":"Bundle","type":"batch","meta":' + "[" * 70 + "]" * 70 + ',"entry":[]}'
    with refused("record.too_deep"):
        split_bundle(text.encode())


def test_splitting_a_bundle_with_one_long_attachment_does_not_copy_it() -> None:
    attachment = {"contentType": "application/pdf", "data": "QUJD" * (15 * 256 * 1024)}
    document = {"resourceType": "DocumentReference", "id": "d", "content": [attachment]}
    data = bundle(PATIENT, document)
    tracemalloc.start()
    try:
        split = split_bundle(data)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert split.documents[0].size > len(data) - 1_000
    assert peak < len(data) / 4


def test_a_key_that_stands_twice_anywhere_in_a_bundle_is_refused() -> None:
    with refused("record.not_fhir", "meta"):
        split_bundle(bundle(PATIENT).replace(b"{", b'{"meta":{"a":{"b":1,"b":2}},', 1))


@pytest.mark.parametrize(
    ("own", "field"),
    [
        (b'"meta":{"tag":1,"tag":2}', "meta"),
        (b'"id":"\xff"', "id"),
        (b'"anna":{"a":1,"a":2}', ""),
    ],
)
def test_a_bundles_own_fields_are_as_strict_as_its_entries(own: bytes, field: str) -> None:
    text = b'{"resourceType":"Bundle","type":"batch",' + own + b',"entry":['
    with refused("record.not_fhir", field):
        split_bundle(text + json.dumps({"resource": PATIENT}).encode() + b"]}")


def test_what_is_no_text_tells_nothing_of_the_patient() -> None:
    patient = split_bundle(bundle(PATIENT | {"gender": 1, "birthDate": ["1990"]})).patient
    assert (patient.gender, patient.birth_date) == ("", "")
