"""The vote log loses nothing unseen: every cut and every flip of either copy is judged."""

from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from primitives.errors import NodeFault
from storage.identity import Identity
from storage.memory import MemoryDisk, MemoryFiles, keep_prefix
from storage.votes import COPIES, VoteLog, read_segment, vote_findings
from tests.support.disk import IDENTITY, Machine

VOTES = (b"prepare 1", b"commit 1", b"lock", b"prepare 2")


def _written(files: MemoryFiles) -> list[int]:
    """Write three records; return the size of the log after the header and after each."""
    log = VoteLog.create(files, IDENTITY)
    sizes = [log.size_bytes]
    for payloads in ([VOTES[0]], [VOTES[1], VOTES[2]], [VOTES[3]]):
        log.append(payloads)
        sizes.append(log.size_bytes)
    log.close()
    return sizes


def _with(copies: dict[str, bytes]) -> MemoryFiles:
    files = MemoryFiles(MemoryDisk())
    for path, data in copies.items():
        files.write_atomically(path, data)
    return files


def _copies() -> tuple[dict[str, bytes], list[int]]:
    files = MemoryFiles(MemoryDisk())
    sizes = _written(files)
    return {path: files.read(path) or b"" for path in COPIES}, sizes


def test_votes_are_there_in_order_after_a_restart(machine: Machine) -> None:
    log = VoteLog.create(machine.files, IDENTITY)
    log.append(VOTES[:1])
    log.append(VOTES[1:3])
    log.close()
    log, restored = VoteLog.open(machine.files, IDENTITY)
    assert (restored.payloads, restored.damage, restored.repaired) == (VOTES[:3], "", "")
    log.append(VOTES[3:])
    log.close()
    assert VoteLog.open(machine.files, IDENTITY)[1].payloads == VOTES
    assert vote_findings(machine.files, IDENTITY) == []


def test_old_heights_are_dropped_and_what_is_retained_stays(machine: Machine) -> None:
    log = VoteLog.create(machine.files, IDENTITY)
    for _ in range(20):
        log.append(VOTES)
    before = log.size_bytes
    log.retain(VOTES[2:])
    log.append([b"next"])
    log.close()
    assert log.size_bytes < before
    log, restored = VoteLog.open(machine.files, IDENTITY)
    assert (restored.payloads, restored.damage) == ((*VOTES[2:], b"next"), "")
    log.retain(())
    log.close()
    assert VoteLog.open(machine.files, IDENTITY)[1].payloads == ()
    assert vote_findings(machine.files, IDENTITY) == []


def test_a_log_is_created_once(machine: Machine) -> None:
    VoteLog.create(machine.files, IDENTITY).close()
    with pytest.raises(NodeFault, match=r"votes\.exists"):
        VoteLog.create(machine.files, IDENTITY)


@pytest.mark.parametrize("copy", [0, 1])
@pytest.mark.parametrize("missing_records", [0, 1])
def test_a_last_record_cut_at_any_byte_in_one_copy_is_completed_from_the_other(
    copy: int, missing_records: int
) -> None:
    copies, sizes = _copies()
    start, end = sizes[-2 - missing_records], sizes[-1 - missing_records]
    for size in range(start, end):
        cut = {path: data[: sizes[-1 - missing_records]] for path, data in copies.items()}
        cut[COPIES[copy]] = cut[COPIES[copy]][:size]
        files = _with(cut)
        harmless = vote_findings(files, IDENTITY)
        assert [finding.harmless for finding in harmless] == [True], size
        log, restored = VoteLog.open(files, IDENTITY)
        expected = VOTES if missing_records == 0 else VOTES[:3]
        assert (restored.payloads, restored.damage) == (expected, ""), size
        assert restored.repaired.startswith(COPIES[copy])
        log.append([b"next"])
        log.close()
        again = VoteLog.open(files, IDENTITY)[1]
        assert (again.payloads, again.repaired) == ((*expected, b"next"), "")


@pytest.mark.parametrize("copy", [0, 1])
def test_a_copy_cut_by_more_than_its_last_record_is_damage(copy: int) -> None:
    copies, sizes = _copies()
    for size in range(sizes[-2]):
        files = _with(copies | {COPIES[copy]: copies[COPIES[copy]][:size]})
        _, restored = VoteLog.open(files, IDENTITY)
        assert restored.damage, size
        assert [finding.harmless for finding in vote_findings(files, IDENTITY)] == [False]
        assert restored.payloads == VOTES


