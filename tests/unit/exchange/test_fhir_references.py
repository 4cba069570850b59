"""What entries say of each other."""

import json
from typing import Any

import pytest

from exchange.fhir_entry import Entry, read_entry
from exchange.fhir_references import belongs_to, check_patients, check_references
from tests.support.refusals import refused


def read(*resources: dict[str, Any]) -> tuple[list[Entry], dict[str, Entry]]:
    entries = []
    for place, resource in enumerate(resources):
        raw = json.dumps({"fullUrl": f"urn:uuid:{resource['id']}", "resource": resource}).encode()
        entries.append(read_entry(raw, place))
    return entries, {name: each for each in entries for name in (each.name, each.full_url)}


def resource(name: str, **elements: Any) -> dict[str, Any]:
    type_, _, id_ = name.partition("/")
    return {"resourceType": type_, "id": id_} | elements


def to(name: str) -> dict[str, str]:
    return {"reference": name}


VISIT = resource("Encounter/v")
OTHER = resource("Encounter/w")


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        ({"encounter": to("Encounter/v")}, "Encounter/v"),
        ({"encounter": to("urn:uuid:v")}, "Encounter/v"),
        ({"encounter": to("Encounter/v/_history/2")}, "Encounter/v"),
        ({"context": {"encounter": [to("Encounter/v")]}}, "Encounter/v"),
        ({"context": to("Encounter/v")}, "Encounter/v"),
        ({"item": [{"encounter": [to("Encounter/v")]}, {}]}, "Encounter/v"),
        ({"item": [{"encounter": [to("Encounter/v")]}, {"encounter": [to("Encounter/w")]}]}, None),
        ({"encounter": to("Encounter/elsewhere")}, None),
        ({"encounter": to("Observation/o")}, None),
        ({"encounter": "Encounter/v"}, None),
        ({}, None),
    ],
)
def test_a_resource_belongs_to_the_one_visit_that_it_names(
    elements: dict[str, Any], expected: str | None
) -> None:
    entries, known = read(VISIT, OTHER, resource("Observation/o", **elements))
    visit = belongs_to(entries[2], known)
    assert (None if visit is None else visit.name) == expected
    assert belongs_to(entries[0], known) is entries[0]


@pytest.mark.parametrize("element", ["subject", "patient", "beneficiary"])
@pytest.mark.parametrize("whose", ["Patient/other", "urn:uuid:other", "Patient/q"])
def test_a_resource_of_somebody_else_is_refused_with_its_place(element: str, whose: str) -> None:
    patient = resource("Patient/p")
    entries, known = read(patient, resource("Observation/o", **{element: to(whose)}))
    with refused("record.mixed_patients", f"entry[1].resource.{element}"):
        check_patients(entries, known, entries[0])


def test_resources_of_the_patient_of_a_device_or_of_nobody_are_of_the_bundle() -> None:
    entries, known = read(
        resource("Patient/p"),
        resource("Device/d"),
        resource("Observation/1", subject=to("Patient/p")),
        resource("Observation/2", subject=to("urn:uuid:p")),
        resource("Observation/3", subject=to("urn:uuid:d")),
        resource("Observation/4", subject=to("Group/g")),
        resource("Observation/5"),
    )
    check_patients(entries, known, entries[0])


@pytest.mark.parametrize("element", ["partOf", "hasMember", "derivedFrom", "basedOn", "replaces"])
@pytest.mark.parametrize("length", [1, 2, 50])
def test_a_part_of_itself_is_refused(element: str, length: int) -> None:
    ring = [
        resource(f"Observation/{place}", **{element: [to(f"Observation/{(place + 1) % length}")]})
        for place in range(length)
    ]
    with refused("record.circular_reference"):
        check_references(*read(resource("Patient/p"), *ring))


def test_a_long_chain_and_what_two_resources_share_are_no_circle() -> None:
    chain = [
        resource(f"Observation/{place}", partOf=to(f"Observation/{place + 1}"))
        for place in range(3_000)
    ]
    shared = [
        resource("Observation/a", hasMember=[to("Observation/0"), to("Observation/1")]),
        resource("Observation/b", hasMember=[to("Observation/1"), to("Observation/0")]),
    ]
    check_references(*read(*chain, *shared))


def test_a_visit_and_its_diagnosis_may_name_each_other() -> None:
    diagnosis = [{"condition": to("Condition/c")}]
    check_references(
        *read(
            resource("Encounter/v", diagnosis=diagnosis),
            resource("Condition/c", encounter=to("Encounter/v")),
        )
    )
