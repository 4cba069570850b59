"""The head marker survives the loss of one file and tells the truth about the rest."""

import pytest

from primitives.errors import NodeFault
from storage.head import MARKERS, Head, HeadMarker, marker_findings
from storage.identity import Identity
from storage.memory import MemoryDisk, MemoryFiles
from tests.support.disk import GENESIS, IDENTITY, Machine, block_head


def test_the_last_head_written_is_the_one_read(machine: Machine) -> None:
    marker = HeadMarker.create(machine.files, IDENTITY, GENESIS)
    assert HeadMarker.open(machine.files, IDENTITY).head == GENESIS
    for height in range(1, 6):
        marker.write(block_head(height))
        assert marker.head == HeadMarker.open(machine.files, IDENTITY).head == block_head(height)
        assert marker_findings(machine.files, IDENTITY) == []


def test_a_head_comes_back_from_its_bytes() -> None:
    head = block_head(7)
    assert Head.decode(head.encode()) == head
    with pytest.raises(AssertionError):
        Head.decode(head.encode() + b"x")


def _two_blocks() -> MemoryFiles:
    files = MemoryFiles(MemoryDisk())
    marker = HeadMarker.create(files, IDENTITY, GENESIS)
    marker.write(block_head(1))
    marker.write(block_head(2))
    return files


@pytest.mark.parametrize(("path", "left"), [(MARKERS[0], 1), (MARKERS[1], 2)])
def test_a_flip_or_cut_anywhere_in_one_file_is_found_and_the_other_is_used(
    path: str, left: int
) -> None:
    whole = _two_blocks().read(path) or b""
    flipped = [whole[:n] + bytes([whole[n] ^ 1]) + whole[n + 1 :] for n in range(len(whole))]
    for data in [*flipped, *(whole[:n] for n in range(len(whole))), whole + b"x"]:
        files = _two_blocks()
        files.write_atomically(path, data)
        assert [finding.file for finding in marker_findings(files, IDENTITY)] == [path]
        assert HeadMarker.open(files, IDENTITY).head == block_head(left)


def test_without_any_whole_file_the_store_is_damaged() -> None:
    files = _two_blocks()
    files.remove(MARKERS[0])
    files.write_atomically(MARKERS[1], b"")
    with pytest.raises(NodeFault, match=r"store\.damaged") as fault:
        HeadMarker.open(files, IDENTITY)
    assert fault.value.exit_code == 78
    assert len(marker_findings(files, IDENTITY)) == 2


def test_a_marker_of_another_store_is_refused() -> None:
    stranger = Identity(b"\xee" * 16, IDENTITY.chain)
    with pytest.raises(NodeFault, match=r"store\.foreign"):
        HeadMarker.open(_two_blocks(), stranger)
    assert len(marker_findings(_two_blocks(), stranger)) == 2


def test_markers_out_of_place_or_out_of_step_are_found() -> None:
    files = _two_blocks()
    old = files.read(MARKERS[0]) or b""
    marker = HeadMarker.open(files, IDENTITY)
    for height in (3, 4, 5):
        marker.write(block_head(height))
    files.write_atomically(MARKERS[0], old)
    assert "do not follow" in marker_findings(files, IDENTITY)[0].reason
    files.write_atomically(MARKERS[1], old)
    assert "other's place" in marker_findings(files, IDENTITY)[0].reason
