"""One byte form for each message; everything else is refused, and cheaply."""

from typing import Annotated

import msgpack
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from primitives.codec import AgencyId, Hash32, Message, UInt, decode, encode
from primitives.errors import PeerFault


class Note(Message, tag=7):
    """A message of the tests."""

    height: UInt
    author: AgencyId
    words: Annotated[
        tuple[Annotated[str, msgspec.Meta(max_length=5)], ...], msgspec.Meta(max_length=3)
    ]
    hash: Hash32


class Point(Message, tag=8):
    """Another one."""

    x: int
    inner: "Point | None" = None


NOTE = Note(300, "hospital", ("票", "b"), bytes(32))


def _refusal(data, type_=Note, size_max=1000):
    with pytest.raises(PeerFault) as caught:
        decode(data, type_, size_max)
    return caught.value.code


def test_a_message_is_an_array_that_opens_with_its_tag():
    assert msgpack.unpackb(encode(NOTE)) == [7, 300, "hospital", ["票", "b"], bytes(32)]


def test_what_an_independent_packer_writes_is_read():
    packed = msgpack.packb([7, 300, "hospital", ["票", "b"], bytes(32)])
    assert decode(packed, Note, 1000) == NOTE


def test_a_union_is_told_apart_by_tag():
    assert decode(encode(Point(1)), Note | Point, 100) == Point(1)
    assert decode(encode(NOTE), Note | Point, 100) == NOTE


@given(
    st.builds(
        Note,
        st.integers(0, 2**63 - 1),
        st.from_regex(r"[a-z][a-z0-9-]{1,30}\Z", fullmatch=True),
        st.lists(st.text(max_size=5), max_size=3).map(tuple),
        st.binary(min_size=32, max_size=32),
    )
)
def test_what_was_written_is_read_back(note):
    assert decode(encode(note), Note, 1000) == note


@given(st.binary(max_size=60))
def test_no_bytes_at_all_bring_anything_but_a_message_or_a_refusal(data):
    try:
        message = decode(data, Note | Point, 1000)
    except PeerFault:
        return
    assert encode(message) == data


@pytest.mark.parametrize(
    "data",
    [
        b"\x92\x08\xcd\x00\x01",  # 1 as two bytes
        b"\x92\x08\xcc\x01",  # 1 as one byte with a head
        b"\xdc\x00\x03\x08\x01\xc0",  # a short array with a long head
        b"\x92\xcc\x08\x01",  # the tag itself
        b"\x92\x08\x01",  # the same point has a longer, full form
    ],
)
def test_a_second_form_of_the_same_message_is_refused(data):
    assert _refusal(data, Point) == "codec.not_canonical"


@pytest.mark.parametrize(
    "value",
    [
        [9, 300, "hospital", [], bytes(32)],
        [7, 300, "hospital", [], bytes(32), 1],
        [7, 300, "hospital", []],
        [7, -1, "hospital", [], bytes(32)],
        [7, 2**63, "hospital", [], bytes(32)],
        [7, 1.0, "hospital", [], bytes(32)],
        [7, True, "hospital", [], bytes(32)],
        [7, 300, "Hospital", [], bytes(32)],
        [7, 300, "hospital\n", [], bytes(32)],
        [7, 300, "hospital", ["abcdef"], bytes(32)],
        [7, 300, "hospital", ["a"] * 4, bytes(32)],
        [7, 300, "hospital", [], bytes(31)],
        [7, 300, "hospital", [], "0" * 32],
        {"height": 300},
        None,
    ],
)
def test_what_breaks_a_type_or_a_limit_is_refused(value):
    assert _refusal(msgpack.packb(value)) == "codec.malformed"


def test_bytes_before_after_or_missing_are_refused():
    data = encode(NOTE)
    assert _refusal(data + b"\x00") == "codec.malformed"
    assert _refusal(data[:-1]) == "codec.malformed"
    assert _refusal(b"") == "codec.malformed"
    assert _refusal(b"\xc1") == "codec.malformed"


def test_text_that_is_not_utf_8_is_refused():
    assert _refusal(b"\x95\x07\x01\xa2\xff\xfe\x90\xc4\x20" + bytes(32)) == "codec.malformed"


def test_a_message_over_its_limit_is_refused_unread():
    assert _refusal(b"\xc1" * 101, size_max=100) == "codec.too_long"


def test_depth_does_not_end_the_process():
    assert _refusal(b"\x93\x08\x01" * 30_000 + b"\xc0", Point, 10**6) == "codec.malformed"
