"""Who voted at a height is what the row below it says, and the genesis before the first row."""

import pytest

from ledger.validators import ValidatorEntry
from node.set_history import SetHistory, decode_set, encode_set
from primitives.errors import NodeFault, PeerFault
from storage import keys


def entries(*names: str) -> tuple[ValidatorEntry, ...]:
    return tuple(ValidatorEntry(name, 1, name.encode().ljust(32)) for name in names)


FIRST, SECOND, THIRD = entries("aa", "bb"), entries("aa", "bb", "cc"), entries("bb", "cc")


def history() -> tuple[SetHistory, dict[bytes, bytes]]:
    rows = {keys.set_change_key(4): encode_set(SECOND)}
    return SetHistory(FIRST, [4], rows.get), rows


def test_a_set_votes_from_the_height_after_its_row():
    known, rows = history()
    assert [known.at(height) for height in (0, 1, 4, 5, 10**9)] == [FIRST] * 3 + [SECOND] * 2
    rows[keys.set_change_key(7)] = encode_set(THIRD)
    known.add(7)
    assert [known.at(height) for height in (7, 8)] == [SECOND, THIRD]


def test_changes_are_told_up_to_a_height():
    known, _ = history()
    known.add(7)
    assert [list(known.changes(last)) for last in (3, 4, 6, 7)] == [[], [4], [4], [4, 7]]


def test_a_row_that_is_gone_is_damage():
    known, rows = history()
    rows.clear()
    with pytest.raises(NodeFault) as caught:
        known.at(5)
    assert caught.value.code == "store.damaged"


def test_a_row_is_read_in_its_one_form():
    assert decode_set(encode_set(SECOND)) == SECOND
    with pytest.raises(PeerFault):
        decode_set(encode_set(SECOND) + b"\x00")
