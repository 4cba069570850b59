"""Charge orders (待缴费单): open a file of them, see what became of them and their money."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, BinaryIO

import click

from cli.arguments import WHEN
from cli.client import NodeClient
from cli.exits import Exit
from cli.his_file import read_lines
from cli.operating import Operation, operates
from cli.options import Ask, asks_node
from cli.paging import pages
from cli.render import Column, fix_of, local_time, yuan

BATCH = 500
"""Lines handed in at once."""
_COLUMNS = (
    Column("hospital", lambda item: item.get("hospital")),
    Column("order", lambda item: item.get("order")),
    Column("sort", lambda item: item.get("sort")),
    Column("due", lambda item: yuan(int(item.get("due_fen", 0))), right=True),
    Column("paid", lambda item: yuan(int(item.get("paid_fen", 0))), right=True),
    Column("owed back", lambda item: yuan(int(item.get("owed_fen", 0))), right=True),
    Column("state", lambda item: item.get("state")),
    Column("money", lambda item: item.get("money")),
    Column("pay until", lambda item: local_time(int(item.get("expiry_ms", 0)))),
    Column("bill", lambda item: _bill(item)),
)
_OPENED = (
    Column("line", lambda item: item.get("line"), right=True),
    Column("order", lambda item: item.get("order") or "–"),
    Column("status", lambda item: item.get("status")),
    Column("height", lambda item: item.get("height"), right=True),
    Column("why", lambda item: (item.get("problem") or {}).get("code", "–")),
)


@click.group()
def order() -> None:
    """Open charge orders, find them, cancel one, see its money."""


@order.command("open")
@click.argument("file", type=click.File("rb"), metavar="FILE")
@click.option("--sort", type=click.Choice(("charge", "deposit")), default="charge")
@click.option("--instalments", type=click.IntRange(1, 100), default=1, show_default=True)
@click.option("--until", "expires_ms", type=WHEN, help="The last time to pay; the longest without.")
@click.option("--wait", "wait_s", type=click.FloatRange(0, 60), default=30.0, show_default=True)
@asks_node
def open_(ask: Ask, /, file: BinaryIO, wait_s: float, **query: Any) -> Exit:
    """Open an order for every line of FILE (- reads standard input). For a hospital's node.

    FILE is what the hospital's system wrote, a JSON object a line, as for `bill issue`; the order's
    number is the line's busNo. Running it again opens nothing twice.

    \b
    Example:
      piaolian order open orders.jsonl --until 30d
    """  # noqa: D301
    lines = [line.data or b"" for line in read_lines(file)]
    items = ask.run(lambda client: _open(client, lines, int(wait_s * 1000), query))
    ask.output.many(items, _OPENED)
    for code in sorted({(item.get("problem") or {}).get("code", "") for item in items} - {""}):
        if ask.output.form == "table" and (fix := fix_of(code)):
            click.echo(f"  {code} -> {fix}", err=True)
    found = Counter(item.get("status") for item in items)
    if found["unknown"]:
        return Exit.OUTCOME_UNKNOWN
    return Exit.REFUSED if found["refused"] else Exit.DONE


@order.command("list")
@click.option("--hospital", help="Only this hospital's.")
@click.option("--state", help="open, cancelled, billed or reversed.")
@click.option("--money", help="unpaid, prepay, paid, part_refunded or refunded.")
@click.option("--limit", type=click.IntRange(1, 10_000_000), default=20, show_default=True)
@asks_node
def list_orders(ask: Ask, /, limit: int, **query: str | None) -> None:
    """List orders by hospital and number.

    \b
    Example:
      piaolian order list --state open --money paid
    """  # noqa: D301
    ask.output.many(ask.run(lambda c: pages(c, "/v1/orders", limit, **query)), _COLUMNS)


@order.command("get")
@click.argument("hospital")
@click.argument("order_number", metavar="ORDER")
@asks_node
def get_order(ask: Ask, hospital: str, order_number: str) -> None:
    """Show an order.

    \b
    Example:
      piaolian order get hospital 1b00a2f8-e87f-158a
    """  # noqa: D301
    item = ask.get(f"/v1/orders/{hospital}/{order_number}")
    rows = [(column.title, column.cell(item)) for column in _COLUMNS]
    rows += [("opened", local_time(int(item.get("opened_ms", 0))))]
    rows += [("place, kind", f"{item.get('place')}, {item.get('kind')}")]
    rows += [("transaction", item.get("transaction"))]
    ask.output.one(item, rows)


@order.command("pay-state")
@click.argument("hospital")
@click.argument("order_number", metavar="ORDER")
@asks_node
def pay_state(ask: Ask, hospital: str, order_number: str) -> None:
    """Say in a sentence where an order's money stands.

    \b
    Example:
      piaolian order pay-state hospital 1b00a2f8-e87f-158a
    """  # noqa: D301
    item = ask.get(f"/v1/orders/{hospital}/{order_number}")
    ask.output.one(item, [("order", order_number), ("stands", sentence(item))])


@order.command("cancel")
@click.argument("hospital")
@click.argument("order_number", metavar="ORDER")
@click.option("--reason", required=True, help="A code: a-z and _, such as wrong_patient.")
@operates()
def cancel(ask: Ask, /, hospital: str, order_number: str, reason: str) -> Operation:
    """End an order without a bill; what was paid is owed back.

    \b
    Example:
      piaolian order cancel hospital 1b00a2f8-e87f-158a --reason wrong_patient
    """  # noqa: D301
    return {
        "operation": "cancel_order",
        "hospital": hospital,
        "order": order_number,
        "reason": reason,
    }


def sentence(item: dict[str, Any]) -> str:
    """Return where an order's money stands, in words."""
    due, paid = int(item.get("due_fen", 0)), int(item.get("paid_fen", 0))
    owed = int(item.get("owed_fen", 0))
    told = {
        "unpaid": "past its time, nothing was paid" if item.get("expired") else "nothing is paid",
        "prepay": f"{yuan(paid)} of {yuan(due)} yuan is paid",
        "paid": f"{yuan(paid)} yuan is paid",
        "part_refunded": f"{yuan(int(item.get('refunded_fen', 0)))} yuan went back",
        "refunded": "all of it went back",
    }.get(str(item.get("money")), str(item.get("money")))
    ends = {"billed": f"its bill is {_bill(item)}", "cancelled": "it is cancelled"}
    told += f"; {ends.get(str(item.get('state')), 'it has no bill yet')}"
    if owed:
        told += f"; {yuan(owed)} yuan is owed back until {local_time(item.get('due_by_ms') or 0)}"
    return told


def _bill(item: Mapping[str, Any]) -> str | None:
    bill = item.get("bill")
    return f"{bill['code']} {bill['number']}" if bill else None


async def _open(
    client: NodeClient, lines: list[bytes], wait_ms: int, query: dict[str, Any]
) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    for start in range(0, len(lines), BATCH):
        body = b"\n".join(lines[start : start + BATCH]) + b"\n"
        answer = await client.post(
            "/v1/orders", body, media="application/x-ndjson", wait_ms=wait_ms, **query
        )
        told = answer.get("items", [])
        items += [{**item, "line": start + item.get("line", 0)} for item in told]
    return items
