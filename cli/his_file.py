"""A day's file of the hospital's system: one JSON object a line, read as a stream.

Rule: a line's bytes are handed on as they stand; only what ends it, and a byte order mark at the
file's very beginning, is not part of it. Memory is bounded whatever the file holds.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

BATCH_LINES_MAX = 200
"""As many bills as one transaction takes."""
BATCH_SIZE_MAX = 4 * 1024 * 1024
"""Half of what the node takes in one request."""
LINE_SIZE_MAX = 1024 * 1024
"""A longer line is not sent at all; the ledger's own limit is far below."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class HisLine:
    """One line that is not blank."""

    number: int
    """Its number in the file, from 1."""
    data: bytes | None
    """Its bytes; None when it is too long to be read."""


def read_lines(file: BinaryIO) -> Iterator[HisLine]:
    """Yield the lines of a file that are not blank."""
    number = 0
    while chunk := file.readline(LINE_SIZE_MAX + 1):
        number += 1
        is_whole = chunk.endswith(b"\n") or len(chunk) <= LINE_SIZE_MAX
        if not is_whole:
            while chunk and not chunk.endswith(b"\n"):
                chunk = file.readline(LINE_SIZE_MAX)
            yield HisLine(number, None)
            continue
        line = chunk.removesuffix(b"\n").removesuffix(b"\r")
        if number == 1:
            line = line.removeprefix(_BYTE_ORDER_MARK)
        if line.strip():
            yield HisLine(number, line)


def batches(lines: Iterator[HisLine], lines_max: int) -> Iterator[list[HisLine]]:
    """Yield the lines in batches that one request can carry."""
    batch: list[HisLine] = []
    size = 0
    for line in lines:
        length = len(line.data or b"")
        if batch and (len(batch) == lines_max or size + length > BATCH_SIZE_MAX):
            yield batch
            batch, size = [], 0
        batch.append(line)
        size += length
    if batch:
        yield batch
