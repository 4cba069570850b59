"""A patient's FHIR R4 bundle, split into records and put together again.

    a visit    {"form":"fhir-visit-1","entry":[...]}
    the rest   {"form":"fhir-rest-1","bundle":{...},"entry":[...],"order":["Patient/..",...]}

A record is one Encounter with every entry that names it, and one more is what belongs to no visit:
the Patient, the Bundle's own fields, and the order of all entries, so that the bundle can be put
together again. What stands beside a visit's entries in its bundle is no part of the visit, so that
publishing it again in another bundle changes nothing.

Rule: an entry is its bytes, from its `{` to its `}`, and lies where the bundle has it: nothing is
copied, nothing written anew. A bundle is read as a whole or refused as a whole.
Source: HL7 FHIR R4, Bundle, Encounter, references and datatypes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from exchange.fhir_entry import Entry, read_entry, read_strictly
from exchange.fhir_limits import BUNDLE_SIZE_MAX as BUNDLE_SIZE_MAX
from exchange.fhir_limits import ENTRIES_MAX, require_limits
from exchange.fhir_references import belongs_to, check_patients, check_references
from exchange.fhir_times import instant_ms
from primitives.errors import Refused
from primitives.hashing import Buffer

VISIT_FORM: Final = "fhir-visit-1"
REST_FORM: Final = "fhir-rest-1"
OUTPATIENT: Final = "01"
INPATIENT: Final = "02"
REST: Final = "03"
"""Kinds of documents: 门（急）诊病历, 住院病历, 健康档案."""
_INPATIENT_CLASSES: Final = frozenset(("IMP", "ACUTE", "NONAC", "OBSENC"))
_BUNDLE_TYPES: Final = frozenset((
    "transaction", "batch", "collection", "document", "searchset", "history", "message",
))  # fmt: skip
_OWN_FIELDS: Final = frozenset((
    "resourceType", "id", "meta", "implicitRules", "language", "identifier", "type", "timestamp",
    "total", "link", "signature",
))  # fmt: skip
"""Names that a refusal may tell; another name is the sender's own words."""
RESIDENT_ID: Final = "urn:oid:2.16.156.10011.1.3"
"""System of a resident id in Patient.identifier."""
_RECORD_NUMBER: Final = "MR"
"""Type of the hospital's own number, in the system of identifier types."""


class _Key(str):
    """A key that equals no other, so that one standing twice is seen."""

    __slots__ = ()
    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other


@dataclass(frozen=True, slots=True)
class BundlePatient:
    """Who a bundle is about."""

    resident_id: str = field(repr=False)
    """公民身份号码; empty when the bundle does not tell it."""
    numbers: tuple[str, ...] = field(repr=False)
    """The hospital's numbers of the patient, the most likely first; last the resource's id."""
    birth_date: str = field(repr=False)
    """FHIR date, whole or in part; empty when it is not told."""
    gender: str
    """`male`, `female`, `other`, `unknown` or empty."""


@dataclass(frozen=True, slots=True)
class RecordDocument:
    """One record of a bundle: a visit, or the rest."""

    name: str
    """Name of what it is about: `Encounter/<id>`, of the rest `Patient/<id>`."""
    kind: str
    """Kind of document."""
    start: int | None
    """When the visit began, in milliseconds since the epoch; None for the rest, or untold."""
    resources: tuple[str, ...]
    """Names of its resources, `name` first, then in the bundle's order."""
    entries: tuple[Buffer, ...] = field(repr=False)
    """Its entries as they lie in the bundle, in the bundle's order."""
    fields: Buffer = field(repr=False, default=b"")
    """Of the rest: the Bundle's own fields, one JSON object."""
    order: tuple[str, ...] = field(repr=False, default=())
    """Of the rest: the names of all the bundle's entries in their order."""

    @property
    def parts(self) -> tuple[Buffer, ...]:
        """The text in pieces."""
        is_rest = bool(self.fields)
        head = f'{{"form":"{REST_FORM if is_rest else VISIT_FORM}",'.encode()
        parts: list[Buffer] = [head]
        parts += [b'"bundle":', self.fields, b","] if is_rest else []
        parts.append(b'"entry":[')
        for place, entry in enumerate(self.entries):
            parts += [b",", entry] if place else [entry]
        parts.append(b"]")
        parts += [b',"order":', msgspec.json.encode(self.order)] if is_rest else []
        parts.append(b"}")
        return tuple(parts)

    @property
    def size(self) -> int:
        """Bytes of the text."""
        return sum(len(part) for part in self.parts)

    def leaves(self) -> list[tuple[str, Buffer]]:
        """Return path and value of each leaf of the text, as `ledger.documents` cuts them."""
        is_rest = bool(self.fields)
        form = f'"{REST_FORM if is_rest else VISIT_FORM}"'.encode()
        leaves: list[tuple[str, Buffer]] = [("form", form)]
        leaves += [("bundle", self.fields)] if is_rest else []
        leaves += [(f"entry/{place}", entry) for place, entry in enumerate(self.entries)]
        if is_rest:
            names = enumerate(map(msgspec.json.encode, self.order))
            leaves += [(f"order/{place}", name) for place, name in names]
        return leaves


