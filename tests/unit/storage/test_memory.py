"""The simulated disk forgets what was not synced, and nothing else."""

import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from primitives.errors import NodeFault
from storage.memory import (
    MemoryDatabases,
    MemoryDisk,
    MemoryFiles,
    keep_prefix,
)

Uses = tuple[Callable[[], object], ...]


@given(st.binary(max_size=40), st.binary(max_size=40), st.integers(0, 2**32))
def test_a_crash_keeps_what_was_synced_and_some_prefix_of_the_rest(
    synced: bytes, unsynced: bytes, seed: int
) -> None:
    disk = MemoryDisk()
    log = MemoryFiles(disk).open_append("log")
    log.append(synced)
    log.sync()
    log.append(unsynced)
    source = random.Random(seed)
    disk.crash(keep_prefix(lambda size: source.randint(0, size)))
    left = MemoryFiles(disk).read("log")
    assert left is not None
    assert left.startswith(synced)
    assert (synced + unsynced).startswith(left)


def test_a_crash_can_tear_every_unsynced_byte_and_leave_garbage() -> None:
    disk = MemoryDisk()
    log = MemoryFiles(disk).open_append("log")
    log.append(b"kept")
    log.sync()
    log.append(b"lost")
    disk.crash(lambda path, unsynced: bytes(len(unsynced)) if path == "log" else unsynced)
    assert MemoryFiles(disk).read("log") == b"kept\0\0\0\0"


def test_names_atomic_writes_and_batches_survive_a_crash() -> None:
    disk = MemoryDisk()
    files, databases = MemoryFiles(disk), MemoryDatabases(disk)
    files.open_append("made")
    files.write_atomically("old", b"1")
    files.rename("old", "new")
    files.write_atomically("gone", b"2")
    files.remove("gone")
    database = databases.create("state")
    database.write([(b"a", b"1")])
    disk.crash(keep_prefix(lambda _: 0))
    assert MemoryFiles(disk).list("") == ["made", "new"]
    assert MemoryFiles(disk).read("new") == b"1"
    assert MemoryDatabases(disk).open("state").get(b"a") == b"1"


def test_nobody_uses_after_a_crash_what_he_held_before() -> None:
    disk = MemoryDisk()
    files = MemoryFiles(disk)
    log = files.open_append("log")
    database = MemoryDatabases(disk).create("state")
    snapshot = database.snapshot()
    disk.crash(keep_prefix(lambda size: size))
    uses: Uses = (
        lambda: log.append(b"x"),
        log.sync,
        lambda: files.read("log"),
        lambda: files.write_atomically("x", b""),
        lambda: database.get(b"a"),
        lambda: database.write([]),
        lambda: snapshot.get(b"a"),
    )
    for use in uses:
        with pytest.raises(NodeFault, match=r"storage\.closed"):
            use()
    database.close()
    snapshot.release()
    MemoryDatabases(disk).open("state")


def test_a_failed_write_breaks_the_port_for_good() -> None:
    disk = MemoryDisk()
    files = MemoryFiles(disk)
    database = MemoryDatabases(disk).create("state")
    log = files.open_append("log")
    disk.fault = lambda _place, _size: 2
    first: Uses = (lambda: log.append(b"abcd"), lambda: database.write([(b"a", b"1234")]))
    for use in first:
        with pytest.raises(NodeFault, match=r"storage\.write_failed.*No space left"):
            use()
    disk.fault = lambda _place, _size: None
    assert files.read("log") == b"ab"
    later: Uses = (
        lambda: log.append(b"x"),
        lambda: files.write_atomically("y", b""),
        lambda: files.rename("log", "z"),
        lambda: files.remove("log"),
        lambda: database.write([(b"a", b"1")]),
    )
    for again in later:
        with pytest.raises(NodeFault, match=r"storage\.write_failed"):
            again()
    assert database.get(b"a") is None


@pytest.mark.parametrize(
    "use",
    [
        lambda files: files.write_atomically("log", b"new"),
        lambda files: files.rename("log", "z"),
        lambda files: files.remove("log"),
        lambda files: files.open_append("log").sync(),
    ],
)
def test_a_write_that_fails_leaves_the_file_as_it_was(
    use: Callable[[MemoryFiles], object],
) -> None:
    disk = MemoryDisk()
    files = MemoryFiles(disk)
    files.write_atomically("log", b"old")
    disk.fault = lambda _place, _size: 0
    with pytest.raises(NodeFault, match=r"storage\.write_failed"):
        use(files)
    assert files.list("") == ["log"]
    assert files.read("log") == b"old"


def test_a_batch_whose_sync_failed_may_be_there_afterwards() -> None:
    disk = MemoryDisk()
    database = MemoryDatabases(disk).create("state")
    disk.fault = lambda _place, size: size
    with pytest.raises(NodeFault, match=r"storage\.write_failed"):
        database.write([(b"a", b"1")])
    disk.crash(keep_prefix(lambda _: 0))
    assert MemoryDatabases(disk).open("state").get(b"a") == b"1"
