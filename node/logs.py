"""The log: events named `floor.past_tense` with keys from a fixed list, as JSON or aligned text.

Rule: never a name, an id number, a phone, a diagnosis or an amount. The list of keys is closed
and their values are ids, hashes, codes and counts; another key is dropped and its name logged.
"""

import sys
from typing import Any, TextIO

import structlog

# fmt: off
KEYS = frozenset((
    "address", "agency", "agencies", "bills", "block", "bytes", "cause", "chain", "code",
    "count", "detail", "direction", "error", "exit_code", "expected", "field", "file",
    "from_height", "genesis", "given", "hash", "height", "hint", "index", "items", "kind",
    "latency_ms", "level", "limit", "listen", "method", "missing", "name", "operations",
    "path", "peer", "peers", "pending", "port", "proposer", "reason", "round", "seconds",
    "sign_from", "signers", "size", "socket", "state_root", "status", "step", "step_ms",
    "store", "storage_id", "store_id", "target", "task", "time_ms", "to_height", "transaction",
    "transactions", "until", "until_ms", "validator", "validators", "version", "waited_ms",
))
# fmt: on
"""Every key an event may carry."""

_TEXT_MAX = 400
"""Longer values are cut: a log line is for reading."""


class StructuredJournal:
    """The port `Journal`, written with structlog.

    Args:
        agency: whose node this is; stands in every line.
        level: `info` or `debug`.
        style: `json`, `text`, or `auto` (text on a terminal).
        stream: where lines go.
    """

    def __init__(
        self, agency: str, level: str, *, style: str = "auto", stream: TextIO | None = None
    ) -> None:
        target = sys.stderr if stream is None else stream
        is_text = style == "text" or (style == "auto" and target.isatty())
        self._is_debug = level == "debug"
        self._logger = structlog.wrap_logger(
            structlog.WriteLogger(target),
            processors=[
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                _renderer(target) if is_text else structlog.processors.JSONRenderer(sort_keys=True),
            ],
            wrapper_class=structlog.BoundLoggerBase,
        ).bind(node=agency)

    def event(self, name: str, /, **keys: str | int | bool) -> None:
        """Record something an operator would act on or want to know."""
        self._write(name, "info", keys)

    def debug(self, name: str, /, **keys: str | int | bool) -> None:
        """Record the rest."""
        if self._is_debug:
            self._write(name, "debug", keys)

    def _write(self, name: str, level: str, keys: dict[str, str | int | bool]) -> None:
        known = {key: _short(value) for key, value in keys.items() if key in KEYS}
        dropped = sorted(set(keys) - KEYS)
        if dropped:
            known["dropped"] = ",".join(dropped)
        self._logger._proxy_to_logger(  # noqa: SLF001
            "msg", name, **{"level": level, **known}
        )


def _short(value: str | int | bool) -> str | int | bool:
    if isinstance(value, str) and len(value) > _TEXT_MAX:
        return value[:_TEXT_MAX] + "…"
    return value


def _renderer(target: TextIO) -> Any:
    return structlog.dev.ConsoleRenderer(colors=target.isatty(), pad_event_to=28)
