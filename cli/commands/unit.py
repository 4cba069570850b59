"""Units that issue (开票单位): finance stops one at once, and lets it go on."""

import click

from cli.operating import Operation, operates
from cli.options import Ask, asks_node
from cli.render import Column

_COLUMNS = (
    Column("unit", lambda item: item.get("unit")),
    Column("name", lambda item: item.get("name")),
    Column("membership", lambda item: item.get("standing")),
    Column("may issue", lambda item: item.get("state") == "issues"),
    Column("open ranges", lambda item: item.get("open_ranges"), right=True),
)


@click.group()
def unit() -> None:
    """Stop hospitals from issuing, and let them go on. For finance's node."""


@unit.command("freeze")
@click.argument("name", metavar="UNIT")
@click.option("--reason", required=True, help="A code: a-z and _, such as rate_too_high.")
@operates()
def freeze(ask: Ask, /, name: str, reason: str) -> Operation:
    """Stop a hospital: it issues nothing and opens no orders until it is released.

    \b
    Example:
      piaolian unit freeze hospital --reason rate_too_high
    """  # noqa: D301
    return {"operation": "freeze_unit", "unit": name, "reason": reason}


@unit.command("release")
@click.argument("name", metavar="UNIT")
@operates()
def release(ask: Ask, /, name: str) -> Operation:
    """Let a stopped hospital go on.

    \b
    Example:
      piaolian unit release hospital
    """  # noqa: D301
    return {"operation": "release_unit", "unit": name}


@unit.command("list")
@asks_node
def list_units(ask: Ask) -> None:
    """List all hospitals, and whether they may issue.

    \b
    Example:
      piaolian unit list
    """  # noqa: D301
    ask.output.many(ask.get("/v1/units").get("items", []), _COLUMNS)
