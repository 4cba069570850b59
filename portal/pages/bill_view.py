"""A bill as the page shows it, made from its details: the original line of the hospital's system.

Rule: figures are shown as the text they came in, never through a float. What a hospital left out
is left out on the page; what it added is not shown but stands in the saved receipt.
"""

import json
from dataclasses import dataclass
from typing import Any

from primitives.errors import Refused, Unavailable
from primitives.units import parse_fen


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the list (清单)."""

    field: str
    """Where it stands in the details: `listDetail/12`."""
    name: str
    """Name of the drug or service."""
    quantity: str
    """How many."""
    unit: str
    """Of what: 次, 盒."""
    price: str
    """Price of one, yuan."""
    amount: str
    """Amount, yuan."""
    self_amount: str
    """The part outside the insurance catalogue, yuan; empty when there is none."""


@dataclass(frozen=True, slots=True)
class ChargeClass:
    """The lines of one charge class, under the class's own line on the face."""

    field: str
    """Where it stands in the details: `chargeDetail/0`; empty for lines without a class."""
    name: str
    """诊察费, 治疗费, 西药费, …; empty for lines without a class."""
    amount: str
    """Amount on the face, yuan; empty for lines without a class."""
    lines: tuple[Line, ...]
    """Its lines in the order of the list."""


@dataclass(frozen=True, slots=True)
class Details:
    """What the sealed details tell, for the page."""

    payer: str
    """Name of the payer."""
    visit: str
    """Date of the visit: `2019-01-23`."""
    stay: tuple[str, str] | None
    """First and last day in hospital."""
    insurance: str
    """Code of the insurance type."""
    cashier: str
    """收款人."""
    checker: str
    """复核人."""
    self_inside: str
    """个人自付, yuan: inside the catalogue."""
    self_outside: str
    """个人自费, yuan: outside the catalogue."""
    channels: tuple[tuple[str, str], ...]
    """(code, amount) of each way of payment."""
    classes: tuple[ChargeClass, ...]
    """All lines by charge class, in the order of the face."""
    line_count: int
    """How many lines there are."""


def read_details(text: str) -> Details:
    """Return what an original line tells.

    Raises:
        Unavailable: `details.unreadable` when it is not an object.
    """
    try:
        tree = json.loads(text, parse_float=str, parse_int=str)
    except (ValueError, RecursionError) as error:
        raise Unavailable("details.unreadable", "the details are not JSON") from error
    if not isinstance(tree, dict):
        raise Unavailable("details.unreadable", "the details are not an object")
    stay = (_date(tree.get("inHospitalDate")), _date(tree.get("outHospitalDate")))
    lines = _objects(tree, "listDetail")
    return Details(
        payer=_text(tree, "payer"),
        visit=_date(tree.get("consultationDate")),
        stay=stay if all(stay) else None,
        insurance=_text(tree, "medCareTypeCode"),
        cashier=_text(tree, "payee"),
        checker=_text(tree, "checker"),
        # 自负 inside the catalogue is `selfConceitedAmt` in these systems, 自费 `selfPayAmt`.
        self_inside=_text(tree, "selfConceitedAmt"),
        self_outside=_text(tree, "selfPayAmt"),
        channels=tuple(
            (_text(item, "payChannelCode"), _text(item, "payChannelValue"))
            for item in _objects(tree, "payChannelDetail")
        ),
        classes=_classes(_objects(tree, "chargeDetail"), lines),
        line_count=len(lines),
    )


def _classes(charges: list[dict[str, Any]], lines: list[dict[str, Any]]) -> tuple[ChargeClass, ...]:
    by_class: dict[str, list[Line]] = {}
    for index, line in enumerate(lines):
        by_class.setdefault(_text(line, "chargeCode"), []).append(_line(index, line))
    classes = [
        ChargeClass(
            f"chargeDetail/{index}",
            _text(charge, "chargeName") or _text(charge, "chargeCode"),
            _text(charge, "amt"),
            # Lines of a class that the face names twice stand under its first line.
            tuple(by_class.pop(_text(charge, "chargeCode"), ())),
        )
        for index, charge in enumerate(charges)
    ]
    rest = tuple(line for group in by_class.values() for line in group)
    return (*classes, ChargeClass("", "", "", rest)) if rest else tuple(classes)


def _line(index: int, line: dict[str, Any]) -> Line:
    self_amount = _text(line, "selfAmt")
    return Line(
        field=f"listDetail/{index}",
        name=_text(line, "name"),
        quantity=_text(line, "number"),
        unit=_text(line, "unit"),
        price=_text(line, "std"),
        amount=_text(line, "amt"),
        self_amount="" if _is_zero(self_amount) else self_amount,
    )


def _objects(tree: dict[str, Any], field: str) -> list[dict[str, Any]]:
    value = tree.get(field)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _text(tree: dict[str, Any], field: str) -> str:
    value = tree.get(field)
    return value if isinstance(value, str) else ""


def _date(value: object) -> str:
    if not (isinstance(value, str) and len(value) >= 8 and value[:8].isdigit()):
        return ""
    return f"{value[:4]}-{value[4:6]}-{value[6:8]}"


def _is_zero(amount: str) -> bool:
    try:
        return not amount or parse_fen(amount, "selfAmt") == 0
    except Refused:
        return False
