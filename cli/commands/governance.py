"""Governance (治理): members propose, validators' agencies vote, it takes effect at a height."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import msgspec

from cli.arguments import WHEN, base64url
from cli.exits import CommandError, Exit
from cli.operating import GOVERNANCE, Operation, operates
from cli.options import Ask, asks_node
from cli.paging import pages
from cli.render import Column, local_time
from primitives.codec import encode

_COLUMNS = (
    Column("proposal", lambda item: item.get("id")),
    Column("by", lambda item: item.get("proposer")),
    Column("change", lambda item: words_of(item.get("change") or {})),
    Column("state", lambda item: item.get("state")),
    Column("yes", lambda item: _votes(item, approves=True), right=True),
    Column("no", lambda item: _votes(item, approves=False), right=True),
    Column("needed", lambda item: item.get("needed"), right=True),
    Column("from height", lambda item: item.get("effective_height") or None, right=True),
    Column("votes until", lambda item: local_time(int(item.get("until_ms", 0)))),
)


@click.group("gov")
def governance() -> None:
    """Propose changes of members, validators and rules; vote on them."""


@governance.group("propose")
def propose() -> None:
    """Propose a change; a validator's agency has voted for it thereby. Signed with --sign-with."""


def _changes(command: Any) -> Any:
    """Give a proposal its time and height, and have it signed here."""
    until = click.option(
        "--votes-until", type=WHEN, default="7d", show_default=True, help="When votes end."
    )
    height = click.option(
        "--from-height",
        type=click.IntRange(0, 2**62),
        default=0,
        help="The first height judged by it; the nearest possible without.",
    )
    return height(until(operates(GOVERNANCE)(command)))


def _proposal(change: dict[str, Any], votes_until: int, from_height: int) -> Operation:
    return {
        "operation": "propose",
        "change": change,
        "effective_height": from_height,
        "until_ms": votes_until,
    }


@propose.command("add-agency")
@click.option(
    "--entry", type=click.Path(path_type=Path, dir_okay=False), required=True, metavar="FILE",
    help="What `piaolian init` printed for the new member.",
)  # fmt: skip
@_changes
def add_agency(ask: Ask, /, entry: Path, votes_until: int, from_height: int) -> Operation:
    """Let a new member join.

    \b
    Example:
      piaolian gov propose add-agency --entry clinic.json --sign-with keys/governance.key
    """  # noqa: D301
    return _proposal(member_of(entry), votes_until, from_height)


@propose.command("suspend")
@click.argument("agency")
@_changes
def suspend(ask: Ask, /, agency: str, votes_until: int, from_height: int) -> Operation:
    """Refuse a member's transactions until it is restored.

    \b
    Example:
      piaolian gov propose suspend bank --sign-with keys/governance.key
    """  # noqa: D301
    return _proposal(_of("suspend_agency", agency), votes_until, from_height)


@propose.command("restore")
@click.argument("agency")
@_changes
def restore(ask: Ask, /, agency: str, votes_until: int, from_height: int) -> Operation:
    """Let a suspended member take part again.

    \b
    Example:
      piaolian gov propose restore bank --sign-with keys/governance.key
    """  # noqa: D301
    return _proposal(_of("restore_agency", agency), votes_until, from_height)


@propose.command("remove")
@click.argument("agency")
@_changes
def remove(ask: Ask, /, agency: str, votes_until: int, from_height: int) -> Operation:
    """Have a member leave for ever; what it did stays.

    \b
    Example:
      piaolian gov propose remove bank --sign-with keys/governance.key
    """  # noqa: D301
    return _proposal(_of("remove_agency", agency), votes_until, from_height)


@propose.command("set-roles")
@click.argument("agency")
@click.argument("roles", nargs=-1, required=True)
@_changes
def set_roles(
    ask: Ask, /, agency: str, roles: tuple[str, ...], votes_until: int, from_height: int
) -> Operation:
    """Give a member all the roles it has from then on: finance, hospital, insurer, ...

    \b
    Example:
      piaolian gov propose set-roles bank provider --sign-with keys/governance.key
    """  # noqa: D301
    change = {**_of("set_roles", agency), "roles": list(roles)}
    return _proposal(change, votes_until, from_height)


@propose.command("add-validator")
@click.argument("agency")
@_changes
def add_validator(ask: Ask, /, agency: str, votes_until: int, from_height: int) -> Operation:
    """Let a member vote on blocks; its node has signalled that it is ready.

    \b
    Example:
      piaolian gov propose add-validator bank --sign-with keys/governance.key
    """  # noqa: D301
    return _proposal(_of("add_validator", agency), votes_until, from_height)


