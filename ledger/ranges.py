"""Number ranges (票据号段): which bill numbers a unit may use, from the allotment to the write-off.

Rule: under one code numbers are allotted in ascending order and never again, so that ranges never
overlap; of two officers allotting the same numbers exactly one commits.
"""

from typing import Annotated, Final

import msgspec

from ledger.agencies import ACTIVE as MEMBER
from ledger.agencies import HOSPITAL, Agency, agency_key
from ledger.axes import Axis, No
from ledger.keys import Place
from ledger.parameters import Kind
from ledger.requests import RequestId, answered
from ledger.state import Changes, Context, Facts, Leaves
from primitives.codec import AgencyId, Message, UInt
from primitives.errors import Refused
from primitives.units import SUM_FEN_MAX

NUMBER_MAX: Final = 9_999_999_999
"""票据号码 has ten digits."""
OPEN_RANGES_MAX: Final = 64
"""Ranges with free numbers of one unit, place and kind."""

Code = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{8}\Z")]
"""票据代码: division (2), class (2), kind (2), year (2)."""
Number = Annotated[int, msgspec.Meta(ge=1, le=NUMBER_MAX)]
"""票据号码."""

ALLOTTED: Final = 0
ACTIVE: Final = 1
EXHAUSTED: Final = 2
FROZEN: Final = 3
RETURNED: Final = 4
WRITTEN_OFF: Final = 5

_EXHAUSTED: Final = No("range.exhausted", "all its numbers are used")
_FROZEN: Final = No("range.frozen", "finance froze it; ask for its release")
_RETURNED: Final = No("range.returned", "its unused numbers went back")
_WRITTEN_OFF: Final = No("range.written_off", "its books are closed")
_IN_USE: Final = No("range.in_use", "use it up or return the rest first")
_NOT_FROZEN: Final = No("range.not_frozen", "only a frozen range is released")
RANGE: Final = Axis(
    "range",
    "号段",
    (
        "ALLOTTED 已分配",
        "ACTIVE 使用中",
        "EXHAUSTED 已用完",
        "FROZEN 已冻结",
        "RETURNED 已退回",
        "WRITTEN_OFF 已核销",
    ),
    {
        "TakeNumber": (
            (ACTIVE, EXHAUSTED),
            (ACTIVE, EXHAUSTED),
            _EXHAUSTED,
            _FROZEN,
            _RETURNED,
            _WRITTEN_OFF,
        ),
        "FreezeRange": ((FROZEN,), (FROZEN,), _EXHAUSTED, _FROZEN, _RETURNED, _WRITTEN_OFF),
        "ReleaseRange": (
            _NOT_FROZEN,
            _NOT_FROZEN,
            _EXHAUSTED,
            (ALLOTTED, ACTIVE),
            _RETURNED,
            _WRITTEN_OFF,
        ),
        "ReturnRange": (
            (RETURNED,),
            (RETURNED,),
            _EXHAUSTED,
            (RETURNED,),
            _RETURNED,
            _WRITTEN_OFF,
        ),
        "WriteOffRange": (
            _IN_USE,
            _IN_USE,
            (WRITTEN_OFF,),
            _FROZEN,
            (WRITTEN_OFF,),
            _WRITTEN_OFF,
        ),
    },
)
"""The life of a range; `TakeNumber` is what issuing, reversing and voiding do to it."""


class AllotNumbers(Message, tag=1):
    """Finance gives a unit the numbers `first` to `last` of a code (赋码)."""

    unit: AgencyId
    """The hospital."""
    place: Place
    """The issuing point that may use them."""
    kind: Kind
    """The bill kind: digits 5 and 6 of the code."""
    code: Code
    """The code they stand under."""
    first: UInt
    """The lowest number."""
    last: UInt
    """The highest number."""
    is_offline: bool = False
    """Whether the unit names each number itself, for places that are cut off at times."""
    request: RequestId | None = None
    """The unit's request that this answers."""


class NumbersAllotted(Message, tag=1):
    """The result of AllotNumbers."""

    code: Code
    """As asked."""
    first: Number
    """As asked."""
    last: Number
    """As asked."""


class HighestNumber(Message, tag=4):
    """The leaf `c/<code>`: the highest number ever allotted under a code."""

    number: Number
    """The next range must lie above it."""


class Tally(Message):
    """What became of a range's numbers, and what of its bills is open."""

    blue: UInt = 0
    """Bills issued."""
    red: UInt = 0
    """Red bills: reversals of bills of this range or another."""
    void: UInt = 0
    """Numbers burnt without a bill."""
    blue_fen: UInt = 0
    """Sum of the totals of its blue bills, in fen."""
    red_fen: Annotated[int, msgspec.Meta(ge=-SUM_FEN_MAX, le=0)] = 0
    """Sum of the totals of its red bills, in fen; not above 0."""
    locked: UInt = 0
    """Its bills that a claim holds, past their lease or not."""
    withheld: UInt = 0
    """Its bills that finance withheld its endorsement from."""
    owing: UInt = 0
    """Its reversed bills whose order's money was not paid back yet."""


class NumberRange(Message, tag=5):
    """The leaf `r/<code>/<first>`: one allotted range (号段)."""

    unit: AgencyId
    """The hospital it belongs to."""
    place: Place
    """The issuing point."""
    kind: Kind
    """The bill kind."""
    last: Number
    """Its highest number."""
    next: UInt
    """The number the next bill gets; `last` + 1 when none is left. Offline: above the highest."""
    state: Annotated[int, msgspec.Meta(ge=ALLOTTED, le=WRITTEN_OFF)]
    """A state of `RANGE`."""
    is_offline: bool
    """Whether the unit names each number itself."""
    tally: Tally
    """What became of its numbers."""


