"""The list (清单) of the PDF: every drug and service, class by class, on pages of A4.

Rule: no line is left out and no name is cut; a page tells which bill it belongs to and its own
number.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from exchange.bill import ExchangeBill, turned
from exchange.hospital_line import Fields, HospitalLine
from exchange.pdf_pen import FORM, INK, PALE, Color, Pen

WIDTH: Final = 595.28
HEIGHT: Final = 841.89
LEFT: Final = 36.0
RIGHT: Final = WIDTH - 36.0
_TOP: Final = HEIGHT - 88
_BOTTOM: Final = 52.0
_SIZE: Final = 8.0
_LEADING: Final = 11.0
_GAP: Final = 3.0
_COLUMNS: Final = (
    ("编码", 0.0),
    ("名称", 74.0),
    ("单价", 350.0),
    ("数量", 400.0),
    ("单位", 446.0),
    ("金额（元）", RIGHT - LEFT - 2),
)
_NAME_WIDTH: Final = 226.0
_CODE_WIDTH: Final = 70.0
_UNIT_WIDTH: Final = 28.0


@dataclass(frozen=True, slots=True)
class ListRow:
    """One row of the list: a class with its amount, or a line below it."""

    is_class: bool
    """Whether it heads the lines below."""
    code: str
    """Code of the item."""
    name: str
    """Name of the class or item."""
    price: str
    """Price of one."""
    quantity: str
    """How many; negative on a red bill."""
    unit: str
    """Of what."""
    amount: str
    """Amount; negative on a red bill."""


def list_rows(bill: ExchangeBill, line: HospitalLine) -> list[ListRow]:
    """Return the rows of a bill's list, each class before its lines."""
    rows = []
    left = list(line.lines)
    for charge in line.charges:
        code = charge.get("chargeCode", "")
        rows.append(_row(bill, charge, charge.get("chargeName", code), is_class=True))
        rows += [_row(bill, item, item.get("name", "")) for item in left if _is_of(item, code)]
        left = [item for item in left if not _is_of(item, code)]
    return rows + [_row(bill, item, item.get("name", "")) for item in left]


def list_pages(pen: Pen, rows: list[ListRow]) -> list[list[ListRow]]:
    """Return the rows of each page."""
    pages: list[list[ListRow]] = [[]]
    y = _TOP
    for row in rows:
        height = _height(pen, row)
        if pages[-1] and y - height < _BOTTOM:
            pages.append([])
            y = _TOP
        pages[-1].append(row)
        y -= height
    return pages


def draw_list_page(pen: Pen, bill: ExchangeBill, rows: list[ListRow], page: str) -> None:
    """Draw one page of the list.

    Args:
        pen: of the page.
        bill: to which it belongs.
        rows: of this page.
        page: `2 / 3`.
    """
    middle = WIDTH / 2
    pen.write_middle((middle, HEIGHT - 44), "医疗收费明细清单", 14, FORM)
    head = f"票据代码 {bill.code}    票据号码 {bill.number_text}    {bill.issuer_name}"
    pen.write_fitted((LEFT, HEIGHT - 64), head, 8.5, RIGHT - LEFT)
    for y in (HEIGHT - 70, HEIGHT - 86):
        pen.rule((LEFT, y), (RIGHT, y), 0.6)
    for index, (title, x) in enumerate(_COLUMNS):
        is_figure = index in (2, 3, 5)
        write = pen.write_right if is_figure else pen.write
        write((LEFT + x + (0 if is_figure else 2), HEIGHT - 81), title, _SIZE, FORM)
    y = _TOP
    for row in rows:
        _draw_row(pen, row, y)
        y -= _height(pen, row)
    pen.rule((LEFT, y), (RIGHT, y), 0.6)
    pen.write_middle((middle, 30), f"第 {page} 页", 7.5, PALE)


def _draw_row(pen: Pen, row: ListRow, top: float) -> None:
    color: Color = FORM if row.is_class else INK
    y = top - _SIZE - 2
    if row.is_class:
        pen.tint((LEFT, top - _height(pen, row) + 0.5), (RIGHT - LEFT, _height(pen, row) - 1))
        pen.write((LEFT + 2, y), row.name, _SIZE, color)
        pen.write_right((RIGHT - 2, y), row.amount, _SIZE, color)
        return
    pen.write_fitted((LEFT + 2, y), row.code, _SIZE, _CODE_WIDTH)
    for index, part in enumerate(_name_lines(pen, row)):
        pen.write((LEFT + _COLUMNS[1][1] + 2, y - index * _LEADING), part, _SIZE)
    pen.write_right((LEFT + _COLUMNS[2][1], y), row.price, _SIZE)
    pen.write_right((LEFT + _COLUMNS[3][1], y), row.quantity, _SIZE)
    pen.write_fitted((LEFT + _COLUMNS[4][1] + 2, y), row.unit, _SIZE, _UNIT_WIDTH)
    pen.write_right((RIGHT - 2, y), row.amount, _SIZE)


def _height(pen: Pen, row: ListRow) -> float:
    lines = 1 if row.is_class else len(_name_lines(pen, row))
    return lines * _LEADING + _GAP


def _name_lines(pen: Pen, row: ListRow) -> list[str]:
    return pen.wrapped(row.name, _SIZE, _NAME_WIDTH)


def _is_of(item: Fields, code: str) -> bool:
    return item.get("chargeCode", "") == code


def _row(bill: ExchangeBill, row: Fields, name: str, *, is_class: bool = False) -> ListRow:
    quantity, amount = _signed(bill, (row.get("number", ""), row.get("amt", "")))
    return ListRow(
        is_class=is_class,
        code=row.get("code", ""),
        name=name,
        price=row.get("std", ""),
        quantity=quantity,
        unit=row.get("unit", ""),
        amount=amount,
    )


def _signed(bill: ExchangeBill, figures: tuple[str, str]) -> Iterator[str]:
    return (turned(figure) if bill.is_red else figure for figure in figures)
