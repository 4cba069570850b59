"""The guard stops work first and votes later, well before the disk is full."""

import pytest

from storage.memory import MemoryDisk, MemoryFiles
from storage.space import MEBIBYTE, Space, SpaceLimits, space_left


@pytest.mark.parametrize(
    ("free", "expected"),
    [
        (2048 * MEBIBYTE, Space.AMPLE),
        (2048 * MEBIBYTE - 1, Space.SCARCE),
        (512 * MEBIBYTE, Space.SCARCE),
        (512 * MEBIBYTE - 1, Space.EXHAUSTED),
        (0, Space.EXHAUSTED),
    ],
)
def test_the_free_space_decides_what_a_node_still_does(free: int, expected: Space) -> None:
    disk = MemoryDisk()
    disk.free = free
    assert space_left(MemoryFiles(disk), SpaceLimits()) is expected
