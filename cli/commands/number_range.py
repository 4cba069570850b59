"""Number ranges (票据号段): a hospital asks, finance allots, and each number is told for."""

from typing import Any

import click

from cli.arguments import CODE, NUMBER, range_name
from cli.operating import Operation, operates
from cli.options import Ask, asks_node
from cli.paging import pages
from cli.render import Column, local_time

_COLUMNS = (
    Column("code", lambda item: item.get("code")),
    Column("first", lambda item: f"{item.get('first', 0):010d}", right=True),
    Column("last", lambda item: f"{item.get('last', 0):010d}", right=True),
    Column("next", lambda item: f"{item.get('next', 0):010d}", right=True),
    Column("unused", lambda item: item.get("unused"), right=True),
    Column("unit", lambda item: item.get("unit")),
    Column("place", lambda item: item.get("place")),
    Column("kind", lambda item: item.get("kind")),
    Column("state", lambda item: item.get("state")),
    Column("offline", lambda item: item.get("offline")),
)
_REQUESTS = (
    Column("unit", lambda item: item.get("unit")),
    Column("request", lambda item: item.get("request")),
    Column("place", lambda item: item.get("place")),
    Column("kind", lambda item: item.get("kind")),
    Column("count", lambda item: item.get("count"), right=True),
    Column("asked", lambda item: local_time(int(item.get("time_ms", 0)))),
    Column("state", lambda item: item.get("state")),
)


@click.group("range")
def number_range() -> None:
    """Ask for numbers, allot, freeze, return and write off ranges; see what became of them."""


@number_range.command("list")
@click.option("--unit", help="Only this hospital's.")
@click.option("--state", help="allotted, active, exhausted, frozen, returned or written_off.")
@asks_node
def list_ranges(ask: Ask, unit: str | None, state: str | None) -> None:
    """List all allotted ranges and the next number of each.

    \b
    Example:
      piaolian range list --unit hospital --state active
    """  # noqa: D301
    ask.output.many(ask.get("/v1/ranges", unit=unit, state=state).get("items", []), _COLUMNS)


@number_range.command("requests")
@click.option("--unit", help="Only this hospital's.")
@click.option("--state", help="requested, allotted or declined.")
@asks_node
def list_requests(ask: Ask, unit: str | None, state: str | None) -> None:
    """List what hospitals asked for.

    \b
    Example:
      piaolian range requests --state requested
    """  # noqa: D301
    query = {"unit": unit, "state": state}
    items = ask.run(lambda client: pages(client, "/v1/requests", 10_000, **query))
    ask.output.many(items, _REQUESTS)


@number_range.command("request")
@click.option("--request", required=True, help="Your own name of this request; used once.")
@click.option("--place", required=True, help="Issuing place (开票点编码) that needs them.")
@click.option("--kind", required=True, help="Bill kind, two digits: 01 to 99.")
@click.option("--count", required=True, type=click.IntRange(1, 100_000_000))
@operates()
def request(ask: Ask, /, **asked: Any) -> Operation:
    """Ask finance for numbers. For a hospital's node.

    \b
    Example:
      piaolian range request --request 2026-07 --place 460000001 --kind 01 --count 100000
    """  # noqa: D301
    return {"operation": "request_numbers", **asked}


@number_range.command("decline")
@click.argument("unit")
@click.argument("request")
@operates()
def decline(ask: Ask, /, unit: str, request: str) -> Operation:
    """Give no numbers for a request. For finance's node.

    \b
    Example:
      piaolian range decline hospital 2026-07
    """  # noqa: D301
    return {"operation": "decline_request", "unit": unit, "request": request}


@number_range.command("allot")
@click.option("--unit", required=True, help="Agency id of the hospital.")
@click.option("--place", required=True, help="Issuing place (开票点编码) of the hospital.")
@click.option("--kind", required=True, help="Bill kind, two digits: 01 to 99.")
@click.option("--code", required=True, type=CODE, help="Bill code (票据代码), eight digits.")
@click.option("--first", required=True, type=click.IntRange(1, 9_999_999_999))
@click.option("--last", required=True, type=click.IntRange(1, 9_999_999_999))
@click.option("--offline", is_flag=True, help="The place names each number itself.")
@click.option("--request", help="The unit's request that this answers.")
@operates()
def allot(ask: Ask, /, **asked: Any) -> Operation:
    """Allot numbers of a code to a hospital's place. For the finance department's node.

    Digits 5 and 6 of the code are the kind, 7 and 8 the year. Numbers of a code are allotted
    upwards; what was allotted once is never allotted again.

    \b
    Example:
      piaolian range allot --unit hospital --place 460000001 --kind 01 \\
          --code 46060126 --first 1 --last 100000
    """  # noqa: D301
    is_offline = asked.pop("offline")
    return {"operation": "allot_numbers", **asked, "is_offline": is_offline}


@number_range.command("freeze")
@range_name
@operates()
def freeze(ask: Ask, /, code: str, first: int) -> Operation:
    """Stop the use of a range. For finance's node.

    \b
    Example:
      piaolian range freeze 46060126 1
    """  # noqa: D301
    return {"operation": "freeze_range", "code": code, "first": first}


@number_range.command("release")
@range_name
@operates()
def release(ask: Ask, /, code: str, first: int) -> Operation:
    """Let a frozen range be used again. For finance's node.

    \b
    Example:
      piaolian range release 46060126 1
    """  # noqa: D301
    return {"operation": "release_range", "code": code, "first": first}


@number_range.command("return")
@range_name
@operates()
def return_(ask: Ask, /, code: str, first: int) -> Operation:
    """Take back the unused numbers of a range; nobody gets them again. For finance's node.

    \b
    Example:
      piaolian range return 46060126 1
    """  # noqa: D301
    return {"operation": "return_range", "code": code, "first": first}


@number_range.command("write-off")
@range_name
@operates()
def write_off(ask: Ask, /, code: str, first: int) -> Operation:
    """Close the books of a range; refused while anything of its bills is open. For finance.

    \b
    Example:
      piaolian range write-off 46060126 1 --dry-run
    """  # noqa: D301
    return {"operation": "write_off_range", "code": code, "first": first}


@number_range.command("void-number")
@range_name
@click.argument("number", type=NUMBER)
@click.option("--reason", required=True, help="A code: a-z and _, such as form_spoilt.")
@operates()
def void_number(ask: Ask, /, code: str, first: int, number: str, reason: str) -> Operation:
    """Burn a number of an offline range that will serve no bill. For its hospital's node.

    \b
    Example:
      piaolian range void-number 46060126 1 17 --reason form_spoilt
    """  # noqa: D301
    return {
        "operation": "void_number",
        "code": code,
        "first": first,
        "number": int(number),
        "reason": reason,
    }
