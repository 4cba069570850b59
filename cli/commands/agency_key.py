"""Keys of an agency's people (人员密钥): issued, limited and withdrawn by the agency itself."""

import re
from collections.abc import Mapping
from typing import Any

import click

from cli.arguments import KEY_ID, PUBLIC_KEY, WHEN, YUAN
from cli.commands.bill_table import COLUMNS as BILLS
from cli.operating import GOVERNANCE, Operation, operates
from cli.options import Ask, asks_node
from cli.paging import pages
from cli.render import Column, local_time, yuan

_HOURS = re.compile(r"([01][0-9]|2[0-4]):([0-5][0-9])-([01][0-9]|2[0-4]):([0-5][0-9])", re.ASCII)
_COLUMNS = (
    Column("key", lambda item: item.get("key_id")),
    Column("staff", lambda item: item.get("staff")),
    Column("purpose", lambda item: item.get("purpose")),
    Column("state", lambda item: item.get("state")),
    Column("kinds", lambda item: ", ".join(item.get("kinds", [])) or "all"),
    Column("places", lambda item: ", ".join(item.get("places", [])) or "all"),
    Column("hours", lambda item: _hours(item)),
    Column("a minute", lambda item: item.get("bills_minute"), right=True),
    Column("a day", lambda item: item.get("bills_day"), right=True),
    Column("yuan a day", lambda item: yuan(int(item.get("amount_day_fen", 0))), right=True),
    Column("until", lambda item: local_time(int(item.get("until_ms", 0)))),
    Column("last used", lambda item: item.get("used_day")),
    Column("bills then", lambda item: item.get("used_bills", 0), right=True),
)
_LIMITS = (
    click.option("--kind", "kinds", multiple=True, help="A bill kind it may issue; all without."),
    click.option("--place", "places", multiple=True, help="A place it may issue for; all without."),
    click.option("--amount-day", type=YUAN, required=True, help="Yuan it may issue in a day."),
    click.option("--bills-day", type=click.IntRange(0, 2**32 - 1), required=True),
    click.option("--bills-minute", type=click.IntRange(0, 2**32 - 1), required=True),
    click.option("--hours", default="00:00-24:00", show_default=True, help="When it may act."),
    click.option("--until", type=WHEN, default="365d", show_default=True, help="When it ends."),
)


def _limited(command: Any) -> Any:
    """Give a command the options of a key's limits."""
    for option in reversed(_LIMITS):
        command = option(command)
    return command


@click.group()
def key() -> None:
    """Give people keys, limit and withdraw them; list what a key did."""


@key.command("issue")
@click.option("--public", type=PUBLIC_KEY, required=True, help="The person's public key, hex.")
@click.option("--staff", required=True, help="工号: the agency's own number of the person.")
@click.option("--purpose", type=click.Choice(("desk", "checker", "provider")), default="desk")
@_limited
@operates(GOVERNANCE)
def issue(ask: Ask, /, public: str, staff: str, purpose: str, **asked: Any) -> Operation:
    """Let a person's key act from now on, within limits.

    \b
    Example:
      piaolian agency key issue --public 5f... --staff c-17 --kind 01 --amount-day 50000 \\
          --bills-day 400 --bills-minute 10 --hours 07:30-18:00 --sign-with keys/governance.key
    """  # noqa: D301
    return {
        "operation": "issue_key",
        "purpose": purpose,
        "public": public,
        "staff": staff,
        "limits": limits_of(asked),
        "until_ms": asked["until"],
    }


@key.command("limit")
@click.argument("key_id", type=KEY_ID, metavar="KEY")
@_limited
@operates(GOVERNANCE)
def limit(ask: Ask, /, key_id: str, **asked: Any) -> Operation:
    """Change what a person's key may do.

    \b
    Example:
      piaolian agency key limit 0f1e2d3c4b5a6978 --amount-day 1000 --bills-day 20 \\
          --bills-minute 2 --sign-with keys/governance.key
    """  # noqa: D301
    return {
        "operation": "limit_key",
        "key_id": key_id,
        "limits": limits_of(asked),
        "until_ms": asked["until"],
    }


@key.command("revoke")
@click.argument("key_id", type=KEY_ID, metavar="KEY")
@operates(GOVERNANCE)
def revoke(ask: Ask, /, key_id: str) -> Operation:
    """Withdraw a person's key at once; it never counts again.

    \b
    Example:
      piaolian agency key revoke 0f1e2d3c4b5a6978 --sign-with keys/governance.key
    """  # noqa: D301
    return {"operation": "revoke_key", "key_id": key_id}


@key.command("list")
@click.option("--agency", help="Whose people; this agency's without.")
@asks_node
def list_keys(ask: Ask, agency: str | None) -> None:
    """List people's keys, their limits and what they did lately.

    \b
    Example:
      piaolian agency key list
    """  # noqa: D301
    items = ask.run(lambda client: pages(client, "/v1/keys", 100_000, agency=agency))
    ask.output.many(items, _COLUMNS)


@key.command("bills")
@click.argument("key_id", metavar="KEY")
@click.option("--agency", help="Whose key; this agency's without.")
@click.option("--limit", "most", type=click.IntRange(1, 10_000_000), default=1_000)
@asks_node
def bills(ask: Ask, key_id: str, most: int, agency: str | None) -> None:
    """List the bills that a key issued or reversed: what a stolen one did.

    \b
    Example:
      piaolian agency key bills 0f1e2d3c4b5a6978 -o jsonl
    """  # noqa: D301
    path = f"/v1/keys/{key_id.strip().lower()}/bills"
    ask.output.many(ask.run(lambda client: pages(client, path, most, agency=agency)), BILLS)


def limits_of(asked: dict[str, Any]) -> dict[str, Any]:
    """Return a key's limits as an operation has them."""
    match = _HOURS.fullmatch(asked["hours"])
    if match is None:
        raise click.BadParameter("write such as 07:30-18:00", param_hint="--hours")
    begin, end = int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])
    return {
        "kinds": list(asked["kinds"]),
        "places": list(asked["places"]),
        "amount_day_fen": asked["amount_day"],
        "bills_day": asked["bills_day"],
        "bills_minute": asked["bills_minute"],
        "from_minute": begin,
        "to_minute": end,
    }


def _hours(item: Mapping[str, Any]) -> str:
    begin, end = int(item.get("from_minute", 0)), int(item.get("to_minute", 0))
    return f"{begin // 60:02d}:{begin % 60:02d}-{end // 60:02d}:{end % 60:02d}"
