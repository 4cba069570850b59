"""The genesis: the one file that a chain starts from and that everybody must hold.

Rule: the chain id is the plain SHA-256 of the file's bytes; the reader refuses what a person could
have meant otherwise: duplicate or unknown keys, missing values, wrong check digits, keys that are
no keys. It writes the state of height 0, on which the first block stands.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final, get_type_hints

import msgspec

from ledger.agencies import (
    ACTIVE,
    PURPOSES,
    REGISTER_KEY,
    ROLES,
    SEALING,
    VALIDATOR,
    Agency,
    AgencyCertificate,
    AgencyKey,
    Certificate,
    Register,
    agency_key,
    keys_of_purpose,
)
from ledger.parameters import PARAMETERS_KEY, Parameters, check_parameters
from ledger.uscc import is_uscc
from ledger.validators import (
    VALIDATORS_KEY,
    VALIDATORS_MAX,
    VALIDATORS_MIN,
    ValidatorEntry,
    ValidatorSets,
)
from primitives.codec import AgencyId, Message, UInt
from primitives.errors import PeerFault, Refused
from primitives.hashing import plain_hash
from primitives.signing import SUITE_ED25519, is_valid_public_key, key_id

FORMAT: Final = "piaolian-genesis-1"
GENESIS_SIZE_MAX: Final = 4 * 1024 * 1024
ENTRY_SIZE_MAX: Final = 64 * 1024
AGENCIES_MAX: Final = 10_000
QUORUM_RULE: Final = 1
"""A quorum is the smallest q with 2q - n > f, f = (n - 1) // 3."""


@dataclass(frozen=True, slots=True)
class Genesis:
    """A genesis file that was read and found whole."""

    chain: bytes
    """The chain id: SHA-256 of the file's bytes."""
    name: str
    """What people call the chain."""
    time_ms: int
    """Ledger time of height 0."""
    parameters: Parameters
    """The first parameters."""
    agencies: tuple[tuple[str, Agency], ...]
    """The members by id, in register order."""
    validators: tuple[ValidatorEntry, ...]
    """The first validator set, in register order."""


