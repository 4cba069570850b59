"""Final blocks: the newest, or one by its height."""

import click

from cli.options import Ask, asks_node
from cli.paging import pages
from cli.render import Column, local_time, short_hash

_COLUMNS = (
    Column("height", lambda item: item.get("height"), right=True),
    Column("time", lambda item: local_time(int(item.get("time_ms", 0)))),
    Column("proposer", lambda item: item.get("proposer")),
    Column("round", lambda item: item.get("round"), right=True),
    Column("transactions", lambda item: item.get("transactions"), right=True),
    Column("operations", lambda item: item.get("operations"), right=True),
    Column("bytes", lambda item: item.get("size_bytes"), right=True),
    Column("signed by", lambda item: " ".join(item.get("signers", []))),
    Column("hash", lambda item: short_hash(str(item.get("hash")))),
)


@click.group()
def block() -> None:
    """Look at final blocks."""


@block.command("list")
@click.option("--limit", type=click.IntRange(1, 1_000_000), default=20, show_default=True)
@asks_node
def list_blocks(ask: Ask, limit: int) -> None:
    """List the newest blocks.

    \b
    Examples:
      piaolian block list
      piaolian block list --limit 500 -o jsonl | jq .signers
    """  # noqa: D301
    ask.output.many(ask.run(lambda client: pages(client, "/v1/blocks", limit)), _COLUMNS)


@block.command("get")
@click.argument("height", type=click.IntRange(min=1))
@asks_node
def get_block(ask: Ask, height: int) -> None:
    """Show one block.

    \b
    Example:
      piaolian block get 7
    """  # noqa: D301
    answer = ask.get(f"/v1/blocks/{height}")
    rows: list[tuple[str, object]] = [
        ("height", answer.get("height")),
        ("hash", answer.get("hash")),
        ("time", local_time(int(answer.get("time_ms", 0)))),
        ("proposer", answer.get("proposer")),
        ("round", answer.get("round")),
        ("signed by", " ".join(answer.get("signers", []))),
        ("transactions", answer.get("transactions")),
        ("operations", answer.get("operations")),
        ("bytes", answer.get("size_bytes")),
        ("parent", answer.get("parent_hash")),
        ("state root", answer.get("state_root")),
        ("transactions root", answer.get("transactions_root")),
        ("receipts root", answer.get("receipts_root")),
    ]
    rows += [("transaction", identity) for identity in answer.get("transaction_ids", [])]
    ask.output.one(answer, rows)
