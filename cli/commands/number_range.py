"""Number ranges (票据号段): finance allots them, hospitals use them up."""

import json

import click

from cli.commands.transaction import WAIT
from cli.exits import Exit
from cli.options import Ask, asks_node
from cli.render import Column
from primitives.errors import Refused

_COLUMNS = (
    Column("code", lambda item: item.get("code")),
    Column("first", lambda item: f"{item.get('first', 0):010d}", right=True),
    Column("last", lambda item: f"{item.get('last', 0):010d}", right=True),
    Column("next", lambda item: f"{item.get('next', 0):010d}", right=True),
    Column("left", lambda item: item.get("last", 0) - item.get("next", 0) + 1, right=True),
    Column("unit", lambda item: item.get("unit")),
    Column("place", lambda item: item.get("place")),
    Column("kind", lambda item: item.get("kind")),
    Column("state", lambda item: item.get("state")),
)


@click.group("range")
def number_range() -> None:
    """Allot number ranges, or see how far they are used."""


@number_range.command("list")
@asks_node
def list_ranges(ask: Ask) -> None:
    """List all allotted ranges and the next number of each.

    \b
    Example:
      piaolian range list
    """  # noqa: D301
    ask.output.many(ask.get("/v1/ranges").get("items", []), _COLUMNS)


@number_range.command("allot")
@click.option("--unit", required=True, help="Agency id of the hospital.")
@click.option("--place", required=True, help="Issuing place (开票点编码) of the hospital.")
@click.option("--kind", required=True, help="Bill kind, two digits: 01 to 99.")
@click.option("--code", required=True, help="Bill code (票据代码), eight digits.")
@click.option("--first", required=True, type=click.IntRange(1, 9_999_999_999))
@click.option("--last", required=True, type=click.IntRange(1, 9_999_999_999))
@WAIT
@asks_node
def allot(ask: Ask, /, wait_s: float, **numbers: str | int) -> Exit:
    """Allot numbers of a code to a hospital's place. For the finance department's node.

    Digits 5 and 6 of the code are the kind, 7 and 8 the year. Numbers of a code are allotted
    upwards; what was allotted once is never allotted again.

    \b
    Example:
      piaolian range allot --unit hospital --place 460000001 --kind 01 \\
          --code 46060126 --first 1 --last 100000
    """  # noqa: D301
    body = json.dumps(numbers).encode()
    wait_ms = int(wait_s * 1000)
    answer = ask.run(lambda client: client.post("/v1/ranges", body, wait_ms=wait_ms))
    if answer.get("status") == "refused":
        problem = answer.get("problem") or {}
        raise Refused(
            str(problem.get("code", "range.refused")),
            str(problem.get("detail", "")),
            str(problem.get("field") or ""),
        )
    transaction = answer.get("transaction") or answer.get("id")
    rows: list[tuple[str, object]] = [
        ("status", answer.get("status")),
        ("code", numbers["code"]),
        ("numbers", f"{numbers['first']:010d} to {numbers['last']:010d}"),
        ("unit", f"{numbers['unit']}, place {numbers['place']}, kind {numbers['kind']}"),
        ("height", answer.get("height")),
        ("transaction", transaction),
    ]
    ask.output.one(answer, rows)
    done = answer.get("status") == "committed" or not wait_s
    return Exit.DONE if done else Exit.OUTCOME_UNKNOWN
