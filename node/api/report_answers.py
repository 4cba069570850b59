"""What the API answers about number ranges, and what finance's reports tell.

Rule: as `node.api.answers`; allotted = blue + red + void + unused, in every answer.
"""

from typing import Literal

import msgspec

from ledger.keys import Place
from ledger.parameters import Kind
from ledger.ranges import Code, Number
from node.api.answers import Answer
from primitives.codec import AgencyId


class NumberRange(Answer):
    """One allotted range, and what became of its numbers."""

    code: str
    """票据代码."""
    first: int
    """Lowest number."""
    last: int
    """Highest number."""
    next: int
    """Number of the next bill; last + 1 when none is left. Offline: above the highest used one."""
    unit: str
    """The hospital."""
    place: str
    """开票点编码."""
    kind: str
    """票据种类."""
    state: str
    """`allotted`, `active`, `exhausted`, `frozen`, `returned` or `written_off`."""
    offline: bool
    """Whether the unit names each number itself."""
    allotted: int
    """How many numbers it has."""
    blue: int
    """Bills issued."""
    red: int
    """Red bills."""
    void: int
    """Numbers burnt without a bill."""
    unused: int
    """Numbers of neither kind."""
    gaps: int
    """Unused numbers below the highest used one; only an offline range has any."""
    blue_fen: int
    """Sum of the totals of its blue bills."""
    red_fen: int
    """Sum of the totals of its red bills; not above 0."""
    locked: int
    """Its bills that a claim holds."""
    withheld: int
    """Its bills without the supervising signature, by finance's word."""
    owing: int
    """Its reversed bills whose money was not paid back yet."""


class NumberRanges(Answer):
    """All allotted ranges."""

    items: list[NumberRange]
    """By code and number."""


class RangeRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Numbers to allot."""

    unit: AgencyId
    """The hospital."""
    place: Place
    """开票点编码."""
    kind: Kind
    """票据种类."""
    code: Code
    """票据代码, eight digits."""
    first: Number
    """Lowest number."""
    last: Number
    """Highest number."""


class UnitSums(Answer):
    """A unit's ranges together."""

    unit: str
    """The hospital."""
    ranges: int
    """How many it has."""
    allotted: int
    """Numbers in them."""
    blue: int
    """Bills issued."""
    red: int
    """Red bills."""
    void: int
    """Numbers burnt."""
    unused: int
    """Numbers of neither kind."""
    gaps: int
    """Unused numbers below the highest used one."""
    blue_fen: int
    """Sum of the blue totals."""
    red_fen: int
    """Sum of the red totals; not above 0."""
    locked: int
    """Bills that a claim holds."""
    withheld: int
    """Bills without the supervising signature."""
    owing: int
    """Reversed bills whose money was not paid back yet."""


class RangesReport(Answer):
    """What became of every number that was allotted."""

    height: int
    """The block after which it holds."""
    items: list[NumberRange]
    """By code and number."""
    units: list[UnitSums]
    """The same, a unit each."""


class DayReport(Answer):
    """What a unit made in a day."""

    unit: str
    """The hospital."""
    date: str
    """The day in Asia/Shanghai, yyyymmdd."""
    blue: int
    """Bills issued."""
    red: int
    """Red bills."""
    blue_fen: int
    """Sum of the blue totals."""
    red_fen: int
    """Sum of the red totals; not above 0."""


class DaysReport(Answer):
    """A page of days."""

    items: list[DayReport]
    """By unit and day."""
    next: str | None
    """Cursor of the next page; null at the end."""


class OpenMatter(Answer):
    """Something that somebody must still settle."""

    matter: Literal[
        "lock_past_lease", "order_without_bill", "refund_due", "withheld", "payment_unapplied"
    ]
    """What it is."""
    key: str
    """The state key that proves it."""
    agency: str
    """Who must act: the payer, the hospital or the provider."""
    since_ms: int
    """Since when, or by when it was due."""
    late: bool
    """Whether its time is over."""
    code: str | None = None
    """票据代码, of a bill."""
    number: str | None = None
    """票据号码, of a bill."""
    reference: str | None = None
    """The order or payment."""
    amount_fen: int | None = None
    """How much is open."""
    reason: str | None = None
    """Why, in a code's form."""


class OpenReport(Answer):
    """A page of open matters."""

    items: list[OpenMatter]
    """By state key."""
    next: str | None
    """Cursor of the next page; null at the end. A page may hold
    fewer than it could, and more where one block has many withheld."""
