"""How people write what the ledger counts: bills, yuan, moments, keys.

    CODE NUMBER    eight digits, up to ten digits
    YUAN           13.05
    WHEN           2026-12-31, 2026-12-31T17:00 (Asia/Shanghai), or from now: 30d, 12h, 45m

Rule: what is read here is exact or refused; nothing is rounded, nothing guessed.
"""

import re
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any, Final

import click

from primitives.errors import Refused
from primitives.units import parse_fen

_SHANGHAI: Final = timezone(timedelta(hours=8))
_SPAN: Final = re.compile(r"([1-9][0-9]{0,5})([dhm])", re.ASCII)
_SPAN_MS: Final = {"d": 86_400_000, "h": 3_600_000, "m": 60_000}
_HEX: Final = re.compile(r"[0-9a-f]*", re.ASCII)
_CHECK_CODE: Final = "0123456789abcdefghijklmnopqrstuvwxyz"


class Digits(click.ParamType[str]):
    """Text of digits alone.

    Args:
        name: as help shows it.
        least: how many at least.
        most: how many at most.
    """

    def __init__(self, name: str, least: int, most: int) -> None:
        self.name = name
        self._least, self._most = least, most

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the digits as they were written."""
        text = str(value)
        is_good = text.isascii() and text.isdigit() and self._least <= len(text) <= self._most
        if not is_good:
            width = f"{self._least}" if self._least == self._most else f"up to {self._most}"
            self.fail(f"{text!r}: write {width} digits", param, ctx)
        return text


class Yuan(click.ParamType[int]):
    """An amount in yuan, read as fen."""

    name = "yuan"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the amount in fen."""
        if isinstance(value, int):
            return value
        try:
            return parse_fen(str(value), self.name)
        except Refused as error:
            self.fail(f"{value!r}: {error.detail}", param, ctx)


class When(click.ParamType[int]):
    """A moment, read as milliseconds since the epoch."""

    name = "when"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the moment; a day means its end."""
        if isinstance(value, int):
            return value
        text = str(value)
        span = _SPAN.fullmatch(text)
        if span is not None:
            return now_ms() + int(span[1]) * _SPAN_MS[span[2]]
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            self.fail(f"{text!r}: write a day, a day with a time, or 30d, 12h, 45m", param, ctx)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=_SHANGHAI)
        if len(text) == len("2026-12-31"):
            moment += timedelta(days=1, milliseconds=-1)
        return round(moment.timestamp() * 1000)


class Hex(click.ParamType[str]):
    """Bytes in hexadecimal, read as the base64url that operations are written in.

    Args:
        name: as help shows it.
        size: how many bytes.
    """

    def __init__(self, name: str, size: int) -> None:
        self.name = name
        self._size = size

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the bytes as base64url."""
        text = str(value).strip().lower()
        if len(text) != 2 * self._size or not _HEX.fullmatch(text):
            self.fail(f"write {2 * self._size} hexadecimal digits", param, ctx)
        return base64url(bytes.fromhex(text))


CODE: Final = Digits("code", 8, 8)
NUMBER: Final = Digits("number", 1, 10)
YUAN: Final = Yuan()
WHEN: Final = When()
KEY_ID: Final = Hex("key id", 8)
PUBLIC_KEY: Final = Hex("public key", 32)


def bill_name(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the arguments CODE and NUMBER of a bill."""
    number = click.argument("number", type=NUMBER)
    return click.argument("code", type=CODE)(number(command))


def range_name(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the arguments CODE and FIRST of a range."""
    first = click.argument("first", type=click.IntRange(1, 9_999_999_999))
    return click.argument("code", type=CODE)(first(command))


def now_ms() -> int:
    """Return the wall clock."""
    return time.time_ns() // 1_000_000


def new_check_code() -> str:
    """Return six random characters of 0-9a-z (校验码)."""
    return "".join(secrets.choice(_CHECK_CODE) for _ in range(6))


def base64url(data: bytes) -> str:
    """Return base64url without padding."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()
