"""JSON whose numbers keep their digits."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.fhir_json import Number, fen_of, read_json, write_json
from tests.support.refusals import refused


def test_a_number_is_written_with_its_digits() -> None:
    value = {"a": Number("136.00"), "b": [True, Number("-1")], "c": '马"'}
    assert write_json(value).decode() == '{"a":136.00,"b":[true,-1],"c":"马\\""}'


@pytest.mark.parametrize("text", ["1e5", "NaN", "01", "", "1,5", "1]"])
def test_a_number_of_another_form_is_a_bug(text: str) -> None:
    with pytest.raises(AssertionError):
        write_json({"a": Number(text)})


def test_what_is_read_is_written_with_the_same_digits() -> None:
    data = b'{"a":[136.00,0.10,-27.200000000000003],"b":{}}'
    assert write_json(read_json(data, 100)) == data


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"[]", "fhir.malformed"),
        (b"", "fhir.malformed"),
        (b"\xff", "fhir.malformed"),
        (b'{"a":NaN}', "fhir.malformed"),
        (b'{"a":Infinity}', "fhir.malformed"),
        (b'{"a":1,"a":2}', "fhir.duplicate_key"),
        (b'{"a":' + b"[" * 90_000 + b"]" * 90_000 + b"}", "fhir.too_deep"),
        (b'{"a":' + b"[" * 40 + b"]" * 40 + b"}", "fhir.too_deep"),
        (b'{"a":"' + b"x" * 200_000 + b'"}', "fhir.too_long"),
    ],
)
def test_a_bad_document_is_refused(data: bytes, code: str) -> None:
    with refused(code):
        read_json(data, 190_000)


@pytest.mark.parametrize(
    ("text", "fen", "is_exact"),
    [
        ("0", 0, True),
        ("136.0", 13600, True),
        ("119.93", 11993, True),
        ("27.200000000000003", 2720, False),
        ("764.5899999999999", 76459, False),
        ("204.74400000000003", 20474, False),
        ("-0.005", -1, False),
        ("-1.10", -110, True),
    ],
)
def test_an_amount_becomes_fen_and_says_whether_it_was(text: str, fen: int, is_exact: bool) -> None:
    assert fen_of(Number(text), "a") == (fen, is_exact)


@pytest.mark.parametrize("value", ["1.00", Number("1e3"), Number("9" * 30), 1, True, None, []])
def test_what_is_no_plain_number_is_no_amount(value: object) -> None:
    with refused("fhir.wrong_type", "a.value"):
        fen_of(value, "a.value")


leaves = st.text(max_size=5) | st.booleans()
trees = st.recursive(
    leaves, lambda t: st.lists(t, max_size=3) | st.dictionaries(st.text(max_size=3), t, max_size=3)
)


@given(st.dictionaries(st.text(max_size=3), trees, max_size=3))
def test_any_json_reader_reads_what_is_written(value: dict[str, object]) -> None:
    assert json.loads(write_json(value)) == value  # type: ignore[arg-type]
