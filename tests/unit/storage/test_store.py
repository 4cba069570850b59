"""The store is opened only when everything fits together, and never loses a block unseen."""

import os
import random
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from primitives.errors import NodeFault
from storage import keys
from storage.database import Row
from storage.head import HeadMarker
from storage.identity import Identity
from storage.leveldb import ENGINE
from storage.memory import MemoryDisk, keep_prefix
from storage.store import Store
from storage.votes import VoteLog
from tests.support.disk import (
    GENESIS,
    IDENTITY,
    Machine,
    block_head,
    block_rows,
    create_store,
    memory_machine,
    open_store,
    real_machine,
    write_block,
)


def test_a_new_store_has_the_genesis_an_empty_vote_log_and_its_names(machine: Machine) -> None:
    store = create_store(machine)
    assert store.last == store.head() == GENESIS
    assert store.leaf(b"p/") == b"parameters"
    store.close()
    assert VoteLog.open(machine.files, IDENTITY)[1].damage == ""
    store = open_store(machine)
    assert (store.identity, store.last) == (IDENTITY, GENESIS)
    store.close()
    with pytest.raises(NodeFault, match=r"store\.exists") as fault:
        create_store(machine)
    assert fault.value.exit_code == 78


def test_blocks_are_there_after_a_restart_and_every_kind_of_row_is_found(machine: Machine) -> None:
    store = create_store(machine)
    rows: list[Row] = [
        (keys.header_key(1), b"header"),
        (keys.certificate_key(1), b"certificate"),
        (keys.receipt_key(b"i" * 40), b"receipt"),
        (keys.leaf_key(b"b/1/"), b"leaf 1"),
        (keys.leaf_key(b"b/2/"), b"leaf 2"),
        (keys.leaf_key(b"c/"), b"other"),
        (keys.node_key(b"\x01\x02"), b"branch"),
        (keys.business_number_key("hospital", "MZ/1"), b"330601250000000001"),
    ]
    store.write_body(1, block_head(1).hash, b"body", b"header")
    store.write_body(1, bytes(32), b"body of a proposal that lost")
    store.write_block(block_head(1), rows)
    store.close()
    store = open_store(machine)
    assert store.last == store.head() == block_head(1)
    assert store.body(1, block_head(1).hash) == b"body"
    assert store.proposed_header(1, block_head(1).hash) == b"header"
    assert store.body(1, bytes(32)) == b"body of a proposal that lost"
    assert store.proposed_header(1, bytes(32)) is None
    assert store.body(2, bytes(32)) is None
    assert (store.header(1), store.certificate(1)) == (b"header", b"certificate")
    assert (store.header(2), store.certificate(2)) == (None, None)
    assert store.receipt(b"i" * 40) == b"receipt"
    assert store.node(b"\x01\x02") == b"branch"
    assert store.bill_of("hospital", "MZ/1") == b"330601250000000001"
    assert list(store.leaves(b"b/")) == [(b"b/1/", b"leaf 1"), (b"b/2/", b"leaf 2")]
    assert list(store.leaves(b"b/", after=b"b/1/")) == [(b"b/2/", b"leaf 2")]
    assert list(store.leaves(b"b/", limit=1)) == [(b"b/1/", b"leaf 1")]
    store.close()


def test_a_snapshot_stays_at_its_block(machine: Machine) -> None:
    store = create_store(machine)
    write_block(store, 1)
    with store.snapshot() as view:
        write_block(store, 2)
        assert view.head() == block_head(1)
        assert view.header(2) is None
    assert store.header(2) is not None
    store.close()


def test_blocks_are_written_in_order(machine: Machine) -> None:
    store = create_store(machine)
    with pytest.raises(AssertionError):
        store.write_block(block_head(2), [])
    store.close()


