"""A ledger of bills for accountants, as CSV.

Rule: one row a bill, amounts in yuan with two decimals; a text that a spreadsheet would run as a
formula is made harmless by an apostrophe before it; amounts are our own and stay numbers. What is
written is read again.
Source: RFC 4180 for the form; OWASP, CSV injection, for the dangerous first characters.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from exchange.bill import ExchangeBill, issue_date, issue_time
from primitives.errors import Refused
from primitives.units import format_yuan, parse_fen

BOM: Final = b"\xef\xbb\xbf"
"""Tells spreadsheets that the file is UTF-8."""
TABLE_SIZE_MAX: Final = 64 * 1024 * 1024
FIELD_LENGTH_MAX: Final = 1_000
_DANGEROUS: Final = tuple("=+-@\t\r\n'＝＋－＠|%")
"""What makes a spreadsheet run a cell, in either width; and the apostrophe that hides it."""
_SPREADSHEET_DIGITS: Final = 15
"""A spreadsheet rounds longer numbers; so they are marked as text."""
_PLAIN: Final = re.compile(r"[^,\r]*")
_END: Final = "\r\n"

COLUMNS: Final = (
    "票据代码",
    "票据号码",
    "校验码",
    "开票日期",
    "开票时间",
    "收款单位",
    "统一社会信用代码",
    "业务流水号",
    "金额合计",
    "医保统筹基金支付",
    "其他支付",
    "个人账户支付",
    "个人现金支付",
    "相关票据代码",
    "相关票据号码",
    "状态",
    "入账日期",
    "入账金额",
)


@dataclass(frozen=True, slots=True)
class CsvRow:
    """One bill in the table."""

    code: str
    """票据代码."""
    number: int
    """票据号码."""
    check_code: str
    """校验码."""
    date: str
    """Day of issue, yyyy-MM-dd."""
    time: str
    """Time of issue, HH:mm:ss."""
    issuer_name: str
    """收款单位."""
    issuer_uscc: str
    """Its unified social credit code."""
    business_number: str
    """业务流水号."""
    amounts_fen: tuple[int, ...] = field(repr=False)
    """合计, fund, other, account, own; negative on a red bill."""
    related_code: str
    """On a red bill the blue one's code."""
    related_number: int
    """On a red bill the blue one's number; else 0."""
    status: str
    """正常, 红字, 已冲红; 已换开 and 已入账 stand beside."""
    accounted_date: str
    """yyyy-MM-dd; empty when it is not booked."""
    accounted_fen: int = field(repr=False)
    """入账金额."""


def csv_row(bill: ExchangeBill) -> CsvRow:
    """Return the row of a bill."""
    date = issue_date(bill.time_ms)
    booked = bill.status.accounted_date
    return CsvRow(
        code=bill.code,
        number=bill.number,
        check_code=bill.check_code,
        date=_day(date),
        time=issue_time(bill.time_ms),
        issuer_name=bill.issuer_name,
        issuer_uscc=bill.issuer_uscc,
        business_number=bill.business_number,
        amounts_fen=(
            bill.total_fen,
            bill.fund_fen,
            bill.other_fen,
            bill.account_fen,
            bill.own_fen,
        ),
        related_code=bill.related_code,
        related_number=bill.related_number,
        status=status_text(bill),
        accounted_date=_day(booked) if booked else "",
        accounted_fen=bill.status.accounted_fen,
    )


def status_text(bill: ExchangeBill) -> str:
    """Return what became of a bill, in words."""
    status = bill.status
    words = ["红字" if bill.is_red else "已冲红" if status.is_reversed else "正常"]
    words += ["已换开"] if status.is_exchanged else []
    words += ["已入账"] if status.is_accounted else []
    return " ".join(words)


def write_csv(bills: Iterable[ExchangeBill], *, with_bom: bool = True) -> bytes:
    """Return the table of bills, in the order given.

    Args:
        bills: one row each.
        with_bom: begin with a byte order mark, which spreadsheets need to see UTF-8.
    """
    lines = [",".join(COLUMNS)]
    lines += [_line(csv_row(bill)) for bill in bills]
    return (BOM if with_bom else b"") + "".join(line + _END for line in lines).encode()


