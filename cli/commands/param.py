"""The chain's parameters: the rules that all nodes share as numbers."""

import json

import click

from cli.options import Ask, asks_node
from cli.render import Column
from primitives.errors import Refused

_COLUMNS = (
    Column("parameter", lambda item: item.get("name")),
    Column("value", lambda item: json.dumps(item.get("value"), ensure_ascii=False)),
)


@click.group()
def param() -> None:
    """See the chain's parameters; `gov propose set-parameter` changes one."""


@param.command("list")
@asks_node
def list_parameters(ask: Ask) -> None:
    """List all parameters.

    \b
    Example:
      piaolian param list
    """  # noqa: D301
    ask.output.many(ask.get("/v1/parameters").get("items", []), _COLUMNS)


@param.command("get")
@click.argument("name")
@asks_node
def get_parameter(ask: Ask, name: str) -> None:
    """Show one parameter.

    \b
    Example:
      piaolian param get claim_lease_max_ms
    """  # noqa: D301
    for item in ask.get("/v1/parameters").get("items", []):
        if item.get("name") == name:
            ask.output.one(item, [(column.title, column.cell(item)) for column in _COLUMNS])
            return
    raise Refused("parameter.unknown", "there is no such parameter", "NAME")
