"""FHIR's times as moments."""

import pytest

from exchange.fhir_times import instant_ms
from tests.support.refusals import refused


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T08:00:00+08:00", 0),
        ("2021-08-22T20:26:50-07:00", 1_629_689_210_000),
        ("2021-08-22T20:26:50.903-07:00", 1_629_689_210_903),
        ("1955-11-08T17:26:37-08:00", -446_423_603_000),
        ("2021-08-22", None),
        ("2021", None),
    ],
)
def test_a_time_is_a_moment_when_it_names_its_hour(text: str, expected: int | None) -> None:
    assert instant_ms(text, "start") == expected


@pytest.mark.parametrize(
    "text",
    ["2021-02-30T00:00:00Z", "2021-08-22T25:00:00Z", "2021-08-22T20:26:50", "yesterday", "", 7],
)
def test_what_is_no_time_is_refused_with_its_place(text: object) -> None:
    with refused("record.bad_time", "start"):
        instant_ms(text, "start")


def test_an_offset_beyond_fourteen_hours_is_refused() -> None:
    with refused("record.bad_time", "start"):
        instant_ms("2021-08-22T20:26:50+15:00", "start")