def read_csv(data: bytes) -> list[CsvRow]:
    """Read a table that `write_csv` wrote.

    Raises:
        Refused: `csv.*`, with the row's number as field, counted from 1 below the header.
    """
    if len(data) > TABLE_SIZE_MAX:
        raise Refused("csv.too_long", f"at most {TABLE_SIZE_MAX // 1024 // 1024} MiB")
    try:
        text = data.removeprefix(BOM).decode()
    except UnicodeDecodeError as error:
        raise Refused("csv.not_utf8", "a table is UTF-8") from error
    head, *rows = _cells(text)
    if head != list(COLUMNS):
        raise Refused("csv.wrong_header", "the columns are not those of this table")
    result = [_row(cells, f"{index}") for index, cells in enumerate(rows, 1)]
    again = "".join(line + _END for line in [",".join(COLUMNS), *map(_line, result)])
    if again != text:
        raise Refused("csv.not_canonical", "the table is not in its one form")
    return result


def _line(row: CsvRow) -> str:
    cells = (
        *map(_safe, (row.code, f"{row.number:010d}", row.check_code, row.date, row.time)),
        *map(_safe, (row.issuer_name, row.issuer_uscc, row.business_number)),
        *map(format_yuan, row.amounts_fen),
        _safe(row.related_code),
        f"{row.related_number:010d}" if row.related_number else "",
        _safe(row.status),
        _safe(row.accounted_date),
        format_yuan(row.accounted_fen) if row.accounted_date else "",
    )
    return ",".join(cells)


def _row(cells: list[str], place: str) -> CsvRow:
    if len(cells) != len(COLUMNS):
        raise Refused("csv.wrong_width", f"a row has {len(COLUMNS)} cells", place)
    texts = [_plain(cell) for cell in cells]
    return CsvRow(
        code=texts[0],
        number=_number(cells[1], place),
        check_code=texts[2],
        date=texts[3],
        time=texts[4],
        issuer_name=texts[5],
        issuer_uscc=texts[6],
        business_number=texts[7],
        amounts_fen=tuple(_fen(cell, place) for cell in cells[8:13]),
        related_code=texts[13],
        related_number=_number(cells[14], place) if cells[14] else 0,
        status=texts[15],
        accounted_date=texts[16],
        accounted_fen=_fen(cells[17], place) if cells[17] else 0,
    )


def _safe(text: str) -> str:
    """Return a text as a cell that no spreadsheet runs."""
    is_long = text.isdigit() and len(text) > _SPREADSHEET_DIGITS
    is_run = text.lstrip(" \u3000").startswith(_DANGEROUS)
    harmless = f"'{text}" if is_run or is_long else text
    if any(sign in harmless for sign in ',"\r\n') or harmless != harmless.strip():
        doubled = harmless.replace('"', '""')
        return f'"{doubled}"'
    return harmless


def _plain(cell: str) -> str:
    """Return the text that a cell stands for."""
    return cell.removeprefix("'")


def _fen(cell: str, place: str) -> int:
    fen = parse_fen(cell.removeprefix("-"), place)
    return -fen if cell.startswith("-") else fen


def _number(cell: str, place: str) -> int:
    if not (len(cell) == 10 and cell.isascii() and cell.isdigit()):
        raise Refused("csv.wrong_value", "a number has 10 digits", place)
    return int(cell)


def _day(date: str) -> str:
    return f"{date[:4]}-{date[4:6]}-{date[6:]}"


def _cells(text: str) -> list[list[str]]:
    """Split a table into rows of cells by RFC 4180."""
    rows: list[list[str]] = []
    row: list[str] = []
    position = 0
    while position < len(text):
        cell, position = _cell(text, position, f"{len(rows)}")
        row.append(cell)
        if text.startswith(_END, position):
            rows.append(row)
            row, position = [], position + 2
        elif text.startswith(",", position):
            position += 1
        else:
            raise Refused(
                "csv.malformed", "a cell ends with a comma or a line's end", f"{len(rows)}"
            )
    if row or not rows:
        raise Refused("csv.malformed", "the last row has no end", f"{len(rows)}")
    return rows


def _cell(text: str, position: int, place: str) -> tuple[str, int]:
    """Return the cell at a position and where it ends."""
    if not text.startswith('"', position):
        found = _PLAIN.match(text, position)
        assert found is not None
        return _bounded(text, position, found.end(), place)
    end = position + 1
    while (end := text.find('"', end)) >= 0 and text.startswith('"', end + 1):
        end += 2
    if end < 0:
        raise Refused("csv.malformed", "a quotation is not closed", place)
    cell, _ = _bounded(text, position + 1, end, place)
    return cell.replace('""', '"'), end + 1


def _bounded(text: str, start: int, end: int, place: str) -> tuple[str, int]:
    if end - start > FIELD_LENGTH_MAX:
        raise Refused("csv.cell_too_long", f"at most {FIELD_LENGTH_MAX} characters", place)
    return text[start:end], end
