"""The limits, held against texts made to cost more than they weigh."""

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.fhir_limits import BUNDLE_SIZE_MAX, DEPTH_MAX, require_depth, require_limits
from tests.support.refusals import refused


def nested(levels: int) -> bytes:
    return b'{"a":' * (levels - 1) + b"{}" + b"}" * (levels - 1)


def test_as_many_levels_as_are_allowed_pass_and_one_more_does_not() -> None:
    require_limits(nested(DEPTH_MAX))
    with refused("record.too_deep"):
        require_limits(nested(DEPTH_MAX + 1))


@pytest.mark.parametrize("levels", [500, 100_000])
def test_depth_is_refused_however_deep(levels: int) -> None:
    with refused("record.too_deep"):
        require_limits(nested(levels))
    with refused("record.too_deep"):
        require_limits(b"[" * levels)


def test_sixteen_mebibytes_are_read_and_a_byte_more_is_not() -> None:
    require_limits(b'"' + b"x" * (BUNDLE_SIZE_MAX - 2) + b'"')
    with refused("record.too_large"):
        require_limits(b"x" * (BUNDLE_SIZE_MAX + 1))


def test_too_many_entries_are_refused_before_a_parser_sees_them() -> None:
    with refused("record.too_many_entries", "entry"):
        require_limits(b'{"entry":[' + b"1," * 30_000 + b"1]}")


def test_more_closed_than_opened_is_malformed() -> None:
    with refused("record.not_fhir"):
        require_limits(b"{}}")


@given(st.text(st.sampled_from('\\"[{a'), max_size=40), st.integers(65_500, 65_560))
def test_brackets_in_texts_count_nothing_wherever_a_piece_ends(inside: str, before: int) -> None:
    told = inside.replace("\\", "\\\\").replace('"', '\\"').encode()
    require_depth(b" " * before + b'{"' + told * 3 + b'":1}')
    with refused("record.too_deep"):
        require_depth(b" " * before + b'{"' + told * 3 + b'":' + nested(DEPTH_MAX) + b"}")


def test_a_hostile_text_costs_less_memory_than_it_weighs() -> None:
    hostile = b'{"a":[' + b"{}," * 5_000_000 + b"1]}"
    tracemalloc.start()
    with refused("record.too_many_entries"):
        require_limits(hostile)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < len(hostile) / 4
