"""One entry of a bundle: strictly JSON, bounded in depth, named, and without anything active.

Rule: a resource is known by type and id; a key stands once in an object; numbers are never read as
floats. An error names the place of the entry, never what stands there.
Source: HL7 FHIR R4, Bundle.entry, Resource.id, Narrative.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from exchange.fhir_json import Number
from exchange.fhir_narrative import check_narrative
from ledger.documents import apart_from_attachments
from primitives.errors import Refused
from primitives.hashing import Buffer

DEPTH_MAX: Final = 64
_TYPE: Final = re.compile(r"[A-Z][A-Za-z]{1,63}", re.ASCII)
_ID: Final = re.compile(r"[A-Za-z0-9.-]{1,64}", re.ASCII)
URL_LENGTH_MAX: Final = 1_000
KEPT: Final = (
    *("subject", "patient", "beneficiary", "encounter", "context", "item"),
    *("partOf", "hasMember", "derivedFrom", "basedOn", "replaces"),
    *("class", "period", "identifier", "birthDate", "gender"),
)
"""Elements by which entries are put in order; the rest is checked and let go: it may be long."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry that was read."""

    place: int
    """Its place in the bundle."""
    name: str
    """`Observation/<id>`."""
    full_url: str
    """What else references may call it; empty when it is not told."""
    resource: dict[str, Any] = field(repr=False)
    """Of the resource what `KEPT` names; numbers are `Number`."""
    raw: Buffer = field(repr=False)
    """The entry as it lies in the bundle."""

    @property
    def type(self) -> str:
        """The resource's type."""
        return self.name.partition("/")[0]


def read_entry(raw: Buffer, place: int) -> Entry:
    """Read an entry.

    Args:
        raw: its JSON text.
        place: where it stands in the bundle.

    Raises:
        Refused: `record.*`, with the place.
    """
    at = f"entry[{place}]"
    entry = read_strictly(raw, at)
    resource = entry.get("resource") if isinstance(entry, dict) else None
    if not isinstance(resource, dict):
        raise Refused("record.no_resource", "each entry has a resource", at)
    type_, id_, full_url = resource.get("resourceType"), resource.get("id"), entry.get("fullUrl")
    if type(type_) is not str or not _TYPE.fullmatch(type_):
        raise Refused("record.not_fhir", "a resource tells its type", f"{at}.resource.resourceType")
    if type(id_) is not str or not _ID.fullmatch(id_):
        raise Refused("record.no_id", "a resource has an id of FHIR's form", f"{at}.resource.id")
    if full_url is not None and not (type(full_url) is str and len(full_url) <= URL_LENGTH_MAX):
        raise Refused("record.not_fhir", "a fullUrl is a text", f"{at}.fullUrl")
    for level in _resources_in(resource):
        check_narrative(level, f"{at}.resource.text.div")
    kept = {name: resource[name] for name in KEPT if name in resource}
    return Entry(place, f"{type_}/{id_}", full_url or "", kept, raw)


def read_strictly(raw: Buffer, at: str) -> Any:
    """Return a JSON text's value, its numbers as `Number`, its long base64 texts left empty.

    Args:
        raw: the text.
        at: its place, for a refusal.

    Raises:
        Refused: `record.not_fhir`, `record.too_deep`.
    """
    try:
        value = json.loads(
            apart_from_attachments(raw)[0],
            object_pairs_hook=_once,
            parse_int=Number,
            parse_float=Number,
            parse_constant=_no_constant,
        )
    except RecursionError as error:
        raise _too_deep(at) from error
    except ValueError as error:
        raise Refused("record.not_fhir", "not JSON, or a key stands twice", at) from error
    level = [value]
    for _ in range(DEPTH_MAX):
        level = [item for each in level for item in _inside(each)]
    if level:
        raise _too_deep(at)
    return value


def _inside(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from value.values()
    elif isinstance(value, list):
        yield from value


def _resources_in(resource: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a resource and those it contains."""
    yield resource
    contained = resource.get("contained")
    for inner in contained if isinstance(contained, list) else ():
        if isinstance(inner, dict):
            yield inner


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a key stands twice")
    return result


def _no_constant(_name: str) -> Any:
    raise ValueError("NaN and Infinity are no numbers")


def _too_deep(at: str) -> Refused:
    return Refused("record.too_deep", f"at most {DEPTH_MAX} levels", at)