def test_a_marker_one_block_behind_is_moved_up(machine: Machine) -> None:
    store = create_store(machine)
    write_block(store, 1)
    before = machine.files.read("head/second"), machine.files.read("head/first")
    write_block(store, 2)
    store.close()
    for path, data in zip(("head/second", "head/first"), before, strict=True):
        machine.files.write_atomically(path, data or b"")
    store = open_store(machine)
    assert store.last == block_head(2)
    store.close()
    assert HeadMarker.open(machine.files, IDENTITY).head == block_head(2)


@pytest.mark.parametrize("marked", [GENESIS, block_head(4), block_head(30)])
def test_a_marker_ahead_or_two_behind_or_of_another_block_keeps_it_closed(
    machine: Machine, marked: object
) -> None:
    store = create_store(machine)
    for height in (1, 2, 3):
        write_block(store, height)
    store.close()
    HeadMarker.open(machine.files, IDENTITY).write(marked)  # type: ignore[arg-type]
    with pytest.raises(NodeFault, match=r"store\.damaged.*rows were lost") as fault:
        open_store(machine)
    assert fault.value.exit_code == 78


def _replace(machine: Machine, name: str, rows: list[Row]) -> None:
    database = machine.databases.open(name)
    database.write(rows)
    database.close()


@pytest.mark.parametrize("name", [keys.BLOCKS, keys.STATE])
@pytest.mark.parametrize(
    ("row", "code"),
    [
        ((keys.META_STORE, b"\xee" * 16), "store.foreign"),
        ((keys.META_STORE, None), "store.damaged"),
        ((keys.META_CHAIN, b"\xee" * 32), "store.foreign"),
        ((keys.META_SCHEMA, b"2"), "store.schema"),
        ((keys.META_SCHEMA, None), "store.schema"),
        ((keys.META_ENGINE, b"another 9"), "store.engine"),
    ],
)
def test_a_store_of_another_kind_or_owner_is_not_opened(
    machine: Machine, name: str, row: Row, code: str
) -> None:
    create_store(machine).close()
    _replace(machine, name, [row])
    with pytest.raises(NodeFault) as fault:
        open_store(machine)
    assert (fault.value.code, fault.value.exit_code) == (code, 78)


@pytest.mark.parametrize(
    ("name", "row"),
    [
        (keys.STATE, (keys.META_HEAD, None)),
        (keys.STATE, (keys.META_HEAD, b"short")),
        (keys.STATE, (keys.header_key(2), None)),
        (keys.STATE, (keys.certificate_key(2), None)),
        (keys.BLOCKS, (keys.body_key(2, block_head(2).hash), None)),
    ],
)
def test_a_store_without_its_last_block_is_not_opened(
    machine: Machine, name: str, row: Row
) -> None:
    store = create_store(machine)
    write_block(store, 1)
    write_block(store, 2)
    store.close()
    _replace(machine, name, [row])
    with pytest.raises(NodeFault, match=r"store\.damaged"):
        open_store(machine)


def test_a_store_of_another_chain_is_not_opened(machine: Machine) -> None:
    create_store(machine).close()
    with pytest.raises(NodeFault, match=r"store\.foreign.*another chain"):
        Store.open(machine.databases, machine.files, chain=bytes(32), engine=ENGINE)


def test_databases_of_two_stores_do_not_go_together(machine: Machine) -> None:
    create_store(machine).close()
    other = Identity(b"\xee" * 16, IDENTITY.chain)
    _replace(machine, keys.BLOCKS, [(keys.META_STORE, other.store_id)])
    _replace(machine, keys.STATE, [])
    with pytest.raises(NodeFault, match=r"store\.foreign.*different stores"):
        open_store(machine)


def test_a_refused_store_is_closed_again(machine: Machine) -> None:
    with pytest.raises(NodeFault, match=r"store\.missing"):
        open_store(machine)
    state = machine.databases.create(keys.STATE)
    state.close()
    with pytest.raises(NodeFault, match=r"store\.missing"):
        open_store(machine)
    machine.databases.open(keys.STATE).close()
    machine.databases.create(keys.BLOCKS).close()
    with pytest.raises(NodeFault, match=r"store\.damaged"):
        open_store(machine)
    machine.databases.open(keys.BLOCKS).close()


