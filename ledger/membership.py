"""The changes that members vote on, and what each does.

Rule: one function a change, asked when it is proposed, when it is voted and when it takes effect;
it refuses, or returns the leaves that change. What became impossible meanwhile fails and changes
nothing. Fewer than four validators never are.
"""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final, get_type_hints

import msgspec

from ledger.agencies import (
    ACTIVE,
    REGISTER_KEY,
    ROLES,
    SEALING,
    STANDING,
    VALIDATOR,
    Agency,
    AgencyCertificate,
    AgencyKey,
    AgencyName,
    Certificate,
    Purpose,
    Register,
    Role,
    Uscc,
    agency_key,
    keys_of_purpose,
)
from ledger.parameters import PARAMETERS_KEY, Parameters, check_parameters
from ledger.readiness import Readiness, readiness_key
from ledger.state import Facts, Leaves
from ledger.uscc import is_uscc
from ledger.validators import (
    VALIDATORS_KEY,
    VALIDATORS_MAX,
    VALIDATORS_MIN,
    ValidatorEntry,
    ValidatorSets,
    validator_sets,
)
from primitives.codec import AgencyId, Key32, Message, UInt32, decode, encode
from primitives.errors import PeerFault, Refused
from primitives.signing import SUITE_ED25519, is_valid_public_key, key_id

VALUE_SIZE_MAX: Final = 16 * 1024
AGENCIES_MAX: Final = 10_000


class NewKey(Message):
    """A key of an agency that joins."""

    purpose: Purpose
    """What it is for."""
    public: Key32
    """X25519 for sealing, else Ed25519."""


class AddAgency(Message, tag=1):
    """A new member joins."""

    agency: AgencyId
    """Its id; never used before."""
    name: AgencyName
    """Its name for people."""
    uscc: Uscc
    """Unified social credit code."""
    roles: Annotated[tuple[Role, ...], msgspec.Meta(max_length=len(ROLES))]
    """In the order of `ROLES`."""
    certificate: Certificate
    """DER of its node's certificate."""
    keys: Annotated[tuple[NewKey, ...], msgspec.Meta(max_length=16)]
    """Its keys."""


def addition_of(agency_id: AgencyId, agency: Agency) -> AddAgency:
    """Return the change by which an agency joins as its entry says."""
    keys = tuple(NewKey(key.purpose, key.public) for key in agency.keys)
    der = agency.certificates[-1].der
    return AddAgency(agency_id, agency.name, agency.uscc, agency.roles, der, keys)


class SuspendAgency(Message, tag=2):
    """A member's transactions are refused until it is restored."""

    agency: AgencyId
    """Who."""


class RestoreAgency(Message, tag=3):
    """A suspended member takes part again."""

    agency: AgencyId
    """Who."""


class RemoveAgency(Message, tag=4):
    """A member leaves for ever; what it did stays."""

    agency: AgencyId
    """Who."""


class SetRoles(Message, tag=5):
    """A member may do other things."""

    agency: AgencyId
    """Who."""
    roles: Annotated[tuple[Role, ...], msgspec.Meta(max_length=len(ROLES))]
    """All its roles from then on, in the order of `ROLES`."""


class AddValidator(Message, tag=6):
    """A member votes on blocks."""

    agency: AgencyId
    """Who; it has shown that it is ready."""


class RemoveValidator(Message, tag=7):
    """A member votes no more."""

    agency: AgencyId
    """Who."""


class SetParameter(Message, tag=8):
    """A parameter gets another value; bill and document kinds are parameters."""

    name: Annotated[str, msgspec.Meta(pattern=r"^[a-z_]{1,60}\Z")]
    """Its name in `Parameters`."""
    value: Annotated[bytes, msgspec.Meta(max_length=VALUE_SIZE_MAX)]
    """Its value as it stands in the leaf."""


class ScheduleUpgrade(Message, tag=9):
    """From the change's height on, other rules hold; a program that does not know them stops."""

    version: UInt32
    """Version of the rules."""


Change = (
    AddAgency
    | SuspendAgency
    | RestoreAgency
    | RemoveAgency
    | SetRoles
    | AddValidator
    | RemoveValidator
    | SetParameter
    | ScheduleUpgrade
)
"""Everything that can be voted on, by its tag."""