def test_both_copies_cut_in_the_last_record_is_damage() -> None:
    copies, sizes = _copies()
    for size in range(sizes[-2] + 1, sizes[-1]):
        files = _with({path: data[:size] for path, data in copies.items()})
        _, restored = VoteLog.open(files, IDENTITY)
        assert restored.damage == "both copies end in an unfinished record"


@pytest.mark.parametrize("copy", [0, 1])
def test_no_flipped_byte_goes_unnoticed_or_changes_a_vote(copy: int) -> None:
    copies, sizes = _copies()
    for offset in range(sizes[-1]):
        for bit in (0x01, 0x80):
            data = bytearray(copies[COPIES[copy]])
            data[offset] ^= bit
            files = _with(copies | {COPIES[copy]: bytes(data)})
            found = vote_findings(files, IDENTITY)
            assert [finding.harmless for finding in found] == [False], offset
            _, restored = VoteLog.open(files, IDENTITY)
            assert restored.payloads == VOTES, offset
            assert restored.damage or restored.repaired, offset
            assert restored.damage or offset >= sizes[-2], "only the last record is completed"


def test_zeros_in_place_of_the_last_record_count_as_unfinished() -> None:
    copies, sizes = _copies()
    zeros = copies[COPIES[1]][: sizes[-2]] + bytes(64)
    _, restored = VoteLog.open(_with(copies | {COPIES[1]: zeros}), IDENTITY)
    assert (restored.payloads, restored.damage) == (VOTES, "")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda copies, _: copies.pop(COPIES[0]), "missing"),
        (lambda copies, _: copies.clear(), "missing"),
        (lambda copies, sizes: _drop_record(copies, sizes, COPIES), "others are missing"),
        (lambda copies, sizes: _drop_record(copies, sizes, COPIES[1:]), "others are missing"),
        (lambda copies, _: copies.update({COPIES[1]: _another_history()}), "different records"),
        (lambda copies, _: copies.update({COPIES[1]: b""}), "header"),
        (lambda copies, sizes: _spoil_record(copies, sizes), "are not a record"),
    ],
)
def test_what_no_crash_leaves_is_damage(
    change: Callable[[dict[str, bytes], list[int]], object], reason: str
) -> None:
    copies, sizes = _copies()
    change(copies, sizes)
    log, restored = VoteLog.open(_with(copies), IDENTITY)
    assert reason in restored.damage
    with pytest.raises(NodeFault, match=r"votes\.damaged"):
        log.append([b"x"])
    with pytest.raises(NodeFault, match=r"votes\.damaged"):
        log.retain([])


def _drop_record(copies: dict[str, bytes], sizes: list[int], paths: tuple[str, ...]) -> None:
    for path in paths:
        copies[path] = copies[path][: sizes[1]] + copies[path][sizes[2] :]


def _spoil_record(copies: dict[str, bytes], sizes: list[int]) -> None:
    """Damage the record before the last in the first copy, and cut its end off the second."""
    whole = copies[COPIES[0]]
    copies[COPIES[0]] = whole[: sizes[2] - 1] + b"\xff" + whole[sizes[2] :]
    copies[COPIES[1]] = whole[: sizes[1]]


def _another_history() -> bytes:
    files = MemoryFiles(MemoryDisk())
    log = VoteLog.create(files, IDENTITY)
    log.append([b"prepare 9"])
    log.append([b"commit 9"])
    log.close()
    return files.read(COPIES[0]) or b""


@pytest.mark.parametrize(
    ("owner", "reason"),
    [
        (Identity(b"\xee" * 16, IDENTITY.chain), "another store"),
        (Identity(IDENTITY.store_id, b"\xee" * 32), "another chain"),
    ],
)
def test_the_log_of_another_store_or_chain_is_damage(owner: Identity, reason: str) -> None:
    copies, _ = _copies()
    _, restored = VoteLog.open(_with(copies), owner)
    assert reason in restored.damage


def test_a_copy_rolled_back_to_an_older_segment_is_damage() -> None:
    files = MemoryFiles(MemoryDisk())
    _written(files)
    old = files.read(COPIES[0]) or b""
    log, _ = VoteLog.open(files, IDENTITY)
    log.retain(VOTES[3:])
    log.append([b"prepare 3"])
    log.close()
    files.write_atomically(COPIES[0], old)
    assert "different segments" in VoteLog.open(files, IDENTITY)[1].damage
    assert [finding.harmless for finding in vote_findings(files, IDENTITY)] == [False]


