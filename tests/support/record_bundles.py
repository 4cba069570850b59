"""Small FHIR bundles of one patient, written by hand, and the three that are given."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tests.support.vectors import DATA

GIVEN = {"593aaa05": "jorge.json", "3923d493": "man.json", "cd4e1009": "mariam.json"}
"""Files of synthetic people in tests/data/fhir, by the hospital's numbers of them."""
NUMBER = "p-1"
"""The hospital's number of the patient of `bundle`."""
RESIDENT_ID = "11010519491231002X"
"""Of the payer of `tests.support.his_lines.good_line`, a woman born on the last day of 1949."""
RESIDENT_SYSTEM = "urn:oid:2.16.156.10011.1.3"


def given_records() -> list[tuple[str, bytes]]:
    """Return the given bundles, each with the hospital's number of its patient."""
    return [(number, (DATA / "fhir" / name).read_bytes()) for number, name in GIVEN.items()]


def bundle(visits: Mapping[str, Sequence[Any]] | None = None, **changes: Any) -> bytes:
    """Return a bundle.

    Args:
        visits: by the id of an encounter, the values of its observations: a text, whose id is made
            of both, or (id, value).
        changes: of the patient.
    """
    whose = {"reference": f"urn:uuid:{changes.get('id', 'person-1')}"}
    patient = {
        "resourceType": "Patient",
        "id": "person-1",
        "identifier": [{"type": {"coding": [{"code": "MR"}]}, "value": NUMBER}],
        "gender": "female",
        "birthDate": "1949-12-31",
    }
    entries = [entry(patient | changes)]
    for visit, values in ({"v1": ["37.0"]} if visits is None else visits).items():
        entries.append(entry(encounter(visit, subject=whose)))
        for value in values:
            name, text = value if isinstance(value, tuple) else (f"{visit}-{value}", value)
            entries.append(entry(observation(name, visit, text, subject=whose)))
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


def observation(name: str, visit: str, value: str, **changes: Any) -> dict[str, Any]:
    """Return something that was measured during a visit."""
    return {
        "resourceType": "Observation",
        "id": name,
        "status": "final",
        "code": {"text": "体温"},
        "subject": {"reference": "urn:uuid:person-1"},
        "encounter": {"reference": f"urn:uuid:{visit}"},
        "valueString": value,
    } | changes
