"""What the entries of a bundle say of each other: whose they are, and of which visit.

Rule: every resource of a bundle is about its one Patient. A part of a part comes to an end: no
resource is, by however many steps, a part of itself. A reference to what the bundle does not hold
is the sender's to keep; it is no error.
Source: HL7 FHIR R4, references; subject, patient, encounter, context and item of the resources.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from exchange.fhir_entry import Entry
from primitives.errors import Refused

_PERSON: Final = ("subject", "patient", "beneficiary")
_ABOVE: Final = ("partOf", "hasMember", "derivedFrom", "basedOn", "replaces")
"""References that make one resource a part or a consequence of another."""


def belongs_to(entry: Entry, by_reference: Mapping[str, Entry]) -> Entry | None:
    """Return the Encounter an entry belongs to; None when it is none's, or several's."""
    if entry.type == "Encounter":
        return entry
    named = {found.name: found for found in _encounters_of(entry.resource, by_reference)}
    return next(iter(named.values())) if len(named) == 1 else None


def check_patients(
    entries: Sequence[Entry], by_reference: Mapping[str, Entry], patient: Entry
) -> None:
    """Refuse with `record.mixed_patients` a resource that is about somebody else."""
    for entry in entries:
        for name in _PERSON:
            for reference in _references(entry.resource.get(name)):
                found = by_reference.get(reference)
                if found is None:
                    is_other = reference.startswith(("Patient/", "urn:uuid:"))
                else:
                    is_other = found.type == "Patient" and found is not patient
                if is_other:
                    raise Refused(
                        "record.mixed_patients",
                        "a bundle is about one patient",
                        f"entry[{entry.place}].resource.{name}",
                    )


def check_references(entries: Sequence[Entry], by_reference: Mapping[str, Entry]) -> None:
    """Refuse with `record.circular_reference` what is a part of itself."""
    above = {entry.name: list(_above(entry, by_reference)) for entry in entries}
    done: set[str] = set()
    for entry in entries:
        path: dict[str, Iterator[Entry]] = {}
        following: Entry | None = entry
        while following is not None or path:
            if following is not None and following.name in path:
                raise Refused(
                    "record.circular_reference",
                    "a resource is no part of itself",
                    f"entry[{following.place}].resource",
                )
            if following is not None and following.name not in done:
                path[following.name] = iter(above[following.name])
            if not path:
                break
            name, ahead = next(reversed(path.items()))
            following = next(ahead, None)
            if following is None:
                done.add(name)
                del path[name]


def _above(entry: Entry, by_reference: Mapping[str, Entry]) -> Iterator[Entry]:
    for name in _ABOVE:
        for reference in _references(entry.resource.get(name)):
            found = by_reference.get(reference)
            if found is not None:
                yield found


def _encounters_of(resource: dict[str, Any], by_reference: Mapping[str, Entry]) -> Iterator[Entry]:
    context = resource.get("context")
    items = resource.get("item")
    sources = [resource.get("encounter"), context]
    sources += [context.get("encounter")] if isinstance(context, dict) else []
    sources += [item.get("encounter") for item in _dicts(items)]
    for source in sources:
        for reference in _references(source):
            found = by_reference.get(reference)
            if found is not None and found.type == "Encounter":
                yield found


def _references(value: Any) -> Iterator[str]:
    """Yield what a Reference, or a list of them, refers to; versions are left out."""
    for item in [value] if isinstance(value, dict) else _dicts(value):
        reference = item.get("reference")
        if isinstance(reference, str):
            yield reference.partition("/_history/")[0]


def _dicts(value: Any) -> Iterator[dict[str, Any]]:
    yield from (item for item in value if isinstance(item, dict)) if isinstance(value, list) else ()
