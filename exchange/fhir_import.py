"""Claims and explanations of benefit read out of a FHIR R4 bundle of others.

Rule: what is read is checked and bounded; resources of other types are counted and passed over.
An amount becomes fen and says whether that was exact, for others compute with floats.
Source: HL7 FHIR R4, Claim and ExplanationOfBenefit.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from exchange.fhir_json import Number, fen_of, read_json
from primitives.errors import Refused

BUNDLE_SIZE_MAX: Final = 16 * 1024 * 1024
ENTRIES_MAX: Final = 20_000
ITEMS_MAX: Final = 5_000
LENGTH_MAX: Final = 1_000
"""Characters of a text."""
_DATE_TIME: Final = re.compile(
    r"[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01])"
    r"(T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?"
    r"(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9]))?)?)?",
    re.ASCII,
)
_ID: Final = re.compile(r"[A-Za-z0-9.-]{1,64}", re.ASCII)
_CURRENCY: Final = re.compile(r"[A-Z]{3}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount of somebody else's."""

    fen: int
    """Hundredths of its currency, rounded half away from zero."""
    is_exact: bool
    """Whether nothing was rounded."""
    currency: str
    """ISO 4217."""


@dataclass(frozen=True, slots=True)
class ClaimItem:
    """One service or product of a claim."""

    sequence: int
    """Its number in the claim."""
    system: str
    """The system of its code; may be empty."""
    code: str
    """Its first code; may be empty."""
    text: str = field(repr=False)
    """What it is, for people."""
    net: Amount | None = field(repr=False)
    """Its amount, if one is told."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A Claim or an ExplanationOfBenefit; what is personal stays out of its `repr`."""

    kind: str
    """`Claim` or `ExplanationOfBenefit`."""
    id: str
    """The resource's id."""
    status: str
    """active, cancelled, draft, entered-in-error."""
    patient: str = field(repr=False)
    """Reference to the patient."""
    created: str
    """When it was made: dateTime."""
    period: tuple[str, str]
    """billablePeriod: start and end; each may be empty."""
    provider: str
    """Who provided: a name, else the reference."""
    insurer: str
    """Who insures: a name, else the reference; may be empty."""
    claim: str
    """Of an explanation: reference to its claim; may be empty."""
    total: Amount = field(repr=False)
    """What was claimed (submitted)."""
    payment: Amount | None = field(repr=False)
    """Of an explanation: what the insurer pays, if told."""
    items: tuple[ClaimItem, ...] = field(repr=False)
    """In the order of the resource."""


@dataclass(frozen=True, slots=True)
class ClaimBundle:
    """What a bundle holds of interest to a payer."""

    claims: tuple[Claim, ...]
    """Claims, in order."""
    explanations: tuple[Claim, ...]
    """Explanations of benefit, in order."""
    others: int
    """How many resources of other types were passed over."""


def read_claims(data: bytes) -> ClaimBundle:
    """Read the claims and explanations of a bundle.

    Args:
        data: a FHIR R4 Bundle in JSON.

    Raises:
        Refused: `fhir.*`, with the path of the field.
    """
    bundle = read_json(data, BUNDLE_SIZE_MAX)
    if bundle.get("resourceType") != "Bundle":
        raise Refused("fhir.wrong_resource", "expected a Bundle", "resourceType")
    entries = _list(bundle, "entry", "", ENTRIES_MAX)
    claims: list[Claim] = []
    explanations: list[Claim] = []
    others = 0
    seen: set[tuple[str, str]] = set()
    for index, entry in enumerate(entries):
        place = f"entry[{index}].resource"
        resource = _object(entry, "resource", f"entry[{index}].")
        kind = _text(resource, "resourceType", f"{place}.")
        if kind not in ("Claim", "ExplanationOfBenefit"):
            others += 1
            continue
        claim = _claim(resource, kind, f"{place}.")
        if (kind, claim.id) in seen:
            raise Refused("fhir.duplicate_resource", "an id stands once in a bundle", place)
        seen.add((kind, claim.id))
        (claims if kind == "Claim" else explanations).append(claim)
    return ClaimBundle(tuple(claims), tuple(explanations), others)


def _claim(resource: Mapping[str, Any], kind: str, place: str) -> Claim:
    is_claim = kind == "Claim"
    period = _optional_object(resource, "billablePeriod", place)
    payment = _optional_object(resource, "payment", place)
    return Claim(
        kind=kind,
        id=_matching(_ID, resource, "id", place),
        status=_text(resource, "status", place),
        patient=_text(_object(resource, "patient", place), "reference", f"{place}patient."),
        created=_matching(_DATE_TIME, resource, "created", place),
        period=(
            _moment(period, "start", f"{place}billablePeriod."),
            _moment(period, "end", f"{place}billablePeriod."),
        ),
        provider=_party(_object(resource, "provider", place), f"{place}provider."),
        insurer=_insurer(resource, place),
        claim=_optional_text(_optional_object(resource, "claim", place), "reference", place),
        total=_amount(_object(resource, "total", place), f"{place}total.")
        if is_claim
        else _submitted(resource, place),
        payment=_amount(_object(payment, "amount", place), f"{place}payment.amount.")
        if "amount" in payment
        else None,
        items=tuple(
            _item(item, f"{place}item[{index}].")
            for index, item in enumerate(_list(resource, "item", place, ITEMS_MAX))
        ),
    )


