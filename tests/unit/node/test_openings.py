"""The journal of openings: durable first, found again by thing, bounded; a torn end is dropped."""

import json

import pytest

from node.vault.openings import PATH, REMEMBERED_MAX, Opening, OpeningJournal, session_hash
from primitives.errors import NodeFault
from storage.memory import MemoryDisk, MemoryFiles, keep_prefix


def of_record(time_ms: int, document: str = "812-0-3") -> Opening:
    return Opening(
        time_ms=time_ms, who="portal", session=session_hash("s"), what="record", document=document
    )


def of_bill(time_ms: int) -> Opening:
    return Opening(
        time_ms=time_ms, who="his", session="", what="details", code="46060126", number=7
    )


def of_order(time_ms: int) -> Opening:
    return Opening(time_ms=time_ms, who="his", session="", what="details", order="o-1")


def test_each_things_openings_are_told_newest_first_and_apart():
    journal = OpeningJournal(MemoryFiles(MemoryDisk()))
    for time_ms in (1, 4):
        journal.record(of_record(time_ms))
    for opening in (of_bill(2), of_order(3), of_record(5, "812-0-4")):
        journal.record(opening)
    assert journal.of("812-0-3") == [of_record(4), of_record(1)]
    assert journal.of("46060126/7") == [of_bill(2)]
    assert journal.of("o-1") == [of_order(3)]
    assert journal.of("812-0-5") == []


def test_they_are_found_again_after_a_power_cut():
    disk = MemoryDisk()
    journal = OpeningJournal(MemoryFiles(disk))
    journal.record(of_record(1))
    disk.crash(keep_prefix(lambda _: 0))
    again = OpeningJournal(MemoryFiles(disk))
    again.record(of_record(2))
    assert again.of("812-0-3") == [of_record(2), of_record(1)]


def test_the_newest_hundred_are_told_and_all_stay_in_the_file():
    files = MemoryFiles(MemoryDisk())
    journal = OpeningJournal(files)
    for time_ms in range(REMEMBERED_MAX + 20):
        journal.record(of_record(time_ms))
    for found in (journal.of("812-0-3"), OpeningJournal(files).of("812-0-3")):
        assert [opening.time_ms for opening in found] == list(range(119, 19, -1))
    assert len((files.read(PATH) or b"").splitlines()) == 120


def test_an_unfinished_last_line_is_dropped_and_the_next_one_is_whole():
    disk = MemoryDisk()
    files = MemoryFiles(disk)
    OpeningJournal(files).record(of_record(1))
    whole = files.read(PATH) or b""
    files.write_atomically(PATH, whole + b'{"time_ms":2,"who"')
    journal = OpeningJournal(files)
    journal.record(of_record(3))
    assert [opening.time_ms for opening in journal.of("812-0-3")] == [3, 1]
    assert [json.loads(line)["time_ms"] for line in (files.read(PATH) or b"").splitlines()] == [
        1,
        3,
    ]


@pytest.mark.parametrize("line", [b"nobody wrote this\n", b'{"time_ms":"1"}\n', b"\n"])
def test_a_line_that_nobody_wrote_is_damage(line):
    files = MemoryFiles(MemoryDisk())
    OpeningJournal(files).record(of_record(1))
    files.write_atomically(PATH, (files.read(PATH) or b"") + line)
    with pytest.raises(NodeFault, match=r"vault\.damaged.*openings\.jsonl"):
        OpeningJournal(files)


def test_no_line_tells_a_session_or_a_person():
    files = MemoryFiles(MemoryDisk())
    OpeningJournal(files).record(of_record(1))
    line = json.loads(files.read(PATH) or b"")
    assert list(line) == ["time_ms", "who", "session", "what", "document"]
    assert line["session"] == session_hash("s") != "s"


def test_a_write_that_fails_is_told_and_nothing_is_served_for_it():
    disk = MemoryDisk()
    journal = OpeningJournal(MemoryFiles(disk))
    disk.fault = lambda place, _size: 0 if "openings" in place else None
    with pytest.raises(NodeFault, match=r"storage\.write_failed"):
        journal.record(of_record(1))
    assert journal.of("812-0-3") == []
