"""Reads parts of a FHIR resource whatever it holds: what has another form is as if left out."""

import base64
import binascii
import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

Tree = dict[str, Any]
"""A JSON object; its numbers are their text."""

NOTE_SIZE_MAX: Final = 64 * 1024
"""Bytes of an attached text that are shown."""
_DATE: Final = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?", re.ASCII)
_MARK: Final = re.compile(
    r" \((disorder|finding|procedure|regime/therapy|situation|event|product|qualifier value"
    r"|observable entity|occupation|person|morphologic abnormality|medicinal product)\)\Z"
)
"""What SNOMED CT puts behind a name to tell what it is a name of."""
_TEXT_TYPES: Final = ("text/plain",)
_SHANGHAI: Final = timezone(timedelta(hours=8))


def word(tree: Tree, name: str) -> str:
    """Return a field's text; empty when it is no text."""
    value = tree.get(name)
    return value if isinstance(value, str) else ""


def first(tree: Tree, name: str) -> Tree:
    """Return a field's object, or the first of its list; empty when there is none."""
    value = tree.get(name)
    if isinstance(value, list):
        value = value[0] if value else None
    return value if isinstance(value, dict) else {}


def objects(tree: Tree, name: str) -> list[Tree]:
    """Return a field's list of objects; empty when it is none."""
    value = tree.get(name)
    return [it for it in value if isinstance(it, dict)] if isinstance(value, list) else []


def concept(tree: Tree) -> str:
    """Return what a CodeableConcept says, in words rather than as a code.

    The catalogue's own mark behind a name, `(disorder)`, is left out.
    """
    codings = objects(tree, "coding")
    names = [word(it, "display") for it in codings] + [word(it, "code") for it in codings]
    return _MARK.sub("", word(tree, "text") or next(filter(None, names), ""))


def resource_code(resource: Tree) -> str:
    """Return system and code of what a resource is about; empty without a code."""
    coding = first(first(resource, "code"), "coding")
    code = word(coding, "code")
    return f"{word(coding, 'system')}|{code}" if code else ""


def time_of(resource: Tree, *names: str) -> str:
    """Return when, by the first of these fields that says it: `x`, `xDateTime`, `xPeriod`."""
    for name in names:
        told = word(resource, name) or word(resource, f"{name}DateTime")
        told = told or word(first(resource, f"{name}Period"), "start")
        told = told or word(first(resource, name), "start")
        if told:
            return told
    return ""


def day_of(moment: str) -> str:
    """Return the day of a moment as it was written: `2026-03-02`, or `2026`; empty for none."""
    found = _DATE.match(moment)
    return found[0] if found else ""


def instant_ms(moment: str) -> int | None:
    """Return a moment in milliseconds; days without a zone are China's. None for no moment."""
    told = day_of(moment)
    if not told:
        return None
    whole = moment if len(moment) > 10 else f"{told}-01-01"[:10] if len(told) < 7 else told
    try:
        found = datetime.fromisoformat(whole if len(whole) >= 10 else f"{whole}-01")
    except ValueError:
        return None
    zoned = found if found.tzinfo else found.replace(tzinfo=_SHANGHAI)
    return (zoned - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def attachment_of(tree: Tree) -> str:
    """Return the text that an attachment holds; empty when it holds something else."""
    if word(tree, "contentType").partition(";")[0].strip().lower() not in _TEXT_TYPES:
        return ""
    try:
        data = base64.b64decode(word(tree, "data")[: NOTE_SIZE_MAX * 4 // 3], validate=True)
        return data.decode().strip()
    except (binascii.Error, UnicodeDecodeError):
        return ""
