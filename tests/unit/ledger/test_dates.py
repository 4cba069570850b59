"""Dates of hospital systems: real ones only, in Asia/Shanghai."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.dates import date_text, is_real_date, parse_local_time
from tests.support.refusals import refused

SHANGHAI = timezone(timedelta(hours=8))


@given(st.integers(0, 99_999_999))
def test_eight_digits_are_a_date_when_the_calendar_has_them(number: int) -> None:
    text = f"{number:08d}"
    try:
        is_real = date(int(text[:4]), int(text[4:6]), int(text[6:])).year >= 1800
    except ValueError:
        is_real = False
    assert is_real_date(text) == is_real


@pytest.mark.parametrize("text", ["20240229", "20000229"])
def test_leap_days_exist(text: str) -> None:
    assert is_real_date(text)


@pytest.mark.parametrize(
    "text", ["20250229", "19000229", "20240230", "20241301", "20240001", "2024011", "２０２４0101"]
)
def test_days_that_never_were_are_no_dates(text: str) -> None:
    assert not is_real_date(text)


@given(st.datetimes(datetime(1850, 1, 1), datetime(2200, 1, 1), timezones=st.just(SHANGHAI)))  # noqa: DTZ001
def test_a_local_time_is_its_milliseconds_since_the_epoch(moment: datetime) -> None:
    moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    text = moment.strftime("%Y%m%d%H%M%S") + f"{moment.microsecond // 1000:03d}"
    expected = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    assert parse_local_time(text, "busDateTime") == expected
    assert date_text(expected) == text[:8]


@pytest.mark.parametrize(
    "text",
    [
        "20240230000000000",
        "20240101240000000",
        "20240101006000000",
        "20240101000060000",
        "2024010100000000",
        "",
    ],
)
def test_a_moment_that_never_was_is_refused(text: str) -> None:
    with refused("his.bad_date", "busDateTime"):
        parse_local_time(text, "busDateTime")
