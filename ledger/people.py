"""The people of an agency: their keys are issued, limited and withdrawn by the agency itself.

Rule: only a governance key does so, and each change is an operation on the chain. A key that was
withdrawn never counts again; what it did stays and names it.
"""

from typing import Final

import msgspec

from ledger.axes import Axis, No
from ledger.keys import (
    ActingKey,
    KeyLimits,
    KeyUsage,
    PersonKey,
    PersonPurpose,
    StaffNumber,
    person_key_key,
    usage_key,
)
from ledger.results import Done
from ledger.state import Changes, Context, Facts, Leaves
from primitives.codec import Key32, KeyId, Message, UInt
from primitives.errors import Refused
from primitives.signing import SUITE_ED25519, is_valid_public_key, key_id
from primitives.units import MINUTE_MS, civil_date

COUNTS: Final = 0
WITHDRAWN: Final = 1

_GONE: Final = No("key.revoked", "a withdrawn key does not come back; issue a new one")
PERSON_KEY: Final = Axis(
    "person-key",
    "人员密钥",
    ("COUNTS 有效", "WITHDRAWN 已撤销"),
    {
        "IssueKey": (No("key.exists", "this key was issued before"), _GONE),
        "LimitKey": ((COUNTS,), _GONE),
        "RevokeKey": ((WITHDRAWN,), _GONE),
    },
)
"""How a person's key stands."""


class IssueKey(Message, tag=31):
    """An agency gives a person a key (授权)."""

    purpose: PersonPurpose
    """What it may be used for."""
    public: Key32
    """The Ed25519 key; the private one stays with the person."""
    staff: StaffNumber
    """Whose it is."""
    limits: KeyLimits
    """What it may do."""
    until_ms: UInt
    """Ledger time at which it ceases to count."""


class LimitKey(Message, tag=32):
    """An agency changes what a person's key may do."""

    key_id: KeyId
    """Which key."""
    limits: KeyLimits
    """What it may do from now on."""
    until_ms: UInt
    """Ledger time at which it ceases to count."""


class RevokeKey(Message, tag=33):
    """An agency withdraws a person's key at once (撤销)."""

    key_id: KeyId
    """Which key."""


def check_issue_key(facts: Facts, operation: IssueKey, context: Context) -> Changes:
    """Let a person's key count from now on.

    Raises:
        Refused: `key.bad_public`, `key.already_over`, `key.exists`, `key.revoked`.
    """
    if not is_valid_public_key(operation.public):
        raise Refused("key.bad_public", "not a public key of this suite", "public")
    _check_until(operation.until_ms, context)
    id_ = key_id(operation.public)
    leaf = person_key_key(context.sender, id_)
    known = facts.leaf(leaf, PersonKey)
    if known is not None:
        PERSON_KEY.move(_state(known), "IssueKey", field="public")
    if any(key.key_id == id_ for key in context.agency.keys):
        raise Refused("key.exists", "it is a key of the agency's programs", "public")
    person = PersonKey(
        operation.purpose,
        SUITE_ED25519,
        operation.public,
        operation.staff,
        operation.limits,
        context.time_ms,
        operation.until_ms,
        0,
    )
    return Changes(((leaf, person),), Done())


def check_limit_key(facts: Facts, operation: LimitKey, context: Context) -> Changes:
    """Change a key's limits.

    Raises:
        Refused: `key.unknown`, `key.revoked`, `key.already_over`.
    """
    leaf, person = _person(facts, operation.key_id, context)
    PERSON_KEY.move(_state(person), "LimitKey", field="key_id")
    _check_until(operation.until_ms, context)
    limited = msgspec.structs.replace(person, limits=operation.limits, until_ms=operation.until_ms)
    return Changes(((leaf, limited),), Done())


def check_revoke_key(facts: Facts, operation: RevokeKey, context: Context) -> Changes:
    """Withdraw a key.

    Raises:
        Refused: `key.unknown`, `key.revoked`.
    """
    leaf, person = _person(facts, operation.key_id, context)
    PERSON_KEY.move(_state(person), "RevokeKey", field="key_id")
    return Changes(((leaf, msgspec.structs.replace(person, revoked_ms=context.time_ms)),), Done())


def use_key(facts: Facts, context: Context, *, kind: str, place: str, amount_fen: int) -> Leaves:
    """Count a bill against the limits of the person's key that makes it; nothing for a program's.

    Args:
        facts: the state.
        context: who acts, and when.
        kind: the bill's kind.
        place: its issuing point.
        amount_fen: its total without sign.

    Raises:
        Refused: `key.kind_not_allowed`, `key.place_not_allowed`, `key.rate_exceeded`,
            `key.day_exceeded`, `key.amount_exceeded`.
    """
    key = context.key
    if key.person is None:
        return ()
    limits = key.person.limits
    if limits.kinds and kind not in limits.kinds:
        raise Refused("key.kind_not_allowed", "this key does not issue this kind", "kind")
    if limits.places and place not in limits.places:
        raise Refused("key.place_not_allowed", "this key does not issue at this place", "place")
    leaf = usage_key(context.sender, key.key_id)
    used = _used(facts.leaf(leaf, KeyUsage), context.time_ms, amount_fen)
    parameters = context.parameters
    if used.minute_bills > min(limits.bills_minute, parameters.person_bills_per_minute):
        raise Refused("key.rate_exceeded", "too many bills in a minute for one person", "key_id")
    if used.bills > min(limits.bills_day, parameters.person_bills_per_day):
        raise Refused("key.day_exceeded", "too many bills in a day for one person", "key_id")
    if used.amount_fen > limits.amount_day_fen:
        raise Refused("key.amount_exceeded", "above the day's sum of this key", "key_id")
    return ((leaf, used),)


def is_same_person(first: ActingKey, second: ActingKey) -> bool:
    """Tell whether two keys are one person's, or one key."""
    if first.key_id == second.key_id:
        return True
    if first.person is None or second.person is None:
        return False
    return first.person.staff == second.person.staff


def _used(before: KeyUsage | None, time_ms: int, amount_fen: int) -> KeyUsage:
    """Return what the key did, with one more bill."""
    year, month, date = civil_date(time_ms)
    day, minute = year * 10_000 + month * 100 + date, time_ms // MINUTE_MS
    bills = amount = minute_bills = 0
    if before is not None and before.day == day:
        bills, amount = before.bills, before.amount_fen
    if before is not None and before.minute == minute:
        minute_bills = before.minute_bills
    return KeyUsage(day, bills + 1, amount + amount_fen, minute, minute_bills + 1)


def _person(facts: Facts, key_id_: bytes, context: Context) -> tuple[bytes, PersonKey]:
    leaf = person_key_key(context.sender, key_id_)
    person = facts.leaf(leaf, PersonKey)
    if person is None:
        raise Refused("key.unknown", "the agency gave no person such a key", "key_id")
    return leaf, person


def _state(person: PersonKey) -> int:
    return WITHDRAWN if person.revoked_ms else COUNTS


def _check_until(until_ms: int, context: Context) -> None:
    if until_ms <= context.time_ms:
        raise Refused("key.already_over", "let it count until a later time", "until_ms")
