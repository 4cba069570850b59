"""Whose hand signs: the keys of an agency's programs and those of its people.

A program's key stands in its agency's leaf and is bound by its purpose alone. A person's key
(收费员, 票据员, 复核人) is a leaf of its own with limits that the ledger keeps: kinds, places,
hours, amount and bills a day, bills a minute.

Rule: a person's key acts only within its limits, so that a stolen one is worth little; every act
names its key.
"""

from typing import Annotated, Final, NamedTuple

import msgspec

from ledger.agencies import (
    CHECKER,
    DESK,
    GOVERNANCE,
    PROVIDER,
    Agency,
    Suite,
    in_force,
)
from ledger.parameters import Kind
from primitives.codec import AgencyId, Key32, KeyId, Message, UInt, UInt32
from primitives.errors import Refused
from primitives.units import minute_of_day

SIGNING: Final = (GOVERNANCE, DESK, PROVIDER)
"""Purposes whose keys sign transactions."""
MINUTES_OF_DAY: Final = 24 * 60
PLACES_MAX: Final = 64

Place = Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Za-z._-]{1,50}\Z")]
"""开票点编码 (placeCode)."""
PersonPurpose = Annotated[str, msgspec.Meta(pattern=rf"^(?:{DESK}|{CHECKER}|{PROVIDER})\Z")]
StaffNumber = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-z-]{1,30}\Z")]
"""工号: the agency's own number of a person; never a name."""
_Minute = Annotated[int, msgspec.Meta(ge=0, le=MINUTES_OF_DAY)]


class KeyLimits(Message):
    """What a person's key may do; the ledger's own limits hold beside them.

    Its hours bind every act, all else the bills it issues and reverses.
    """

    kinds: Annotated[tuple[Kind, ...], msgspec.Meta(max_length=99)]
    """Bill kinds it may issue; all when empty."""
    places: Annotated[tuple[Place, ...], msgspec.Meta(max_length=PLACES_MAX)]
    """Issuing points it may issue for; all when empty."""
    amount_day_fen: UInt
    """Sum of the bills it may issue or reverse in a day, in fen."""
    bills_day: UInt32
    """How many in a day."""
    bills_minute: UInt32
    """How many in a minute."""
    from_minute: _Minute
    """Minute of the day, Asia/Shanghai, at which its hours begin."""
    to_minute: _Minute
    """Minute at which they end; before `from_minute` when they span midnight."""


class PersonKey(Message, tag=9):
    """The leaf `k/<agency>/<key id, hex>`: one person's key."""

    purpose: PersonPurpose
    """The only thing it may be used for."""
    suite: Suite
    """The crypto suite it belongs to."""
    public: Key32
    """The Ed25519 key."""
    staff: StaffNumber
    """Whose it is, by the agency's own number."""
    limits: KeyLimits
    """What it may do."""
    issued_ms: UInt
    """Ledger time from which it counts."""
    until_ms: UInt
    """Ledger time at which it ceases to count."""
    revoked_ms: UInt
    """Ledger time of its withdrawal; 0 while it was not withdrawn."""


class KeyUsage(Message, tag=11):
    """The leaf `l/<agency>/<key id, hex>`: what a person's key did lately."""

    day: UInt32
    """The day, yyyymmdd in Asia/Shanghai."""
    bills: UInt32
    """Bills issued and reversed on it."""
    amount_fen: UInt
    """Their sum."""
    minute: UInt
    """The minute since the epoch."""
    minute_bills: UInt32
    """Bills in it."""


class ActingKey(NamedTuple):
    """The key under a transaction."""

    key_id: bytes
    """By which the transaction names it."""
    purpose: str
    """What it may be used for."""
    public: bytes
    """The Ed25519 key."""
    person: PersonKey | None
    """Its leaf, if it is a person's."""


def person_key_key(agency: AgencyId, key_id: KeyId) -> bytes:
    """Return the state key of a person's key."""
    return f"k/{agency}/{key_id.hex()}".encode()


def usage_key(agency: AgencyId, key_id: KeyId) -> bytes:
    """Return the state key of what a person's key did."""
    return f"l/{agency}/{key_id.hex()}".encode()


def program_key(agency: Agency, key_id: bytes, time_ms: int) -> ActingKey | None:
    """Return a key of the agency's programs; None when it has none of that id.

    Raises:
        Refused: `key.not_in_force`.
    """
    for key in agency.keys:
        if key.key_id == key_id:
            if not in_force(key, time_ms):
                raise Refused("key.not_in_force", "use the key that replaced it", "key_id")
            return ActingKey(key_id, key.purpose, key.public, None)
    return None


def acting_person(person: PersonKey, key_id: bytes, time_ms: int) -> ActingKey:
    """Return a person's key as one that acts.

    Raises:
        Refused: `key.revoked`, `key.not_in_force`, `key.outside_hours`.
    """
    if person.revoked_ms:
        raise Refused("key.revoked", "it was withdrawn; ask the agency for a new one", "key_id")
    if time_ms >= person.until_ms:
        raise Refused("key.not_in_force", "its time is over; ask for a new one", "key_id")
    if not _is_within_hours(person.limits, minute_of_day(time_ms)):
        raise Refused("key.outside_hours", "this key does not act at this hour", "key_id")
    return ActingKey(key_id, person.purpose, person.public, person)


def _is_within_hours(limits: KeyLimits, minute: int) -> bool:
    begin, end = limits.from_minute, limits.to_minute
    return begin <= minute < end if begin <= end else minute >= begin or minute < end
