"""Number ranges (票据号段): which bill numbers a unit may use.

Rule: under one code numbers are allotted in ascending order and never again, so that ranges never
overlap; of two officers allotting the same numbers exactly one commits.
"""

from typing import Annotated, Final

import msgspec

from ledger.agencies import FINANCE, HOSPITAL, Agency, agency_key, require_role
from ledger.parameters import Kind
from ledger.state import Changes, Context, Facts
from primitives.codec import AgencyId, Message, UInt
from primitives.errors import Refused

NUMBER_MAX: Final = 9_999_999_999
"""票据号码 has ten digits."""
OPEN_RANGES_MAX: Final = 64
"""Ranges with free numbers of one unit, place and kind."""

Code = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{8}\Z")]
"""票据代码: division (2), class (2), kind (2), year (2)."""
Number = Annotated[int, msgspec.Meta(ge=1, le=NUMBER_MAX)]
"""票据号码."""
Place = Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Za-z._-]{1,50}\Z")]
"""开票点编码 (placeCode)."""

OPEN: Final = 0
EXHAUSTED: Final = 1
FROZEN: Final = 2
RETURNED: Final = 3
WRITTEN_OFF: Final = 4


class AllotNumbers(Message, tag=1):
    """Finance gives a unit the numbers `first` to `last` of a code."""

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
    """The number the next bill gets; `last` + 1 when none is left."""
    state: Annotated[int, msgspec.Meta(ge=OPEN, le=WRITTEN_OFF)]
    """OPEN, EXHAUSTED, FROZEN, RETURNED or WRITTEN_OFF."""


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


def highest_number_key(code: str) -> bytes:
    """Return the state key of a code's highest number."""
    return b"c/%b" % code.encode()


def range_key(code: str, first: int) -> bytes:
    """Return the state key of a range."""
    return b"r/%b/%010d" % (code.encode(), first)


def open_ranges_key(unit: str, place: str, kind: str) -> bytes:
    """Return the state key of the open ranges of a unit, place and kind."""
    return f"u/{unit}/{place}/{kind}".encode()


def check_allot_numbers(facts: Facts, operation: AllotNumbers, context: Context) -> Changes:
    """Allot a range.

    Raises:
        Refused: `agency.wrong_role`, `range.unknown_unit`, `range.not_a_hospital`,
            `range.malformed`, `range.wrong_kind`, `range.overlaps`, `range.too_many_open`.
    """
    require_role(context.agency, FINANCE)
    _check_unit(facts, operation.unit)
    code, first, last = operation.code, operation.first, operation.last
    if not 1 <= first <= last <= NUMBER_MAX:
        raise Refused("range.malformed", "numbers run from 1 to 9999999999", "first")
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
    open_key = open_ranges_key(operation.unit, operation.place, operation.kind)
    open_ranges = facts.leaf(open_key, OpenRanges) or OpenRanges(())
    if len(open_ranges.ranges) >= OPEN_RANGES_MAX:
        raise Refused("range.too_many_open", "use up the open ranges first", "unit")
    ranges = sorted((*open_ranges.ranges, OpenRange(code, first)), key=_ascending)
    new_range = NumberRange(operation.unit, operation.place, operation.kind, last, first, OPEN)
    return Changes(
        leaves=(
            (highest_number_key(code), HighestNumber(last)),
            (range_key(code, first), new_range),
            (open_key, OpenRanges(tuple(ranges))),
        ),
        result=NumbersAllotted(code, first, last),
    )


def _check_unit(facts: Facts, unit: str) -> None:
    agency = facts.leaf(agency_key(unit), Agency)
    if agency is None:
        raise Refused("range.unknown_unit", "no agency has this id", "unit")
    if HOSPITAL not in agency.roles or agency.suspended:
        raise Refused("range.not_a_hospital", "only an active hospital issues bills", "unit")


def _ascending(open_range: OpenRange) -> tuple[str, int]:
    return open_range.code, open_range.first
