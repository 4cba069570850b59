"""The ledger as finance sees it: every number, every day, everything that is open."""

from collections.abc import Mapping
from typing import Any

import click

from cli.arguments import Digits
from cli.options import Ask, asks_node
from cli.paging import pages
from cli.render import Column, local_time, yuan

_COUNTS = (
    Column("allotted", lambda item: item.get("allotted"), right=True),
    Column("blue", lambda item: item.get("blue"), right=True),
    Column("red", lambda item: item.get("red"), right=True),
    Column("void", lambda item: item.get("void"), right=True),
    Column("unused", lambda item: item.get("unused"), right=True),
    Column("gaps", lambda item: item.get("gaps"), right=True),
    Column("issued yuan", lambda item: yuan(int(item.get("blue_fen", 0))), right=True),
    Column("reversed yuan", lambda item: yuan(int(item.get("red_fen", 0))), right=True),
    Column("locked", lambda item: item.get("locked"), right=True),
    Column("withheld", lambda item: item.get("withheld"), right=True),
    Column("owing", lambda item: item.get("owing"), right=True),
)
_RANGES = (
    Column("unit", lambda item: item.get("unit")),
    Column("code", lambda item: item.get("code")),
    Column("first", lambda item: f"{item.get('first', 0):010d}"),
    Column("state", lambda item: item.get("state")),
    *_COUNTS,
)
_UNITS = (
    Column("unit", lambda item: item.get("unit")),
    Column("ranges", lambda item: item.get("ranges"), right=True),
    *_COUNTS,
)
_DAYS = (
    Column("unit", lambda item: item.get("unit")),
    Column("day", lambda item: item.get("date")),
    Column("blue", lambda item: item.get("blue"), right=True),
    Column("red", lambda item: item.get("red"), right=True),
    Column("issued yuan", lambda item: yuan(int(item.get("blue_fen", 0))), right=True),
    Column("reversed yuan", lambda item: yuan(int(item.get("red_fen", 0))), right=True),
)
_WORDS = {
    "lock_past_lease": "claim locked past its lease",
    "order_without_bill": "order paid, no bill yet",
    "refund_due": "refund owed",
    "withheld": "endorsement withheld",
    "payment_unapplied": "payment that fits no order",
}
_OPEN = (
    Column("what", lambda item: _WORDS.get(str(item.get("matter")), item.get("matter"))),
    Column("late", lambda item: item.get("late")),
    Column("who", lambda item: item.get("agency")),
    Column("which", lambda item: _which(item)),
    Column("yuan", lambda item: _yuan(item), right=True),
    Column("since or due", lambda item: local_time(int(item.get("since_ms", 0)))),
    Column("why", lambda item: item.get("reason")),
)
_Day = Digits("day", 8, 8)


@click.group()
def report() -> None:
    """What became of every number, day by day, and what is open."""


@report.command("ranges")
@click.option("--unit", help="Only this hospital's.")
@click.option("--by-unit", is_flag=True, help="A line a hospital instead of a line a range.")
@asks_node
def ranges(ask: Ask, unit: str | None, *, by_unit: bool) -> None:
    """Tell for every number: allotted = blue + red + void + unused.

    \b
    Examples:
      piaolian ledger report ranges
      piaolian ledger report ranges --by-unit -o json
    """  # noqa: D301
    answer = ask.get("/v1/reports/ranges", unit=unit)
    if by_unit:
        ask.output.many(answer.get("units", []), _UNITS)
    else:
        ask.output.many(answer.get("items", []), _RANGES)


@report.command("days")
@click.option("--unit", help="Only this hospital's.")
@click.option("--first", type=_Day, help="From this day on, yyyymmdd.")
@click.option("--last", type=_Day, help="Up to this day, yyyymmdd.")
@asks_node
def days(ask: Ask, /, **query: str | None) -> None:
    """Tell what hospitals issued and reversed a day.

    \b
    Example:
      piaolian ledger report days --unit hospital --first 20260101
    """  # noqa: D301
    ask.output.many(ask.run(lambda c: pages(c, "/v1/reports/days", 1_000_000, **query)), _DAYS)


@report.command("open")
@click.option("--late", is_flag=True, help="Only what is past its time.")
@asks_node
def open_(ask: Ask, *, late: bool) -> None:
    """Tell what somebody must still settle: withheld bills, locks, refunds, payments, orders.

    \b
    Example:
      piaolian ledger report open --late
    """  # noqa: D301
    items = ask.run(lambda client: pages(client, "/v1/reports/open", 1_000_000))
    ask.output.many([item for item in items if item.get("late") or not late], _OPEN)


def _which(item: Mapping[str, Any]) -> str:
    if item.get("number"):
        return f"bill {item.get('code')} {item.get('number')}"
    return str(item.get("reference", item.get("key")))


def _yuan(item: Mapping[str, Any]) -> str | None:
    amount = item.get("amount_fen")
    return None if amount is None else yuan(amount)
