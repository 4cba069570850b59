"""Small FHIR bundles of one patient, written by hand, and the three that are given."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tests.support.vectors import DATA

GIVEN = (
    "Jorge_Luis88_Vela532_593aaa05-d864-1df7-5b96-155fbdb19f28.json",
    "Man114_Goodwin327_3923d493-0cbf-722e-b3fd-8e257ce39c23.json",
    "Mariam937_Nader710_cd4e1009-a582-b08c-74c8-38e6fc433659.json",
)
"""Files of synthetic people in tests/data/fhir."""
NUMBER = "p-1"
"""The hospital's number of the patient of `bundle`."""
RESIDENT_ID = "11010519491231002X"
"""Of the payer of `tests.support.his_lines.good_line`, a woman born on the last day of 1949."""
RESIDENT_SYSTEM = "urn:oid:2.16.156.10011.1.3"


def given_records() -> list[tuple[str, bytes]]:
    """Return the given bundles, each with the hospital's number of its patient."""
    return [(number_of(name), (DATA / "fhir" / name).read_bytes()) for name in GIVEN]


def number_of(name: str) -> str:
    """Return the hospital's number of a given bundle's patient: how its id begins."""
    return name.rpartition("_")[2][:8]


def bundle(visits: Mapping[str, Sequence[Any]] | None = None, **changes: Any) -> bytes:
    """Return a bundle.

    Args:
        visits: by the id of an encounter, the values of its observations: a text, whose id is made
            of both, or (id, value).
        changes: of the patient.
    """
    patient = {
        "resourceType": "Patient",
        "id": "person-1",
        "identifier": [{"type": {"coding": [{"code": "MR"}]}, "value": NUMBER}],
        "gender": "female",
        "birthDate": "1949-12-31",
    }
    entries = [entry(patient | changes)]
    for visit, values in ({"v1": ["37.0"]} if visits is None else visits).items():
        entries.append(entry(encounter(visit)))
        for value in values:
            name, text = value if isinstance(value, tuple) else (f"{visit}-{value}", value)
            entries.append(entry(observation(name, visit, text)))
    return written(entries)


def written(entries: Sequence[Any]) -> bytes:
    """Return a bundle of these entries, with blanks of its own."""
    document = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def entry(resource: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry of a bundle."""
    return {"fullUrl": f"urn:uuid:{resource['id']}", "resource": resource}


def encounter(name: str, **changes: Any) -> dict[str, Any]:
    """Return a visit."""
    return {
        "resourceType": "Encounter",
        "id": name,
        "status": "finished",
        "class": {"code": "AMB"},
        "subject": {"reference": "urn:uuid:person-1"},
        "period": {"start": "2025-12-20T10:15:00+08:00"},
    } | changes


def observation(name: str, visit: str, value: str) -> dict[str, Any]:
    """Return something that was measured during a visit."""
    return {
        "resourceType": "Observation",
        "id": name,
        "status": "final",
        "code": {"text": "体温"},
        "subject": {"reference": "urn:uuid:person-1"},
        "encounter": {"reference": f"urn:uuid:{visit}"},
        "valueString": value,
    }
