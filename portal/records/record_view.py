"""What a record document tells, for the page: a visit, and what was found and done in it.

Rule: words and figures are shown as they were written, figures as their digits; what a form does
not say is left out. Markup that a hospital put into a narrative (`text.div`) is never looked at.
Source: FHIR R4.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from portal.records.reading import (
    Tree,
    attachment_of,
    concept,
    day_of,
    first,
    instant_ms,
    objects,
    resource_code,
    time_of,
    word,
)
from primitives.errors import Unavailable

KINDS: Final = (
    "diagnoses",
    "results",
    "medicines",
    "procedures",
    "immunisations",
    "reports",
    "plans",
    "documents",
    "other",
)
"""What a record's items are sorted into, in the order of the page."""
ITEMS_MAX: Final = 2_000
"""Items of one document that are shown; the file holds them all."""
_FIGURE: Final = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,12})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Item:
    """One thing of a record: a diagnosis, a result, a medicine."""

    entry: int
    """Which entry of the document tells it."""
    kind: str
    """One of `KINDS`."""
    name: str
    """What, in the hospital's words."""
    type: str = ""
    """The resource type, where it says more than the kind."""
    value: str = ""
    """The result: a figure's digits, or words."""
    unit: str = ""
    """Of the figure."""
    normal: str = ""
    """The range that the laboratory calls normal."""
    flag: str = ""
    """How the result stands to that range: `H`, `L`, …"""
    day: str = ""
    """`2026-03-02`; empty without one."""
    state: str = ""
    """The resource's status: `active`, `stopped`, …"""
    details: tuple[str, ...] = ()
    """Further words: a dosage, an activity of a plan."""
    notes: tuple[str, ...] = ()
    """Texts that came as attachments."""
    code: str = ""
    """Code of the result, for its trend; empty when it has none."""

    @property
    def is_figure(self) -> bool:
        """Whether the result is a number."""
        return bool(_FIGURE.fullmatch(self.value))


@dataclass(frozen=True, slots=True)
class Record:
    """A document, read."""

    is_visit: bool
    """A visit; else what belongs to none."""
    title: str = ""
    """What kind of visit, in the hospital's words."""
    visit_class: str = ""
    """`AMB`, `IMP`, `EMER`, …"""
    day: str = ""
    """First day of the visit: `2026-03-02`; empty without one."""
    last_day: str = ""
    """Last day, when it is another."""
    start_ms: int | None = None
    """When it began."""
    entry: int = 0
    """Which entry tells the visit."""
    place: str = ""
    """Where."""
    people: tuple[str, ...] = ()
    """By whom."""
    reasons: tuple[str, ...] = ()
    """Why."""
    items: tuple[Item, ...] = field(default=(), repr=False)
    """What was found and done, in the order of the text."""
    left_out: int = 0
    """Items beyond `ITEMS_MAX`."""
    entries: int = 0
    """How many entries the document has."""

    @property
    def year(self) -> str:
        """Return the year of the visit; empty without one."""
        return self.day[:4]

    def of_kind(self, kind: str) -> tuple[Item, ...]:
        """Return the items of a kind."""
        return tuple(item for item in self.items if item.kind == kind)


def read_record(text: str) -> Record:
    """Return what a document's text tells.

    Raises:
        Unavailable: `details.unreadable` when it is no such document.
    """
    try:
        tree = json.loads(text, parse_float=str, parse_int=str)
        resources = [
            (number, entry["resource"])
            for number, entry in enumerate(tree["entry"])
            if isinstance(entry, dict) and isinstance(entry.get("resource"), dict)
        ]
        is_visit = {"fhir-visit-1": True, "fhir-rest-1": False}[tree["form"]]
    except (ValueError, RecursionError, KeyError, TypeError) as error:
        raise Unavailable("details.unreadable", "the document is no record") from error
    items: list[Item] = []
    for number, resource in resources:
        if not (is_visit and resource.get("resourceType") == "Encounter"):
            items += _items(number, resource)
    shown, left_out = tuple(items[:ITEMS_MAX]), max(0, len(items) - ITEMS_MAX)
    visits = [it for it in resources if it[1].get("resourceType") == "Encounter"]
    if not (is_visit and visits):
        return Record(False, items=shown, left_out=left_out, entries=len(tree["entry"]))
    return _visit(*visits[0], shown, left_out, len(tree["entry"]))


def _visit(
    number: int, encounter: Tree, items: tuple[Item, ...], left_out: int, entries: int
) -> Record:
    period = first(encounter, "period")
    start, end = word(period, "start"), word(period, "end")
    names = [word(first(it, "individual"), "display") for it in objects(encounter, "participant")]
    places = [word(first(encounter, "serviceProvider"), "display")]
    places += [word(first(it, "location"), "display") for it in objects(encounter, "location")]
    return Record(
        True,
        title=concept(first(encounter, "type")) or concept(first(encounter, "serviceType")),
        visit_class=word(first(encounter, "class"), "code"),
        day=day_of(start),
        last_day=day_of(end) if day_of(end) != day_of(start) else "",
        start_ms=instant_ms(start),
        entry=number,
        place=next(filter(None, places), ""),
        people=tuple(dict.fromkeys(filter(None, names))),
        reasons=tuple(filter(None, (concept(it) for it in objects(encounter, "reasonCode")))),
        items=items,
        left_out=left_out,
        entries=entries,
    )


def _items(number: int, resource: Tree) -> list[Item]:
    kind = resource.get("resourceType")
    reader = _READERS.get(kind) if isinstance(kind, str) else None
    return reader(number, resource) if reader else [_other(number, resource)]


