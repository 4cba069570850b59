"""FHIR's data types as a reader's words: read leniently, cut to length, never refused.

Rule: whatever stands there, something is read or nothing; no value is an error. A number is the
text it was written as. What is too long ends in an ellipsis.
Source: HL7 FHIR R4, data types: Coding, CodeableConcept, Quantity, Period, Reference, Attachment.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from exchange.fhir_json import Number
from exchange.fhir_times import instant_ms
from ledger.dates import parse_local_time
from primitives.errors import Refused

TEXT_LENGTH_MAX: Final = 500
"""Characters of any text; what is cut ends in `CUT`."""
CUT: Final = "…"
LOINC: Final = "http://loinc.org"
_DAY: Final = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?", re.ASCII)

Object = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Code:
    """A code of a code system."""

    system: str
    """Address of the system; empty when it is not told."""
    code: str
    """As it is written."""


@dataclass(frozen=True, slots=True)
class RecordTime:
    """A time as the record has it."""

    text: str
    """As it is written; empty when it is not told."""
    ms: int | None
    """The moment in milliseconds since the epoch; None unless hour and offset are told."""
    order: int | None
    """Where it stands among others: `ms`, or when its day, month or year began in Shanghai."""


@dataclass(frozen=True, slots=True)
class Reference:
    """What a resource says of another one."""

    words: str
    """How the record names it; may be empty."""
    reference: str
    """`Observation/<id>`, `urn:uuid:...` or an address; may be empty."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that hangs on a resource."""

    words: str
    """Its title; may be empty."""
    content_type: str
    """`application/pdf`; empty when it is not told."""
    size: int | None
    """Bytes; None when they are not told."""
    is_inside: bool
    """Whether the record holds it, or only says where it is."""


UNTOLD: Final = RecordTime("", None, None)


def text_of(value: Any) -> str:
    """Return a text, number or boolean as text, cut to length; else nothing.

    Line ends are blanks; what has no shape of its own, or turns the direction, is left out.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return ""
    is_cut, text = len(value) > TEXT_LENGTH_MAX, value[:TEXT_LENGTH_MAX]
    if not text.isprintable():
        text = "".join(one if one.isprintable() else " " * one.isspace() for one in text)
    return f"{text[: TEXT_LENGTH_MAX - 1]}{CUT}" if is_cut else text.strip()


def number_of(value: Any) -> str:
    """Return a JSON number as it is written; nothing for anything else, or one cut to length."""
    return value if isinstance(value, Number) and len(value) <= TEXT_LENGTH_MAX else ""


def object_of(value: Any) -> Object:
    """Return an object; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def objects_of(value: Any) -> Iterator[Object]:
    """Yield the objects of a list, or the one that stands where a list may stand."""
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict):
            yield item


def words_of(concept: Any) -> str:
    """Return the words of a CodeableConcept or Coding: its text, a display, or the code itself."""
    concept = object_of(concept)
    codings = list(objects_of(concept.get("coding")))
    told = [concept.get("text"), concept.get("display")]
    told += [coding.get("display") for coding in codings]
    told += [concept.get("code"), *(coding.get("code") for coding in codings)]
    return next((words for words in map(text_of, told) if words), "")


def code_of(concept: Any) -> Code | None:
    """Return the code of a CodeableConcept or Coding: LOINC's if there is one, else the first."""
    concept = object_of(concept)
    codings = [concept, *objects_of(concept.get("coding"))]
    codes = [
        Code(text_of(coding.get("system")), text_of(coding["code"]))
        for coding in codings
        if text_of(coding.get("code"))
    ]
    loinc = [code for code in codes if code.system == LOINC]
    return next(iter(loinc + codes), None)


def quantity_of(quantity: Any) -> str:
    """Return a Quantity in words: `< 5 mg`."""
    quantity = object_of(quantity)
    told = (text_of(quantity.get("comparator")), number_of(quantity.get("value")))
    return " ".join(part for part in (*told, unit_of(quantity)) if part)


def unit_of(quantity: Object) -> str:
    """Return the unit of a Quantity as people read it."""
    return text_of(quantity.get("unit")) or text_of(quantity.get("code"))


def range_of(range_: Any) -> str:
    """Return a Range or a reference range in words: its text, else `3.5 – 5.1 mmol/L`."""
    range_ = object_of(range_)
    low, high = object_of(range_.get("low")), object_of(range_.get("high"))
    ends = [number_of(low.get("value")), number_of(high.get("value"))]
    if text_of(range_.get("text")) or not any(ends):
        return text_of(range_.get("text"))
    unit = unit_of(high) or unit_of(low)
    if not all(ends):
        ends = [f"≥ {ends[0]}" if ends[0] else f"≤ {ends[1]}"]
    return f"{' – '.join(ends)} {unit}".strip()


def time_of(value: Any) -> RecordTime:
    """Return a dateTime, date or instant."""
    text = text_of(value)
    try:
        ms = instant_ms(value, "")
        return RecordTime(text, ms, _start_of(text) if ms is None else ms)
    except Refused:
        return RecordTime(text, None, None)


def _start_of(text: str) -> int | None:
    found = _DAY.fullmatch(text)
    if found is None:
        return None
    return parse_local_time(f"{found[1]}{found[2] or '01'}{found[3] or '01'}000000000", "")


def start_of(value: Any) -> RecordTime:
    """Return when a period began, or a time itself."""
    return time_of(value.get("start") if isinstance(value, dict) else value)


def end_of(value: Any) -> RecordTime:
    """Return when a period ended."""
    return time_of(object_of(value).get("end"))


def reference_of(value: Any) -> Reference:
    """Return a Reference."""
    value = object_of(value)
    words = text_of(value.get("display"))
    reference = text_of(value.get("reference"))
    if not words:
        words = text_of(object_of(value.get("identifier")).get("value"))
    return Reference(words, reference)


def attachment_of(value: Any) -> Attachment:
    """Return an Attachment without its content."""
    value = object_of(value)
    data, size = value.get("data"), number_of(value.get("size"))
    is_inside = isinstance(data, str) and not isinstance(data, Number) and bool(data)
    bytes_: int | None = None
    if is_inside:
        bytes_ = len(data) * 3 // 4 - data[-2:].count("=")
    elif size.isdecimal() and len(size) <= 15:
        bytes_ = int(size)
    return Attachment(
        text_of(value.get("title")), text_of(value.get("contentType")), bytes_, is_inside
    )
