"""`piaolian bill issue`: a hospital's file becomes bills, line by line, and never twice."""

import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from cli.client import NodeClient
from cli.exits import Exit, exit_code_of
from cli.his_file import BATCH_LINES_MAX, read_lines
from cli.issuing import STATES, LineOutcome, Pace, issue_lines
from cli.options import Ask, asks_node
from cli.render import Output, fix_of, printable, write
from primitives.errors import HouseError

_WORDS = {
    "issued": "issued",
    "exists": "issued before",
    "refused": "refused",
    "unknown": "outcome unknown",
    "not_taken": "not handed in",
}


@dataclass(slots=True)
class Report:
    """What became of the lines so far."""

    output: Output
    counts: Counter[str] = field(default_factory=Counter)
    items: list[dict[str, Any]] = field(default_factory=list)
    """Kept for the form `json` only: it is one document."""
    started_s: float = field(default_factory=time.monotonic)

    def line(self, outcome: LineOutcome) -> None:
        """Tell of one line."""
        self.counts[outcome.state] += 1
        match self.output.form:
            case "json":
                self.items.append(outcome.as_json())
            case "jsonl":
                self.output.json(outcome.as_json())
            case "table":
                write(_sentence(outcome))

    def summary(self) -> dict[str, Any]:
        """Return the counts."""
        counts: dict[str, Any] = {state: self.counts[state] for state in STATES}
        seconds = round(time.monotonic() - self.started_s, 3)
        return {"lines": self.counts.total(), **counts, "seconds": seconds}

    def close(self) -> None:
        """Tell the summary: in the document, else on standard error below the lines."""
        summary = self.summary()
        if self.output.form == "json":
            self.output.json({"items": self.items, "summary": summary})
            return
        told = [f"{summary[state]:,} {_WORDS[state]}" for state in STATES if summary[state]]
        text = ", ".join(told) or "nothing to issue"
        write(f"{summary['lines']:,} lines: {text}; {summary['seconds']:.1f} s", sys.stderr)

    def exit_code(self) -> Exit:
        """Return the code of the worst outcome: unknown before not ready before refused."""
        if self.counts["unknown"]:
            return Exit.OUTCOME_UNKNOWN
        if self.counts["not_taken"]:
            return Exit.NOT_READY
        return Exit.REFUSED if self.counts["refused"] else Exit.DONE


@click.command()
@click.argument("file", type=click.File("rb"), metavar="FILE")
@click.option(
    "--batch", type=click.IntRange(1, BATCH_LINES_MAX), default=BATCH_LINES_MAX, show_default=True,
    help="Lines handed in at once; one signature pays for all of them.",
)  # fmt: skip
@click.option(
    "--in-flight", type=click.IntRange(1, 16), default=3, show_default=True,
    help="Batches under way at the same time.",
)  # fmt: skip
@click.option(
    "--wait", "wait_s", type=click.FloatRange(0.1, 60), default=30.0, show_default=True,
    metavar="SECONDS", help="How long a batch may take to become final.",
)  # fmt: skip
@asks_node
def issue(ask: Ask, file: BinaryIO, batch: int, in_flight: int, wait_s: float) -> int:
    """Issue a bill for every line of FILE (- reads standard input).

    FILE is what the hospital's system wrote: one JSON object a line. Each line is answered with
    its bill's code, number and check code, or with what is wrong: line, field and code; the other
    lines are issued all the same. Running it again issues nothing twice: the business number
    (busNo) decides.

    Ends with 0 when every line is a bill now, 7 when lines were refused, 6 when the outcome of
    some is not known yet, 4 when the node had no room: run it again.

    \b
    Examples:
      piaolian bill issue day.jsonl
      zcat day.jsonl.gz | piaolian bill issue - -o jsonl > issued.jsonl
    """  # noqa: D301
    report = Report(ask.output)
    pace = Pace(batch_lines=batch, in_flight=in_flight, wait_ms=int(wait_s * 1000))

    async def hand_in(client: NodeClient) -> None:
        async for outcome in issue_lines(client, read_lines(file), pace):
            report.line(outcome)
            advance()

    early: HouseError | None = None
    with _progress(ask.output, file) as advance:
        try:
            ask.run(hand_in)
        except HouseError as error:
            early = error
        finally:
            report.close()
    if early:
        ask.output.failure(early)
        is_open = report.counts["unknown"] > 0
        return Exit.OUTCOME_UNKNOWN if is_open else exit_code_of(early)
    return report.exit_code()


def _sentence(outcome: LineOutcome) -> str:
    """Return the line for people."""
    answer = outcome.answer
    start = f"line {outcome.line:>6}  {_WORDS[outcome.state]:<15}"
    if outcome.state in ("issued", "exists"):
        told = (answer.get("code"), answer.get("number"), answer.get("check_code"))
        number = answer.get("business_number")
        return printable(f"{start}  {' '.join(map(str, told))}  {number}")
    problem = answer.get("problem") or {}
    parts = [problem.get("code"), problem.get("field"), problem.get("detail")]
    told_why = ": ".join(str(part) for part in parts if part)
    if outcome.state == "unknown" and answer.get("transaction"):
        told_why = f"ask later: piaolian tx get {answer['transaction']}"
    elif fix := fix_of(str(problem.get("code"))):
        told_why = f"{told_why} -> {fix}"
    return printable(f"{start}  {told_why}".rstrip())


@contextmanager
def _progress(output: Output, file: BinaryIO) -> Iterator[Any]:
    """Show how far it is, when a person looks on and the lines go elsewhere."""
    if not sys.stderr.isatty() or (output.form == "table" and sys.stdout.isatty()):
        yield lambda: None
        return
    bar = Progress(
        TextColumn("bills"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        console=Console(file=sys.stderr), transient=True,
    )  # fmt: skip
    with bar:
        task = bar.add_task("bills", total=_count(file))
        yield lambda: bar.advance(task)


def _count(file: BinaryIO) -> int | None:
    """Return how many lines a file has that are not blank; None for a stream."""
    if not file.seekable():
        return None
    count = sum(1 for _ in read_lines(file))
    file.seek(0)
    return count
