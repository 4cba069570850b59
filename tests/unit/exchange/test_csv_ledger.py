"""The accountants' table: exact, harmless in a spreadsheet, and read again."""

import csv
import io
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.bill import StatusBlock
from exchange.csv_ledger import COLUMNS, csv_row, read_csv, write_csv
from tests.support.exchange_bills import bill_of_line, good_bill, red_bill
from tests.support.his_lines import hospital_day
from tests.support.refusals import refused

BOOKED = StatusBlock(
    is_exchanged=True, is_accounted=True, accounted_date="20261001", accounted_fen=1234
)


def rows_of_python(data: bytes) -> list[list[str]]:
    """Return the cells as Python's own reader sees them."""
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_a_row_says_what_the_bill_says() -> None:
    table = write_csv([red_bill(good_bill()), replace(good_bill(), status=BOOKED)])
    head, red, blue = rows_of_python(table)
    assert head == list(COLUMNS)
    assert red[:5] == ["46060226", "0000000900", "9c0a11", "2026-09-21", "22:16:24"]
    assert red[8:] == [
        *("-30.00", "-20.00", "0.00", "-4.00", "-6.00"),
        *("46060226", "0000000001", "红字", "", ""),
    ]
    assert blue[8:] == [
        *("30.00", "20.00", "0.00", "4.00", "6.00"),
        *("", "", "正常 已换开 已入账", "2026-10-01", "12.34"),
    ]


def test_a_reversed_bill_is_called_so() -> None:
    status = StatusBlock(is_reversed=True, reversal_number=9)
    assert csv_row(replace(good_bill(), status=status)).status == "已冲红"


@pytest.mark.parametrize("with_bom", [True, False])
def test_the_days_table_is_read_again(with_bom: bool) -> None:
    bills = [bill_of_line(line, number) for number, line in enumerate(hospital_day(), 1)]
    bills += [red_bill(bill, bill.number + 5000) for bill in bills[::10]]
    table = write_csv(bills, with_bom=with_bom)
    assert table.startswith(b"\xef\xbb\xbf") == with_bom
    assert read_csv(table) == [csv_row(bill) for bill in bills]
    assert len(rows_of_python(table)) == len(bills) + 1


@pytest.mark.parametrize(
    "name",
    [
        "=cmd|' /C calc'!A0",
        "+1+1",
        "-2+3",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "  =1+1",
        "＝1+1",
        "'=1",
        '"=1"',
        "%0A=1",
    ],
)
def test_no_spreadsheet_runs_a_text(name: str) -> None:
    bill = replace(good_bill(), issuer_name=name, business_number=name)
    table = write_csv([bill])
    cell = rows_of_python(table)[1][5]
    assert cell.startswith(("'", '"'))
    assert read_csv(table) == [csv_row(bill)]


def test_a_negative_amount_stays_a_number() -> None:
    assert rows_of_python(write_csv([red_bill(good_bill())]))[1][8] == "-30.00"


def test_a_long_number_is_marked_as_text_lest_it_be_rounded() -> None:
    bill = replace(good_bill(), business_number="1234567890123456")
    assert rows_of_python(write_csv([bill]))[1][7] == "'1234567890123456"
    assert read_csv(write_csv([bill])) == [csv_row(bill)]


names = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)


@given(st.lists(st.tuples(names, names), max_size=4))
def test_any_text_comes_back(texts: list[tuple[str, str]]) -> None:
    bills = [replace(good_bill(), issuer_name=a, business_number=b) for a, b in texts]
    table = write_csv(bills)
    assert read_csv(table) == [csv_row(bill) for bill in bills]
    for row in rows_of_python(table)[1:]:
        assert not row[5].startswith(("=", "+", "-", "@", "\t", "\r"))


GOOD = write_csv([good_bill()], with_bom=False).decode()


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("票据代码", "代码", "csv.wrong_header"),
        ("\r\n", "\n", "csv.malformed"),
        ("0000000001", "1", "csv.wrong_value"),
        (",30.00,", ",030.00,", "figure.malformed"),
        (",30.00,", ",30.0,", "csv.not_canonical"),
        (",30.00,", ",30.00,30.00,", "csv.wrong_width"),
        ("22d0f1", '"22d0f1"', "csv.not_canonical"),
        ("22d0f1", '"22d0f1', "csv.malformed"),
        ("22d0f1", '"22d0f1"x', "csv.malformed"),
        ("22d0f1", "=1", "csv.not_canonical"),
        ("22d0f1", "a\rb", "csv.malformed"),
        ("b-1", "x" * 1001, "csv.cell_too_long"),
    ],
)
def test_another_table_is_refused(old: str, new: str, code: str) -> None:
    assert old in GOOD
    with refused(code):
        read_csv(GOOD.replace(old, new).encode())


def test_a_cell_of_full_length_is_read() -> None:
    bill = replace(good_bill(), business_number="x" * 1000)
    assert read_csv(write_csv([bill])) == [csv_row(bill)]


def test_what_ends_early_or_is_no_text_is_refused() -> None:
    for data, code in (
        (b"", "csv.malformed"),
        (GOOD[:-2].encode(), "csv.malformed"),
        (b"\xff", "csv.not_utf8"),
        (b"x" * (64 * 2**20 + 1), "csv.too_long"),
    ):
        with refused(code):
            read_csv(data)
