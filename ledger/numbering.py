"""Which number a bill gets, and which numbers were burnt.

Rule: the ledger assigns the next number of the lowest open range of the unit, place, kind and year,
gap-free. Only in a range marked offline does the unit name the number, each one once.
"""

from typing import Final, NamedTuple

from ledger.axes import Axis, No
from ledger.bills import Bill, bill_key
from ledger.ranges import (
    ACTIVE,
    EXHAUSTED,
    RANGE,
    Code,
    Number,
    NumberRange,
    OpenRanges,
    Tally,
    closed,
    open_ranges_key,
    range_key,
    range_of,
    unused,
)
from ledger.results import Done
from ledger.state import Changes, Context, Facts, Leaves
from ledger.units import Reason
from primitives.codec import AgencyId, KeyId, Message, UInt
from primitives.errors import Refused
from primitives.units import sum_fen

FREE: Final = 0
USED: Final = 1
BURNT: Final = 2

_USED: Final = No("number.used", "a bill has this number")
_BURNT: Final = No("number.void", "this number was burnt")
NUMBER: Final = Axis(
    "number",
    "票据号码",
    ("FREE 未用", "USED 已开票", "BURNT 作废"),
    {
        "TakeNumber": ((USED,), _USED, _BURNT),
        "VoidNumber": ((BURNT,), _USED, _BURNT),
    },
)
"""The life of one number of an offline range."""


class VoidNumber(Message, tag=39):
    """A unit burns a number of an offline range on which no bill came to be (空白作废)."""

    code: Code
    """The range's code."""
    first: Number
    """The range's lowest number."""
    number: Number
    """The number that serves nobody."""
    reason: Reason
    """Why."""


class VoidedNumber(Message, tag=14):
    """The leaf `n/<code>/<number>`: a number that was burnt."""

    issuer: AgencyId
    """Whose it was."""
    key_id: KeyId
    """The key that burnt it."""
    time_ms: UInt
    """When."""
    reason: Reason
    """Why."""


class ExplicitNumber(Message):
    """A number that the unit names itself."""

    code: Code
    """The range's code."""
    first: Number
    """The range's lowest number."""
    number: Number
    """The number."""


class Taken(NamedTuple):
    """A number that a bill gets."""

    code: str
    """票据代码."""
    number: int
    """票据号码."""
    first: int
    """First number of its range."""
    leaves: Leaves
    """What taking it changes."""


def voided_number_key(code: str, number: int) -> bytes:
    """Return the state key of a burnt number."""
    return b"n/%b/%010d" % (code.encode(), number)


def take_number(
    facts: Facts, context: Context, *, place: str, kind: str, total_fen: int, is_red: bool = False
) -> Taken:
    """Return the next number for a bill of the sender.

    Args:
        facts: the state.
        context: who, and in which year.
        place: the issuing point.
        kind: the bill kind.
        total_fen: the bill's total.
        is_red: whether the bill takes another back.

    Raises:
        Refused: `bill.no_open_range`.
    """
    open_ranges = facts.leaf(open_ranges_key(context.sender, place, kind), OpenRanges)
    for open_range in () if open_ranges is None else open_ranges.ranges:
        if open_range.code[6:] == context.year:
            break
    else:
        raise Refused(
            "bill.no_open_range", "ask finance for numbers of this place, kind and year", "kind"
        )
    code, first = open_range.code, open_range.first
    key = range_key(code, first)
    numbers = facts.leaf(key, NumberRange)
    assert numbers is not None, "an open range has its leaf"
    number = numbers.next
    tally = _with_bill(numbers.tally, total_fen, is_red=is_red)
    taken = _with(numbers, number + 1, tally, exhausted=number == numbers.last)
    leaves: Leaves = ((key, taken),)
    if taken.state == EXHAUSTED:
        leaves += closed(facts, numbers, code, first)
    return Taken(code, number, first, leaves)


