"""What the API answers about the ledger's members, keys, numbers, rules and votes.

Rule: as `node.api.answers`; a state is told by its name, never by its number.
"""

from typing import Any, Literal

from node.api.answers import Answer


class AgencyKey(Answer):
    """One public key of an agency's programs."""

    key_id: str
    """Hex."""
    purpose: str
    """The only thing it may be used for."""
    public: str
    """The key, hex."""
    from_ms: int
    """Ledger time from which it counts."""
    until_ms: int | None = None
    """Ledger time at which it ceases to count; left out while no end is set."""


class AgencyCertificate(Answer):
    """One certificate by which an agency's node is known."""

    sha256: str
    """Hash of its DER, hex."""
    until_ms: int | None = None
    """Ledger time at which it ceases to count; left out while no end is set."""


class Agency(Answer):
    """One member."""

    id: str
    """Its id."""
    name: str
    """Its name for people."""
    uscc: str
    """统一社会信用代码."""
    roles: list[str]
    """What it may do."""
    index: int
    """Its place in the register."""
    standing: str
    """`active`, `suspended` or `removed`."""
    is_validator: bool
    """Whether it votes on the next height."""
    is_frozen: bool
    """Whether finance lets it issue nothing for now."""
    certificates: list[AgencyCertificate]
    """The newest last."""
    keys: list[AgencyKey]
    """Its programs' keys, those of the past included."""


class Agencies(Answer):
    """All members in register order."""

    items: list[Agency]
    """The members."""


class PersonKey(Answer):
    """A person's key."""

    agency: str
    """Whose person."""
    key_id: str
    """Hex."""
    purpose: str
    """What it may be used for."""
    staff: str
    """工号: the agency's own number of the person."""
    state: str
    """`counts`, `over` or `withdrawn`."""
    kinds: list[str]
    """Bill kinds it may issue; all when empty."""
    places: list[str]
    """Issuing points it may issue for; all when empty."""
    amount_day_fen: int
    """Sum of the bills it may make in a day."""
    bills_day: int
    """How many in a day."""
    bills_minute: int
    """How many in a minute."""
    from_minute: int
    """Minute of the day at which its hours begin."""
    to_minute: int
    """Minute at which they end."""
    issued_ms: int
    """Ledger time from which it counts."""
    until_ms: int
    """Ledger time at which it ceases to count."""
    revoked_ms: int | None = None
    """Ledger time of its withdrawal."""
    used_day: str | None = None
    """The last day on which it made bills, yyyymmdd."""
    used_bills: int = 0
    """Bills it made on that day."""
    used_fen: int = 0
    """Their sum."""


class PersonKeys(Answer):
    """A page of people's keys."""

    items: list[PersonKey]
    """The keys."""
    next: str | None
    """Cursor of the next page; null at the end."""


class LedgerParameter(Answer):
    """One rule of the chain as a number."""

    name: str
    """Its name."""
    value: Any
    """Its value."""


class LedgerParameters(Answer):
    """All parameters."""

    items: list[LedgerParameter]
    """In the order of docs/ledger.md."""


class Ballot(Answer):
    """One vote."""

    agency: str
    """Whose."""
    approves: bool
    """Yes or no."""


class Proposal(Answer):
    """What a member proposed."""

    id: str
    """Its id."""
    proposer: str
    """Who proposed it."""
    change: dict[str, Any]
    """What, as an operation's `change` is written."""
    state: str
    """`open`, `passed`, `rejected`, `done` or `failed`."""
    effective_height: int
    """The first height judged by it; 0 for the nearest possible while it is open."""
    until_ms: int
    """The last time at which votes count."""
    needed: int
    """Votes that pass it."""
    ballots: list[Ballot]
    """In their order."""


class Proposals(Answer):
    """A page of proposals, oldest first."""

    items: list[Proposal]
    """The proposals."""
    next: str | None
    """Cursor of the next page; null at the end."""


class NumberRequest(Answer):
    """A unit's request for numbers."""

    unit: str
    """Whose."""
    request: str
    """The unit's own name of it."""
    place: str
    """开票点编码."""
    kind: str
    """票据种类."""
    count: int
    """How many numbers."""
    time_ms: int
    """When it was made."""
    state: str
    """`requested`, `allotted` or `declined`."""


class NumberRequests(Answer):
    """A page of requests."""

    items: list[NumberRequest]
    """By unit and name."""
    next: str | None
    """Cursor of the next page; null at the end."""


class Unit(Answer):
    """A hospital as finance sees it."""

    unit: str
    """Its id."""
    name: str
    """Its name for people."""
    standing: str
    """`active`, `suspended` or `removed`."""
    state: Literal["issues", "frozen"]
    """Whether it may issue."""
    open_ranges: int
    """Ranges it may still take numbers from."""


class Units(Answer):
    """All hospitals in register order."""

    items: list[Unit]
    """The hospitals."""
