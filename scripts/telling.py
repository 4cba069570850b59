"""What the demo tells while it works: a line a step, with its time."""

import sys
import time
from collections.abc import Sequence


class Teller:
    """Writes to standard output; on a terminal a step's line shows how far it is."""

    def __init__(self) -> None:
        self._is_terminal = sys.stdout.isatty()
        self._step = ""
        self._since = 0.0

    def begin(self, step: str) -> None:
        """Open a step."""
        self._step, self._since = step, time.monotonic()
        if self._is_terminal:
            self._write(f"  … {step}", end="")

    def progress(self, how_far: str) -> None:
        """Show how far the step is."""
        if self._is_terminal:
            self._write(f"\r\033[K  … {self._step}: {how_far}", end="")

    def done(self, outcome: str = "") -> float:
        """Close the step; return its seconds."""
        seconds = time.monotonic() - self._since
        start = "\r\033[K" if self._is_terminal else ""
        self._write(f"{start}  ✓ {outcome or self._step}  ({seconds:.1f} s)")
        return seconds

    def line(self, text: str = "") -> None:
        """Write a line of its own."""
        self._write(text)

    def table(self, rows: Sequence[Sequence[str]]) -> None:
        """Write rows in columns; the first is the heading."""
        widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
        for row in rows:
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            self._write("    " + "  ".join(cells).rstrip())

    def _write(self, text: str, end: str = "\n") -> None:
        sys.stdout.write(text + end)
        sys.stdout.flush()
