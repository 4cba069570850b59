"""The index of billed lines: it grows, survives a crash, and holds no number."""

from node.vault.lines import PATH, LineIndex
from storage.memory import MemoryDisk, MemoryFiles, keep_prefix

KEY = bytes(range(32))


def index(disk: MemoryDisk, key: bytes = KEY) -> LineIndex:
    return LineIndex(MemoryFiles(disk), key)


def test_billed_lines_are_taken_for_ever():
    disk = MemoryDisk()
    lines = index(disk)
    hashes = [lines.hash(number) for number in ("a", "b")]
    assert lines.taken(hashes) is None
    lines.append(hashes)
    disk.crash(keep_prefix(lambda _: 0))
    again = index(disk)
    assert again.taken([again.hash("x"), again.hash("b")]) == 1


def test_a_line_appended_again_after_a_crash_stands_there_once():
    disk = MemoryDisk()
    lines = index(disk)
    hashes = [lines.hash("a")]
    lines.append(hashes)
    lines.mark_billed(hashes)
    lines.append(hashes)
    assert len(MemoryFiles(disk).read(PATH)) == 16


def test_a_reserved_line_becomes_billed_or_free():
    lines = index(MemoryDisk())
    first, second = [lines.hash("a")], [lines.hash("b")]
    lines.reserve([*first, *second])
    lines.mark_billed(first)
    lines.release([*first, *second])
    assert lines.taken(first) == 0
    assert lines.taken(second) is None


def test_without_the_key_nobody_can_look_a_number_up():
    assert index(MemoryDisk()).hash("a") != index(MemoryDisk(), bytes(32)).hash("a")
