"""`piaolian ledger recount`: all bills counted again from the raw blocks.

Rule: what the node says of its books is compared with what its blocks say, by code that shares
nothing with the node's.
"""

import sys
from base64 import urlsafe_b64decode
from typing import Any, Final

import click

from cli.client import NodeClient
from cli.exits import Exit
from cli.options import Ask, asks_node
from cli.paging import pages
from cli.recount.blocks import RawBlock, read_block
from cli.recount.comparing import days_of, differences, ranges_of
from cli.recount.counting import Counting
from cli.render import Column, write, yuan
from primitives.errors import PeerFault, Unavailable

TRIES: Final = 5
"""A chain that moves between the questions is asked again so often."""
TOLD_EVERY: Final = 200
DAYS_MAX: Final = 10_000_000

_COLUMNS = (
    Column("code", lambda item: item["code"]),
    Column("first", lambda item: f"{item['first']:010d}", right=True),
    Column("allotted", lambda item: item["allotted"], right=True),
    Column("blue", lambda item: item["blue"], right=True),
    Column("red", lambda item: item["red"], right=True),
    Column("void", lambda item: item["void"], right=True),
    Column("unused", lambda item: item["unused"], right=True),
    Column("blue yuan", lambda item: yuan(item["blue_fen"]), right=True),
    Column("red yuan", lambda item: yuan(item["red_fen"]), right=True),
    Column("claimed now", lambda item: item["locked"], right=True),
    Column("withheld", lambda item: item["withheld"], right=True),
    Column("unit", lambda item: item["unit"]),
)


@click.command("recount")
@asks_node
def recount(ask: Ask) -> Exit:
    """Count every number and bill again from the raw blocks, and compare with the node's books.

    The blocks are held to their headers and read by code that shares nothing with the node's. It
    keeps about 400 bytes a bill in memory. Exit code 5 says that blocks and books differ.

    \b
    Examples:
      piaolian ledger recount
      piaolian ledger recount -o json | jq .ranges
    """  # noqa: D301
    counting, told = ask.run(_counted)
    wrong = differences(ranges_of(counting), told["ranges"], ("code", "first"))
    wrong += differences(days_of(counting), told["days"], ("unit", "date"))
    unapplied = counting.money.unapplied
    document = {
        "height": counting.height,
        "hash": counting.hash.hex(),
        "equal": not wrong,
        "differences": wrong,
        "ranges": ranges_of(counting),
        "days": days_of(counting),
        "payments": len(counting.money.payments),
        "unapplied": len(unapplied),
        "unapplied_fen": sum(payment.owed_fen for payment in unapplied),
    }
    if ask.output.form != "table":
        ask.output.json(document)
    else:
        ask.output.many(ranges_of(counting), _COLUMNS)
        write(f"\n{len(counting.bills):,} bills in {counting.height:,} blocks")
        write(f"{len(unapplied):,} of {document['payments']:,} payments are unapplied")
        write("blocks and books are equal" if not wrong else "BLOCKS AND BOOKS DIFFER:")
        for line in wrong:
            write(f"  {line}")
    return Exit.VERIFICATION_FAILED if wrong else Exit.DONE


async def _counted(client: NodeClient) -> tuple[Counting, dict[str, list[dict[str, Any]]]]:
    """Count up to a height, and return the node's books of that height."""
    counting = Counting()
    for _ in range(TRIES):
        report = await client.get("/v1/reports/ranges")
        days = await pages(client, "/v1/reports/days", DAYS_MAX)
        height = int(report["height"])
        if height == int((await client.get("/v1/status"))["height"]):
            await _count(client, counting, height)
            return counting, {"ranges": report["items"], "days": days}
        await _count(client, counting, height)
    raise Unavailable("recount.moving", "new blocks come faster than the books are read")


async def _count(client: NodeClient, counting: Counting, until: int) -> None:
    """Count the blocks up to a height, each held to the one before."""
    for height in range(counting.height + 1, until + 1):
        block = await _block(client, height)
        if block.height != height or (counting.hash and block.parent != counting.hash):
            raise PeerFault(
                "recount.broken_chain", f"block {height} does not follow the one before"
            )
        counting.block(block)
        if height % TOLD_EVERY == 0 and sys.stderr.isatty():
            sys.stderr.write(f"\r  {height:,} of {until:,} blocks ")


async def _block(client: NodeClient, height: int) -> RawBlock:
    header = str((await client.get(f"/v1/blocks/{height}"))["header"])
    body = await client.get_bytes(f"/v1/blocks/{height}/body")
    return read_block(urlsafe_b64decode(header + "=" * (-len(header) % 4)), body)
