"""Sealed documents: leaves, commitment, openings."""

import json
from hashlib import sha256

import msgpack
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.documents import (
    DOCUMENT_SIZE_MAX,
    Leaf,
    apart_from_attachments,
    ciphertext_hash,
    commitment,
    commitment_of_opening,
    leaf_data,
    leaf_hash,
    leaf_views_of,
    leaves_of,
    open_document,
    open_leaf,
    salt_of,
    seal_document,
    seal_document_parts,
    sealed_size_class,
)
from primitives import merkle, sealing
from primitives.errors import PeerFault
from primitives.hashing import tagged_hash
from tests.support.refusals import refused
from tests.support.vectors import DATA

SEED = bytes(range(32))
TEXT = (
    '{"payer" : "马娜", "totalAmt":136.00,"listDetail": [ {"amt": "1.00"}, {"amt":"2"} ]}'.encode()
)


def test_each_field_and_each_line_of_a_list_is_a_leaf_in_the_order_of_the_text() -> None:
    assert leaves_of(TEXT) == [
        Leaf("payer", '"马娜"'),
        Leaf("totalAmt", "136.00"),
        Leaf("listDetail/0", '{"amt": "1.00"}'),
        Leaf("listDetail/1", '{"amt":"2"}'),
    ]


def test_a_leaf_is_plain_messagepack_of_path_value_and_salt() -> None:
    salt = salt_of(SEED, "payer")
    assert len(salt) == 16
    assert leaf_data("payer", '"马娜"', salt) == msgpack.packb(["payer", '"马娜"', salt])


def test_the_commitment_covers_the_count_and_the_tree() -> None:
    leaves = leaves_of(TEXT)
    hashes = [merkle.leaf_hash(leaf_data(*leaf, salt_of(SEED, leaf.path))) for leaf in leaves]
    expected = tagged_hash(b"document-root", (4).to_bytes(8, "big"), merkle.root(hashes))
    assert commitment(leaves, SEED) == expected


@given(st.integers(1, 40), st.data())
def test_any_leaf_opens_to_the_commitment(count: int, data: st.DataObject) -> None:
    leaves = [Leaf(f"list/{index}", str(index)) for index in range(count)]
    index = data.draw(st.integers(0, count - 1))
    opening = open_leaf(leaves, SEED, index)
    assert opening.path == f"list/{index}"
    assert commitment_of_opening(opening) == commitment(leaves, SEED)


def test_a_changed_character_changes_the_commitment() -> None:
    changed = TEXT.replace(b"136.00", b"136.0")
    assert commitment(leaves_of(changed), SEED) != commitment(leaves_of(TEXT), SEED)


def test_the_seed_hides_equal_texts() -> None:
    leaves = leaves_of(TEXT)
    assert commitment(leaves, bytes(32)) != commitment(leaves, SEED)


def test_a_document_opens_with_its_key_alone() -> None:
    key = sha256(b"key").digest()
    ciphertext = seal_document(TEXT, seed=SEED, key=key)
    opened = open_document(ciphertext, key)
    assert (opened.seed, opened.text) == (SEED, TEXT)
    with refused("sealing.damaged", error=PeerFault):
        open_document(ciphertext, bytes(32))


def test_a_ciphertext_is_named_by_its_tagged_hash() -> None:
    assert ciphertext_hash(b"sealed") == tagged_hash(b"ciphertext", b"sealed")


@pytest.mark.parametrize(
    "text", [b"", b"[]", b"{", b'{"a":NaN}', b'{"a":"\xff"}', b'{"a":' + b"[" * 5000]
)
def test_what_is_no_json_object_has_no_leaves(text: bytes) -> None:
    with refused("document.malformed", error=PeerFault):
        leaves_of(text)


@pytest.mark.parametrize("text", [b'{"a":1,"a":2}', b'{"a":[{"b":1,"b":1}]}', b'{"a/0":1}'])
def test_a_text_whose_leaves_could_be_read_two_ways_has_none(text: bytes) -> None:
    with refused("document.malformed", error=PeerFault):
        leaves_of(text)


def test_an_empty_list_is_a_leaf_of_its_own() -> None:
    assert leaves_of(b'{"a":[],"b":1}') == [Leaf("a", "[]"), Leaf("b", "1")]


