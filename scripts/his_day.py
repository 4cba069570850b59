"""What the demo must know of a hospital's day before it begins: kinds, places, one patient.

Rule: lines that cannot be read are left alone; the ledger is the one to say what is wrong.
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Need:
    """Numbers that a place needs for one kind of bill."""

    place: str
    """开票点编码."""
    kind: str
    """Two digits."""
    bills: int
    """How many lines are of this kind; it may be none."""


@dataclass(frozen=True, slots=True)
class Day:
    """A file of the hospital's system."""

    file: Path
    """Where it lies."""
    lines: int
    """How many it has that are not blank."""
    bills: dict[str, dict[str, Any]]
    """The readable ones, by business number."""

    def needs(self, kinds: Mapping[str, str]) -> list[Need]:
        """Return what must be allotted: for every place, numbers of every kind.

        Args:
            kinds: bill kind by `busType`, a parameter of the genesis.
        """
        counts = Counter(
            (str(bill.get("placeCode")), kinds.get(str(bill.get("busType"))))
            for bill in self.bills.values()
        )
        places = sorted({place for place, _ in counts})
        return [
            Need(place, kind, counts[place, kind])
            for place in places
            for kind in sorted(set(kinds.values()))
        ]

    def patient(self, issued: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return an issued bill to show: of a person with a phone, with some lines to read."""
        named = [
            bill
            for number, bill in self.bills.items()
            if number in issued and bill.get("idCardNo") and bill.get("tel")
        ]
        long = [bill for bill in named if 8 <= len(bill.get("listDetail") or ()) <= 40]
        return next(iter(long or named), None)


def read_day(file: Path) -> Day:
    """Read a file of the hospital's system.

    Raises:
        OSError: when it cannot be read.
    """
    lines = [line for line in file.read_bytes().splitlines() if line.strip()]
    bills = {}
    for line in lines:
        try:
            bill = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(bill, dict) and isinstance(bill.get("busNo"), str):
            bills[bill["busNo"]] = bill
    return Day(file, len(lines), bills)