class When(Message):
    """When a change is judged."""

    height: int
    """The first height judged by it."""
    time_ms: int
    """Ledger time."""


def leaves_of(facts: Facts, change: Change, when: When) -> Leaves:
    """Return what a change would do to the state.

    Args:
        facts: the state.
        change: what was proposed.
        when: the height from which it holds, and the time now.

    Raises:
        Refused: as the function of the change says.
    """
    return _CHANGES[type(change)](facts, change, when)


def is_of_validators(change: Change) -> bool:
    """Tell whether a change is of a validator set, which is fixed two heights ahead."""
    return isinstance(change, AddValidator | RemoveValidator)


def _add_agency(facts: Facts, change: AddAgency, when: When) -> Leaves:
    """Let a member join.

    Raises:
        Refused: `governance.agency_exists`, `governance.bad_uscc`, `governance.bad_roles`,
            `governance.bad_key`, `governance.too_many_agencies`.
    """
    register = _register(facts)
    if facts.leaf(agency_key(change.agency), Agency) is not None:
        raise Refused("governance.agency_exists", "an id serves once", "agency")
    if len(register.agencies) >= AGENCIES_MAX:
        raise Refused("governance.too_many_agencies", "the register is full", "agency")
    if not is_uscc(change.uscc):
        raise Refused("governance.bad_uscc", "the check digit does not fit", "uscc")
    _check_roles(change.roles)
    publics = [key.public for key in change.keys]
    is_good = all(key.purpose == SEALING or is_valid_public_key(key.public) for key in change.keys)
    if not is_good or len(set(publics)) != len(publics):
        raise Refused("governance.bad_key", "each key once, of this suite", "keys")
    keys = tuple(
        AgencyKey(key_id(key.public), key.purpose, SUITE_ED25519, key.public) for key in change.keys
    )
    agency = Agency(
        change.name,
        change.uscc,
        change.roles,
        len(register.agencies),
        (AgencyCertificate(change.certificate),),
        ACTIVE,
        False,
        keys,
    )
    return (
        (agency_key(change.agency), agency),
        (REGISTER_KEY, Register((*register.agencies, change.agency))),
    )


def _stand(
    facts: Facts, change: SuspendAgency | RestoreAgency | RemoveAgency, when: When
) -> Leaves:
    """Change how a member stands.

    Raises:
        Refused: `governance.unknown_agency`, `governance.is_validator`, or as `STANDING` says.
    """
    agency = _agency(facts, change.agency)
    if not isinstance(change, RestoreAgency) and _votes(facts, change.agency):
        raise Refused("governance.is_validator", "take its vote first", "agency")
    standing = STANDING.move(agency.standing, type(change).__name__, field="agency")
    return ((agency_key(change.agency), msgspec.structs.replace(agency, standing=standing)),)


def _set_roles(facts: Facts, change: SetRoles, when: When) -> Leaves:
    """Change what a member may do.

    Raises:
        Refused: `governance.unknown_agency`, `governance.bad_roles`.
    """
    agency = _agency(facts, change.agency)
    _check_roles(change.roles)
    return ((agency_key(change.agency), msgspec.structs.replace(agency, roles=change.roles)),)


def _add_validator(facts: Facts, change: AddValidator, when: When) -> Leaves:
    """Let a member vote.

    Raises:
        Refused: `governance.unknown_agency`, `governance.not_active`,
            `governance.already_validator`, `governance.no_validator_key`,
            `governance.not_ready`, `governance.too_many_validators`.
    """
    agency = _agency(facts, change.agency)
    sets = validator_sets(facts)
    if agency.standing != ACTIVE:
        raise Refused("governance.not_active", "only an active member votes", "agency")
    if _votes(facts, change.agency):
        raise Refused("governance.already_validator", "it votes already", "agency")
    keys = keys_of_purpose(agency, VALIDATOR, when.time_ms)
    if not keys:
        raise Refused("governance.no_validator_key", "it has no validator key", "agency")
    ready = facts.leaf(readiness_key(change.agency), Readiness)
    if ready is None or ready.time_ms + _parameters(facts).readiness_ms < when.time_ms:
        raise Refused("governance.not_ready", "its node signals readiness first", "agency")
    if len(sets.after_next) >= VALIDATORS_MAX:
        raise Refused("governance.too_many_validators", "no further vote is possible", "agency")
    entry = ValidatorEntry(change.agency, keys[-1].suite, keys[-1].public)
    return _sets_with(facts, sets, (*sets.after_next, entry))