def test_a_new_segment_beside_one_that_does_not_lead_to_it_is_damage() -> None:
    files = MemoryFiles(MemoryDisk())
    sizes = _written(files)
    old = files.read(COPIES[1]) or b""
    log, _ = VoteLog.open(files, IDENTITY)
    log.retain(VOTES[3:])
    files.write_atomically(COPIES[1], old[: sizes[-2]])
    assert "different segments" in VoteLog.open(files, IDENTITY)[1].damage
    files.write_atomically(COPIES[1], old)
    new = files.read(COPIES[0]) or b""
    log, _ = VoteLog.open(files, IDENTITY)
    log.append([b"sent by nobody"])
    log.close()
    files.write_atomically(COPIES[1], old)
    assert "different segments" in VoteLog.open(files, IDENTITY)[1].damage
    files.write_atomically(COPIES[0], old)
    files.write_atomically(COPIES[1], new)
    assert "different segments" in VoteLog.open(files, IDENTITY)[1].damage


def test_a_crash_between_the_copies_of_a_new_segment_is_completed() -> None:
    files = MemoryFiles(MemoryDisk())
    _written(files)
    old = files.read(COPIES[1]) or b""
    log, _ = VoteLog.open(files, IDENTITY)
    log.retain(VOTES[3:])
    files.write_atomically(COPIES[1], old)
    assert [finding.harmless for finding in vote_findings(files, IDENTITY)] == [True]
    log, restored = VoteLog.open(files, IDENTITY)
    assert (restored.payloads, restored.damage) == (VOTES[3:], "")
    log.append([b"next"])
    log.close()
    assert VoteLog.open(files, IDENTITY)[1].payloads == (*VOTES[3:], b"next")


def test_a_damaged_log_is_set_aside_whole_and_a_new_one_begins(machine: Machine) -> None:
    log = VoteLog.create(machine.files, IDENTITY)
    log.append(VOTES)
    log.close()
    machine.files.remove(COPIES[0])
    log, restored = VoteLog.open(machine.files, IDENTITY)
    assert "missing" in restored.damage
    kept = machine.files.read(COPIES[1])
    log.start_over([b"sign from 12"])
    log.append([b"later"])
    log.close()
    assert machine.files.read("votes/damaged-0.log") == kept
    _, restored = VoteLog.open(machine.files, IDENTITY)
    assert (restored.payloads, restored.damage) == ((b"sign from 12", b"later"), "")
    machine.files.remove(COPIES[1])
    log, _ = VoteLog.open(machine.files, IDENTITY)
    log.start_over(())
    assert machine.files.list("votes/damaged-") == ["votes/damaged-0.log", "votes/damaged-1.log"]


@settings(max_examples=60, deadline=None)
@given(
    batches=st.lists(st.lists(st.binary(max_size=30), max_size=3), max_size=6),
    fail_after=st.integers(0, 40),
    left=st.integers(0, 80),
    data=st.data(),
)
def test_no_power_cut_takes_a_vote_that_append_returned(
    batches: list[list[bytes]], fail_after: int, left: int, data: st.DataObject
) -> None:
    disk = MemoryDisk()
    log = VoteLog.create(MemoryFiles(disk), IDENTITY)
    calls = iter(range(10_000))
    disk.fault = lambda _place, _size: left if next(calls) >= fail_after else None
    done: list[bytes] = []
    pending: list[bytes] = []
    with suppress(NodeFault):
        for number, batch in enumerate(batches):
            pending = batch
            if number % 3 == 2:
                log.retain(done)
            log.append(batch)
            done += batch
            pending = []
    disk.fault = lambda _place, _size: None
    disk.crash(keep_prefix(lambda size: data.draw(st.integers(0, size))))
    restored = VoteLog.open(MemoryFiles(disk), IDENTITY)[1]
    assert restored.damage == ""
    assert list(restored.payloads) in (done, done + pending)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200), st.booleans())
def test_bytes_from_anywhere_are_judged_and_never_crash_the_reader(
    noise: bytes, after_a_header: bool
) -> None:
    copies, sizes = _copies()
    data = copies[COPIES[0]][: sizes[0]] + noise if after_a_header else noise
    segment = read_segment(data, IDENTITY)
    assert segment.damage or segment.unfinished or not noise
    _, restored = VoteLog.open(_with(copies | {COPIES[0]: data}), IDENTITY)
    assert restored.damage
