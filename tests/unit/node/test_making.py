"""A command that is killed at any moment leaves nothing that counts and nothing in the way."""

import os
import sys
from collections.abc import Callable
from errno import ENOSPC
from pathlib import Path

import pytest

from ledger.genesis import read_genesis
from node.folder import FOLDER_PIECES, AgencyPlan, make_folder
from node.making import MOVING, UNFINISHED, made_whole, take_back
from node.store_create import STORE_PIECES, make_store
from node.testnet import TestnetPlan, example_uscc, make_testnet
from primitives.errors import NodeFault
from storage.disk import DiskFiles
from storage.leveldb import ENGINE, LevelDatabases
from storage.store import Store
from tests.support.scale import scaled
from tests.support.world import make_genesis

STEPS = ("open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "shutil.rmtree")
FOUR = ("hospital", "finance", "insurance", "health")


def killed_at(step: int, work: Callable[[], object]) -> bool:
    """Run `work` in a process that dies as by kill -9 at its n-th step on the disk.

    Returns whether it lived to its end.
    """
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    left = [step]

    def at_each_step(event: str, _arguments: object) -> None:
        if event in STEPS:
            left[0] -= 1
            if left[0] < 0:
                os._exit(9)

    code = 1
    try:
        sys.addaudithook(at_each_step)
        work()
        code = 0
    finally:
        os._exit(code)


def agency_folder(folder: Path) -> None:
    plan = AgencyPlan(
        "clinic", "诊所", example_uscc(1), ("hospital",), "127.0.0.1:1", "127.0.0.1:2"
    )
    make_folder(folder, plan, os.urandom)


def store(folder: Path) -> None:
    make_store(folder, make_genesis(), os.urandom)


def testnet(folder: Path) -> None:
    make_testnet(TestnetPlan(folder, FOUR, 27400, 1_790_000_000_000, 500), os.urandom)


testnet.__test__ = False
WAYS = [
    (agency_folder, FOLDER_PIECES, 1),
    (store, STORE_PIECES, 2),
    (testnet, (*FOUR, "logs", "genesis.json"), 20),
]
"""What is made, of which pieces, and every how many steps it is killed in a short run."""


@pytest.mark.parametrize(("make", "pieces", "stride"), WAYS)
def test_whatever_moment_it_is_killed_at_the_next_attempt_makes_all(tmp_path, make, pieces, stride):
    step, deaths, is_over = 0, 0, False
    while not is_over:
        folder = tmp_path / str(step)
        is_over = killed_at(step, lambda folder=folder: make(folder))
        if not is_over:
            deaths += 1
            if not (folder / pieces[-1]).exists():
                make(folder)
            else:
                with pytest.raises(NodeFault):
                    make(folder)
        assert {place.name for place in folder.iterdir()} - {MOVING} == set(pieces)
        step += 1 if scaled(10) == 10 else stride
    assert deaths > 10
    assert sorted(place.name for place in folder.iterdir()) == sorted(pieces)


def test_a_store_that_was_made_after_a_death_opens(tmp_path):
    genesis = make_genesis()
    for step in range(0, 60, 5):
        data = tmp_path / str(step)
        if not killed_at(step, lambda data=data: store(data)) and not (data / "state").exists():
            store(data)
        chain = read_genesis(genesis).chain
        opened = Store.open(LevelDatabases(data), DiskFiles(data), chain=chain, engine=ENGINE)
        assert opened.last.height == 0
        opened.close()


def fill(folder: Path, error: OSError | None = None) -> None:
    with made_whole(folder, ("a", "b"), code="some.exists") as unfinished:
        (unfinished / "a").write_text("x")
        if error is not None:
            raise error
        (unfinished / "b").write_text("x")


def test_a_failure_takes_everything_back(tmp_path):
    full = OSError(ENOSPC, "No space left on device")
    with pytest.raises(NodeFault, match="No space left on device; free some space"):
        fill(tmp_path / "new", full)
    assert list(tmp_path.iterdir()) == []
    fill(tmp_path / "new")


def test_what_was_there_stays_and_names_its_place(tmp_path):
    (tmp_path / "b").write_text("precious")
    with pytest.raises(NodeFault) as caught:
        fill(tmp_path)
    assert (caught.value.code, caught.value.exit_code) == ("some.exists", 78)
    assert str(tmp_path / "b") in caught.value.detail
    assert [place.name for place in tmp_path.iterdir()] == ["b"]


def test_only_what_was_on_its_way_is_taken_back(tmp_path):
    for piece in ("a", "b", "other"):
        (tmp_path / piece).write_text("x")
    take_back(tmp_path, ("a", "b"))
    (tmp_path / UNFINISHED).mkdir()
    take_back(tmp_path, ("a", "b"))
    (tmp_path / MOVING).mkdir()
    take_back(tmp_path, ("a", "b"))
    assert sorted(place.name for place in tmp_path.iterdir()) == ["a", "b", "other"]
    (tmp_path / "b").unlink()
    (tmp_path / MOVING).mkdir()
    (tmp_path / MOVING / "b").write_text("x")
    take_back(tmp_path, ("a", "b"))
    assert [place.name for place in tmp_path.iterdir()] == ["other"]


def test_a_file_in_the_way_of_a_folder_is_named(tmp_path):
    (tmp_path / "file").write_text("x")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(NodeFault) as caught:
            store(place)
        assert (caught.value.code, caught.value.exit_code) == ("folder.unwritable", 78)
        assert str(place) in caught.value.detail
