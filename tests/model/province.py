"""A province as plain dictionaries: the law of bills told a second time, simply.

Rule: nothing here comes from the ledger; each rule is written again from the law's text, in the
most obvious way, with no thought of speed, proofs or bytes. An operation returns what it brings
about or raises `No`; who needs the province as it was keeps a copy.
"""

from dataclasses import dataclass, field
from typing import Any, NoReturn

DAY_MS = 86_400_000
SHANGHAI_MS = 8 * 3_600_000
VALIDATORS_MIN = 4


class No(Exception):
    """The law says no; the text is for whoever reads a failure."""


def need(condition: object, why: str) -> None:
    """Refuse unless something holds."""
    if not condition:
        raise No(why)


def refuse(why: str) -> NoReturn:
    raise No(why)


def local(time_ms: int) -> tuple[int, int]:
    """Return the day since the epoch and the minute of it, in China."""
    day, rest = divmod(time_ms + SHANGHAI_MS, DAY_MS)
    return day, rest // 60_000


@dataclass
class Member:
    """An agency."""

    roles: tuple[str, ...]
    standing: str = "active"
    is_frozen: bool = False
    keys: dict[str, str] = field(default_factory=dict)
    """Purpose by name of key; those of its programs."""
    ends: dict[str, int] = field(default_factory=dict)
    """When a key of its programs ceases to count."""
    people: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Keys of its people by name."""
    certificates: list[tuple[str, int]] = field(default_factory=list)
    ready_ms: int | None = None


@dataclass
class Settings:
    """What a vote may change."""

    person_bills_per_minute: int = 60
    person_bills_per_day: int = 2_000
    claim_lease_max_ms: int = 30 * DAY_MS
    refund_due_ms: int = DAY_MS
    bill_due_ms: int = DAY_MS
    order_life_max_ms: int = 180 * DAY_MS
    instalments_max: int = 12
    readiness_ms: int = DAY_MS
    key_overlap_max_ms: int = 30 * DAY_MS
    statutory: tuple[tuple[str, int], ...] = ()
    document_kinds: tuple[tuple[str, int], ...] = (("01", 15), ("02", 30), ("03", 30))


@dataclass
class Act:
    """Who acts, with which key, when."""

    sender: str
    key: str
    now: int
    year: str
    height: int
    place: tuple[int, int] = (0, 0)


class Province:
    """Everything there is, by its name."""

    def __init__(self, members: dict[str, Member], validators: list[tuple[str, str]]) -> None:
        self.members = members
        self.settings = Settings()
        self.validators = (list(validators), list(validators))
        self.ranges: dict[tuple[str, int], dict[str, Any]] = {}
        self.highest: dict[str, int] = {}
        self.requests: dict[tuple[str, str], dict[str, Any]] = {}
        self.burnt: set[tuple[str, int]] = set()
        self.bills: dict[tuple[str, int], dict[str, Any]] = {}
        self.latest: dict[tuple[str, str], tuple[str, int]] = {}
        self.forms: set[tuple[str, str, str]] = set()
        self.references: dict[tuple[str, str], tuple[str, int]] = {}
        self.orders: dict[tuple[str, str], dict[str, Any]] = {}
        self.payments: dict[tuple[str, str], dict[str, Any]] = {}
        self.refunds: dict[tuple[str, str], dict[str, Any]] = {}
        self.faces: dict[int, list[tuple[str, int]]] = {}
        self.endorsed: dict[int, list[tuple[str, int]]] = {}
        self.anchored: set[tuple[int, str]] = set()
        self.documents: dict[tuple[str, int, int, int], dict[str, Any]] = {}
        self.proposals: dict[str, dict[str, Any]] = {}
        self.scheduled: list[tuple[int, str]] = []

    def bill(self, name: tuple[str, int], own: str = "") -> dict[str, Any]:
        """Return a bill, of an issuer if one is given."""
        found = self.bills.get(name)
        if found is None:
            refuse("there is no such bill")
        need(not own or found["issuer"] == own, "it is another's bill")
        return found

    def range_of(self, bill: tuple[str, int]) -> dict[str, Any]:
        """Return the range that a bill's number came from."""
        return self.ranges[bill[0], self.bills[bill]["range_first"]]