@dataclass(frozen=True, slots=True)
class SplitBundle:
    """A bundle as records."""

    patient: BundlePatient
    """Whose they are."""
    documents: tuple[RecordDocument, ...]
    """The visits in the bundle's order, then the rest."""


def split_bundle(data: bytes) -> SplitBundle:
    """Read a bundle and split it into records.

    Args:
        data: a FHIR R4 Bundle of one patient in JSON.

    Raises:
        Refused: `record.*`, with the place of the entry as `entry[3].resource`.
    """
    require_limits(data)
    fields = _object(data)
    _check_bundle(fields)
    raws = _list(fields["entry"])
    if len(raws) > ENTRIES_MAX:
        raise Refused("record.too_many_entries", f"at most {ENTRIES_MAX:,} entries", "entry")
    entries = [read_entry(memoryview(raw), place) for place, raw in enumerate(raws)]
    by_reference = _by_reference(entries)
    patient = _patient(entries)
    check_patients(entries, by_reference, patient)
    check_references(entries, by_reference)
    own = {name: raw for name, raw in fields.items() if name != "entry"}
    for name, raw in own.items():
        read_strictly(memoryview(raw), name if name in _OWN_FIELDS else "")
    visits = _visits(entries, by_reference)
    rest = _rest(entries, patient, visits, own)
    return SplitBundle(_person(patient), (*(_visit(*visit) for visit in visits), rest))


def entries_of(text: bytes) -> list[Buffer]:
    """Return the entries of a record's text, each as it lies there.

    Raises:
        Refused: `record.malformed`; `record.not_fhir`, `record.too_deep` when it is no such JSON.
    """
    fields = _object(text)
    if "form" not in fields or "entry" not in fields:
        raise Refused("record.malformed", "no record is like this")
    return [memoryview(raw) for raw in _list(fields["entry"])]


def resource_of(entry: Buffer) -> Buffer:
    """Return the resource of an entry as it lies there.

    Raises:
        Refused: `record.malformed`.
    """
    fields = _object(entry)
    if "resource" not in fields:
        raise Refused("record.malformed", "an entry has a resource")
    return memoryview(fields["resource"])


def join_bundle(rest: bytes, visits: Sequence[bytes]) -> bytes:
    """Return the bundle that these records were split from, each entry byte for byte.

    Args:
        rest: text of the record of the rest.
        visits: texts of its visits, in any order.

    Raises:
        Refused: `record.malformed`; `record.incomplete` when a visit is missing.
    """
    fields = _object(rest)
    try:
        order = msgspec.json.decode(fields["order"], type=list[str])
        own = memoryview(fields["bundle"])
    except (msgspec.DecodeError, KeyError) as error:
        raise Refused("record.malformed", "this is no record of the rest") from error
    found: dict[str, Buffer] = {}
    for text in (rest, *visits):
        for place, raw in enumerate(entries_of(text)):
            found[read_entry(raw, place).name] = raw
    if not found.keys() >= set(order):
        raise Refused("record.incomplete", "a visit of the bundle is missing")
    entries = b",".join(found[name] for name in order)
    return bytes(own[:-1]) + b',"entry":[' + entries + b"]}"


def _object(data: Buffer) -> dict[str, msgspec.Raw]:
    try:
        pairs = _OBJECT.decode(data)
        fields = {str(key): raw for key, raw in pairs.items()}
    except RecursionError as error:
        raise Refused("record.too_deep", "at most 64 levels") from error
    except (msgspec.DecodeError, ValueError) as error:
        raise Refused("record.not_fhir", "not one JSON object in UTF-8") from error
    if len(fields) != len(pairs):
        raise Refused("record.not_fhir", "a key stands once in an object")
    return fields


def _list(data: msgspec.Raw) -> list[msgspec.Raw]:
    try:
        return _LIST.decode(data)
    except (msgspec.DecodeError, ValueError) as error:
        raise Refused("record.not_fhir", "a list of entries is expected", "entry") from error


