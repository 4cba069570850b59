"""A recount beside a node's books: every range and every day, figure by figure."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from cli.recount.counting import Counting

RANGE_FIGURES: Final = (
    *("unit", "place", "kind", "last", "next", "offline", "blue", "red", "void"),
    *("unused", "blue_fen", "red_fen", "locked", "withheld"),
)
DAY_FIGURES: Final = ("blue", "red", "blue_fen", "red_fen")

Row = dict[str, Any]


def ranges_of(counting: Counting) -> list[Row]:
    """Return a row a range, by code and number."""
    rows = []
    for (code, first), r in sorted(counting.ranges.items()):
        used = r.blue + r.red + r.void
        figures = (
            *(r.unit, r.place, r.kind, r.last, r.next, r.is_offline, r.blue, r.red, r.void),
            *(r.last - first + 1 - used, r.blue_fen, r.red_fen, r.locked, r.withheld),
        )
        row: Row = {"code": code, "first": first, "allotted": r.last - first + 1}
        rows.append(row | dict(zip(RANGE_FIGURES, figures, strict=True)))
    return rows


def days_of(counting: Counting) -> list[Row]:
    """Return a row a unit and day."""
    return [
        {"unit": unit, "date": date} | {name: getattr(day, name) for name in DAY_FIGURES}
        for (unit, date), day in sorted(counting.days.items())
    ]


def differences(counted: Sequence[Row], told: Sequence[Row], names: Sequence[str]) -> list[str]:
    """Return where a node's books say something else, one line each.

    Args:
        counted: rows of the recount.
        told: rows of the node.
        names: by which rows are known; every other figure of a counted row is compared.
    """
    mine, theirs = _by(names, counted), _by(names, told)
    found = []
    for name in sorted(mine.keys() | theirs.keys()):
        place = " ".join(name)
        if name not in theirs or name not in mine:
            who = "the node's books" if name not in theirs else "the blocks"
            found.append(f"{place}: not in {who}")
            continue
        row, other = mine[name], theirs[name]
        wrong = [figure for figure in row if row[figure] != other.get(figure)]
        if wrong:
            found.append(f"{place}: {', '.join(wrong)}")
    return found


def _by(names: Sequence[str], rows: Sequence[Row]) -> Mapping[tuple[str, ...], Row]:
    return {tuple(str(row.get(name)) for name in names): row for row in rows}
