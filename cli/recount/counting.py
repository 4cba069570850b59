"""Numbers, bills and claims, counted from operations one after another.

Rule: only what stands in blocks is read, and blocks hold only what took effect; so nothing is
judged here, all is counted. Numbers are given as the law says: the next of the lowest open range.
"""

from bisect import insort
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from cli.recount.blocks import RawBlock, RawOperation
from cli.recount.money import MoneyCount
from primitives.errors import PeerFault
from primitives.units import civil_date

Name = tuple[str, int]
"""Code and number of a bill, or code and first number of a range."""


class CountedBill(NamedTuple):
    """What must be kept of a bill."""

    unit: str
    """Who issued it."""
    place: str
    """Where."""
    kind: str
    """Its kind."""
    total_fen: int
    """Its total; below 0 when it is red."""
    own_fen: int
    """The own payment."""
    range_first: int
    """First number of its range."""
    height: int
    """The block that made it."""
    order: str
    """Its order; empty without one."""


@dataclass(slots=True)
class CountedRange:
    """One allotted range."""

    unit: str
    """Whose."""
    place: str
    """The issuing point."""
    kind: str
    """The bill kind."""
    last: int
    """Its highest number."""
    is_offline: bool
    """Whether the unit names the numbers."""
    next: int
    """The next number."""
    state: str = "open"
    """`open`, `frozen`, `returned` or `written_off`."""
    blue: int = 0
    """Bills."""
    red: int = 0
    """Red bills."""
    void: int = 0
    """Burnt numbers."""
    blue_fen: int = 0
    """Sum of the bills' totals."""
    red_fen: int = 0
    """Sum of the red ones'."""
    withheld: int = 0
    """Bills without finance's endorsement, by its own decision."""
    locked: int = 0
    """Bills that a claim holds."""


@dataclass(slots=True)
class Day:
    """A unit's day."""

    blue: int = 0
    """Bills."""
    red: int = 0
    """Red bills."""
    blue_fen: int = 0
    """Sum of the bills' totals."""
    red_fen: int = 0
    """Sum of the red ones'."""


@dataclass(slots=True)
class Counting:
    """All that is counted; feed it the blocks in order."""

    height: int = 0
    """The newest block that was counted."""
    hash: bytes = b""
    """Its hash."""
    ranges: dict[Name, CountedRange] = field(default_factory=dict)
    """By code and first number."""
    bills: dict[Name, CountedBill] = field(default_factory=dict)
    """By code and number."""
    days: dict[tuple[str, str], Day] = field(default_factory=dict)
    """By unit and day, yyyymmdd."""
    locks: dict[Name, int] = field(default_factory=dict)
    """Leases that were neither settled nor released, by bill: when each ends."""
    money: MoneyCount = field(default_factory=MoneyCount)
    """Orders and payments."""
    open: dict[tuple[str, str, str], list[Name]] = field(default_factory=dict)
    """Ranges with free numbers of a unit, place and kind, ascending."""
    withheld: dict[int, set[Name]] = field(default_factory=dict)
    """Bills without endorsement, by the block that made them."""

    def block(self, block: RawBlock) -> None:
        """Count one more block.

        Raises:
            PeerFault: `recount.not_lawful` when an operation cannot have taken effect here.
        """
        try:
            for operation in block.operations:
                counter = _COUNTERS.get(operation.fields[0])
                if counter is not None:
                    counter(self, operation, block)
        except (LookupError, ValueError, TypeError, StopIteration) as error:
            raise PeerFault(
                "recount.not_lawful", f"block {block.height} does not follow from those before"
            ) from error
        self.height, self.hash = block.height, block.hash


def _allot(counting: Counting, operation: RawOperation, block: RawBlock) -> None:
    _, unit, place, kind, code, first, last, is_offline, _ = operation.fields
    counting.ranges[code, first] = CountedRange(unit, place, kind, last, is_offline, first)
    if not is_offline:
        insort(counting.open.setdefault((unit, place, kind), []), (code, first))


def _control(counting: Counting, operation: RawOperation, block: RawBlock) -> None:
    tag, code, first = operation.fields
    found = counting.ranges[code, first]
    found.state = {3: "frozen", 34: "open", 4: "returned", 5: "written_off"}[tag]
    opened = counting.open.setdefault((found.unit, found.place, found.kind), [])
    if (code, first) in opened:
        opened.remove((code, first))
    if found.state == "open" and not found.is_offline:
        insort(opened, (code, first))