class OpenRange(Message):
    """Names one range with free numbers."""

    code: Code
    """Its code."""
    first: Number
    """Its lowest number."""


class OpenRanges(Message, tag=6):
    """The leaf `u/<agency>/<place>/<kind>`: where the unit's next bill may come from."""

    ranges: Annotated[tuple[OpenRange, ...], msgspec.Meta(max_length=OPEN_RANGES_MAX)]
    """Ascending by code and number."""


NO_TALLY: Final = Tally()


def highest_number_key(code: str) -> bytes:
    """Return the state key of a code's highest number."""
    return b"c/%b" % code.encode()


def range_key(code: str, first: int) -> bytes:
    """Return the state key of a range."""
    return b"r/%b/%010d" % (code.encode(), first)


def open_ranges_key(unit: str, place: str, kind: str) -> bytes:
    """Return the state key of the open ranges of a unit, place and kind."""
    return f"u/{unit}/{place}/{kind}".encode()


def unused(numbers: NumberRange, first: int) -> int:
    """Return how many numbers of a range serve no bill and were not burnt."""
    tally = numbers.tally
    return numbers.last - first + 1 - tally.blue - tally.red - tally.void


def check_allot_numbers(facts: Facts, operation: AllotNumbers, context: Context) -> Changes:
    """Allot a range.

    Raises:
        Refused: `range.unknown_unit`, `range.not_a_hospital`, `range.malformed`,
            `range.wrong_division`, `range.wrong_kind`, `range.overlaps`, `range.too_many_open`,
            `request.*`.
    """
    _check_unit(facts, operation.unit)
    code, first, last = operation.code, operation.first, operation.last
    if not 1 <= first <= last <= NUMBER_MAX:
        raise Refused("range.malformed", "numbers run from 1 to 9999999999", "first")
    if code[:2] != context.parameters.division[:2]:
        raise Refused(
            "range.wrong_division", "digits 1 and 2 of the code name the division", "code"
        )
    if code[4:6] != operation.kind:
        raise Refused("range.wrong_kind", "digits 5 and 6 of the code name its kind", "code")
    highest = facts.leaf(highest_number_key(code), HighestNumber)
    if highest is not None and first <= highest.number:
        raise Refused(
            "range.overlaps",
            "numbers up to the highest allotted one are taken",
            "first",
            highest=highest.number,
        )
    new_range = NumberRange(
        operation.unit,
        operation.place,
        operation.kind,
        last,
        first,
        ALLOTTED,
        operation.is_offline,
        NO_TALLY,
    )
    leaves: Leaves = (
        (highest_number_key(code), HighestNumber(last)),
        (range_key(code, first), new_range),
    )
    if operation.request is not None:
        leaves += answered(
            facts,
            operation.unit,
            operation.request,
            place=operation.place,
            kind=operation.kind,
        )
    if not operation.is_offline:
        leaves += opened(facts, new_range, code, first)
    return Changes(leaves, NumbersAllotted(code, first, last))


def range_of(facts: Facts, code: str, first: int) -> NumberRange:
    """Return a range.

    Raises:
        Refused: `range.unknown`.
    """
    numbers = facts.leaf(range_key(code, first), NumberRange)
    if numbers is None:
        raise Refused("range.unknown", "no range of this code begins with this number", "first")
    return numbers


def tallied(facts: Facts, code: str, first: int, **more: int) -> tuple[bytes, Message]:
    """Return a range's leaf with `more` added to its tally, by the tally's names."""
    numbers = range_of(facts, code, first)
    sums = {name: getattr(numbers.tally, name) + count for name, count in more.items()}
    tally = msgspec.structs.replace(numbers.tally, **sums)
    return range_key(code, first), msgspec.structs.replace(numbers, tally=tally)


def opened(facts: Facts, numbers: NumberRange, code: str, first: int) -> Leaves:
    """Return the leaf of open ranges with one more range in it.

    Raises:
        Refused: `range.too_many_open`.
    """
    key = open_ranges_key(numbers.unit, numbers.place, numbers.kind)
    open_ranges = facts.leaf(key, OpenRanges) or OpenRanges(())
    if len(open_ranges.ranges) >= OPEN_RANGES_MAX:
        raise Refused("range.too_many_open", "use up the open ranges first", "unit")
    ranges = sorted((*open_ranges.ranges, OpenRange(code, first)), key=_ascending)
    return ((key, OpenRanges(tuple(ranges))),)


def closed(facts: Facts, numbers: NumberRange, code: str, first: int) -> Leaves:
    """Return the leaf of open ranges without a range; nothing when it is not in it."""
    key = open_ranges_key(numbers.unit, numbers.place, numbers.kind)
    open_ranges = facts.leaf(key, OpenRanges) or OpenRanges(())
    rest = tuple(item for item in open_ranges.ranges if item != OpenRange(code, first))
    return ((key, OpenRanges(rest)),) if rest != open_ranges.ranges else ()


def _check_unit(facts: Facts, unit: str) -> None:
    agency = facts.leaf(agency_key(unit), Agency)
    if agency is None:
        raise Refused("range.unknown_unit", "no agency has this id", "unit")
    if HOSPITAL not in agency.roles or agency.standing != MEMBER:
        raise Refused("range.not_a_hospital", "only an active hospital issues bills", "unit")


def _ascending(open_range: OpenRange) -> tuple[str, int]:
    return open_range.code, open_range.first
