"""Every operation, leaf and signed word has a published example that plain MessagePack reads."""

import re
import typing

import msgpack
import nacl.signing
import pytest

from ledger.membership import Change
from ledger.operations import RULES, Operation, Result, tag_of
from ledger.state import VALUE_SIZE_MAX
from primitives.codec import Message, decode
from primitives.signing import Signed
from tests.support.format_tables import (
    FORMATS,
    LEDGER,
    format_tables,
    ledger_tables,
    page,
)
from tests.support.format_tables import LEAVES as KEYS
from tests.support.operation_vectors import TARGET, vectors_file
from tests.support.vectors import load_vectors

VECTORS = load_vectors("operations.json")
OPERATIONS, LEAVES, WORDS = (VECTORS[name] for name in ("operations", "leaves", "words"))
LEAF_TAGS = {
    "a": 1,
    "p": 2,
    "v": 3,
    "c": 4,
    "r": 5,
    "u": 6,
    "b": 7,
    "f": 8,
    "k": 9,
    "m": 10,
    "l": 11,
    "q": 12,
    "i": 13,
    "w": 13,
    "n": 14,
    "e": 15,
    "o": 16,
    "d": 17,
    "y": 18,
    "x": 19,
    "h": 20,
    "s": 21,
    "g": 22,
    "t": 23,
    "j": 24,
}
"""The tag of the fact under each first letter of a state key."""


def value_of(shown):
    """Return what JSON shows, bytes as bytes."""
    if isinstance(shown, dict):
        return bytes.fromhex(shown["hex"])
    return [value_of(item) for item in shown] if isinstance(shown, list) else shown


MESSAGES = [
    *((row["name"], row["operation"]) for row in OPERATIONS),
    *((f"result of {row['name']}", row["result"]) for row in OPERATIONS),
    *((row["key"], row["value"]) for row in LEAVES),
]


def test_the_vectors_are_what_the_code_makes_today() -> None:
    assert TARGET.read_text("utf-8") == vectors_file()


@pytest.mark.parametrize(
    "message", [row for _, row in MESSAGES], ids=[name for name, _ in MESSAGES]
)
def test_an_independent_reader_and_writer_agree(message: dict) -> None:
    data, value = bytes.fromhex(message["bytes"]), value_of(message["value"])
    assert msgpack.unpackb(data, raw=False) == value
    assert msgpack.packb(value, use_bin_type=True) == data


def test_every_operation_and_every_change_has_its_example() -> None:
    names = {row["name"] for row in OPERATIONS}
    changes = {f"Propose {kind.__name__}" for kind in typing.get_args(Change)}
    assert {kind.__name__ for kind in RULES} - {"Propose"} <= names
    assert changes <= names
    assert names - changes - {kind.__name__ for kind in RULES} == {"IssueBill with extras"}


@pytest.mark.parametrize("row", OPERATIONS, ids=lambda row: row["name"])
def test_an_example_is_what_its_name_says(row: dict) -> None:
    union: typing.Any = Operation
    operation = decode(bytes.fromhex(row["operation"]["bytes"]), union, VALUE_SIZE_MAX)
    assert row["name"].startswith(type(operation).__name__)
    assert row["operation"]["value"][0] == tag_of(type(operation))
    results: typing.Any = Result
    result = decode(bytes.fromhex(row["result"]["bytes"]), results, VALUE_SIZE_MAX)
    assert row["result"]["value"][0] in (0, tag_of(type(operation)))
    assert isinstance(result, Message)


def test_every_kind_of_leaf_has_its_example_with_its_tag() -> None:
    tags = {row["key"][0]: row["value"]["value"][0] for row in LEAVES}
    assert tags == LEAF_TAGS


def test_a_red_bill_and_its_range_show_amounts_below_nothing() -> None:
    values = {row["key"]: row["value"]["value"] for row in LEAVES}
    red = next(value for key, value in values.items() if key[0] == "b" and value[15] == 2)
    assert len(red) == 24
    assert all(amount <= 0 for amount in red[7])
    assert red[7][0] < 0
    tally = values["r/46060126/0000000001"][-1]
    assert tally[4] < 0


@pytest.mark.parametrize("row", WORDS, ids=lambda row: row["name"])
def test_every_word_is_ed25519_over_the_stated_bytes(row: dict) -> None:
    signed = bytes.fromhex(row["signed"])
    key = nacl.signing.VerifyKey(bytes.fromhex(row["public_key"]))
    assert key.verify(signed, bytes.fromhex(row["signature"])) == signed
    prefix = b"piaolian\x01" + bytes([row["kind"]]) + bytes.fromhex(VECTORS["chain"])
    assert signed.startswith(prefix)
    assert Signed[row["name"]] == row["kind"]


def test_the_pages_tables_are_what_the_structs_say() -> None:
    for path, between in ((FORMATS, format_tables()), (LEDGER, ledger_tables())):
        assert path.read_text("utf-8") == page(path, between), "run: make docs"


def test_the_page_has_every_tag_and_every_first_letter_of_a_state_key() -> None:
    text = FORMATS.read_text("utf-8")
    assert {key[0] for key, _ in KEYS} == LEAF_TAGS.keys()
    for kind in RULES:
        assert f"| {kind.__name__} | [{tag_of(kind)}, " in text


def test_the_page_names_every_kind_of_signed_string() -> None:
    text = " ".join(FORMATS.read_text("utf-8").split())
    listed = text[text.index("Kinds: 1 Proposal") : text.index("_signing_prefixes_")]
    assert {int(number) for number in re.findall(r"\b\d+\b", listed)} == {
        int(kind) for kind in Signed
    }