def _diagnosis(number: int, resource: Tree) -> list[Item]:
    state = first(first(resource, "clinicalStatus"), "coding")
    return [
        Item(
            number,
            "diagnoses",
            _name(resource),
            type=word(resource, "resourceType"),
            day=day_of(time_of(resource, "onset", "recordedDate")),
            state=word(state, "code"),
        )
    ]


def _result(number: int, resource: Tree) -> list[Item]:
    """Return an observation's result; a blood pressure has two."""
    parts = objects(resource, "component")
    whole = [] if parts and not _has_value(resource) else [resource]
    day = day_of(time_of(resource, "effective", "issued"))
    return [_one_result(number, part, day, resource) for part in (*whole, *parts)]


def _one_result(number: int, part: Tree, day: str, whole: Tree) -> Item:
    quantity = first(part, "valueQuantity")
    words = [word(part, name) for name in ("valueString", "valueInteger", "valueDateTime")]
    words += [concept(first(part, "valueCodeableConcept"))]
    flag = first(first(part, "interpretation"), "coding")
    return Item(
        number,
        "results",
        _name(part),
        value=word(quantity, "value") or next(filter(None, words), ""),
        unit=word(quantity, "unit"),
        normal=_normal(first(part, "referenceRange")),
        flag=word(flag, "code"),
        day=day,
        state=word(whole, "status"),
        code=resource_code(part),
    )


def _normal(given: Tree) -> str:
    low, high = word(first(given, "low"), "value"), word(first(given, "high"), "value")
    return word(given, "text") or (f"{low} – {high}" if low or high else "")


def _medicine(number: int, resource: Tree) -> list[Item]:
    name = concept(first(resource, "medicationCodeableConcept"))
    name = name or word(first(resource, "medicationReference"), "display") or _name(resource)
    doses = [word(it, "text") for it in objects(resource, "dosageInstruction")]
    doses += [word(it, "text") for it in objects(resource, "dosage")]
    return [
        Item(
            number,
            "medicines",
            name,
            day=day_of(time_of(resource, "authoredOn", "effective")),
            state=word(resource, "status"),
            details=tuple(filter(None, doses)),
        )
    ]


def _procedure(number: int, resource: Tree) -> list[Item]:
    day = day_of(time_of(resource, "performed"))
    return [Item(number, "procedures", _name(resource), day=day, state=word(resource, "status"))]


def _immunisation(number: int, resource: Tree) -> list[Item]:
    name = concept(first(resource, "vaccineCode")) or _name(resource)
    day = day_of(time_of(resource, "occurrence"))
    return [Item(number, "immunisations", name, day=day, state=word(resource, "status"))]


def _report(number: int, resource: Tree) -> list[Item]:
    notes = (attachment_of(it) for it in objects(resource, "presentedForm"))
    return [
        Item(
            number,
            "reports",
            _name(resource),
            day=day_of(time_of(resource, "effective", "issued")),
            state=word(resource, "status"),
            details=tuple(filter(None, (word(resource, "conclusion"),))),
            notes=tuple(filter(None, notes)),
        )
    ]


def _plan(number: int, resource: Tree) -> list[Item]:
    names = [concept(it) for it in reversed(objects(resource, "category"))]
    activities = [first(it, "detail") for it in objects(resource, "activity")]
    return [
        Item(
            number,
            "plans",
            word(resource, "title") or next(filter(None, names), "") or _name(resource),
            day=day_of(word(first(resource, "period"), "start")),
            state=word(resource, "status"),
            details=tuple(filter(None, (concept(first(it, "code")) for it in activities))),
        )
    ]


def _document(number: int, resource: Tree) -> list[Item]:
    attachments = [first(it, "attachment") for it in objects(resource, "content")]
    titles = [word(it, "title") for it in attachments]
    return [
        Item(
            number,
            "documents",
            _name(resource),
            day=day_of(time_of(resource, "date")),
            details=tuple(filter(None, titles)),
            notes=tuple(filter(None, (attachment_of(it) for it in attachments))),
        )
    ]


def _person(number: int, resource: Tree) -> list[Item]:
    names = [
        word(it, "text") or " ".join([*_words(it, "given"), word(it, "family")]).strip()
        for it in objects(resource, "name")
    ]
    name, born = next(filter(None, names), ""), day_of(word(resource, "birthDate"))
    return [Item(number, "other", name, type="Patient", day=born, state=word(resource, "gender"))]


def _other(number: int, resource: Tree) -> Item:
    return Item(
        number,
        "other",
        _name(resource),
        type=word(resource, "resourceType"),
        day=day_of(time_of(resource, "created", "recorded", "date", "period")),
        state=word(resource, "status"),
    )


def _name(resource: Tree) -> str:
    """Return what a resource is about, in its own words; empty when it does not say."""
    found = [concept(first(resource, name)) for name in ("code", "type", "category")]
    return next(filter(None, found), "")


def _words(tree: Tree, name: str) -> list[str]:
    value = tree.get(name)
    return [it for it in value if isinstance(it, str)] if isinstance(value, list) else []


def _has_value(resource: Tree) -> bool:
    return any(name.startswith("value") for name in resource)


_READERS: Final[dict[str, Callable[[int, dict[str, Any]], list[Item]]]] = {
    "Condition": _diagnosis,
    "AllergyIntolerance": _diagnosis,
    "Observation": _result,
    "MedicationRequest": _medicine,
    "MedicationStatement": _medicine,
    "MedicationAdministration": _medicine,
    "Procedure": _procedure,
    "Immunization": _immunisation,
    "DiagnosticReport": _report,
    "CarePlan": _plan,
    "DocumentReference": _document,
    "Patient": _person,
}
