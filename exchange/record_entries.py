"""One entry of a record as a page shows it: category, words, code, time, status and its facts.

Rule: every entry is shown, whatever it is: what has no category of its own is told by type and
name. An odd entry is an entry, never an error. Numbers stay as they are written.
Source: HL7 FHIR R4, Bundle.entry and the resources of `exchange.record_facts`.
"""

import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from exchange.fhir_json import Number
from exchange.record_facts import Facts, facts_of
from exchange.record_values import (
    UNTOLD,
    Code,
    Object,
    RecordTime,
    code_of,
    object_of,
    objects_of,
    reference_of,
    start_of,
    text_of,
    words_of,
)
from primitives.hashing import Buffer


class Category(StrEnum):
    """Under which heading an entry is shown, in the order of a page."""

    VISIT = "visit"
    DIAGNOSIS = "diagnosis"
    RESULT = "result"
    REPORT = "report"
    MEDICINE = "medicine"
    PROCEDURE = "procedure"
    IMMUNISATION = "immunisation"
    PLAN = "plan"
    DOCUMENT = "document"
    CLAIM = "claim"
    PATIENT = "patient"
    PROVENANCE = "provenance"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class RecordEntry:
    """One entry of a record."""

    place: int
    """Which entry of the record it is, from 0."""
    type: str
    """The resource's type; empty when it does not tell it."""
    id: str
    """The resource's id; empty when it does not tell it."""
    full_url: str
    """What else references may call it; may be empty."""
    category: Category
    words: str = field(repr=False)
    """What it is, in the record's own words; empty when there are none."""
    code: Code | None = field(repr=False)
    """The code those words stand for."""
    time: RecordTime = field(repr=False)
    """When it happened, or began."""
    status: str
    """The resource's own: `final`, `completed`; of a diagnosis its clinical status."""
    said: Facts = field(repr=False)
    """What it says beyond that."""

    @property
    def name(self) -> str:
        """`Observation/<id>`; empty when it tells neither."""
        return f"{self.type}/{self.id}" if self.type or self.id else ""

    @property
    def leaf(self) -> str:
        """Path of its leaf in the sealed document."""
        return f"entry/{self.place}"


def read_record_entry(raw: Buffer, place: int) -> tuple[RecordEntry, Object]:
    """Return an entry, and its resource as it was read.

    Args:
        raw: its JSON text; what is none makes an entry without type and name.
        place: which entry of the record it is.
    """
    entry = object_of(_read(raw))
    resource = object_of(entry.get("resource"))
    type_ = text_of(resource.get("resourceType"))
    category = CATEGORIES.get(type_, Category.OTHER)
    words, code = _title(type_, resource)
    shown = RecordEntry(
        place,
        type_,
        text_of(resource.get("id")),
        text_of(entry.get("fullUrl")),
        category,
        words,
        code,
        _time(resource),
        _status(type_, resource),
        facts_of(type_, resource),
    )
    return shown, resource


def _read(raw: Buffer) -> Any:
    try:
        return json.loads(str(raw, "utf-8"), parse_int=Number, parse_float=Number)
    except (ValueError, RecursionError):
        return None


def _title(type_: str, resource: Object) -> tuple[str, Code | None]:
    """Return what a resource is about, from where its type says it."""
    for name in _TITLES.get(type_, ("code", "type", "category")):
        concepts = list(objects_of(resource.get(name)))
        told = [(words_of(concept), code_of(concept)) for concept in concepts]
        if type_ == "CarePlan":
            # A plan's first category only says that it is one.
            told = [each for each in told if each[0] != "assess-plan"] or told
        named = next((each for each in told if each[0]), None)
        if named is not None:
            return named
    medicine = _contained_medicine(resource).get("code")
    words = words_of(medicine)
    return (words, code_of(medicine)) if words else (_plain_title(type_, resource), None)


def _plain_title(type_: str, resource: Object) -> str:
    """Return a title that is a text, or the name of somebody."""
    if type_ in ("Patient", "Practitioner", "RelatedPerson"):
        name = next(objects_of(resource.get("name")), {})
        given = name.get("given")
        parts = [name.get("family"), *(given if isinstance(given, list) else ())]
        joined = " ".join(part for part in map(text_of, parts[:20]) if part)
        return text_of(name.get("text")) or text_of(joined)
    told = [resource.get("title"), resource.get("name"), resource.get("description")]
    told.append(reference_of(resource.get("medicationReference")).words)
    return next((words for words in map(text_of, told) if words), "")


def _contained_medicine(resource: Object) -> Object:
    """Return the Medication that a resource contains and refers to as `#<id>`."""
    reference = reference_of(resource.get("medicationReference")).reference
    for inner in objects_of(resource.get("contained")):
        if reference.startswith("#") and inner.get("id") == reference[1:]:
            return inner
    return {}


def _time(resource: Object) -> RecordTime:
    for name in _TIMES:
        time = start_of(resource.get(name))
        if time.text:
            return time
    return UNTOLD


def _status(type_: str, resource: Object) -> str:
    status = resource.get("clinicalStatus" if type_ == "Condition" else "status")
    if isinstance(status, dict):
        code = code_of(status)
        return code.code if code else words_of(status)
    return text_of(status)


CATEGORIES: Final = {
    "Encounter": Category.VISIT,
    "Condition": Category.DIAGNOSIS,
    "Observation": Category.RESULT,
    "DiagnosticReport": Category.REPORT,
    "MedicationRequest": Category.MEDICINE,
    "MedicationStatement": Category.MEDICINE,
    "MedicationAdministration": Category.MEDICINE,
    "MedicationDispense": Category.MEDICINE,
    "Procedure": Category.PROCEDURE,
    "Immunization": Category.IMMUNISATION,
    "CarePlan": Category.PLAN,
    "CareTeam": Category.PLAN,
    "DocumentReference": Category.DOCUMENT,
    "Claim": Category.CLAIM,
    "ExplanationOfBenefit": Category.CLAIM,
    "Patient": Category.PATIENT,
    "Provenance": Category.PROVENANCE,
}
_TITLES: Final = {
    "Encounter": ("type", "serviceType"),
    "MedicationRequest": ("medicationCodeableConcept",),
    "MedicationStatement": ("medicationCodeableConcept",),
    "MedicationAdministration": ("medicationCodeableConcept",),
    "MedicationDispense": ("medicationCodeableConcept",),
    "Immunization": ("vaccineCode",),
    "CarePlan": ("category",),
    "CareTeam": ("reasonCode", "category"),
    "DocumentReference": ("type", "category"),
    "Provenance": ("activity",),
    "Patient": (),
    "Practitioner": (),
    "RelatedPerson": (),
}
_TIMES: Final = (
    *("effectiveDateTime", "effectivePeriod", "effectiveInstant", "performedDateTime"),
    *("performedPeriod", "occurrenceDateTime", "occurrencePeriod", "onsetDateTime"),
    *("onsetPeriod", "recordedDate", "authoredOn", "dateAsserted", "whenHandedOver", "date"),
    *("period", "billablePeriod", "created", "started", "recorded", "issued"),
)
"""Elements that say when, the nearest to the event first."""
