"""Month keys: made once, readable by the owner alone, gone when they are gone."""

import itertools

import pytest

from node.vault.periods import PeriodKeys, period_of
from node.vault.shelf import Shelf
from primitives.errors import NodeFault
from storage.disk import DiskFiles
from storage.memory import MemoryDisk, MemoryFiles


def counting():
    """Return random bytes that tell how often they were asked for."""
    calls = itertools.count(1)
    return lambda count: bytes([next(calls)]) * count


def test_a_period_is_the_month_in_shanghai():
    assert period_of(1_795_446_000_000 - 1) == "2026-11"
    assert period_of(1_796_054_400_000 - 1) == "2026-11"
    assert period_of(1_796_054_400_000) == "2026-12"


def test_a_key_is_made_once_and_found_again():
    files = MemoryFiles(MemoryDisk())
    random = counting()
    keys = PeriodKeys(files)
    keys.make("2026-11", random)
    keys.make("2026-11", random)
    keys.make("2026-12", random)
    again = PeriodKeys(files)
    again.make("2026-11", random)
    assert (again.key("2026-11"), again.key("2026-12")) == (bytes([1]) * 32, bytes([2]) * 32)


def test_a_destroyed_or_damaged_key_is_told():
    files = MemoryFiles(MemoryDisk())
    with pytest.raises(NodeFault, match=r"vault\.period_key_missing"):
        PeriodKeys(files).key("2026-11")
    files.write_atomically("vault/periods/2026-11.key", b"zz")
    with pytest.raises(NodeFault, match=r"vault\.period_key_missing"):
        PeriodKeys(files).key("2026-11")


def test_a_key_that_others_may_read_is_refused(tmp_path):
    keys = PeriodKeys(DiskFiles(tmp_path))
    keys.make("2026-11", counting())
    (tmp_path / "vault/periods/2026-11.key").chmod(0o640)
    with pytest.raises(NodeFault) as caught:
        PeriodKeys(DiskFiles(tmp_path)).key("2026-11")
    assert caught.value.exit_code == 77


def test_an_empty_shelf_holds_nothing():
    shelf = Shelf(MemoryFiles(MemoryDisk()), bytes(range(32)))
    assert (shelf.waiting(), list(shelf.committed()), shelf.people(1, 0)) == ([], [], {})
    assert shelf.read(1, 0) is None