def _remove_validator(facts: Facts, change: RemoveValidator, when: When) -> Leaves:
    """Take a member's vote.

    Raises:
        Refused: `governance.not_a_validator`, `governance.too_few_validators`.
    """
    sets = validator_sets(facts)
    rest = tuple(entry for entry in sets.after_next if entry.agency != change.agency)
    if rest == sets.after_next:
        raise Refused("governance.not_a_validator", "it has no vote", "agency")
    if len(rest) < VALIDATORS_MIN:
        raise Refused("governance.too_few_validators", "four are the fewest", "agency")
    return _sets_with(facts, sets, rest)


def _set_parameter(facts: Facts, change: SetParameter, when: When) -> Leaves:
    """Change a parameter.

    Raises:
        Refused: `parameter.unknown`, `parameter.not_voted`, `parameter.wrong_value`.
    """
    hints = get_type_hints(Parameters, include_extras=True)
    if change.name not in Parameters.__struct_fields__:
        raise Refused("parameter.unknown", "there is no such parameter", "name")
    if change.name in ("upgrade_version", "upgrade_height"):
        raise Refused("parameter.not_voted", "an upgrade is a proposal of its own", "name")
    try:
        value = decode(change.value, hints[change.name], VALUE_SIZE_MAX)
    except PeerFault as error:
        raise Refused("parameter.wrong_value", "not a value of this parameter", "value") from error
    parameters = msgspec.structs.replace(_parameters(facts), **{change.name: value})
    check_parameters(parameters)
    return ((PARAMETERS_KEY, parameters),)


def _schedule_upgrade(facts: Facts, change: ScheduleUpgrade, when: When) -> Leaves:
    """Fix from which height other rules hold.

    Raises:
        Refused: `governance.old_version`.
    """
    parameters = _parameters(facts)
    if change.version <= parameters.upgrade_version:
        raise Refused("governance.old_version", "name a newer version", "version")
    after = msgspec.structs.replace(
        parameters, upgrade_version=change.version, upgrade_height=when.height
    )
    return ((PARAMETERS_KEY, after),)


def _sets_with(facts: Facts, sets: ValidatorSets, entries: tuple[ValidatorEntry, ...]) -> Leaves:
    """Return the leaf of sets with other entries after the next, in register order."""
    order = {agency: place for place, agency in enumerate(_register(facts).agencies)}
    after_next = tuple(sorted(entries, key=lambda entry: order[entry.agency]))
    return ((VALIDATORS_KEY, ValidatorSets(sets.next, after_next)),)


def _votes(facts: Facts, agency: str) -> bool:
    sets = validator_sets(facts)
    return any(entry.agency == agency for entry in (*sets.next, *sets.after_next))


def _agency(facts: Facts, agency_id: str) -> Agency:
    agency = facts.leaf(agency_key(agency_id), Agency)
    if agency is None:
        raise Refused("governance.unknown_agency", "no member has this id", "agency")
    return agency


def _register(facts: Facts) -> Register:
    register = facts.leaf(REGISTER_KEY, Register)
    assert register is not None, "the genesis writes the register"
    return register


def _parameters(facts: Facts) -> Parameters:
    parameters = facts.leaf(PARAMETERS_KEY, Parameters)
    assert parameters is not None, "the genesis writes the parameters"
    return parameters


def _check_roles(roles: tuple[str, ...]) -> None:
    if list(roles) != sorted(set(roles), key=ROLES.index):
        raise Refused(
            "governance.bad_roles", f"each once, in the order {', '.join(ROLES)}", "roles"
        )


def encoded_value(parameters: Parameters, name: str) -> bytes:
    """Return a parameter's value as `SetParameter` carries it."""
    return encode(getattr(parameters, name))


_CHANGES: Final[Mapping[type, Callable[[Facts, Any, When], Leaves]]] = {
    AddAgency: _add_agency,
    SuspendAgency: _stand,
    RestoreAgency: _stand,
    RemoveAgency: _stand,
    SetRoles: _set_roles,
    AddValidator: _add_validator,
    RemoveValidator: _remove_validator,
    SetParameter: _set_parameter,
    ScheduleUpgrade: _schedule_upgrade,
}
"""One function a change."""