def read_genesis(data: bytes) -> Genesis:
    """Read a genesis file.

    Args:
        data: the file's bytes.

    Raises:
        PeerFault: `genesis.*`, naming the field; see docs/ledger.md.
    """
    if len(data) > GENESIS_SIZE_MAX:
        raise PeerFault("genesis.too_long", "at most 4 MiB")
    try:
        document = json.loads(data, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise PeerFault("genesis.malformed", "the file is not JSON in UTF-8") from error
    names = ("format", "name", "time_ms", "suite", "quorum_rule", "parameters", "agencies")
    _require(document, (*names, "validators"), "")
    for name, value in (("format", FORMAT), ("suite", SUITE_ED25519), ("quorum_rule", QUORUM_RULE)):
        if document[name] != value or isinstance(document[name], bool):
            raise PeerFault("genesis.unknown_version", f"this program knows {value} only", name)
    agencies = _agencies(document["agencies"])
    return Genesis(
        chain=plain_hash(data),
        name=_convert(document["name"], str, "name"),
        time_ms=_convert(document["time_ms"], UInt, "time_ms"),
        parameters=_parameters(document["parameters"]),
        agencies=agencies,
        validators=_validators(document["validators"], agencies),
    )


def read_entry(data: bytes) -> tuple[str, Agency]:
    """Read the entry of one agency, as `piaoliand init` prints it.

    Args:
        data: the file's bytes.

    Returns:
        Its id, and what the genesis would say of it.

    Raises:
        PeerFault: `genesis.*`, naming the field.
    """
    if len(data) > ENTRY_SIZE_MAX:
        raise PeerFault("genesis.too_long", "at most 64 KiB", "entry")
    try:
        document = json.loads(data, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise PeerFault("genesis.malformed", "the file is not JSON in UTF-8", "entry") from error
    return _agency(document, 0, "entry")


def write_genesis(
    *,
    name: str,
    time_ms: int,
    parameters: Parameters,
    agencies: Sequence[tuple[str, Agency]],
    validators: Sequence[str],
) -> bytes:
    """Return the file of a new chain; `read_genesis` judges whether it is a good one."""
    document = {
        "format": FORMAT,
        "name": name,
        "time_ms": time_ms,
        "suite": SUITE_ED25519,
        "quorum_rule": QUORUM_RULE,
        "parameters": _parameters_document(parameters),
        "agencies": [_agency_document(agency_id, agency) for agency_id, agency in agencies],
        "validators": list(validators),
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n"


def genesis_leaves(genesis: Genesis) -> dict[bytes, Message]:
    """Return the facts of height 0 by state key."""
    leaves: dict[bytes, Message] = {
        agency_key(agency_id): agency for agency_id, agency in genesis.agencies
    }
    leaves[REGISTER_KEY] = Register(tuple(agency_id for agency_id, _ in genesis.agencies))
    leaves[PARAMETERS_KEY] = genesis.parameters
    leaves[VALIDATORS_KEY] = ValidatorSets(genesis.validators, genesis.validators)
    return leaves


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Build an object that names each key once."""
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            raise PeerFault("genesis.duplicate_key", "it stands twice in one object", key[:40])
        result[key] = value
    return result


def _require(value: Any, names: Sequence[str], place: str) -> None:
    """Require an object with exactly the given keys."""
    if not isinstance(value, dict):
        raise PeerFault("genesis.wrong_type", "expected an object", place or "the file")
    for key in value:
        if key not in names:
            near = get_close_matches(key[:40], names, n=1)
            advice = f"did you mean {near[0]}?" if near else f"known are {', '.join(names)}"
            raise PeerFault("genesis.unknown_key", advice, _join(place, key[:40]))
    for name in names:
        if name not in value:
            raise PeerFault("genesis.missing_key", "this key must be there", _join(place, name))


def _join(place: str, key: str) -> str:
    return f"{place}.{key}" if place else key


def _convert(value: Any, type_: Any, place: str) -> Any:
    try:
        return msgspec.convert(value, type_)
    except msgspec.ValidationError as error:
        raise PeerFault("genesis.wrong_type", f"{error}", place) from error


def _list(value: Any, size_max: int, place: str) -> list[Any]:
    if not isinstance(value, list) or len(value) > size_max:
        raise PeerFault("genesis.wrong_type", f"expected a list of at most {size_max}", place)
    return value


def _bytes(value: Any, place: str) -> bytes:
    """Read base64url without padding, in its one form."""
    text = _convert(value, str, place)
    try:
        data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (Base64Error, ValueError) as error:
        raise PeerFault("genesis.wrong_type", "expected base64url", place) from error
    if _text(data) != text:
        raise PeerFault("genesis.wrong_type", "expected base64url without padding", place)
    return data


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _parameters(value: Any) -> Parameters:
    """Read the parameters; `bus_types` is an object in the file."""
    names = Parameters.__struct_fields__
    _require(value, names, "parameters")
    hints = get_type_hints(Parameters, include_extras=True)
    bus_types = value["bus_types"]
    if not isinstance(bus_types, dict):
        raise PeerFault("genesis.wrong_type", "expected an object", "parameters.bus_types")
    given: Mapping[str, Any] = {**value, "bus_types": sorted(bus_types.items())}
    fields = {name: _convert(given[name], hints[name], f"parameters.{name}") for name in names}
    parameters = Parameters(**fields)
    try:
        check_parameters(parameters)
    except Refused as error:
        raise PeerFault("genesis.wrong_value", error.detail, f"parameters.{error.field}") from error
    return parameters


def _parameters_document(parameters: Parameters) -> dict[str, Any]:
    document = {name: getattr(parameters, name) for name in Parameters.__struct_fields__}
    document["bus_types"] = dict(parameters.bus_types)
    return document


def _agencies(value: Any) -> tuple[tuple[str, Agency], ...]:
    agencies = [
        _agency(item, index, f"agencies[{index}]")
        for index, item in enumerate(_list(value, AGENCIES_MAX, "agencies"))
    ]
    publics: set[bytes] = set()
    names: set[str] = set()
    for index, (agency_id, agency) in enumerate(agencies):
        if agency_id in names:
            raise PeerFault("genesis.duplicate_agency", agency_id, f"agencies[{index}].id")
        names.add(agency_id)
        for key in agency.keys:
            if key.public in publics:
                raise PeerFault(
                    "genesis.duplicate_key_bytes",
                    "a key belongs to one agency and one purpose",
                    f"agencies[{index}].keys",
                )
            publics.add(key.public)
    return tuple(agencies)


def _agency(value: Any, index: int, place: str) -> tuple[str, Agency]:
    _require(value, ("id", "name", "uscc", "roles", "certificate", "keys"), place)
    hints = get_type_hints(Agency, include_extras=True)
    uscc = _convert(value["uscc"], hints["uscc"], f"{place}.uscc")
    if not is_uscc(uscc):
        raise PeerFault("genesis.bad_uscc", "the check digit does not fit", f"{place}.uscc")
    roles = _convert(value["roles"], hints["roles"], f"{place}.roles")
    if list(roles) != sorted(set(roles), key=ROLES.index):
        raise PeerFault(
            "genesis.wrong_value",
            f"each role once, in the order {', '.join(ROLES)}",
            f"{place}.roles",
        )
    keys = [
        _key(item, f"{place}.keys[{position}]")
        for position, item in enumerate(_list(value["keys"], 64, f"{place}.keys"))
    ]
    certificate = _bytes(value["certificate"], f"{place}.certificate")
    agency = Agency(
        name=_convert(value["name"], hints["name"], f"{place}.name"),
        uscc=uscc,
        roles=roles,
        index=index,
        certificates=(
            AgencyCertificate(_convert(certificate, Certificate, f"{place}.certificate")),
        ),
        standing=ACTIVE,
        is_frozen=False,
        keys=tuple(keys),
    )
    return _convert(value["id"], AgencyId, f"{place}.id"), agency


def _key(value: Any, place: str) -> AgencyKey:
    _require(value, ("purpose", "suite", "public"), place)
    if value["purpose"] not in PURPOSES:
        raise PeerFault(
            "genesis.wrong_value", f"known are {', '.join(PURPOSES)}", f"{place}.purpose"
        )
    if value["suite"] is True or value["suite"] != SUITE_ED25519:
        raise PeerFault("genesis.unknown_version", "the known suite is 1", f"{place}.suite")
    public = _bytes(value["public"], f"{place}.public")
    is_sealing = value["purpose"] == SEALING
    if len(public) != 32 or not (is_sealing or is_valid_public_key(public)):
        raise PeerFault("genesis.bad_key", "not a public key of this suite", f"{place}.public")
    return AgencyKey(key_id(public), value["purpose"], SUITE_ED25519, public)


def _agency_document(agency_id: str, agency: Agency) -> dict[str, Any]:
    return {
        "id": agency_id,
        "name": agency.name,
        "uscc": agency.uscc,
        "roles": list(agency.roles),
        "certificate": _text(agency.certificates[0].der),
        "keys": [
            {"purpose": key.purpose, "suite": key.suite, "public": _text(key.public)}
            for key in agency.keys
        ],
    }


def _validators(value: Any, agencies: Sequence[tuple[str, Agency]]) -> tuple[ValidatorEntry, ...]:
    names = _list(value, VALIDATORS_MAX, "validators")
    if len(names) < VALIDATORS_MIN:
        raise PeerFault(
            "genesis.too_few_validators", "four are the fewest of whom one may fail", "validators"
        )
    register = [agency_id for agency_id, _ in agencies]
    for index, name in enumerate(names):
        if name not in register:
            raise PeerFault("genesis.unknown_agency", "no such id", f"validators[{index}]")
    if names != [agency_id for agency_id in register if agency_id in names]:
        raise PeerFault("genesis.wrong_value", "each once, in the order of agencies", "validators")
    members = dict(agencies)
    return tuple(_entry(name, members[name]) for name in names)


def _entry(agency_id: str, agency: Agency) -> ValidatorEntry:
    keys = keys_of_purpose(agency, VALIDATOR)
    if len(keys) != 1:
        raise PeerFault(
            "genesis.wrong_value", "a validator has exactly one validator key", agency_id
        )
    return ValidatorEntry(agency_id, keys[0].suite, keys[0].public)
