"""Figures are read digit by digit; dates are Shanghai's."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from primitives.errors import Refused
from primitives.units import (
    AMOUNT_FEN_MAX,
    SUM_FEN_MAX,
    civil_date,
    format_yuan,
    parse_decimal,
    parse_fen,
    sum_fen,
)

SHANGHAI = datetime.timezone(datetime.timedelta(hours=8))


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("0", 0), ("0.05", 5), ("13.05", 1305), ("13.5", 1350), ("13", 1300), ("13.0500", 1305),
        ("999999999999.99", AMOUNT_FEN_MAX),
    ],
)  # fmt: skip
def test_a_plain_decimal_is_read_as_fen(text, fen):
    assert parse_fen(text, "totalAmt") == fen


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "figure.malformed"), ("-0", "figure.malformed"), ("-1.00", "figure.malformed"),
        ("+1", "figure.malformed"), ("1e3", "figure.malformed"), ("NaN", "figure.malformed"),
        ("01.00", "figure.malformed"), (".5", "figure.malformed"), ("5.", "figure.malformed"),
        ("1,000", "figure.malformed"), (" 1", "figure.malformed"), ("1\n", "figure.malformed"),
        ("１３.05", "figure.malformed"), ("٣", "figure.malformed"), ("1_0", "figure.malformed"),
        ("1.0000001", "figure.malformed"), ("1.005", "figure.too_fine"),
        ("1000000000000", "figure.out_of_range"),
    ],
)  # fmt: skip
def test_any_other_form_is_refused_with_field_and_code(text, code):
    with pytest.raises(Refused) as caught:
        parse_fen(text, "totalAmt")
    assert (caught.value.code, caught.value.field) == (code, "totalAmt")


@given(st.integers(0, AMOUNT_FEN_MAX))
def test_what_is_written_as_yuan_is_read_as_the_same_fen(fen):
    assert parse_fen(format_yuan(fen), "amt") == fen


def test_four_decimals_are_kept_where_the_field_has_them():
    assert parse_decimal("0.1234", 4, "std") == 1234
    assert parse_decimal("7", 4, "std") == 70000


def test_a_negative_amount_keeps_its_sign_below_one_yuan():
    assert [format_yuan(n) for n in (-5, -1305, 0, 1305)] == ["-0.05", "-13.05", "0.00", "13.05"]


@given(st.integers(0, 13_569_465_600_000))
def test_the_civil_date_is_that_of_shanghai(milliseconds):
    local = datetime.datetime.fromtimestamp(milliseconds // 1000, SHANGHAI)
    assert civil_date(milliseconds) == (local.year, local.month, local.day)


def test_the_year_turns_at_midnight_in_shanghai_not_in_greenwich():
    new_year = int(datetime.datetime(2027, 1, 1, tzinfo=SHANGHAI).timestamp() * 1000)
    assert civil_date(new_year - 1) == (2026, 12, 31)
    assert civil_date(new_year) == (2027, 1, 1)


def test_a_sum_stays_within_what_a_leaf_can_hold():
    assert sum_fen(5, 7) == 12
    assert sum_fen(-5, -7) == -12
    assert sum_fen(SUM_FEN_MAX - 1, 1) == SUM_FEN_MAX
    assert sum_fen(SUM_FEN_MAX, AMOUNT_FEN_MAX) == SUM_FEN_MAX
    assert sum_fen(-SUM_FEN_MAX, -AMOUNT_FEN_MAX) == -SUM_FEN_MAX
