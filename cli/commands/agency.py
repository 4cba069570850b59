"""Members (成员单位): who they are, the keys of their programs and of their people."""

from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Any

import click

from cli.arguments import KEY_ID, PUBLIC_KEY
from cli.commands.agency_key import key
from cli.exits import CommandError, Exit
from cli.operating import GOVERNANCE, Operation, operates
from cli.options import Ask, asks_node
from cli.render import Column, local_time

DAY_MS = 86_400_000
CERTIFICATE_SIZE_MAX = 2048
_COLUMNS = (
    Column("id", lambda item: item.get("id")),
    Column("name", lambda item: item.get("name")),
    Column("uscc", lambda item: item.get("uscc")),
    Column("roles", lambda item: ", ".join(item.get("roles", []))),
    Column("membership", lambda item: item.get("standing")),
    Column("votes", lambda item: item.get("is_validator")),
    Column("stopped", lambda item: item.get("is_frozen")),
)


@click.group()
def agency() -> None:
    """See members; change the keys and people of your own agency."""


agency.add_command(key)


@agency.command("list")
@asks_node
def list_agencies(ask: Ask) -> None:
    """List all members, those removed included.

    \b
    Example:
      piaolian agency list
    """  # noqa: D301
    ask.output.many(ask.get("/v1/agencies").get("items", []), _COLUMNS)


@agency.command("get")
@click.argument("name", metavar="AGENCY")
@asks_node
def get_agency(ask: Ask, name: str) -> None:
    """Show a member with the keys of its programs.

    \b
    Example:
      piaolian agency get hospital
    """  # noqa: D301
    item = ask.get(f"/v1/agencies/{name}")
    rows = [(column.title, column.cell(item)) for column in _COLUMNS]
    keys, certificates = item.get("keys") or (), item.get("certificates") or ()
    rows += [(f"{one['purpose']} key", f"{one['key_id']}{_until(one)}") for one in keys]
    rows += [("node certificate", f"sha256 {one['sha256']}{_until(one)}") for one in certificates]
    ask.output.one(item, rows)


@agency.command("rotate-key")
@click.option("--purpose", required=True, help="governance, validator, desk, provider, ...")
@click.option("--old", type=KEY_ID, required=True, help="Id of the key that goes, hex.")
@click.option("--public", type=PUBLIC_KEY, required=True, help="The key that comes, hex.")
@click.option("--overlap-days", type=click.IntRange(0, 365), default=0, show_default=True)
@operates(GOVERNANCE)
def rotate_key(ask: Ask, /, overlap_days: int, **asked: Any) -> Operation:
    """Put a new key of a program in the place of an old one.

    \b
    Example:
      piaolian agency rotate-key --purpose desk --old 0f1e2d3c4b5a6978 --public 5f... \\
          --overlap-days 7 --sign-with keys/governance.key
    """  # noqa: D301
    return {"operation": "rotate_key", **asked, "overlap_ms": overlap_days * DAY_MS}


@agency.command("rotate-certificate")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE")
@click.option("--overlap-days", type=click.IntRange(0, 365), default=7, show_default=True)
@operates(GOVERNANCE)
def rotate_certificate(ask: Ask, /, file: Path, overlap_days: int) -> Operation:
    """Have the agency's node known by a new certificate (DER) as well.

    \b
    Example:
      piaolian agency rotate-certificate keys/node-next.crt --sign-with keys/governance.key
    """  # noqa: D301
    try:
        der = file.read_bytes()
    except OSError as error:
        raise CommandError(
            Exit.CONFIGURATION, "file.unreadable", f"{file}: {error.strerror}", field="FILE"
        ) from error
    return {
        "operation": "rotate_certificate",
        "certificate": urlsafe_b64encode(der[: CERTIFICATE_SIZE_MAX + 1]).rstrip(b"=").decode(),
        "overlap_ms": overlap_days * DAY_MS,
    }


def _until(item: dict[str, Any]) -> str:
    until_ms = item.get("until_ms")
    return f", until {local_time(until_ms)}" if until_ms else ""