def _issue(counting: Counting, operation: RawOperation, block: RawBlock) -> None:
    _, place, kind, _, _, amounts, _, _, extras = operation.fields
    explicit, _replaces, order, _ = extras or (None, None, None, None)
    key = (operation.sender, place, kind)
    name = _named(counting, explicit) if explicit else _next(counting, key, block)
    found = counting.ranges[name[0], name[2]]
    found.blue += 1
    found.blue_fen += amounts[0]
    bill = CountedBill(*key, amounts[0], amounts[4], name[2], block.height, order or "")
    counting.bills[name[0], name[1]] = bill
    day = _day(counting, bill.unit, block)
    day.blue += 1
    day.blue_fen += bill.total_fen
    if order:
        counting.money.billed(operation.sender, order, bill.own_fen)


def _reverse(counting: Counting, operation: RawOperation, block: RawBlock) -> None:
    blue = counting.bills[operation.fields[1], operation.fields[2]]
    code, number, first = _next(counting, (blue.unit, blue.place, blue.kind), block)
    found = counting.ranges[code, first]
    found.red += 1
    found.red_fen -= blue.total_fen
    red = blue._replace(total_fen=-blue.total_fen, range_first=first, height=block.height, order="")
    counting.bills[code, number] = red
    day = _day(counting, blue.unit, block)
    day.red += 1
    day.red_fen -= blue.total_fen
    if blue.order:
        counting.money.reversed(blue.unit, blue.order)


def _void(counting: Counting, operation: RawOperation, block: RawBlock) -> None:
    _, code, first, number, _ = operation.fields
    _named(counting, (code, first, number))
    counting.ranges[code, first].void += 1


def _endorse(counting: Counting, operation: RawOperation, block: RawBlock) -> None:
    _, height, _, withheld, _ = operation.fields
    now = {(code, number) for code, number, _ in withheld}
    before = counting.withheld.get(height, set())
    for name in before ^ now:
        _range_of(counting, name).withheld += 1 if name in now else -1
    counting.withheld[height] = now


def _lock(counting: Counting, operation: RawOperation, block: RawBlock) -> None:
    name, until_ms = (operation.fields[1], operation.fields[2]), operation.fields[6]
    if name not in counting.locks:
        _range_of(counting, name).locked += 1
    counting.locks[name] = until_ms


def _unlock(counting: Counting, operation: RawOperation, block: RawBlock) -> None:
    name = (operation.fields[1], operation.fields[2])
    _range_of(counting, name).locked -= 1
    del counting.locks[name]


def _money(counting: Counting, operation: RawOperation, block: RawBlock) -> None:
    counting.money.count(operation, block.time_ms)


def _next(counting: Counting, key: tuple[str, str, str], block: RawBlock) -> tuple[str, int, int]:
    """Give the next number of the lowest open range of the block's year."""
    year = f"{civil_date(block.time_ms)[0] % 100:02d}"
    code, first = next(name for name in counting.open[key] if name[0][6:] == year)
    found = counting.ranges[code, first]
    number = found.next
    found.next += 1
    if number == found.last:
        counting.open[key].remove((code, first))
    return code, number, first


def _named(counting: Counting, explicit: Any) -> tuple[str, int, int]:
    code, first, number = explicit
    found = counting.ranges[code, first]
    found.next = max(found.next, number + 1)
    return code, number, first


def _range_of(counting: Counting, name: Name) -> CountedRange:
    return counting.ranges[name[0], counting.bills[name].range_first]


def _day(counting: Counting, unit: str, block: RawBlock) -> Day:
    year, month, day = civil_date(block.time_ms)
    return counting.days.setdefault((unit, f"{year:04d}{month:02d}{day:02d}"), Day())


_COUNTERS: Final[dict[int, Callable[[Counting, RawOperation, RawBlock], None]]] = {
    1: _allot,
    2: _issue,
    3: _control,
    4: _control,
    5: _control,
    6: _endorse,
    8: _reverse,
    11: _money,
    12: _money,
    13: _money,
    14: _money,
    15: _lock,
    16: _unlock,
    17: _unlock,
    34: _control,
    39: _void,
}
"""What each operation's tag counts; the others move nothing that is counted."""
