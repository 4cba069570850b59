"""What the demo must know of a hospital's day before it begins: kinds, places, one patient.

Rule: lines that cannot be read are left alone; the ledger is the one to say what is wrong.
"""

import json
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

PEOPLE_MAX: Final = 4
"""People who log in and pay; the portal lets one address log in 30 times in a quarter hour."""
CHARGES_EACH: Final = 4
CHARGES_MAX: Final = 12
NUMBER_LENGTH_MAX: Final = 48
"""Characters of a line's business number in an order's, which may have 50."""


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
class Charge:
    """A line of the day once more, with a number of its own, as an order to pay."""

    person: str
    """Resident id."""
    check_code: str
    """Of a bill of theirs: with it they log in."""
    order: str
    """The order's number."""
    line: str
    """What the hospital's system would write."""


@dataclass(frozen=True, slots=True)
class Day:
    """A file of the hospital's system."""

    file: Path
    """Where it lies."""
    lines: int
    """How many it has that are not blank."""
    bills: dict[str, dict[str, Any]]
    """The readable ones, by business number."""
    texts: dict[str, str]
    """The same as they were written."""

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

    def patient_numbers(self, issued: Mapping[str, Any]) -> set[str]:
        """Return the hospital's own numbers of those who have an issued bill."""
        bills = (bill for number, bill in self.bills.items() if number in issued)
        return {str(bill["patientNo"]) for bill in bills if bill.get("patientNo")}

    def patient(
        self, issued: Mapping[str, Any], recorded: Collection[str] = ()
    ) -> dict[str, Any] | None:
        """Return an issued bill to show: of a person with a phone, with some lines to read.

        Args:
            issued: what was issued, by business number.
            recorded: numbers of patients with medical records: one of them, if there is one.
        """
        named = [
            bill
            for number, bill in self.bills.items()
            if number in issued and bill.get("idCardNo") and bill.get("tel")
        ]
        known = [bill for bill in named if bill.get("patientNo") in recorded]
        if known:
            return max(known, key=lambda bill: (_is_to_pay(bill.get("ownPay")), _lines(bill)))
        long = [bill for bill in named if 8 <= _lines(bill) <= 40]
        return next(iter(long or named), None)

    def charges(self, issued: Mapping[str, Any], shown: str) -> list[Charge]:
        """Return what becomes an order: charges to pay oneself, of a few people with a phone.

        Args:
            issued: what was issued, by business number.
            shown: id of the patient whose login is printed; the last charge is theirs.
        """
        by_person: dict[str, list[Charge]] = {}
        for number, bill in self.bills.items():
            if number in issued and bill.get("tel") and _is_to_pay(bill.get("ownPay")):
                check_code = str(issued[number]["check_code"])
                person, line = str(bill.get("idCardNo") or ""), as_order(self.texts[number])
                charge = Charge(person, check_code, order_number(number), line)
                by_person.setdefault(person, []).append(charge)
        by_person.pop("", None)
        own = by_person.pop(shown, [])
        most = sorted(by_person.values(), key=len, reverse=True)[:PEOPLE_MAX]
        others = [charge for charges in most for charge in charges[:CHARGES_EACH]]
        return [*others[:CHARGES_MAX], *own[:1]]


def read_day(file: Path) -> Day:
    """Read a file of the hospital's system.

    Raises:
        OSError: when it cannot be read.
    """
    lines = [line for line in file.read_bytes().splitlines() if line.strip()]
    bills, texts = {}, {}
    for line in lines:
        try:
            bill = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(bill, dict) and isinstance(bill.get("busNo"), str):
            bills[bill["busNo"]] = bill
            texts[bill["busNo"]] = line.decode("utf-8", "replace")
    return Day(file, len(lines), bills, texts)


def as_order(line: str) -> str:
    """Return a line once more under numbers of its own, for each charge is billed once."""
    bill = json.loads(line)
    details = bill.get("listDetail")
    numbers = [item.get("listDetailNo") for item in details] if isinstance(details, list) else []
    for number in (bill["busNo"], *numbers):
        if isinstance(number, str):
            line = line.replace(json.dumps(number), json.dumps(order_number(number)), 1)
    return line


def order_number(number: str) -> str:
    """Return the number of the order that a line becomes, and of each of its charges."""
    return f"{number[:NUMBER_LENGTH_MAX]}-P"


def _lines(bill: Mapping[str, Any]) -> int:
    return len(bill.get("listDetail") or ())


def _is_to_pay(amount: Any) -> bool:
    return str(amount).replace(".", "").strip("0").isdigit()