def _log(root: Path, name: str) -> Path:
    (log,) = (root / name).glob("*.log")
    return log


def _cut(path: Path, size: int) -> None:
    os.truncate(path, size)


def _manifest(root: Path, name: str) -> Path:
    return next((root / name).glob("MANIFEST-*"))


@pytest.mark.parametrize("name", [keys.BLOCKS, keys.STATE])
@pytest.mark.parametrize(
    "damage",
    [
        lambda root, name: _log(root, name).unlink(),
        lambda root, name: _cut(_log(root, name), 0),
        lambda root, name: _cut(_log(root, name), _log(root, name).stat().st_size // 2),
        lambda root, name: _cut(_log(root, name), _log(root, name).stat().st_size - 1),
        lambda root, name: (root / name / "CURRENT").unlink(),
        lambda root, name: _cut(_manifest(root, name), 0),
        lambda root, name: _cut(_manifest(root, name), 30),
        lambda root, name: _manifest(root, name).unlink(),
        lambda root, name: next((root / name).glob("*.ldb")).unlink(),
    ],
    ids=[
        "log deleted", "log empty", "log halved", "log one byte short", "CURRENT missing",
        "MANIFEST empty", "MANIFEST cut", "MANIFEST deleted", "table deleted",
    ],
)  # fmt: skip
def test_lost_files_never_open_as_an_older_or_empty_store(
    tmp_path: Path, name: str, damage: Callable[[Path, str], object]
) -> None:
    machine = real_machine(tmp_path)
    store = create_store(machine)
    write_block(store, 1)
    store.close()
    store = open_store(machine)
    write_block(store, 2)
    write_block(store, 3)
    store.close()
    damage(tmp_path, name)
    with pytest.raises(NodeFault, match=r"store\.damaged") as fault:
        open_store(machine)
    assert fault.value.exit_code == 78


@settings(max_examples=60, deadline=None)
@given(blocks=st.integers(1, 5), fail_at=st.integers(0, 30), stored=st.sampled_from([0, 1 << 30]))
def test_a_crash_anywhere_in_a_block_leaves_a_store_that_opens_with_every_finished_block(
    blocks: int, fail_at: int, stored: int
) -> None:
    machine = memory_machine()
    disk = machine.disk
    assert isinstance(disk, MemoryDisk)
    store = create_store(machine)
    calls = iter(range(10_000))
    disk.fault = lambda _place, _size: stored if next(calls) >= fail_at else None
    finished = 0
    with suppress(NodeFault):
        for height in range(1, blocks + 1):
            write_block(store, height)
            finished = height
    disk.fault = lambda _place, _size: None
    disk.crash(keep_prefix(lambda _: 0))
    store = open_store(machine)
    assert store.last.height in (finished, finished + 1)
    for height in range(1, store.last.height + 1):
        assert store.header(height) is not None
        assert store.body(height, block_head(height).hash) is not None
    store.close()


def test_made_up_blocks_are_the_same_for_the_same_seed() -> None:
    first, second = (list(block_rows(4, 3, random.Random(9))) for _ in range(2))
    assert first == second


def test_a_body_that_lost_is_deleted_when_the_next_block_is_final(machine: Machine) -> None:
    store = create_store(machine)
    loser = b"\xff" * 32
    store.write_body(1, loser, b"a body nobody decided", b"its header")
    write_block(store, 1)
    assert store.body(1, loser) is not None
    store.write_body(2, loser, b"a body still in the race")
    write_block(store, 2)
    assert store.body(1, loser) is None
    assert store.proposed_header(1, loser) is None
    assert store.body(1, block_head(1).hash) is not None
    assert store.body(2, loser) is not None
    store.close()
