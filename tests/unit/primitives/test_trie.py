"""The trie's hashes, as the format says them."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from primitives.trie import (
    branch_hash,
    branch_record_hash,
    key_of,
    leaf_hash,
    nibbles_of,
    value_hash,
)


@given(st.binary(max_size=120))
def test_a_key_and_its_nibbles_lead_to_each_other(key):
    nibbles = nibbles_of(key)
    assert len(nibbles) == 2 * len(key)
    assert all(nibble < 16 for nibble in nibbles)
    assert key_of(nibbles) == key


def test_the_high_nibble_comes_first():
    assert nibbles_of(b"\x12\xaf") == b"\x01\x02\x0a\x0f"


def test_an_odd_number_of_nibbles_is_no_key():
    with pytest.raises(ValueError, match="fromhex"):
        key_of(b"\x01")


def test_a_leaf_is_hashed_with_the_length_of_its_key():
    expected = hashlib.sha256(b"\x02\x00\x02ab" + hashlib.sha256(b"value").digest()).digest()
    assert leaf_hash(b"ab", value_hash(b"value")) == expected
    assert leaf_hash(b"a", b"b" + bytes(31)) != leaf_hash(b"ab", bytes(32))


def test_a_branch_is_hashed_with_its_whole_path_and_its_children_in_order():
    one, two = bytes([1]) * 32, bytes([2]) * 32
    expected = hashlib.sha256(b"\x03\x00\x02\x06\x01\x00\x06" + one + two).digest()
    assert branch_hash(b"\x06\x01", 0b110, [one, two]) == expected
    assert branch_record_hash(b"\x06\x01", b"\x00\x06" + one + two) == expected
    assert branch_hash(b"\x06\x01", 0b110, [two, one]) != expected
    assert branch_hash(b"\x06", 0b110, [one, two]) != expected
