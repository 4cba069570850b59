"""Medical records in the demo: three patients' bundles, and the correction of one result.

Rule: a bundle is published when the day has a bill of its patient, whose number at the hospital is
how the id of the bundle's Patient begins. The corrected copy names a person: it is not left behind.
"""

import json
import re
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from scripts.demo_run import ISSUER, Demo, Failed
from scripts.nodes import portal_height

BUNDLES: Final = Path(__file__).parent.parent / "tests" / "data" / "fhir"
PEOPLE: Final = ("jorge.json", "man.json", "mariam.json")
NUMBER_LENGTH: Final = 8
"""Characters of the Patient's id that are the hospital's number."""
_VALUE: Final = re.compile(r'"valueQuantity"\s*:\s*\{\s*"value"\s*:\s*(-?[0-9]+(?:\.[0-9]+)?)')
STEP: Final = Decimal("0.5")
"""By how much the corrected result differs."""
NOTE: Final = '"note": [ { "text": "更正：结果录入有误，以本次为准。" } ], '


@dataclass(frozen=True, slots=True)
class PatientFile:
    """A patient's bundle."""

    number: str
    """The hospital's own number of the patient."""
    file: Path
    """Where it lies."""


def patient_files(numbers: Iterable[str]) -> list[PatientFile]:
    """Return the bundles of patients whose numbers are among these."""
    known = set(numbers)
    found = []
    for file in (BUNDLES / name for name in PEOPLE):
        resources = [entry["resource"] for entry in json.loads(file.read_bytes())["entry"]]
        person = next(each for each in resources if each["resourceType"] == "Patient")
        found.append(PatientFile(person["id"][:NUMBER_LENGTH], file))
    return [each for each in found if each.number in known]


def publish(demo: Demo) -> None:
    """Let the hospital publish the bundles of its patients."""
    demo.summary |= {"records_published": 0, "record_resources": 0, "records_amended": 0}
    files = patient_files(demo.day.patient_numbers(demo.issued))
    if not files:
        demo.teller.line("  – no bundle is of a patient of this day: no records")
        return
    demo.teller.begin("the hospital publishes medical records")
    items = [item for each in files for item in _publish(demo, each.file, each.number)]
    demo.summary["records_published"] = len(items)
    demo.summary["record_resources"] = resources = sum(item["entries"] for item in items)
    demo.recorded = frozenset(each.number for each in files)
    told = f"the hospital published {len(items)} sealed records of {len(files)} patients"
    demo.teller.done(f"{told}: {resources:,} FHIR resources")


def amend(demo: Demo) -> None:
    """Let the hospital correct one result: a record takes the place of another, and both stay."""
    files = patient_files(demo.recorded)
    shown = demo.login.get("patient_number")
    files.sort(key=lambda each: each.number != shown)
    if not files:
        return
    demo.teller.begin("the hospital corrects a result")
    corrected = correct(files[0].file.read_bytes())
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        file.write(corrected)
        file.flush()
        items = _publish(demo, Path(file.name), files[0].number, "--amend")
    amended = [item for item in items if item.get("supersedes") and item["status"] == "committed"]
    if len(amended) != 1:
        raise Failed(f"one record was to be amended, not {len(amended)}; see {demo.logs}")
    demo.summary["records_amended"] = len(amended)
    new, old = amended[0]["document"], amended[0]["supersedes"]
    versions = demo.jsonl(ISSUER, "record", "history", new)
    if [item["document"] for item in versions] != [old, new]:
        raise Failed(f"record {new} does not lead back to {old}")
    node = demo.nodes[ISSUER]
    demo.until(
        "the patient page to know the correction",
        lambda: (portal_height("127.0.0.1", node.portal_port) or 0) >= amended[0]["height"],
    )
    told = f"the hospital corrected a result: record {new} takes the place of {old}"
    demo.teller.done(f"{told}, which stays to be seen")


def correct(bundle: bytes) -> bytes:
    """Return a copy of a bundle in which the last result of a visit has another value and a note.

    Every other resource stays as it is, byte for byte.
    """
    text = bundle.decode()
    names = [
        resource["id"]
        for resource in (entry["resource"] for entry in json.loads(text)["entry"])
        if resource["resourceType"] == "Observation"
        and "encounter" in resource
        and isinstance(resource.get("valueQuantity", {}).get("value"), int | float)
    ]
    start = text.index(f'"id": "{names[-1]}"')
    found = _VALUE.search(text, start)
    assert found is not None, "the resource has a value"
    value = str(Decimal(found[1]) + STEP)
    before = text[: found.start()] + NOTE + text[found.start() : found.start(1)]
    return (before + value + text[found.end() :]).encode()


def _publish(demo: Demo, file: Path, number: str, *more: str) -> list[dict[str, Any]]:
    whose = f"--patient-number={number}"
    items = demo.answers(ISSUER, "record", "publish", file, whose, *more)
    wrong = [item for item in items if item["status"] not in ("committed", "exists")]
    if wrong or not items:
        problem = (wrong[0].get("problem") or {}) if wrong else {}
        raise Failed(f"the records of patient {number}: {problem.get('code', 'none published')}")
    return items