@propose.command("remove-validator")
@click.argument("agency")
@_changes
def remove_validator(ask: Ask, /, agency: str, votes_until: int, from_height: int) -> Operation:
    """Take a member's vote; at least four keep theirs.

    \b
    Example:
      piaolian gov propose remove-validator bank --sign-with keys/governance.key
    """  # noqa: D301
    return _proposal(_of("remove_validator", agency), votes_until, from_height)


@propose.command("set-parameter")
@click.argument("name")
@click.argument("value")
@_changes
def set_parameter(
    ask: Ask, /, name: str, value: str, votes_until: int, from_height: int
) -> Operation:
    """Give a parameter another value, written as JSON; `param list` shows them all.

    \b
    Examples:
      piaolian gov propose set-parameter rounding_fen 10 --sign-with keys/governance.key
      piaolian gov propose set-parameter statutory_payers '[["insurance", 1]]' --sign-with ...
    """  # noqa: D301
    try:
        read = json.loads(value)
    except ValueError:
        read = value
    change = {"change": "set_parameter", "name": name, "value": base64url(encode(read))}
    return _proposal(change, votes_until, from_height)


@propose.command("upgrade")
@click.argument("version", type=click.IntRange(1, 2**32 - 1))
@_changes
def upgrade(ask: Ask, /, version: int, votes_until: int, from_height: int) -> Operation:
    """Have other rules hold from a height on; programs that do not know them stop there.

    \b
    Example:
      piaolian gov propose upgrade 2 --from-height 90000 --sign-with keys/governance.key
    """  # noqa: D301
    change = {"change": "schedule_upgrade", "version": version}
    return _proposal(change, votes_until, from_height)


@governance.command("vote")
@click.argument("proposal")
@click.argument("answer", type=click.Choice(("yes", "no")))
@operates(GOVERNANCE)
def vote(ask: Ask, /, proposal: str, answer: str) -> Operation:
    """Vote on a proposal, once an agency.

    \b
    Example:
      piaolian gov vote 000000000042-0000-0000 yes --sign-with keys/governance.key
    """  # noqa: D301
    return {"operation": "vote", "proposal": proposal, "approves": answer == "yes"}


@governance.command("list")
@click.option("--state", help="open, passed, rejected, done or failed.")
@click.option("--limit", type=click.IntRange(1, 1_000_000), default=100, show_default=True)
@asks_node
def list_proposals(ask: Ask, limit: int, state: str | None) -> None:
    """List proposals, oldest first.

    \b
    Example:
      piaolian gov list --state open
    """  # noqa: D301
    ask.output.many(ask.run(lambda c: pages(c, "/v1/proposals", limit, state=state)), _COLUMNS)


@governance.command("get")
@click.argument("proposal")
@asks_node
def get_proposal(ask: Ask, proposal: str) -> None:
    """Show a proposal and who voted.

    \b
    Example:
      piaolian gov get 000000000042-0000-0000
    """  # noqa: D301
    item = ask.get(f"/v1/proposals/{proposal}")
    rows = [(column.title, column.cell(item)) for column in _COLUMNS]
    ballots = item.get("ballots") or ()
    rows += [(str(vote["agency"]), "yes" if vote["approves"] else "no") for vote in ballots]
    ask.output.one(item, rows)


def words_of(change: dict[str, Any]) -> str:
    """Return a change in words: `set parameter rounding_fen to 10`."""
    rest = dict(change)
    words = [str(rest.pop("change", "")).replace("_", " ")]
    named = ("agency", "name", "version") if "value" in rest else ("agency", "version")
    words += [str(rest[name]) for name in named if name in rest]
    if "value" in rest:
        words.append(f"to {_value(str(rest['value']))}")
    if "roles" in rest:
        words.append(f"({', '.join(rest['roles'])})")
    return " ".join(words)


def member_of(entry: Path) -> dict[str, Any]:
    """Return the change that lets a member join, from the entry that `init` printed.

    Raises:
        CommandError: `entry.malformed` (exit 78).
    """
    try:
        told = json.loads(entry.read_text("utf-8"))
        return {
            "change": "add_agency",
            "agency": told["id"],
            "name": told["name"],
            "uscc": told["uscc"],
            "roles": told["roles"],
            "certificate": told["certificate"],
            "keys": [{"purpose": key["purpose"], "public": key["public"]} for key in told["keys"]],
        }
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CommandError(
            Exit.CONFIGURATION,
            "entry.malformed",
            f"{entry} is no member's entry; `piaolian init` prints one",
            field="--entry",
        ) from error


def _of(name: str, agency: str) -> dict[str, Any]:
    return {"change": name, "agency": agency}


def _votes(item: Mapping[str, Any], *, approves: bool) -> int:
    return sum(ballot.get("approves") is approves for ballot in item.get("ballots") or ())


def _value(text: str) -> str:
    """Return a parameter's value as JSON."""
    try:
        data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        return json.dumps(msgspec.msgpack.decode(data))
    except (ValueError, msgspec.DecodeError):
        return text
