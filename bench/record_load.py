"""Bundles to publish: visits of one patient of the sample day, of any length.

Rule: a bundle is a FHIR R4 bundle like a hospital's; its notes are random, so that nothing packs
them smaller than they are.
"""

import base64
import json
import os
from itertools import count
from pathlib import Path
from typing import Any, Final

_RESIDENT_SYSTEM: Final = "urn:oid:2.16.156.10011.1.3"
_NUMBERS: Final = count(1)


class Person:
    """A patient of the sample day.

    Args:
        line: a bill of theirs, as the hospital's system wrote it.
    """

    def __init__(self, line: bytes) -> None:
        self.line = line
        """The bill."""
        bill = json.loads(line)
        self.id_number: str = bill["idCardNo"]
        """Resident id."""
        self.number: str = bill["patientNo"]
        """The hospital's number."""
        self.phone: str = bill["tel"]
        """Where one-time codes go."""

    @classmethod
    def of_day(cls, file: Path) -> "Person":
        """Return the patient of the first bill of a day."""
        return cls(file.read_bytes().splitlines()[0])

    def bundle(self, visits: int, bytes_each: int) -> bytes:
        """Return a bundle of fresh visits, each of about so many bytes."""
        born, name = self.id_number[6:14], f"{os.getpid()}-{next(_NUMBERS)}"
        entries = [
            _entry(
                {
                    "resourceType": "Patient",
                    "id": name,
                    "identifier": [{"system": _RESIDENT_SYSTEM, "value": self.id_number}],
                    "birthDate": f"{born[:4]}-{born[4:6]}-{born[6:]}",
                }
            )
        ]
        for _ in range(visits):
            entries += self._visit(f"{os.getpid()}-{next(_NUMBERS)}", bytes_each)
        return json.dumps({"resourceType": "Bundle", "type": "batch", "entry": entries}).encode()

    def _visit(self, name: str, bytes_each: int) -> list[dict[str, Any]]:
        encounter = {
            "resourceType": "Encounter",
            "id": name,
            "status": "finished",
            "class": {"code": "AMB"},
            "type": [{"text": "Measured visit"}],
            "period": {"start": "2026-11-28T09:30:00+08:00"},
        }
        note = base64.b64encode(os.urandom(max(0, bytes_each - 700) * 3 // 4)).decode()
        observation = {
            "resourceType": "Observation",
            "id": f"{name}-note",
            "status": "final",
            "code": {"text": "Body temperature", "coding": [{"code": "8310-5"}]},
            "encounter": {"reference": f"Encounter/{name}"},
            "valueQuantity": {"value": 37, "unit": "Cel"},
            "note": [{"text": note}],
        }
        return [_entry(encounter), _entry(observation)]


def _entry(resource: dict[str, Any]) -> dict[str, Any]:
    return {"fullUrl": f"urn:uuid:{resource['id']}", "resource": resource}
