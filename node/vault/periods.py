"""Period keys: one a month, kept apart from what they wrap, so that erasing is real.

Rule: destroying a period's key destroys every document key of that month at once; the file is
readable by its owner alone.
"""

from collections.abc import Callable

from primitives.errors import NodeFault
from primitives.units import civil_date
from storage.files import Files

KEY_SIZE = 32


def period_of(time_ms: int) -> str:
    """Return the month of a time, in Asia/Shanghai: `2026-11`."""
    year, month, _ = civil_date(time_ms)
    return f"{year:04d}-{month:02d}"


class PeriodKeys:
    """The month keys below `vault/periods/`."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._keys: dict[str, bytes] = {}

    def make(self, period: str, random_bytes: Callable[[int], bytes]) -> None:
        """Make the key of a period, durably, unless there is one (disk).

        Raises:
            NodeFault: the file is damaged or cannot be written.
        """
        if period not in self._keys and not self._files.exists(_path(period)):
            key = random_bytes(KEY_SIZE)
            self._files.write_atomically(_path(period), key.hex().encode() + b"\n")
        self.key(period)

    def key(self, period: str) -> bytes:
        """Return the key of a period.

        Raises:
            NodeFault: `vault.period_key_missing` when it was destroyed or lost.
        """
        if period not in self._keys:
            self._keys[period] = self._read(period)
        return self._keys[period]

    def _read(self, period: str) -> bytes:
        text = self._files.read_secret(_path(period))
        try:
            key = bytes.fromhex((text or b"").decode("ascii"))
        except ValueError:
            key = b""
        if len(key) != KEY_SIZE:
            raise NodeFault(
                "vault.period_key_missing",
                f"{_path(period)} is missing or damaged; what it wrapped cannot be opened",
                "vault",
            )
        return key


def _path(period: str) -> str:
    return f"vault/periods/{period}.key"
