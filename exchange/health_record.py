"""A record's text as a patient's page shows it: the visit, and every entry under its heading.

    record = read_record(text)      visit, entries by category, each with its leaf `entry/<n>`
    record_series.trends(records)   one result over many records
    record_labels.label(...)        words for categories, statuses, classes, facts, in two languages
    record_codes.code_words(...)    words for LOINC and other codes, else the record's own

Rule: nothing of a record is hidden: each entry is shown, if only by type and name. Reading changes
no figure and refuses no resource; only what is no record at all is refused.
Source: HL7 FHIR R4, Encounter and Bundle.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import msgspec

from exchange.fhir_bundle import REST_FORM, VISIT_FORM, entries_of
from exchange.fhir_limits import ENTRIES_MAX
from exchange.record_entries import Category, RecordEntry, read_record_entry
from exchange.record_facts import PARTS_MAX, Fact
from exchange.record_values import (
    Code,
    Object,
    RecordTime,
    code_of,
    end_of,
    object_of,
    objects_of,
    reference_of,
    start_of,
    text_of,
    words_of,
)
from primitives.errors import Refused


@dataclass(frozen=True, slots=True)
class Visit:
    """The visit a record is about."""

    name: str
    """`Encounter/<id>`."""
    start: RecordTime = field(repr=False)
    """When it began."""
    end: RecordTime = field(repr=False)
    """When it ended."""
    class_: Code | None
    """Outpatient, inpatient, ...: a code of HL7's ActCode, `AMB`."""
    types: tuple[Fact, ...] = field(repr=False)
    """What sort of visit it was."""
    reasons: tuple[Fact, ...] = field(repr=False)
    """What it was for."""
    provider: str = field(repr=False)
    """The institution's name; may be empty."""
    place: str = field(repr=False)
    """Where it was; may be empty."""
    doctors: tuple[str, ...] = field(repr=False)
    """Who took part."""
    status: str
    """`finished`."""


@dataclass(frozen=True, slots=True)
class HealthRecord:
    """A record, read."""

    is_visit: bool
    """Whether it is a visit; else it is what belongs to none."""
    visit: Visit | None
    """Of a visit: what it was; None when its Encounter is missing."""
    entries: tuple[RecordEntry, ...] = field(repr=False)
    """All entries in the record's order."""
    left_out: int
    """How many entries are not among them; 0 for every record that was published."""

    def of(self, category: Category) -> tuple[RecordEntry, ...]:
        """Return the entries under one heading."""
        return tuple(entry for entry in self.entries if entry.category is category)

    def counts(self) -> Mapping[Category, int]:
        """Return how many entries stand under each heading that has any, in a page's order."""
        counts = {category: len(self.of(category)) for category in Category}
        return {category: count for category, count in counts.items() if count}

    def by_reference(self) -> Mapping[str, RecordEntry]:
        """Return the entries by everything that a reference may call them."""
        found: dict[str, RecordEntry] = {}
        for entry in self.entries:
            for name in (entry.name, entry.full_url):
                if name:
                    found.setdefault(name, entry)
        return found


def read_record(text: bytes) -> HealthRecord:
    """Return a record as it is shown.

    Args:
        text: of a visit or of the rest, as `exchange.fhir_bundle` writes it.

    Raises:
        Refused: `record.malformed`, `record.not_fhir`, `record.too_deep` for what is no record.
    """
    raws = entries_of(text)
    form = _form(text)
    if form not in (VISIT_FORM, REST_FORM):
        raise Refused("record.malformed", "no record is like this", "form")
    entries: list[RecordEntry] = []
    visit: Visit | None = None
    for place, raw in enumerate(raws[:ENTRIES_MAX]):
        entry, resource = read_record_entry(raw, place)
        entries.append(entry)
        if visit is None and form == VISIT_FORM and entry.category is Category.VISIT:
            visit = _visit(entry, resource)
    return HealthRecord(form == VISIT_FORM, visit, tuple(entries), len(raws) - len(entries))


def _form(text: bytes) -> str:
    try:
        return _HEAD.decode(text).form
    except (msgspec.DecodeError, ValueError):
        return ""


def _visit(entry: RecordEntry, encounter: Object) -> Visit:
    places = (each.get("location") for each in objects_of(encounter.get("location")))
    doctors = (each.get("individual") for each in objects_of(encounter.get("participant")))
    named = (reference_of(doctor).words for doctor in doctors)
    referred = map(reference_of, objects_of(encounter.get("reasonReference")))
    reasons = _facts("reason", encounter.get("reasonCode"))
    reasons += [Fact("reason", each.words) for each in referred if each.words]
    return Visit(
        name=entry.name,
        start=start_of(object_of(encounter.get("period"))),
        end=end_of(encounter.get("period")),
        class_=code_of(encounter.get("class")),
        types=tuple(_facts("type", encounter.get("type"))),
        reasons=tuple(reasons[:PARTS_MAX]),
        provider=reference_of(encounter.get("serviceProvider")).words,
        place=next((words for each in places if (words := reference_of(each).words)), ""),
        doctors=tuple(dict.fromkeys(words for words in named if words))[:PARTS_MAX],
        status=text_of(encounter.get("status")),
    )


def _facts(name: str, concepts: object) -> list[Fact]:
    told = ((words_of(concept), code_of(concept)) for concept in objects_of(concepts))
    return [Fact(name, words, code) for words, code in told if words][:PARTS_MAX]


class _Head(msgspec.Struct):
    form: str


_HEAD: Final = msgspec.json.Decoder(_Head)
