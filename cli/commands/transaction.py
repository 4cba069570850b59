"""Transactions: hand in signed ones, ask what became of them."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from pathlib import Path
from typing import Any

import click

from cli.client import NodeClient
from cli.exits import CommandError, Exit
from cli.options import Ask, asks_node
from cli.render import Column
from primitives.errors import Refused

BATCH = 50
"""Transactions in one request."""
TRANSACTION_SIZE_MAX = 1024 * 1024

WAIT = click.option(
    "--wait",
    "wait_s",
    type=click.FloatRange(0, 60),
    default=30.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait until it is final.",
)

_COLUMNS = (
    Column("id", lambda item: item.get("id") or "–"),
    Column("status", lambda item: item.get("status")),
    Column("height", lambda item: item.get("height"), right=True),
    Column("why", lambda item: (item.get("problem") or {}).get("code", "–")),
)


@click.group("tx")
def transaction() -> None:
    """Look at transactions, or hand in signed ones."""


@transaction.command("get")
@click.argument("transaction_id", metavar="ID")
@asks_node
def get_transaction(ask: Ask, transaction_id: str) -> Exit:
    """Show where a transaction stands: committed, accepted (in line), or unknown here.

    Exit code 6 when this node does not know it.

    \b
    Example:
      piaolian tx get 0000019b…
    """  # noqa: D301
    answer = ask.get(f"/v1/transactions/{_plain(transaction_id)}")
    _show(ask, answer)
    known = answer.get("status") in ("committed", "accepted")
    return Exit.DONE if known else Exit.OUTCOME_UNKNOWN


@transaction.command("wait")
@click.argument("transaction_id", metavar="ID")
@WAIT
@asks_node
def wait_transaction(ask: Ask, transaction_id: str, wait_s: float) -> Exit:
    """Wait until a transaction is final. Exit code 6 when that did not happen in time.

    \b
    Example:
      piaolian tx wait 0000019b… --wait 60
    """  # noqa: D301
    path = f"/v1/transactions/{_plain(transaction_id)}"
    answer = ask.get(path, wait_ms=int(wait_s * 1000))
    _show(ask, answer)
    return Exit.DONE if answer.get("status") == "committed" else Exit.OUTCOME_UNKNOWN


@transaction.command("submit")
@click.argument("files", nargs=-1, required=True, type=click.File("rb"), metavar="FILE...")
@WAIT
@asks_node
def submit(ask: Ask, files: tuple[Any, ...], wait_s: float) -> Exit:
    """Hand in signed transactions, each a file of bytes or of base64url text; - reads one.

    \b
    Example:
      piaolian tx submit signed.bin
    """  # noqa: D301
    texts = [_text_of(file.read(2 * TRANSACTION_SIZE_MAX), file.name) for file in files]
    items = ask.run(lambda client: _submit(client, texts, int(wait_s * 1000)))
    ask.output.many(items, _COLUMNS)
    for item in items:
        if problem := item.get("problem"):
            ask.output.failure(
                Refused(problem["code"], problem.get("detail", ""), problem.get("field") or "")
            )
    found = {item.get("status") for item in items}
    if "refused" in found:
        return Exit.REFUSED
    return Exit.DONE if found == {"committed"} or not wait_s else Exit.OUTCOME_UNKNOWN


async def _submit(client: NodeClient, texts: list[str], wait_ms: int) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    for start in range(0, len(texts), BATCH):
        body = json.dumps({"transactions": texts[start : start + BATCH]}).encode()
        answer = await client.post("/v1/transactions", body, wait_ms=wait_ms)
        items += answer.get("items", [])
    return items


def _show(ask: Ask, answer: dict[str, Any]) -> None:
    rows: list[tuple[str, object]] = [
        ("id", answer.get("id")),
        ("status", answer.get("status")),
        ("height", answer.get("height")),
        ("index", answer.get("index")),
    ]
    for result in answer.get("results") or []:
        told = [f"{name} {value}" for name, value in result.items() if name != "operation"]
        rows.append((str(result.get("operation", "result")), ", ".join(told)))
    ask.output.one(answer, rows)


def _plain(transaction_id: str) -> str:
    text = transaction_id.strip().lower()
    if len(text) != 80 or any(char not in "0123456789abcdef" for char in text):
        raise click.BadParameter("a transaction id is 80 hexadecimal digits", param_hint="ID")
    return text


def _text_of(data: bytes, name: str | Path) -> str:
    """Return the base64url text of a transaction file, which holds that text or the bytes."""
    if not data:
        raise CommandError(Exit.CONFIGURATION, "transaction.empty", f"{name} is empty")
    try:
        text = data.decode("ascii").strip().rstrip("=")
        urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return urlsafe_b64encode(data).rstrip(b"=").decode()
    return text
