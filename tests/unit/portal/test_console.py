"""Codes in a file, for trying out."""

from pathlib import Path

import pytest

from portal.messages.adapter import Messages
from portal.messages.console import FILE_SIZE_MAX, ConsoleMessages
from primitives.errors import Unavailable
from tests.support.portal_process import SetClock


async def test_the_newest_code_stands_last_with_its_time_and_no_phone(tmp_path: Path) -> None:
    file = tmp_path / "folder/codes.txt"
    messages: Messages = ConsoleMessages(file, SetClock(1_790_000_000_000))
    for code in ("000001", "000002"):
        await messages.send_code("13900000001", code)
    lines = read(file).splitlines()
    assert [code in line for code, line in zip(("000001", "000002"), lines, strict=True)] == [
        True,
        True,
    ]
    assert lines[1].startswith("2026-09-21T14:13:20Z ")
    assert "13900000001" not in read(file)
    assert mode(file) == 0o600


async def test_a_long_file_is_begun_anew(tmp_path: Path) -> None:
    file = tmp_path / "codes.txt"
    write(file, "x" * (FILE_SIZE_MAX + 1))
    await ConsoleMessages(file, SetClock()).send_code("13900000001", "000001")
    assert len(read(file)) < 100
    assert mode(file) == 0o600


async def test_a_file_that_cannot_be_written_says_so_without_the_code(tmp_path: Path) -> None:
    write(tmp_path / "folder", "a file where a folder should be")
    messages = ConsoleMessages(tmp_path / "folder/codes.txt", SetClock())
    with pytest.raises(Unavailable, match=r"message\.not_delivered") as caught:
        await messages.send_code("13900000001", "000001")
    assert "000001" not in str(caught.value)


def read(file: Path) -> str:
    return file.read_text("utf-8")


def write(file: Path, text: str) -> None:
    file.write_text(text)


def mode(file: Path) -> int:
    return file.stat().st_mode & 0o777