def test_a_text_beyond_18_mib_is_refused_unread() -> None:
    with refused("document.too_long", error=PeerFault):
        leaves_of(b"x" * (DOCUMENT_SIZE_MAX + 1))
    with refused("document.too_long", error=PeerFault):
        seal_document_parts([], DOCUMENT_SIZE_MAX + 1, seed=SEED, key=SEED)


def test_a_leaf_lies_where_it_stands_in_the_text() -> None:
    views = leaf_views_of(TEXT)
    assert [(path, bytes(value).decode()) for path, value in views] == leaves_of(TEXT)
    assert commitment(views, SEED) == commitment(leaves_of(TEXT), SEED)


@given(st.text(max_size=3) | st.sampled_from(["x" * size for size in (31, 32, 255, 256, 70_000)]))
def test_a_leaf_is_hashed_in_parts_as_it_is_whole(value: str) -> None:
    salt = salt_of(SEED, "payer")
    whole = merkle.leaf_hash(msgpack.packb(["payer", value, salt]))
    assert leaf_hash("payer", value.encode(), salt) == whole


@pytest.mark.parametrize(
    "text",
    [
        b'{"a":1, "a":2}',
        b'{"a":1,"\\u0061":2}',
        b'{"\\u0061":1,"a":2}',
        b'{"a":[1,{"b":1,"b":2}],"c":1}',
        b'{"a" :1,"b":[{"c":{"d":1,"d":1}}]}',
    ],
)
def test_a_key_that_stands_twice_is_found_however_it_is_written(text: bytes) -> None:
    with refused("document.malformed", error=PeerFault):
        leaves_of(text)


@given(st.dictionaries(st.text(max_size=4), st.integers() | st.lists(st.integers()), max_size=5))
def test_blanks_change_neither_paths_nor_commitment(fields: dict[str, object]) -> None:
    fields = {path: value for path, value in fields.items() if "/" not in path}
    plain = msgspec.json.encode(fields)
    spaced = json.dumps(fields, separators=(" ,", " : ")).encode()
    assert [leaf.path for leaf in leaves_of(plain)] == [leaf.path for leaf in leaves_of(spaced)]
    assert commitment(leaves_of(plain), SEED) == commitment(leaves_of(spaced), SEED)


@given(st.lists(st.binary(max_size=70_000), max_size=4))
def test_a_text_sealed_in_parts_opens_as_the_whole(parts: list[bytes]) -> None:
    key, whole = sha256(b"key").digest(), b"".join(parts)
    sealed = b"".join(seal_document_parts(parts, len(whole), seed=SEED, key=key))
    assert len(sealed) > sealed_size_class(len(whole)) >= len(whole)
    assert open_document(sealed, key).text == whole


@pytest.mark.parametrize(
    "plaintext",
    [
        b"",
        b"\x93\x01\xc4\x20" + SEED,
        b"\x93\x01\xc4\x20" + SEED + b"\xc4\x05text",
        b"\x93\x01\xc4\x20" + SEED + b"\xc4\x03text",
        b"\x93\x01\xc4\x20" + SEED + b"\xc5\x00\x04text",
        b"\x93\x02\xc4\x20" + SEED + b"\xc4\x04text",
        b"\x92\x01\xc4\x20" + SEED + b"\xc4\x04text",
        b"\x93\x01\xc4\x20" + SEED + b"\xc6\x7f\xff\xff\xfftext",
    ],
)
def test_what_was_sealed_and_is_no_document_does_not_open(plaintext: bytes) -> None:
    key = sha256(b"key").digest()
    with refused("codec.malformed", error=PeerFault):
        open_document(sealing.seal(plaintext, key), key)


def test_a_whole_day_of_a_hospital_is_put_into_leaves_that_hold_every_character() -> None:
    for line in (DATA / "hospital-day.jsonl").read_bytes().splitlines():
        for leaf in leaves_of(line):
            assert leaf.value.encode() in line


def test_a_long_attachment_is_left_out_of_what_is_parsed_and_not_copied() -> None:
    data = b"QUJD" * 1_000
    value = b'{"data":"' + data + b'","more":["' + data[:1_020] + b'",1.50]}'
    short, attachments = apart_from_attachments(value)
    assert short == '{"data":"","more":["' + data[:1_020].decode() + '",1.50]}'
    assert [bytes(each) for each in attachments] == [b'"' + data + b'"']
    assert all(each.obj is value for each in attachments)
