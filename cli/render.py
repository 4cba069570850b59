"""What a command shows: a table for people, JSON for programs.

Rule: `json` is one document, `jsonl` one object a line, both as the node answered; the table may
shorten, they never do. Text from elsewhere reaches a terminal without control characters.
"""

import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Literal, TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from primitives.catalogue.entry import Language
from primitives.catalogue.explain import explain, language_of
from primitives.errors import HouseError
from primitives.units import format_yuan

Form = Literal["table", "json", "jsonl"]
FORMS: tuple[Form, ...] = ("table", "json", "jsonl")

PIPE_WIDTH = 200
"""Columns when the output is no terminal: enough for two hashes a row."""

_SHANGHAI = timezone(timedelta(hours=8))


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    title: str
    """What stands above it."""
    cell: Callable[[Mapping[str, Any]], object]
    """Takes the cell out of an item."""
    right: bool = False
    """Figures stand at the right."""


@dataclass(frozen=True, slots=True)
class Output:
    """Where and how answers are shown."""

    form: Form = "table"
    """Table, one JSON document, or an object a line."""

    def one(self, answer: Mapping[str, Any], rows: Sequence[tuple[str, object]]) -> None:
        """Show one answer; `rows` are the label and value of each line of the table."""
        if self.form != "table":
            self.json(answer)
            return
        table = Table(show_header=False, box=None, pad_edge=False)
        table.add_column(style="bold", no_wrap=True)
        table.add_column(overflow="fold")
        for label, value in rows:
            table.add_row(label, _text(value))
        _print(table)

    def many(self, items: Sequence[Mapping[str, Any]], columns: Sequence[Column]) -> None:
        """Show a list of answers."""
        if self.form == "json":
            self.json({"items": items})
            return
        if self.form == "jsonl":
            self.lines(items)
            return
        table = Table(box=None, pad_edge=False, header_style="bold")
        for column in columns:
            table.add_column(
                column.title, justify="right" if column.right else "left", overflow="fold"
            )
        for item in items:
            table.add_row(*(_text(column.cell(item)) for column in columns))
        _print(table)

    def json(self, document: Mapping[str, Any]) -> None:
        """Print a JSON document, on one line when the form is `jsonl`."""
        indent = 2 if self.form == "json" else None
        write(json.dumps(document, ensure_ascii=False, indent=indent))

    def lines(self, items: Iterable[Mapping[str, Any]]) -> None:
        """Print an object a line."""
        for item in items:
            write(json.dumps(item, ensure_ascii=False))

    def failure(self, error: HouseError) -> None:
        """Say on standard error what went wrong and what to do, in two lines or one object."""
        fix = fix_of(error.code)
        if self.form == "table":
            write(printable(f"piaolian: {error}"), sys.stderr)
            if fix:
                write(f"  -> {fix}", sys.stderr)
            return
        document = {**error.facts, "code": error.code, "detail": error.detail}
        if error.field:
            document["field"] = error.field
        if fix:
            document["fix"] = fix
        write(json.dumps({"error": document}, ensure_ascii=False), sys.stderr)


def write(line: str, stream: TextIO | None = None) -> None:
    """Write one line; a character the stream cannot hold is escaped."""
    stream = stream or sys.stdout
    data = f"{line}\n".encode(stream.encoding or "utf-8", "backslashreplace")
    stream.write(data.decode(stream.encoding or "utf-8"))
    stream.flush()


def fix_of(code: str) -> str:
    """Return what to do about a code, in the terminal's language; empty for an unknown code."""
    entry = explain(code)
    return entry.fix(terminal_language(os.environ)) if entry else ""


def terminal_language(environment: Mapping[str, str]) -> Language:
    """Return the language of messages: LC_ALL before LC_MESSAGES before LANG."""
    tags = (environment.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return language_of(next(filter(None, tags), ""))


def printable(value: object) -> str:
    """Return a value as text that cannot steer a terminal."""
    return "".join(char if char.isprintable() else "�" for char in str(value))


def local_time(time_ms: int) -> str:
    """Return a time in Asia/Shanghai, to the millisecond."""
    moment = datetime.fromtimestamp(time_ms // 1000, UTC).astimezone(_SHANGHAI)
    return f"{moment:%Y-%m-%d %H:%M:%S}.{time_ms % 1000:03d}"


def yuan(amount_fen: int) -> str:
    """Return fen as yuan with separators: 120267712 -> `1,202,677.12`."""
    whole, _, fraction = format_yuan(amount_fen).partition(".")
    return f"{int(whole):,}.{fraction}" if whole != "-0" else f"-0.{fraction}"


def short_hash(text: str) -> str:
    """Return the beginning of a hash, enough to compare two by eye."""
    return text[:16]


def _text(value: object) -> Text:
    if value is None:
        return Text("–")
    if isinstance(value, bool):
        return Text("yes" if value else "no")
    if isinstance(value, int):
        return Text(f"{value:,}")
    return Text(printable(value))


def _print(table: Table) -> None:
    """Print a table without blanks at the ends of its lines."""
    if sys.stdout.isatty():
        console = Console(highlight=False)
    else:
        console = Console(highlight=False, width=PIPE_WIDTH, no_color=True, file=sys.stdout)
    with console.capture() as capture:
        console.print(table)
    for line in capture.get().splitlines():
        write(line.rstrip())
