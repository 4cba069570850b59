"""Codes go into a file, for trying out: newest line last, time and text, never a phone."""

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path

from portal.clock import Clock
from primitives.errors import Unavailable

FILE_SIZE_MAX = 256 * 1024
"""A longer file is begun anew."""


class ConsoleMessages:
    """The port `Messages` onto a file that only its owner may read.

    Args:
        file: where lines go.
        clock: what time it is.
    """

    def __init__(self, file: Path, clock: Clock) -> None:
        self._file = file
        self._clock = clock

    async def send_code(self, phone: str, code: str) -> None:
        """Append one line with the code; whose it is stands nowhere.

        Raises:
            Unavailable: `message.not_delivered` when the file cannot be written.
        """
        time = datetime.fromtimestamp(self._clock.now_ms() // 1000, UTC)
        line = f"{time:%Y-%m-%dT%H:%M:%SZ} 票链登录验证码 {code}，5 分钟内有效，请勿告诉他人。\n"
        try:
            await asyncio.to_thread(self._append, line)
        except OSError as error:
            raise Unavailable("message.not_delivered", "the code file cannot be written") from error

    def _append(self, line: str) -> None:
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self._file.exists() and self._file.stat().st_size > FILE_SIZE_MAX:
            self._file.unlink()
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        with os.fdopen(os.open(self._file, flags, 0o600), "w", encoding="utf-8") as file:
            file.write(line)
