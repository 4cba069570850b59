"""Hashes of the trie, against the published layout byte by byte."""

from hashlib import sha256

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


def test_nibbles_stand_high_before_low():
    assert nibbles_of(b"\x1f\xa0") == bytes([1, 15, 10, 0])


@given(st.binary(max_size=60))
def test_nibbles_lead_back_to_their_key(key):
    assert key_of(nibbles_of(key)) == key


def test_a_leaf_hash_covers_the_length_of_its_key_the_key_and_its_value():
    value = sha256(b"value").digest()
    expected = sha256(b"\x02" + b"\x00\x02" + b"p/" + value).digest()
    assert leaf_hash(b"p/", value_hash(b"value")) == expected


def test_a_branch_hash_covers_path_bitmap_and_children():
    left, right = bytes([1]) * 32, bytes([2]) * 32
    expected = sha256(b"\x03" + b"\x00\x03" + bytes([6, 2, 15]) + b"\x80\x02" + left + right)
    assert branch_hash(bytes([6, 2, 15]), 1 << 1 | 1 << 15, [left, right]) == expected.digest()


def test_a_branch_hash_can_be_taken_from_the_stored_bytes():
    children = [bytes([i]) * 32 for i in range(3)]
    stored = (0b111).to_bytes(2, "big") + b"".join(children)
    assert branch_record_hash(b"\x06", stored) == branch_hash(b"\x06", 0b111, children)
