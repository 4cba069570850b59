"""Claims (报销): a payer holds a bill, settles its part or lets go."""

from collections.abc import Mapping
from typing import Any

import click

from cli.arguments import WHEN, YUAN, bill_name
from cli.operating import Operation, operates
from cli.options import Ask, asks_node
from cli.paging import pages
from cli.render import Column, local_time, yuan

CLASSES = (
    *("basic_insurance", "large_illness", "commercial"),
    *("medical_aid", "employer", "other"),
)
"""The payer classes in the order of their numbers, from 1."""


def _settled(item: Mapping[str, Any]) -> int:
    paid = item["claim"].get("settlements", [])
    return sum(part["amount_fen"] for part in paid if not part["reversed"])


def _lock(item: Mapping[str, Any], name: str) -> Any:
    return (item["claim"].get("lock") or {}).get(name)


_COLUMNS = (
    Column("code", lambda item: item.get("code")),
    Column("number", lambda item: item.get("number")),
    Column("claim", lambda item: item["claim"]["state"]),
    Column("held by", lambda item: _lock(item, "payer")),
    Column("class", lambda item: _lock(item, "payer_class")),
    Column("until", lambda item: local_time(_lock(item, "until_ms") or 0)),
    Column("past lease", lambda item: _lock(item, "past_lease")),
    Column("settled", lambda item: yuan(_settled(item)), right=True),
)


@click.group()
def claim() -> None:
    """Lock, settle, release and take back claims. For a payer's node."""


@claim.command("lock")
@bill_name
@click.option("--class", "class_", type=click.Choice(CLASSES), required=True, help="Payer class.")
@click.option("--amount", type=YUAN, required=True, help="What may be settled at most, in yuan.")
@click.option("--purpose", default="reimbursement", show_default=True, help="A code: a-z and _.")
@click.option("--until", type=WHEN, default="7d", show_default=True, help="When the lease ends.")
@click.option("--grant", metavar="SIGNATURE", help="The holder's grant, base64url.")
@click.option("--grant-until", type=WHEN, help="Until when the grant counts.")
@operates()
def lock(ask: Ask, /, **asked: Any) -> Operation:
    """Hold a bill while its claim is reviewed.

    A payer with statutory power needs no grant; any other brings the holder's.

    \b
    Example:
      piaolian claim lock 46060126 12 --class commercial --amount 300 --until 7d
    """  # noqa: D301
    if bool(asked["grant"]) != bool(asked["grant_until"]):
        raise click.UsageError("--grant and --grant-until go together")
    grant = {"until_ms": asked["grant_until"], "signature": asked["grant"]}
    return {
        "operation": "lock_claim",
        "code": asked["code"],
        "number": int(asked["number"]),
        "payer_class": CLASSES.index(asked["class_"]) + 1,
        "purpose": asked["purpose"],
        "amount_fen": asked["amount"],
        "until_ms": asked["until"],
        "grant": grant if asked["grant"] else None,
    }


@claim.command("settle")
@bill_name
@click.option("--amount", type=YUAN, required=True, help="What is paid, in yuan.")
@click.option("--reference", required=True, help="The payer's own settlement number.")
@operates()
def settle(ask: Ask, /, code: str, number: str, amount: int, reference: str) -> Operation:
    """Pay on a bill that is held.

    \b
    Example:
      piaolian claim settle 46060126 12 --amount 250.00 --reference S-2026-0007
    """  # noqa: D301
    return {
        "operation": "settle_claim",
        "code": code,
        "number": int(number),
        "amount_fen": amount,
        "reference": reference,
    }


@claim.command("release")
@bill_name
@operates()
def release(ask: Ask, /, code: str, number: str) -> Operation:
    """Let a bill go; after its lease finance may do so too.

    \b
    Example:
      piaolian claim release 46060126 12
    """  # noqa: D301
    return {"operation": "release_claim", "code": code, "number": int(number)}


@claim.command("reverse")
@bill_name
@click.option("--reference", required=True, help="Which settlement.")
@click.option("--reason", required=True, help="A code: a-z and _, such as paid_twice.")
@operates()
def reverse(ask: Ask, /, code: str, number: str, reference: str, reason: str) -> Operation:
    """Take a settlement back.

    \b
    Example:
      piaolian claim reverse 46060126 12 --reference S-2026-0007 --reason paid_twice
    """  # noqa: D301
    return {
        "operation": "reverse_settlement",
        "code": code,
        "number": int(number),
        "reference": reference,
        "reason": reason,
    }


@claim.command("list")
@click.option("--issuer", help="Only bills of this agency.")
@click.option("--all", "all_", is_flag=True, help="Bills that nobody claimed, too.")
@click.option("--limit", type=click.IntRange(1, 10_000_000), default=1_000, show_default=True)
@asks_node
def list_claims(ask: Ask, issuer: str | None, limit: int, *, all_: bool) -> None:
    """List the claims among the first bills, by code and number.

    \b
    Example:
      piaolian claim list --limit 100000 -o jsonl
    """  # noqa: D301
    faces = ask.run(lambda client: pages(client, "/v1/bills", limit, issuer=issuer))
    found = [item for item in faces if all_ or item["claim"]["state"] != "free" or _touched(item)]
    ask.output.many(found, _COLUMNS)


def _touched(item: dict[str, Any]) -> bool:
    return bool(item["claim"].get("settlements") or item["claim"].get("lock"))