def take_explicit(
    facts: Facts, context: Context, wanted: ExplicitNumber, *, place: str, kind: str, total_fen: int
) -> Taken:
    """Return a number that the sender names, in a range marked offline.

    Args:
        facts: the state.
        context: who, and in which year.
        wanted: the number.
        place: the bill's issuing point.
        kind: the bill's kind.
        total_fen: the bill's total.

    Raises:
        Refused: `range.unknown`, `number.not_yours`, `number.not_offline`,
            `number.outside_range`, `number.wrong_year`, `number.used`, `number.void`, or as
            `RANGE` says.
    """
    code, first, number = wanted.code, wanted.first, wanted.number
    numbers = _offline(facts, context, code, first, number)
    if (numbers.place, numbers.kind) != (place, kind):
        raise Refused("number.not_yours", "the range is of another place or kind", "number")
    if code[6:] != context.year:
        raise Refused("number.wrong_year", "the code is of another year", "number")
    NUMBER.move(_state_of(facts, code, number), "TakeNumber", field="number")
    tally = _with_bill(numbers.tally, total_fen, is_red=False)
    is_last = unused(numbers, first) == 1
    taken = _with(numbers, max(numbers.next, number + 1), tally, exhausted=is_last)
    return Taken(code, number, first, ((range_key(code, first), taken),))


def check_void_number(facts: Facts, operation: VoidNumber, context: Context) -> Changes:
    """Burn a number.

    Raises:
        Refused: as `take_explicit`.
    """
    code, first, number = operation.code, operation.first, operation.number
    numbers = _offline(facts, context, code, first, number)
    NUMBER.move(_state_of(facts, code, number), "VoidNumber", field="number")
    is_last = unused(numbers, first) == 1
    tally = _counted(numbers.tally, void=1)
    burnt = _with(numbers, max(numbers.next, number + 1), tally, exhausted=is_last)
    leaf = VoidedNumber(context.sender, context.key.key_id, context.time_ms, operation.reason)
    return Changes(
        ((voided_number_key(code, number), leaf), (range_key(code, first), burnt)), Done()
    )


def _offline(facts: Facts, context: Context, code: str, first: int, number: int) -> NumberRange:
    numbers = range_of(facts, code, first)
    if numbers.unit != context.sender:
        raise Refused("number.not_yours", "the range belongs to another unit", "number")
    if not numbers.is_offline:
        raise Refused("number.not_offline", "the ledger assigns the numbers here", "number")
    if not first <= number <= numbers.last:
        raise Refused("number.outside_range", "the range has no such number", "number")
    RANGE.move(numbers.state, "TakeNumber", ACTIVE, "number")
    return numbers


def _state_of(facts: Facts, code: str, number: int) -> int:
    if facts.leaf(bill_key(code, number), Bill) is not None:
        return USED
    is_burnt = facts.leaf(voided_number_key(code, number), VoidedNumber) is not None
    return BURNT if is_burnt else FREE


def _with_bill(tally: Tally, total_fen: int, *, is_red: bool) -> Tally:
    """Return a tally with one more bill; one of nothing is blue or red like any other."""
    if is_red:
        return _counted(tally, red=1, red_fen=total_fen)
    return Tally(
        tally.blue + 1,
        tally.red,
        tally.void,
        sum_fen(tally.blue_fen, total_fen),
        tally.red_fen,
        tally.locked,
        tally.withheld,
        tally.owing,
    )


def _with(numbers: NumberRange, next_: int, tally: Tally, *, exhausted: bool) -> NumberRange:
    state = RANGE.move(numbers.state, "TakeNumber", EXHAUSTED if exhausted else ACTIVE, "number")
    return NumberRange(
        numbers.unit,
        numbers.place,
        numbers.kind,
        numbers.last,
        next_,
        state,
        numbers.is_offline,
        tally,
    )


def _counted(tally: Tally, *, red: int = 0, void: int = 0, red_fen: int = 0) -> Tally:
    return Tally(
        tally.blue,
        tally.red + red,
        tally.void + void,
        tally.blue_fen,
        sum_fen(tally.red_fen, red_fen),
        tally.locked,
        tally.withheld,
        tally.owing,
    )
