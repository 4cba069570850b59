"""Requests with a key of their own are found again, after a restart too, and not for ever."""

import pytest

from node.kept_requests import FOLDER, KEEP_MS, KEPT_MAX, KeptRequest, KeptRequests, request_name
from primitives.errors import NodeFault, Unavailable
from storage.memory import MemoryDisk, MemoryFiles, keep_prefix

REQUEST = KeptRequest(b"h" * 32, b"transaction")
NAME = request_name("owner", "key-1")


def test_what_is_kept_is_found_after_the_power_went():
    disk = MemoryDisk()
    KeptRequests(MemoryFiles(disk)).keep(NAME, REQUEST, expiry_ms=1_000, now_ms=1)
    disk.crash(keep_prefix(lambda size: 0))
    again = KeptRequests(MemoryFiles(disk))
    assert again.find(NAME) == REQUEST
    assert again.find(request_name("owner", "key-2")) is None
    assert again.find(request_name("other", "key-1")) is None


def test_what_led_to_nothing_is_forgotten():
    disk = MemoryDisk()
    kept = KeptRequests(MemoryFiles(disk))
    kept.keep(NAME, REQUEST, expiry_ms=1_000, now_ms=1)
    kept.forget(NAME)
    kept.forget(NAME)
    assert kept.find(NAME) is None
    assert KeptRequests(MemoryFiles(disk)).find(NAME) is None


def test_a_request_is_kept_a_day_longer_than_it_may_wait():
    disk = MemoryDisk()
    kept = KeptRequests(MemoryFiles(disk))
    kept.keep(NAME, REQUEST, expiry_ms=1_000, now_ms=1)
    other = request_name("owner", "key-2")
    kept.keep(other, REQUEST, expiry_ms=KEEP_MS, now_ms=1_000 + KEEP_MS)
    assert kept.find(NAME) == REQUEST
    kept.forget(other)
    kept.keep(other, REQUEST, expiry_ms=KEEP_MS, now_ms=1_001 + KEEP_MS)
    assert kept.find(NAME) is None
    assert len(MemoryFiles(disk).list(FOLDER)) == 1


def test_so_many_are_kept_and_no_more():
    disk = MemoryDisk()
    files = MemoryFiles(disk)
    for place in range(KEPT_MAX):
        files.write_atomically(f"{FOLDER}{place:064x}-9000", b"")
    kept = KeptRequests(files)
    with pytest.raises(Unavailable, match=r"requests\.full"):
        kept.keep(NAME, REQUEST, expiry_ms=1, now_ms=1)
    kept.keep(NAME, REQUEST, expiry_ms=9_001, now_ms=9_001)
    assert len(files.list(FOLDER)) == 1


def test_a_damaged_file_is_a_fault_of_this_node():
    disk = MemoryDisk()
    MemoryFiles(disk).write_atomically(f"{FOLDER}{NAME}-9000", b"rubbish")
    with pytest.raises(NodeFault, match=r"requests\.damaged"):
        KeptRequests(MemoryFiles(disk)).find(NAME)


def test_a_callers_key_is_its_own():
    assert request_name("a", "b") != request_name("b", "a")
    assert len(NAME) == 64
