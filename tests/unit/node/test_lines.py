"""The index of held lines: it grows, survives a crash, and holds no number."""

from node.vault.lines import ENTRY_SIZE, PATH, LineIndex
from node.vault.packs import SealedPlace
from storage.memory import MemoryDisk, MemoryFiles, keep_prefix

KEY = bytes(range(32))
FIRST, SECOND = SealedPlace(7, 2, 0), SealedPlace(9, 0, 3)


def index(disk: MemoryDisk, key: bytes = KEY) -> LineIndex:
    return LineIndex(MemoryFiles(disk), key)


def test_held_lines_are_taken_after_a_crash_and_name_their_holder():
    disk = MemoryDisk()
    lines = index(disk)
    hashes = [lines.hash(number) for number in ("a", "b")]
    assert lines.taken(hashes) is None
    lines.append((item, FIRST) for item in hashes)
    disk.crash(keep_prefix(lambda _: 0))
    again = index(disk)
    wanted = [again.hash("x"), again.hash("b")]
    assert again.taken(wanted) == 1
    assert again.holders(wanted) == [FIRST]


def test_a_line_appended_again_after_a_crash_stands_there_once():
    disk = MemoryDisk()
    lines = index(disk)
    held = [(lines.hash("a"), FIRST)]
    lines.append(held)
    lines.hold(held)
    lines.append(held)
    assert len(MemoryFiles(disk).read(PATH)) == ENTRY_SIZE


def test_a_line_that_its_holder_let_go_goes_to_the_next_and_stays_there():
    disk = MemoryDisk()
    lines = index(disk)
    line = lines.hash("a")
    for place in (FIRST, SECOND):
        lines.append([(line, place)])
        lines.hold([(line, place)])
    assert lines.taken([line], [FIRST]) == 0
    assert lines.taken([line], [SECOND]) is None
    assert index(disk).holders([line]) == [SECOND]


def test_a_reserved_line_becomes_held_or_free():
    lines = index(MemoryDisk())
    first, second = [lines.hash("a")], [lines.hash("b")]
    lines.reserve([*first, *second])
    lines.hold([(first[0], FIRST)])
    lines.release([*first, *second])
    assert lines.taken(first) == 0
    assert lines.taken(second) is None


def test_a_reserved_line_is_taken_even_if_its_holder_lets_it_go():
    lines = index(MemoryDisk())
    line = lines.hash("a")
    lines.hold([(line, FIRST)])
    lines.reserve([line])
    assert lines.taken([line], [FIRST]) == 0


def test_without_the_key_nobody_can_look_a_number_up():
    assert index(MemoryDisk()).hash("a") != index(MemoryDisk(), bytes(32)).hash("a")