def _item(value: Any, place: str) -> ClaimItem:
    item = _as_object(value, place)
    service = _object(item, "productOrService", place)
    codings = _list(service, "coding", f"{place}productOrService.", 100)
    coding = _as_object(codings[0], f"{place}productOrService.coding[0].") if codings else {}
    sequence = item.get("sequence")
    if type(sequence) is not Number or not (sequence.isdigit() and len(sequence) < 7):
        raise Refused("fhir.wrong_type", "expected a positive number", f"{place}sequence")
    text = _optional_text(service, "text", place) or _optional_text(coding, "display", place)
    return ClaimItem(
        sequence=int(sequence),
        system=_optional_text(coding, "system", place),
        code=_optional_text(coding, "code", place),
        text=text,
        net=_amount(_object(item, "net", place), f"{place}net.") if "net" in item else None,
    )


def _submitted(resource: Mapping[str, Any], place: str) -> Amount:
    """Return the total of an explanation whose category is `submitted`."""
    for index, value in enumerate(_list(resource, "total", place, 100)):
        total = _as_object(value, f"{place}total[{index}].")
        category = _object(total, "category", f"{place}total[{index}].")
        for coding in _list(category, "coding", f"{place}total[{index}].category.", 100):
            if _as_object(coding, place).get("code") == "submitted":
                amount = _object(total, "amount", f"{place}total[{index}].")
                return _amount(amount, f"{place}total[{index}].amount.")
    raise Refused("fhir.missing_field", "a total of category submitted", f"{place}total")


def _insurer(resource: Mapping[str, Any], place: str) -> str:
    """Return the insurer, or what the first insurance is called."""
    if "insurer" in resource:
        return _party(_object(resource, "insurer", place), f"{place}insurer.")
    for value in _list(resource, "insurance", place, 100)[:1]:
        coverage = _optional_object(_as_object(value, place), "coverage", place)
        return _optional_text(coverage, "display", place) or _optional_text(
            coverage, "reference", place
        )
    return ""


def _party(reference: Mapping[str, Any], place: str) -> str:
    name = _optional_text(reference, "display", place)
    return name or _text(reference, "reference", place)


def _amount(money: Mapping[str, Any], place: str) -> Amount:
    fen, is_exact = fen_of(money.get("value"), f"{place}value")
    return Amount(fen, is_exact, _matching(_CURRENCY, money, "currency", place))


def _moment(period: Mapping[str, Any], key: str, place: str) -> str:
    return _matching(_DATE_TIME, period, key, place) if key in period else ""


def _matching(pattern: re.Pattern[str], value: Mapping[str, Any], key: str, place: str) -> str:
    found = _text(value, key, place)
    if not pattern.fullmatch(found):
        raise Refused("fhir.wrong_value", "not in the form of its type", place + key)
    return found


def _text(value: Mapping[str, Any], key: str, place: str) -> str:
    found = _optional_text(value, key, place)
    if not found:
        raise Refused("fhir.missing_field", "this field must be there", place + key)
    return found


def _optional_text(value: Mapping[str, Any], key: str, place: str) -> str:
    found = value.get(key, "")
    if type(found) is not str:
        raise Refused("fhir.wrong_type", "expected text", place + key)
    if len(found) > LENGTH_MAX:
        raise Refused("fhir.text_too_long", f"at most {LENGTH_MAX} characters", place + key)
    if not found.isprintable():
        raise Refused(
            "fhir.forbidden_character",
            "no control, direction or zero-width characters",
            place + key,
        )
    return found


def _object(value: Any, key: str, place: str) -> Mapping[str, Any]:
    found = _as_object(value, place)
    if key not in found:
        raise Refused("fhir.missing_field", "this field must be there", place + key)
    return _as_object(found[key], place + key)


def _optional_object(value: Mapping[str, Any], key: str, place: str) -> Mapping[str, Any]:
    return _as_object(value[key], place + key) if key in value else {}


def _as_object(value: Any, place: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise Refused("fhir.wrong_type", "expected an object", place)
    return value


def _list(value: Mapping[str, Any], key: str, place: str, count_max: int) -> list[Any]:
    found = value.get(key, [])
    if not isinstance(found, list):
        raise Refused("fhir.wrong_type", "expected a list", place + key)
    if len(found) > count_max:
        raise Refused("fhir.too_many", f"at most {count_max}", place + key)
    return found
