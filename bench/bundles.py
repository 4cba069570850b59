"""Synthetic bundles: a made-up patient's visits, each a record of a chosen size.

Rule: a visit is what a real one is made of (diagnosis, results, a report); a written report fills
it up to its size. Each bundle has a Patient of its own id, as systems write that give a Patient
out anew, so that bundles do not amend one another; the hospital's number says whose they are.
"""

import base64
import json
import time
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any, Final

from exchange.fhir_bundle import VISIT_FORM

KIB: Final = 1024
FIRST_VISIT_S: Final = 1_704_067_200
"""The first visit begins with 2024 (UTC), each later one an hour after."""
HOUR_S: Final = 3_600
RESULT_EACH: Final = 2 * KIB
"""Bytes of a visit for which it has one result."""
RESULTS_MAX: Final = 40
_REPORT: Final = "患者一般情况可，神志清，查体合作。双肺呼吸音清，未闻及干湿啰音。".encode()
_RESULTS: Final = (
    ("8480-6", "Systolic blood pressure", "mm[Hg]", 118),
    ("8867-4", "Heart rate", "/min", 71),
    ("2339-0", "Glucose", "mg/dL", 92),
    ("718-7", "Hemoglobin", "g/dL", 14),
)


@dataclass(frozen=True, slots=True)
class Person:
    """Whose bundles they are."""

    number: str
    """The hospital's number (patientNo)."""
    birth_date: str
    """FHIR date."""
    gender: str
    """`male` or `female`."""


def person_of(bill: dict[str, Any]) -> Person:
    """Return the payer of a line of the hospital's day."""
    id_number = bill["idCardNo"]
    born = f"{id_number[6:10]}-{id_number[10:12]}-{id_number[12:14]}"
    return Person(bill["patientNo"], born, "male" if int(id_number[16]) % 2 else "female")


def make_bundle(person: Person, label: str, *, first: int, visits: int, size: int) -> bytes:
    """Return a bundle in JSON.

    Args:
        person: whose.
        label: sets its ids apart from other runs'.
        first: number of its first visit; a bundle has each of its own.
        visits: how many.
        size: bytes of each visit's text; as many, or at most 3 more.
    """
    entries = [_entry(_patient(person, f"{label}-{first}"))]
    for number in range(first, first + visits):
        entries += _visit(f"{label}-{first}", f"{label}-{number}", number, size)
    return b'{"resourceType":"Bundle","type":"collection","entry":[' + b",".join(entries) + b"]}"


def _visit(patient: str, visit: str, number: int, size: int) -> list[bytes]:
    """Return the entries of a visit."""
    start = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(FIRST_VISIT_S + number * HOUR_S))
    belongs = {
        "subject": {"reference": f"Patient/{patient}"},
        "encounter": {"reference": f"Encounter/{visit}"},
    }
    resources = [_encounter(patient, visit, start), _condition(visit, belongs)]
    count = max(1, min(RESULTS_MAX, size // RESULT_EACH))
    for place, result in enumerate(islice(cycle(_RESULTS), count)):
        resources.append(_observation(f"{visit}-{place}", belongs, start, result))
    entries = [_entry(resource) for resource in resources]
    frame = len(f'{{"form":"{VISIT_FORM}","entry":[]}}')
    used = frame + sum(len(entry) + 1 for entry in entries)
    used += len(_entry(_report(visit, belongs, start, b"")))
    # Four characters of base64 are three bytes.
    written = -(-(size - used) // 4) * 3
    if written < 0:
        raise ValueError(f"a visit of {size} bytes is too small for its parts")
    report = bytes(islice(cycle(_REPORT), written))
    return [*entries, _entry(_report(visit, belongs, start, report))]


def _entry(resource: dict[str, Any]) -> bytes:
    return b'{"resource":' + json.dumps(resource, separators=(",", ":")).encode() + b"}"


def _patient(person: Person, name: str) -> dict[str, Any]:
    type_ = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR"}]}
    return {
        "resourceType": "Patient",
        "id": name,
        "identifier": [{"type": type_, "value": person.number}],
        "birthDate": person.birth_date,
        "gender": person.gender,
    }


def _encounter(patient: str, visit: str, start: str) -> dict[str, Any]:
    return {
        "resourceType": "Encounter",
        "id": visit,
        "status": "finished",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
        "type": [{"text": "General examination"}],
        "subject": {"reference": f"Patient/{patient}"},
        "period": {"start": start, "end": start},
    }


def _condition(visit: str, belongs: dict[str, Any]) -> dict[str, Any]:
    system = "http://terminology.hl7.org/CodeSystem/condition-clinical"
    return {
        "resourceType": "Condition",
        "id": f"{visit}-c",
        "clinicalStatus": {"coding": [{"system": system, "code": "active"}]},
        "code": {
            "coding": [{"system": "http://snomed.info/sct", "code": "38341003"}],
            "text": "Hypertension",
        },
        **belongs,
    }


def _observation(
    name: str, belongs: dict[str, Any], start: str, result: tuple[str, str, str, int]
) -> dict[str, Any]:
    code, text, unit, value = result
    return {
        "resourceType": "Observation",
        "id": name,
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": code}], "text": text},
        **belongs,
        "effectiveDateTime": start,
        "valueQuantity": {
            "value": value,
            "unit": unit,
            "system": "http://unitsofmeasure.org",
            "code": unit,
        },
    }


def _report(visit: str, belongs: dict[str, Any], start: str, text: bytes) -> dict[str, Any]:
    form = {
        "contentType": "text/plain; charset=utf-8",
        "data": base64.b64encode(text).decode(),
    }
    return {
        "resourceType": "DiagnosticReport",
        "id": f"{visit}-r",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "34117-2"}], "text": "History"},
        **belongs,
        "effectiveDateTime": start,
        "presentedForm": [form],
    }
