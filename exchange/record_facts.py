"""What a resource says beyond its name, as facts a page can list: results, dosages, files, dates.

Rule: a fact has a name that `exchange.record_labels` puts in words, and the record's own text. What
a resource says more than is shown is counted, never silently dropped. `text.div` is not read.
Source: HL7 FHIR R4, Observation, DiagnosticReport, MedicationRequest, Procedure, Immunization,
Condition, CarePlan, CareTeam, DocumentReference, Claim, ExplanationOfBenefit.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final, TypeVar

from exchange.record_values import (
    Attachment,
    Code,
    Object,
    RecordTime,
    Reference,
    attachment_of,
    code_of,
    end_of,
    number_of,
    object_of,
    objects_of,
    quantity_of,
    range_of,
    reference_of,
    start_of,
    text_of,
    time_of,
    unit_of,
    words_of,
)

PARTS_MAX: Final = 200
"""Of facts, measures, references and attachments each, in one resource."""
_NUMBER_FORMS: Final = ("Quantity", "Integer")
Part = TypeVar("Part")


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing a resource says."""

    name: str
    """What it is, a key of `record_labels.label("fact", ...)`: `onset`, `dosage`."""
    text: str = field(repr=False)
    """In the record's own words, or as it is written."""
    code: Code | None = None
    """The code those words stand for."""
    time: RecordTime | None = None
    """Of a time: the time."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One value of an Observation: its own, or a component's."""

    words: str
    """What was measured."""
    code: Code | None
    """Its code, LOINC's if there is one."""
    form: str
    """FHIR's name of the value's type, `Quantity`; empty when no value is told."""
    value: str = field(repr=False)
    """A number's digits as they are written, else words."""
    value_code: Code | None = field(repr=False)
    """Of a coded value: its code."""
    comparator: str
    """`<`, `<=`, `>=`, `>`; empty for an exact value."""
    unit: str
    """As people read it; empty when there is none."""
    unit_code: Code | None
    """As programs read it, usually UCUM's."""
    ranges: tuple[str, ...] = field(repr=False)
    """Reference ranges in words."""
    interpretations: tuple[Fact, ...] = field(repr=False)
    """What the laboratory made of it: words and code, `H`."""
    absent: str
    """Why there is no value; empty when there is one or nothing is told."""

    @property
    def is_number(self) -> bool:
        """Whether `value` is one number."""
        return self.form in _NUMBER_FORMS and bool(self.value)


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a resource says beyond its name, within bounds."""

    facts: tuple[Fact, ...] = ()
    """In the order to show."""
    measures: tuple[Measure, ...] = ()
    """Of an Observation: its own value, if any, then its components."""
    attachments: tuple[Attachment, ...] = ()
    """Files."""
    refers: tuple[Reference, ...] = ()
    """What it leads to: a report's results, a care plan's team, a claim."""
    left_out: int = 0
    """How many parts there are beyond the bounds."""


def facts_of(type_: str, resource: Object) -> Facts:
    """Return what a resource says, of any type."""
    reader = _READERS.get(type_)
    facts = _bounded(reader(resource) if reader else ())
    measures = _bounded(_measures(resource) if type_ == "Observation" else ())
    attachments = _bounded(map(attachment_of, _attachments(resource)))
    refers = _bounded(_refers(type_, resource))
    left_out = sum(part[1] for part in (facts, measures, attachments, refers))
    return Facts(facts[0], measures[0], attachments[0], refers[0], left_out)


def _bounded(parts: Iterable[Part]) -> tuple[tuple[Part, ...], int]:
    """Return the first parts, and how many more there are."""
    ahead = iter(parts)
    return tuple(islice(ahead, PARTS_MAX)), sum(1 for _ in ahead)


def _measures(resource: Object) -> Iterator[Measure]:
    components = list(objects_of(resource.get("component")))
    own = _measure(resource)
    if own.form or own.absent or not components:
        yield own
    yield from map(_measure, components)


def _measure(part: Object) -> Measure:
    form = next((key[5:] for key in part if key.startswith("value") and key[5:6].isupper()), "")
    value = part.get(f"value{form}") if form else None
    quantity = object_of(value) if form == "Quantity" else {}
    unit_code = text_of(quantity.get("code"))
    return Measure(
        words=words_of(part.get("code")),
        code=code_of(part.get("code")),
        form=text_of(form),
        value=_value_words(form, value),
        value_code=code_of(value) if form == "CodeableConcept" else None,
        comparator=text_of(quantity.get("comparator")),
        unit=unit_of(quantity),
        unit_code=Code(text_of(quantity.get("system")), unit_code) if unit_code else None,
        ranges=tuple(
            words for each in objects_of(part.get("referenceRange")) if (words := range_of(each))
        )[:PARTS_MAX],
        interpretations=tuple(_concepts("interpretation", part.get("interpretation")))[:PARTS_MAX],
        absent=words_of(part.get("dataAbsentReason")),
    )


def _value_words(form: str, value: Any) -> str:
    if form == "Quantity":
        return number_of(object_of(value).get("value"))
    if form == "Integer":
        return number_of(value)
    if form == "CodeableConcept":
        return words_of(value)
    if form == "Range":
        return range_of(value)
    if form == "Ratio":
        parts = (object_of(value).get("numerator"), object_of(value).get("denominator"))
        return " / ".join(words for words in map(quantity_of, parts) if words)
    if form == "Period":
        ends = (start_of(object_of(value)).text, end_of(value).text)
        return " – ".join(end for end in ends if end)
    return text_of(value)


def _concepts(name: str, value: Any) -> Iterator[Fact]:
    for concept in objects_of(value):
        if words := words_of(concept):
            yield Fact(name, words, code_of(concept))


def _codes(name: str, system: str, value: Any) -> Iterator[Fact]:
    """Yield a plain code, as most statuses are."""
    if words := text_of(value):
        yield Fact(name, words, Code(system, words))


def _texts(name: str, *values: Any) -> Iterator[Fact]:
    yield from (Fact(name, text) for text in map(text_of, values) if text)


def _times(name: str, *values: Any) -> Iterator[Fact]:
    for value in values:
        time = time_of(value)
        if time.text:
            yield Fact(name, time.text, time=time)


def _people(name: str, value: Any, *path: str) -> Iterator[Fact]:
    """Yield whom references name, below the elements of `path`."""
    for item in objects_of(value):
        reference = item
        for step in path:
            reference = next(objects_of(reference.get(step)), {})
        yield from _texts(name, reference_of(reference).words)


def _notes(resource: Object) -> Iterator[Fact]:
    for note in objects_of(resource.get("note")):
        yield from _texts("note", note.get("text"))


def _reasons(resource: Object) -> Iterator[Fact]:
    yield from _concepts("reason", resource.get("reasonCode"))
    yield from _people("reason", resource.get("reasonReference"))


def _result(resource: Object) -> Iterator[Fact]:
    yield from _concepts("group", resource.get("category"))
    yield from _concepts("body_site", resource.get("bodySite"))
    yield from _concepts("method", resource.get("method"))
    yield from _people("performer", resource.get("performer"))
    yield from _notes(resource)


def _report(resource: Object) -> Iterator[Fact]:
    yield from _concepts("group", resource.get("category"))
    yield from _texts("conclusion", resource.get("conclusion"))
    yield from _concepts("conclusion", resource.get("conclusionCode"))
    yield from _people("performer", resource.get("performer"))
    yield from _times("issued", resource.get("issued"))


def _medicine(resource: Object) -> Iterator[Fact]:
    dosages = resource.get("dosageInstruction", resource.get("dosage"))
    for dosage in objects_of(dosages):
        yield from _dosage(dosage)
    yield from _concepts("reason", resource.get("reasonCode"))
    yield from _people("reason", resource.get("reasonReference"))
    yield from _codes("intent", "", resource.get("intent"))
    yield from _people("requester", resource.get("requester"))
    dispense = object_of(resource.get("dispenseRequest"))
    amounts = (dispense.get("quantity"), resource.get("quantity"))
    yield from _texts("amount", *(quantity_of(amount) for amount in amounts))
    yield from _notes(resource)


def _dosage(dosage: Object) -> Iterator[Fact]:
    yield from _texts("dosage", dosage.get("text"), dosage.get("patientInstruction"))
    for rate in objects_of(dosage.get("doseAndRate")):
        yield from _texts("dose", quantity_of(rate.get("doseQuantity")))
        yield from _texts("dose", range_of(rate.get("doseRange")))
    yield from _texts("dose", quantity_of(dosage.get("doseQuantity")))
    timing = object_of(dosage.get("timing"))
    repeat = object_of(timing.get("repeat"))
    yield from _concepts("timing", timing.get("code"))
    yield from _texts("times", repeat.get("frequency"))
    if period := number_of(repeat.get("period")):
        unit = text_of(repeat.get("periodUnit"))
        yield Fact("every", f"{period} {unit}".strip(), Code("", unit) if unit else None)
    yield from _concepts("route", dosage.get("route"))
    if dosage.get("asNeededBoolean") is True:
        yield Fact("as_needed", "true")
    yield from _concepts("as_needed", dosage.get("asNeededCodeableConcept"))


def _procedure(resource: Object) -> Iterator[Fact]:
    yield from _times("end", object_of(resource.get("performedPeriod")).get("end"))
    yield from _reasons(resource)
    yield from _concepts("body_site", resource.get("bodySite"))
    yield from _concepts("outcome", resource.get("outcome"))
    yield from _concepts("complication", resource.get("complication"))
    yield from _people("performer", resource.get("performer"), "actor")
    yield from _people("place", resource.get("location"))
    yield from _notes(resource)


def _immunisation(resource: Object) -> Iterator[Fact]:
    for protocol in objects_of(resource.get("protocolApplied")):
        numbers = (protocol.get("doseNumberPositiveInt"), protocol.get("doseNumberString"))
        yield from _texts("dose_number", *numbers)
    yield from _texts("dose", quantity_of(resource.get("doseQuantity")))
    yield from _texts("lot", resource.get("lotNumber"))
    yield from _concepts("body_site", resource.get("site"))
    yield from _concepts("route", resource.get("route"))
    yield from _people("performer", resource.get("performer"), "actor")
    yield from _people("place", resource.get("location"))
    yield from _concepts("reason", resource.get("statusReason"))
    yield from _notes(resource)


def _diagnosis(resource: Object) -> Iterator[Fact]:
    yield from _concepts("clinical_status", resource.get("clinicalStatus"))
    yield from _concepts("verification", resource.get("verificationStatus"))
    yield from _concepts("severity", resource.get("severity"))
    yield from _concepts("body_site", resource.get("bodySite"))
    onset = (resource.get("onsetDateTime"), object_of(resource.get("onsetPeriod")).get("start"))
    yield from _times("onset", *onset)
    yield from _texts("onset", resource.get("onsetString"), quantity_of(resource.get("onsetAge")))
    yield from _times("abatement", resource.get("abatementDateTime"))
    yield from _texts("abatement", resource.get("abatementString"))
    yield from _notes(resource)


def _plan(resource: Object) -> Iterator[Fact]:
    yield from _texts("description", resource.get("description"))
    yield from _times("end", object_of(resource.get("period")).get("end"))
    for activity in objects_of(resource.get("activity")):
        detail = object_of(activity.get("detail"))
        yield from _concepts("activity", detail.get("code"))
        yield from _texts("activity", detail.get("description"))
    yield from _people("member", resource.get("participant"), "member")
    yield from _notes(resource)


def _document(resource: Object) -> Iterator[Fact]:
    yield from _texts("description", resource.get("description"))
    yield from _codes("document_status", "", resource.get("docStatus"))
    yield from _people("author", resource.get("author"))
    yield from _people("custodian", resource.get("custodian"))


def _claim(resource: Object) -> Iterator[Fact]:
    yield from _codes("use", "", resource.get("use"))
    yield from _codes("outcome", "", resource.get("outcome"))


def _provenance(resource: Object) -> Iterator[Fact]:
    yield from _people("author", resource.get("agent"), "who")


def _attachments(resource: Object) -> Iterator[Object]:
    """Yield the attachments of any resource that has them where FHIR puts them."""
    yield from objects_of(resource.get("presentedForm"))
    content = resource.get("content")
    for item in objects_of(content):
        attachment = item.get("attachment")
        yield object_of(attachment) if attachment is not None else item
    yield from objects_of(resource.get("photo"))


def _refers(type_: str, resource: Object) -> Iterator[Reference]:
    names = _LEADS_TO.get(type_, ())
    for name in names:
        for item in objects_of(resource.get(name)):
            found = reference_of(item)
            if found.words or found.reference:
                yield found


_READERS: Final[dict[str, Callable[[Object], Iterator[Fact]]]] = {
    "Observation": _result,
    "DiagnosticReport": _report,
    "MedicationRequest": _medicine,
    "MedicationStatement": _medicine,
    "MedicationAdministration": _medicine,
    "MedicationDispense": _medicine,
    "Procedure": _procedure,
    "Immunization": _immunisation,
    "Condition": _diagnosis,
    "CarePlan": _plan,
    "CareTeam": _plan,
    "DocumentReference": _document,
    "Claim": _claim,
    "ExplanationOfBenefit": _claim,
    "Provenance": _provenance,
}
_LEADS_TO: Final = {
    "Observation": ("hasMember", "derivedFrom"),
    "DiagnosticReport": ("result",),
    "MedicationRequest": ("medicationReference",),
    "MedicationStatement": ("medicationReference",),
    "MedicationAdministration": ("medicationReference",),
    "MedicationDispense": ("medicationReference",),
    "CarePlan": ("careTeam", "addresses"),
    "ExplanationOfBenefit": ("claim",),
}
