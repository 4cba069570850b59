"""FHIR's data types as a reader's words."""

from typing import Any

import pytest

from exchange.fhir_json import Number
from exchange.record_values import (
    CUT,
    LOINC,
    TEXT_LENGTH_MAX,
    Attachment,
    Code,
    Reference,
    attachment_of,
    code_of,
    end_of,
    number_of,
    object_of,
    objects_of,
    quantity_of,
    range_of,
    reference_of,
    start_of,
    text_of,
    time_of,
    unit_of,
    words_of,
)


def quantity(value: str, unit: str = "") -> dict[str, Any]:
    return {"value": Number(value), **({"unit": unit} if unit else {})}


def test_a_text_is_cut_to_length_and_shows_it() -> None:
    assert text_of("x" * TEXT_LENGTH_MAX) == "x" * TEXT_LENGTH_MAX
    cut = text_of("x" * (TEXT_LENGTH_MAX + 1))
    assert (len(cut), cut[-1]) == (TEXT_LENGTH_MAX, CUT)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (" a ", "a"),
        ("a\nb\u3000c\td", "a b c d"),
        ("a\u202eb\u200bc\x00", "abc"),
        (True, "true"),
        (False, "false"),
        (Number("1.0"), "1.0"),
        (None, ""),
        ([], ""),
        ({}, ""),
    ],
)
def test_what_is_no_text_is_none(value: object, text: str) -> None:
    assert text_of(value) == text


def test_a_number_is_its_digits() -> None:
    assert number_of(Number("49.20")) == "49.20"
    assert [number_of(each) for each in ("49.20", True, None, {}, Number("9" * 501))] == [""] * 5


def test_objects_are_found_in_a_list_or_alone() -> None:
    assert object_of([]) == {}
    assert list(objects_of([{"a": "b"}, 1, None, {}])) == [{"a": "b"}, {}]
    assert list(objects_of({"a": "b"})) == [{"a": "b"}]
    assert list(objects_of("a")) == []


@pytest.mark.parametrize(
    ("concept", "words"),
    [
        ({"text": "体重", "coding": [{"display": "Body Weight"}]}, "体重"),
        ({"coding": [{"code": "1"}, {"display": "Body Weight"}]}, "Body Weight"),
        ({"coding": [{"code": "1"}]}, "1"),
        ({"code": "AMB"}, "AMB"),
        ({"code": "AMB", "display": "ambulatory"}, "ambulatory"),
        ({"text": 7, "coding": "a"}, ""),
        ("a", ""),
    ],
)
def test_a_concept_is_told_by_the_nearest_words(concept: object, words: str) -> None:
    assert words_of(concept) == words


def test_a_concepts_code_is_loincs_if_there_is_one() -> None:
    local, loinc = {"system": "urn:x", "code": "9"}, {"system": LOINC, "code": "8302-2"}
    assert code_of({"coding": [local, loinc]}) == Code(LOINC, "8302-2")
    assert code_of({"coding": [local]}) == Code("urn:x", "9")
    assert code_of({"code": "AMB"}) == Code("", "AMB")
    assert code_of({"coding": [{"display": "a"}]}) is None
    assert code_of(None) is None


def test_a_quantity_is_told_with_its_comparator_and_unit() -> None:
    assert quantity_of({**quantity("5.0", "mg"), "comparator": "<"}) == "< 5.0 mg"
    assert quantity_of({"value": Number("5"), "code": "mg"}) == "5 mg"
    assert quantity_of(None) == ""
    assert unit_of({"unit": "毫克", "code": "mg"}) == "毫克"


@pytest.mark.parametrize(
    ("range_", "words"),
    [
        ({"low": quantity("3.5"), "high": quantity("5.10", "mmol/L")}, "3.5 – 5.10 mmol/L"),
        ({"low": quantity("3.5", "mmol/L")}, "≥ 3.5 mmol/L"),
        ({"high": quantity("5")}, "≤ 5"),
        ({"text": "阴性", "high": quantity("5")}, "阴性"),
        ({}, ""),
        ({"low": "3"}, ""),
        (None, ""),
    ],
)
def test_a_range_is_told_by_its_ends(range_: object, words: str) -> None:
    assert range_of(range_) == words


@pytest.mark.parametrize(
    ("text", "ms", "order"),
    [
        ("1970-01-01T08:00:01+08:00", 1_000, 1_000),
        ("1956-04-17T15:26:37-08:00", -432_520_403_000, -432_520_403_000),
        ("1970-01-02", None, 57_600_000),
        ("1970-02", None, 31 * 86_400_000 - 28_800_000),
        ("1971", None, 365 * 86_400_000 - 28_800_000),
        ("1970-02-30", None, None),
        ("0000", None, None),
        ("yesterday", None, None),
        ("1970-01-01T08:00", None, None),
    ],
)
def test_a_time_is_a_moment_a_day_or_only_its_text(
    text: str, ms: int | None, order: int | None
) -> None:
    time = time_of(text)
    assert (time.text, time.ms, time.order) == (text, ms, order)


@pytest.mark.parametrize("value", [None, 5, [], {}, True, Number("1970")])
def test_what_is_no_time_is_no_moment(value: object) -> None:
    assert time_of(value).ms is None


def test_a_period_has_two_ends() -> None:
    period = {"start": "2026", "end": "2027"}
    assert (start_of(period).text, end_of(period).text) == ("2026", "2027")
    assert (start_of("2026").text, end_of("2026").text) == ("2026", "")


def test_a_reference_is_told_by_its_words_or_its_number() -> None:
    both = {"display": "Dr. Wang", "reference": "Practitioner/a"}
    assert reference_of(both) == Reference("Dr. Wang", "Practitioner/a")
    assert reference_of({"identifier": {"value": "7"}}) == Reference("7", "")
    assert reference_of([]) == Reference("", "")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (
            {"contentType": "text/plain", "data": "YQ==", "size": Number("9")},
            Attachment("", "text/plain", 1, True),
        ),
        ({"data": "YWI="}, Attachment("", "", 2, True)),
        ({"data": "YWJj"}, Attachment("", "", 3, True)),
        ({"url": "https://x", "size": Number("9")}, Attachment("", "", 9, False)),
        ({"title": "片子", "size": Number("-9")}, Attachment("片子", "", None, False)),
        ({"size": Number("9" * 99), "data": 7}, Attachment("", "", None, False)),
        (None, Attachment("", "", None, False)),
    ],
)
def test_an_attachment_is_told_by_type_and_size(value: object, shown: Attachment) -> None:
    assert attachment_of(value) == shown
