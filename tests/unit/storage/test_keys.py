"""The key table in the code is the one in the documentation, and the keys obey it."""

import re
from pathlib import Path

from storage import keys

DOCUMENT = Path(__file__).parents[3] / "docs" / "storage.md"


def test_the_documentation_shows_the_key_table() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    line = r"^\| `(blocks|state)` \| `(.)` \| (.*) \| (.*) \| (.*) \|$"
    rows = re.findall(line, text, re.MULTILINE)
    table = [
        (kind.database, kind.prefix.decode(), kind.key, kind.value, kind.writer)
        for kind in keys.TABLE
    ]
    assert rows == table


def test_every_key_begins_with_a_prefix_of_the_table() -> None:
    made = [
        keys.header_key(1),
        keys.certificate_key(1),
        keys.receipt_key(bytes(40)),
        keys.set_change_key(1),
        keys.leaf_key(b"p/"),
        keys.node_key(b""),
        keys.business_number_key("hospital", "1"),
        keys.payments_of_order_key("hospital", "1"),
        keys.META_HEAD,
    ]
    state = {kind.prefix for kind in keys.TABLE if kind.database == keys.STATE}
    assert {key[:1] for key in made} == state
    blocks = {kind.prefix for kind in keys.TABLE if kind.database == keys.BLOCKS}
    assert {keys.body_key(1, bytes(32))[:1], keys.META_STORE[:1]} == blocks


def test_prefixes_are_unique_within_a_database() -> None:
    pairs = [(kind.database, kind.prefix) for kind in keys.TABLE]
    assert len(pairs) == len(set(pairs))


def test_growing_numbers_sort_as_numbers() -> None:
    heights = [0, 1, 255, 256, 65_535, 65_536, 2**40]
    made = [keys.body_key(height, b"\xff" * 32) for height in heights]
    assert made == sorted(made)
    beside = [keys.proposed_header_key(height, b"\xff" * 32) for height in heights]
    both = [key for pair in zip(made, beside, strict=True) for key in pair]
    assert both == sorted(both), "a header stands between its body and the next"
    assert [keys.header_key(h) for h in heights] == sorted(keys.header_key(h) for h in heights)
