"""A file of any size and form becomes lines with their numbers, bytes as they stand."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.his_file import BATCH_SIZE_MAX, LINE_SIZE_MAX, HisLine, batches, read_lines


def lines(data: bytes) -> list[HisLine]:
    return list(read_lines(io.BytesIO(data)))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", []),
        (b"a", [(1, b"a")]),
        (b"a\n", [(1, b"a")]),
        (b"a\r\nb\r\n", [(1, b"a"), (2, b"b")]),
        (b"a\n\n  \n\r\nb", [(1, b"a"), (5, b"b")]),
        (b"\xef\xbb\xbfa\n\xef\xbb\xbfb", [(1, b"a"), (2, b"\xef\xbb\xbfb")]),
        (b"\xff\xfe\n", [(1, b"\xff\xfe")]),
        (b" a \n", [(1, b" a ")]),
    ],
)
def test_only_what_ends_a_line_is_taken_off(data, expected):
    assert [(line.number, line.data) for line in lines(data)] == expected


@given(st.lists(st.binary(min_size=1, max_size=30).filter(lambda data: b"\n" not in data)))
def test_every_line_keeps_its_number(texts):
    texts = [b"x" + text.removesuffix(b"\r") for text in texts]
    found = lines(b"\n".join(texts))
    assert [(line.number, line.data) for line in found] == list(enumerate(texts, 1))


def test_a_line_without_end_is_reported_and_the_next_one_read():
    data = b"x" * (3 * LINE_SIZE_MAX) + b"\nafter\n"
    assert lines(data) == [HisLine(1, None), HisLine(2, b"after")]


def test_a_line_of_the_longest_length_is_read():
    assert lines(b"x" * (LINE_SIZE_MAX - 1) + b"\n")[0].data is not None
    assert lines(b"x" * LINE_SIZE_MAX)[0].data is not None


def test_a_batch_has_at_most_the_lines_and_bytes_that_a_request_carries():
    many = [HisLine(number, json.dumps(number).encode()) for number in range(450)]
    assert [len(batch) for batch in batches(iter(many), 200)] == [200, 200, 50]
    large = [HisLine(number, b"x" * LINE_SIZE_MAX) for number in range(9)]
    found = list(batches(iter(large), 200))
    assert [line for batch in found for line in batch] == large
    assert all(sum(len(line.data) for line in batch) <= BATCH_SIZE_MAX for batch in found)
