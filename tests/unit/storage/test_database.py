"""What every `Database` promises, held against LevelDB and its memory twin alike."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from primitives.errors import NodeFault
from storage.database import Database, Reader, Row, prefix_end
from tests.support.disk import Machine, memory_machine, real_machine


@pytest.fixture
def database(machine: Machine) -> Iterator[Database]:
    opened = machine.databases.create("state")
    yield opened
    opened.close()


def test_what_was_put_is_read_back_and_what_was_not_is_none(database: Database) -> None:
    database.write([(b"a", b"1"), (b"b", b""), (b"\x00\xff", b"\x00")])
    assert database.get(b"a") == b"1"
    assert database.get(b"b") == b""
    assert database.get(b"\x00\xff") == b"\x00"
    assert database.get(b"c") is None


def test_a_batch_puts_and_deletes_and_its_last_word_counts(database: Database) -> None:
    database.write([(b"a", b"1"), (b"b", b"2")])
    database.write([(b"a", None), (b"b", b"3"), (b"b", b"4"), (b"c", b"5"), (b"c", None)])
    assert list(database.scan(b"", None)) == [(b"b", b"4")]


def test_an_empty_batch_changes_nothing(database: Database) -> None:
    database.write([])
    assert list(database.scan(b"", None)) == []


def test_a_scan_includes_its_start_and_excludes_its_stop(database: Database) -> None:
    database.write([(bytes([n]), b"v") for n in range(10)])
    assert [k[0] for k, _ in database.scan(b"\x02", b"\x05")] == [2, 3, 4]
    assert [k[0] for k, _ in database.scan(b"\x02", b"\x05", reverse=True)] == [4, 3, 2]
    assert [k[0] for k, _ in database.scan(b"\x02", b"\x05", limit=2)] == [2, 3]
    assert [k[0] for k, _ in database.scan(b"\x02", b"\x05", limit=2, reverse=True)] == [4, 3]
    assert list(database.scan(b"\x02", b"\x05", limit=0)) == []
    assert list(database.scan(b"\x05", b"\x02")) == []


def test_a_backward_scan_finds_a_single_row(database: Database) -> None:
    database.write([(b"a", b"1"), (b"b", b"2"), (b"d", b"3")])
    for start, stop in ((b"b", b"c"), (b"b", b"bb"), (b"aa", b"d")):
        assert list(database.scan(start, stop, reverse=True)) == [(b"b", b"2")]
    assert list(database.scan(b"d", None, reverse=True)) == [(b"d", b"3")]
    assert list(database.scan(b"e", None, reverse=True)) == []


def test_a_scan_shows_the_rows_as_they_were_when_it_began(database: Database) -> None:
    database.write([(b"a", b"1"), (b"b", b"2")])
    rows = database.scan(b"", None)
    database.write([(b"a", b"9"), (b"b", None), (b"c", b"3")])
    assert list(rows) == [(b"a", b"1"), (b"b", b"2")]


def test_a_snapshot_never_changes(database: Database) -> None:
    database.write([(b"a", b"1"), (b"b", b"2")])
    snapshot = database.snapshot()
    database.write([(b"a", None), (b"b", b"3"), (b"c", b"4")])
    database.write([(b"a", b"5")])
    assert list(snapshot.scan(b"", None)) == [(b"a", b"1"), (b"b", b"2")]
    assert (snapshot.get(b"a"), snapshot.get(b"c")) == (b"1", None)
    assert list(snapshot.scan(b"", None, reverse=True, limit=1)) == [(b"b", b"2")]
    snapshot.release()
    snapshot.release()
    assert database.get(b"a") == b"5"


def test_a_released_snapshot_and_a_closed_database_refuse_all_work(database: Database) -> None:
    snapshot = database.snapshot()
    snapshot.release()
    with pytest.raises(NodeFault, match=r"storage\.closed"):
        snapshot.get(b"a")
    database.close()
    database.close()
    for use in (
        lambda: database.get(b"a"),
        lambda: database.scan(b"", None),
        lambda: database.write([(b"a", b"1")]),
        lambda: database.snapshot(),
    ):
        with pytest.raises(NodeFault, match=r"storage\.closed"):
            use()


def test_rows_outlive_a_closing(machine: Machine) -> None:
    first = machine.databases.create("state")
    first.write([(b"a", b"1")])
    first.close()
    second = machine.databases.open("state")
    assert second.get(b"a") == b"1"
    second.close()


def test_a_database_is_created_once_opened_once_and_never_made_by_opening(
    machine: Machine,
) -> None:
    with pytest.raises(NodeFault, match=r"store\.missing") as missing:
        machine.databases.open("state")
    assert missing.value.exit_code == 78
    database = machine.databases.create("state")
    with pytest.raises(NodeFault, match=r"store\.exists") as exists:
        machine.databases.create("state")
    with pytest.raises(NodeFault, match=r"store\.locked") as locked:
        machine.databases.open("state")
    assert (exists.value.exit_code, locked.value.exit_code) == (78, 78)
    database.close()
    machine.databases.open("state").close()


_KEYS = st.binary(min_size=1, max_size=3)
_BATCHES = st.lists(
    st.lists(st.tuples(_KEYS, st.none() | st.binary(max_size=4)), max_size=8), max_size=6
)


@settings(max_examples=50, deadline=None)
@given(batches=_BATCHES, start=_KEYS, stop=st.none() | _KEYS, reverse=st.booleans())
def test_the_twins_answer_alike_and_as_a_dictionary_does(
    batches: list[list[Row]], start: bytes, stop: bytes | None, reverse: bool
) -> None:
    expected: dict[bytes, bytes] = {}
    with tempfile.TemporaryDirectory() as folder:
        machines = (real_machine(Path(folder)), memory_machine())
        twins = [machine.databases.create("state") for machine in machines]
        snapshots: list[tuple[list[Reader], dict[bytes, bytes]]] = []
        for batch in batches:
            views: list[Reader] = [twin.snapshot() for twin in twins]
            snapshots.append((views, dict(expected)))
            for key, value in batch:
                expected.pop(key, None)
                expected |= {} if value is None else {key: value}
            for twin in twins:
                twin.write(batch)
        snapshots.append((list(twins), expected))
        for readers, content in snapshots:
            rows = sorted(content.items(), reverse=reverse)
            within = [r for r in rows if r[0] >= start and (stop is None or r[0] < stop)]
            for reader in readers:
                assert list(reader.scan(start, stop, reverse=reverse)) == within
                assert all(reader.get(key) == content.get(key) for key in expected)
        for twin in twins:
            twin.close()


@given(st.binary(max_size=4), st.binary(max_size=6))
def test_the_end_of_a_prefix_parts_its_keys_from_all_others(prefix: bytes, key: bytes) -> None:
    end = prefix_end(prefix)
    inside = key >= prefix and (end is None or key < end)
    assert inside == key.startswith(prefix)
