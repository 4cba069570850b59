"""Payments and refunds (缴费, 退费): facts of a provider, and what it owes."""

import hashlib
from pathlib import Path
from typing import Any

import click

from cli.arguments import WHEN, YUAN, base64url, now_ms
from cli.exits import CommandError, Exit
from cli.operating import Operation, operates
from cli.options import Ask, asks_node
from cli.paging import pages
from cli.render import Column, local_time, yuan

REFERENCES_MAX = 500
"""Payments that one operation marks as reconciled."""
_File = click.Path(path_type=Path, dir_okay=False)
_COLUMNS = (
    Column("provider", lambda item: item.get("provider")),
    Column("reference", lambda item: item.get("reference")),
    Column("hospital", lambda item: item.get("payee")),
    Column("order", lambda item: item.get("order")),
    Column("amount", lambda item: yuan(int(item.get("amount_fen", 0))), right=True),
    Column("went back", lambda item: yuan(int(item.get("refunded_fen", 0))), right=True),
    Column("state", lambda item: item.get("state")),
    Column("why", lambda item: item.get("reason") or None),
    Column("paid", lambda item: local_time(int(item.get("paid_ms", 0)))),
    Column("reconciled", lambda item: item.get("reconciled")),
)
_OWED = (
    Column("payment", lambda item: item.get("payment")),
    Column("hospital", lambda item: item.get("payee")),
    Column("order", lambda item: item.get("order")),
    Column("owed", lambda item: yuan(int(item.get("amount_fen", 0))), right=True),
    Column("due by", lambda item: local_time(int(item.get("due_by_ms", 0)))),
    Column("why", lambda item: item.get("reason")),
)


@click.group()
def payment() -> None:
    """Record payments and refunds, see what is owed back. For a provider's node."""


@payment.command("record")
@click.option("--payee", required=True, help="Agency id of the hospital.")
@click.option("--order", required=True, help="Number of its order.")
@click.option("--amount", "amount_fen", type=YUAN, required=True, help="In yuan.")
@click.option("--reference", required=True, help="The provider's own number of the payment.")
@click.option("--paid", "paid_ms", type=WHEN, help="When; now without.")
@click.option("--notice", type=_File, required=True, help="The signed notice, as it came.")
@operates("provider")
def record(ask: Ask, /, notice: Path, paid_ms: int | None, **asked: Any) -> Operation:
    """Record that somebody paid. What fits no order is recorded, too, and owed back.

    \b
    Example:
      piaolian payment record --payee hospital --order 1b00a2f8 --amount 13.05 \\
          --reference 4200001 --notice notice.json
    """  # noqa: D301
    paid = {"paid_ms": paid_ms or now_ms(), "notice_hash": hash_of(notice, "--notice")}
    return {"operation": "record_payment", **asked, **paid}


@payment.command("refund")
@click.option("--payment", required=True, help="Reference of the payment.")
@click.option("--amount", "amount_fen", type=YUAN, required=True, help="In yuan.")
@click.option("--reference", required=True, help="The refund's own number.")
@click.option("--refunded", "refunded_ms", type=WHEN, help="When; now without.")
@click.option("--notice", type=_File, required=True, help="The signed notice, as it came.")
@operates("provider")
def refund(ask: Ask, /, notice: Path, refunded_ms: int | None, **asked: Any) -> Operation:
    """Record that money went back; never more than is owed.

    \b
    Example:
      piaolian payment refund --payment 4200001 --amount 13.05 --reference R-1 --notice n.json
    """  # noqa: D301
    done = {"refunded_ms": refunded_ms or now_ms(), "notice_hash": hash_of(notice, "--notice")}
    return {"operation": "record_refund", **asked, **done}


@payment.command("reconcile")
@click.argument("references", nargs=-1, required=True)
@click.option("--statement", type=_File, required=True, help="The provider's daily statement.")
@operates("provider")
def reconcile(ask: Ask, /, references: tuple[str, ...], statement: Path) -> list[Operation]:
    """Mark payments that stand in a daily statement.

    \b
    Example:
      piaolian payment reconcile 4200001 4200002 --statement 20260701.csv
    """  # noqa: D301
    hash_ = hash_of(statement, "--statement")
    return [
        {
            "operation": "reconcile_payments",
            "references": list(references[start : start + REFERENCES_MAX]),
            "statement_hash": hash_,
        }
        for start in range(0, len(references), REFERENCES_MAX)
    ]


@payment.command("list")
@click.option("--provider", help="Only those that this agency recorded.")
@click.option("--state", type=click.Choice(("applied", "unapplied")))
@click.option("--limit", type=click.IntRange(1, 10_000_000), default=20, show_default=True)
@asks_node
def list_payments(ask: Ask, /, limit: int, **query: str | None) -> None:
    """List recorded payments: a provider's own, elsewhere all.

    \b
    Example:
      piaolian payment list --state unapplied
    """  # noqa: D301
    ask.output.many(ask.run(lambda c: pages(c, "/v1/payments", limit, **query)), _COLUMNS)


@payment.command("owed")
@click.option("--provider", help="Whose debts; this agency's without.")
@click.option("--limit", type=click.IntRange(1, 10_000_000), default=1_000, show_default=True)
@asks_node
def owed(ask: Ask, limit: int, provider: str | None) -> None:
    """List what a provider owes back, payment by payment.

    \b
    Example:
      piaolian payment owed -o jsonl
    """  # noqa: D301
    found = ask.run(lambda c: pages(c, "/v1/refunds/owed", limit, provider=provider))
    ask.output.many(found, _OWED)


def hash_of(file: Path, option: str) -> str:
    """Return SHA-256 of a file, base64url.

    Raises:
        CommandError: `file.unreadable`.
    """
    try:
        return base64url(hashlib.sha256(file.read_bytes()).digest())
    except OSError as error:
        raise CommandError(
            Exit.CONFIGURATION, "file.unreadable", f"{file}: {error.strerror}", field=option
        ) from error