def _check_bundle(fields: Mapping[str, msgspec.Raw]) -> None:
    if _text(fields, "resourceType") != "Bundle" or "entry" not in fields:
        raise Refused("record.not_fhir", "a Bundle with entries is expected", "resourceType")
    if _text(fields, "type") not in _BUNDLE_TYPES:
        raise Refused("record.not_fhir", "this type of bundle holds no records", "type")


def _text(fields: Mapping[str, msgspec.Raw], name: str) -> str:
    try:
        return msgspec.json.decode(fields.get(name, b'""'), type=str)
    except msgspec.DecodeError:
        return ""


def _by_reference(entries: Sequence[Entry]) -> dict[str, Entry]:
    """Return the entries by everything that a reference may call them."""
    found: dict[str, Entry] = {}
    for entry in entries:
        for name in dict.fromkeys(name for name in (entry.name, entry.full_url) if name):
            if name in found:
                raise Refused(
                    "record.duplicate_id", "an id and a fullUrl stand once", f"entry[{entry.place}]"
                )
            found[name] = entry
    return found


def _patient(entries: Sequence[Entry]) -> Entry:
    found = [entry for entry in entries if entry.type == "Patient"]
    if len(found) != 1:
        raise Refused("record.not_one_patient", "a bundle is about one Patient", "entry")
    return found[0]


def _visits(
    entries: Sequence[Entry], by_reference: Mapping[str, Entry]
) -> list[tuple[Entry, list[Entry]]]:
    """Return each Encounter with the entries that belong to it."""
    visits = {entry.name: (entry, [entry]) for entry in entries if entry.type == "Encounter"}
    for entry in entries:
        visit = belongs_to(entry, by_reference)
        if visit is not None and visit is not entry:
            visits[visit.name][1].append(entry)
    return list(visits.values())


def _visit(encounter: Entry, entries: Sequence[Entry]) -> RecordDocument:
    class_ = encounter.resource.get("class")
    code = class_.get("code") if isinstance(class_, dict) else ""
    is_inpatient = isinstance(code, str) and code in _INPATIENT_CLASSES
    period = encounter.resource.get("period")
    start = period.get("start") if isinstance(period, dict) else None
    place = f"entry[{encounter.place}].resource.period.start"
    ordered = sorted(entries, key=lambda entry: entry.place)
    return RecordDocument(
        name=encounter.name,
        kind=INPATIENT if is_inpatient else OUTPATIENT,
        start=None if start is None else instant_ms(start, place),
        resources=tuple(entry.name for entry in entries),
        entries=tuple(entry.raw for entry in ordered),
    )


def _rest(
    entries: Sequence[Entry],
    patient: Entry,
    visits: Sequence[tuple[Entry, list[Entry]]],
    own: Mapping[str, msgspec.Raw],
) -> RecordDocument:
    taken = {entry.name for _, members in visits for entry in members}
    left = [entry for entry in entries if entry.name not in taken]
    others = [entry.name for entry in left if entry is not patient]
    written = (msgspec.json.encode(name) + b":" + memoryview(raw) for name, raw in own.items())
    return RecordDocument(
        name=patient.name,
        kind=REST,
        start=None,
        resources=(patient.name, *others),
        entries=tuple(entry.raw for entry in left),
        fields=b"{" + b",".join(written) + b"}",
        order=tuple(entry.name for entry in entries),
    )


def _person(patient: Entry) -> BundlePatient:
    """Return what a Patient tells of who it is."""
    resident_id, numbers = "", []
    identifiers = patient.resource.get("identifier")
    for identifier in identifiers if isinstance(identifiers, list) else ():
        if not isinstance(identifier, dict) or type(identifier.get("value")) is not str:
            continue
        if identifier.get("system") == RESIDENT_ID:
            resident_id = identifier["value"]
        elif _is_record_number(identifier.get("type")):
            numbers.append(identifier["value"])
    born, gender = patient.resource.get("birthDate"), patient.resource.get("gender")
    return BundlePatient(
        resident_id,
        (*numbers, patient.name.partition("/")[2]),
        born if type(born) is str else "",
        gender if type(gender) is str else "",
    )


def _is_record_number(type_: object) -> bool:
    codings = type_.get("coding") if isinstance(type_, dict) else None
    return isinstance(codings, list) and any(
        isinstance(coding, dict) and coding.get("code") == _RECORD_NUMBER for coding in codings
    )


_OBJECT: Final = msgspec.json.Decoder(
    dict[_Key, msgspec.Raw], dec_hook=lambda _type, value: _Key(value)
)
_LIST: Final = msgspec.json.Decoder(list[msgspec.Raw])
