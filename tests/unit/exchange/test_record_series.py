"""One result over many records."""

from decimal import Decimal
from typing import Any

import pytest

from exchange.health_record import HealthRecord, read_record
from exchange.record_series import POINTS_MAX, trends
from tests.support.shown_records import given_records, visit_text

DAY = "2026-01-{:02d}T08:00:00+08:00"


def result(value: str, day: int, code: str = "718-7", **elements: Any) -> dict[str, Any]:
    """Return an Observation whose value is written as told."""
    quantity = {"value": f"[{value}]", "unit": "g/L", "code": "g/L"}
    return {
        "resourceType": "Observation",
        "id": f"o{day}",
        "code": {"coding": [{"system": "http://loinc.org", "code": code}], "text": "Hb"},
        "effectiveDateTime": DAY.format(day),
        "valueQuantity": quantity,
        **elements,
    }


def record(*results: dict[str, Any]) -> HealthRecord:
    text = visit_text(*results)
    return read_record(text.replace(b'"[', b"").replace(b']"', b""))


def test_results_of_many_records_stand_in_the_order_of_time() -> None:
    series = trends([record(result("1.10", 3)), record(result("0.1", 2)), record(result("7", 5))])
    assert len(series) == 1
    assert [point.text for point in series[0].points] == ["0.1", "1.10", "7"]
    assert [point.record for point in series[0].points] == [1, 0, 2]
    assert [point.value for point in series[0].points] == [
        Decimal("0.1"),
        Decimal("1.10"),
        Decimal(7),
    ]
    assert (series[0].code.code, series[0].unit, series[0].words) == ("718-7", "g/L", "Hb")
    assert series[0].points[0].leaf == "entry/0"
    assert series[0].left_out == 0


def test_a_number_is_exact_to_its_last_digit() -> None:
    digits = "0.10000000000000000001"
    points = trends([record(result(digits, 1), result("27.200000000000003", 2))])[0].points
    assert [str(point.value) for point in points] == [digits, "27.200000000000003"]


def test_only_like_is_compared_with_like() -> None:
    other_unit = {"value": "[7]", "unit": "g/dL", "code": "g/dL"}
    local = {"coding": [{"system": "urn:x", "code": "718-7"}]}
    assert not trends(
        [
            record(
                result("1", 1),
                result("1", 2, code="777-3"),
                result("1", 3, valueQuantity=other_unit),
                {**result("1", 4), "code": local},
                {**result("1", 5), "code": local},
            )
        ]
    )


@pytest.mark.parametrize(
    "elements",
    [
        {"effectiveDateTime": "soon"},
        {"effectiveDateTime": None},
        {"status": "entered-in-error"},
        {"status": "cancelled"},
        {"valueQuantity": {"value": "[5]", "comparator": ">", "unit": "g/L", "code": "g/L"}},
        {"valueQuantity": {"value": "[1e999]", "unit": "g/L", "code": "g/L"}},
    ],
)
def test_what_cannot_stand_in_the_line_is_counted(elements: dict[str, Any]) -> None:
    odd = result("1", 9, **elements)
    series = trends([record(result("1", 1), result("2", 2), odd)])
    assert [(len(each.points), each.left_out) for each in series] == [(2, 1)]


def test_a_result_of_a_day_stands_where_its_day_begins() -> None:
    points = trends([record(result("2", 2), result("1", 9, effectiveDateTime="2026-01-02"))])
    assert [point.text for point in points[0].points] == ["1", "2"]


def test_a_long_series_keeps_its_latest_and_counts_the_rest() -> None:
    results = [result(str(n), 1 + n // 100, id=f"{n:05}") for n in range(POINTS_MAX + 5)]
    series = trends([record(*results)])[0]
    assert (len(series.points), series.left_out) == (POINTS_MAX, 5)
    assert [series.points[place].text for place in (0, -1)] == ["5", str(POINTS_MAX + 4)]


def test_components_make_series_of_their_own() -> None:
    part = {**result("80", 1), "resourceType": None}
    both = [{"resourceType": "Observation", "effectiveDateTime": DAY.format(n)} for n in (1, 2)]
    series = trends([record(*({**each, "component": [part]} for each in both))])
    assert [(each.code.code, len(each.points)) for each in series] == [("718-7", 2)]


@pytest.mark.parametrize(
    ("name", "count", "longest"),
    [("jorge.json", 9, 4), ("man.json", 21, 9), ("mariam.json", 11, 13)],
)
def test_the_given_records_have_their_trends(name: str, count: int, longest: int) -> None:
    series = trends(given_records(name))
    assert (len(series), len(series[0].points)) == (count, longest)
    for each in series:
        times = [point.time.ms for point in each.points]
        assert times == sorted(times, key=lambda ms: ms or 0)
        assert all(type(point.value) is Decimal for point in each.points)
        assert each.left_out == 0
