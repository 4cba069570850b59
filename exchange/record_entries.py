"""One resource of a medical record, as far as a page shows it.

Rule: whatever a resource holds, it is an entry: what is odd is shown by its type and id, and
nothing is hidden or refused. A figure keeps its digits. The narrative is never shown.
Source: HL7 FHIR R4.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from exchange.fhir_json import Number

LENGTH_MAX: Final = 1_000
"""Characters of a text; what is longer is cut."""
ITEMS_MAX: Final = 200
LOINC: Final = "http://loinc.org"
CATEGORIES: Final = MappingProxyType(
    {
        "Condition": "diagnosis",
        "Observation": "result",
        "DiagnosticReport": "report",
        "MedicationRequest": "medicine",
        "Procedure": "procedure",
        "Immunization": "immunisation",
        "CarePlan": "care_plan",
        "CareTeam": "care_team",
        "DocumentReference": "document",
        "Claim": "claim",
        "ExplanationOfBenefit": "claim",
    }
)
"""Category by type of resource; any other type is `other`."""
_TIMES: Final = (
    *("effectiveDateTime", "onsetDateTime", "performedDateTime", "occurrenceDateTime"),
    *("authoredOn", "recordedDate", "date", "created", "issued"),
)
_PERIODS: Final = ("effectivePeriod", "performedPeriod", "onsetPeriod", "period", "billablePeriod")
_CODES: Final = ("code", "medicationCodeableConcept", "vaccineCode", "type")


@dataclass(frozen=True, slots=True)
class Measure:
    """One value of a result: its own, or of a component."""

    words: str = field(repr=False)
    """What was measured."""
    code: str
    """Its LOINC code, by which one series over many documents is made; may be empty."""
    value: str = field(repr=False)
    """The figure exactly as written, or words; may be empty."""
    is_number: bool
    """Whether the value is a figure."""
    unit: str
    """Its unit; may be empty."""
    interpretation: str = field(repr=False)
    """Code of the interpretation, such as H; may be empty."""
    reference: str = field(repr=False)
    """The reference range in words or as `low-high`; may be empty."""


@dataclass(frozen=True, slots=True)
class RecordEntry:
    """One entry of a page; what is personal stays out of its `repr`."""

    category: str
    """See `CATEGORIES`."""
    name: str
    """`Type/id`."""
    place: str
    """Its leaf: `entry/<n>`."""
    words: str = field(repr=False)
    """What it is, in the record's own words; the type where there are none."""
    code: str = field(repr=False)
    """Its first code; may be empty."""
    status: str
    """Its status; may be empty."""
    time: str
    """When, as FHIR writes it; may be empty."""
    measures: tuple[Measure, ...] = field(repr=False)
    """Of a result: its values."""
    notes: tuple[str, ...] = field(repr=False)
    """Further words: results of a report, dosage, attachments' types and sizes."""


def record_entry(resource: Any, index: int) -> RecordEntry:
    """Return the entry of a resource.

    Args:
        resource: JSON as `fhir_json.Number` keeps it; anything at all.
        index: its place in the document.
    """
    whole = as_object(resource)
    kind, name = text_of(whole.get("resourceType")), text_of(whole.get("id"))
    category = CATEGORIES.get(kind, "other")
    concept = next((whole[key] for key in _CODES if whole.get(key)), None)
    return RecordEntry(
        category=category,
        name=f"{kind or 'Resource'}/{name}",
        place=f"entry/{index}",
        words=words_of(concept) or kind or "Resource",
        code=_code(concept),
        status=text_of(whole.get("status")) or _code(whole.get("clinicalStatus")),
        time=_time(whole),
        measures=_measures(whole) if category == "result" else (),
        notes=_notes(whole),
    )


def words_of(concept: Any) -> str:
    """Return the words of a CodeableConcept, or of the first of several; may be empty."""
    whole = as_object(_first(concept))
    own = text_of(whole.get("text")) or text_of(whole.get("display"))
    shown = [text_of(as_object(one).get("display")) for one in _list(whole.get("coding"))]
    return own or next((one for one in shown if one), "")


def text_of(value: Any) -> str:
    """Return a text, cut and without control, direction or zero-width characters."""
    if type(value) is not str:
        return ""
    return "".join(one for one in value[:LENGTH_MAX] if one.isprintable())


def as_object(value: Any) -> Mapping[str, Any]:
    """Return an object, or an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def _measures(whole: Mapping[str, Any]) -> tuple[Measure, ...]:
    parts = [whole, *(as_object(one) for one in _list(whole.get("component")))]
    found = [_measure(part) for part in parts]
    return tuple(one for one in found if one.value)


def _measure(part: Mapping[str, Any]) -> Measure:
    quantity = as_object(part.get("valueQuantity"))
    figure = quantity.get("value", part.get("valueInteger"))
    is_number = type(figure) is Number and len(figure) <= LENGTH_MAX
    words = text_of(part.get("valueString")) or words_of(part.get("valueCodeableConcept"))
    value = str(figure) if is_number else words
    if is_number:
        value = text_of(quantity.get("comparator")) + value
    return Measure(
        words=words_of(part.get("code")),
        code=_code(part.get("code"), LOINC),
        value=value,
        is_number=is_number and value == figure,
        unit=text_of(quantity.get("unit")) or text_of(quantity.get("code")),
        interpretation=_code(_first(part.get("interpretation"))),
        reference=_reference_range(part),
    )


def _reference_range(part: Mapping[str, Any]) -> str:
    told = as_object(_first(part.get("referenceRange")))
    low, high = (as_object(told.get(key)).get("value") for key in ("low", "high"))
    ends = [str(one)[:LENGTH_MAX] if type(one) is Number else "" for one in (low, high)]
    return text_of(told.get("text")) or ("-".join(ends) if any(ends) else "")


def _notes(whole: Mapping[str, Any]) -> tuple[str, ...]:
    results = [text_of(as_object(one).get("display")) for one in _list(whole.get("result"))]
    dosage = [text_of(as_object(one).get("text")) for one in _list(whole.get("dosageInstruction"))]
    content = [as_object(one).get("attachment") for one in _list(whole.get("content"))]
    attached = [_attachment(one) for one in [*content, *_list(whole.get("presentedForm"))]]
    return tuple(one for one in [*results, *dosage, *attached] if one)


def _attachment(value: Any) -> str:
    """Return the type and the size in bytes of an attachment."""
    told = as_object(value)
    size, data = told.get("size"), told.get("data")
    if type(data) is str:
        size = str(len(data) * 3 // 4 - data[-2:].count("="))
    shown = size[:20] if isinstance(size, str) else ""
    return f"{text_of(told.get('contentType'))} {shown}".strip()


def _time(whole: Mapping[str, Any]) -> str:
    times = [text_of(whole.get(key)) for key in _TIMES]
    times += [text_of(as_object(whole.get(key)).get("start")) for key in _PERIODS]
    return next((one for one in times if one), "")


def _code(concept: Any, system: str = "") -> str:
    for one in _list(as_object(_first(concept)).get("coding")):
        coding = as_object(one)
        if not system or coding.get("system") == system:
            return text_of(coding.get("code"))
    return ""


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else value


def _list(value: Any) -> list[Any]:
    return value[:ITEMS_MAX] if isinstance(value, list) else []
