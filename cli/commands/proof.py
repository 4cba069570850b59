"""Proofs: any fact of the ledger, or its absence, to be checked by anybody without a node."""

import json
from pathlib import Path
from typing import Any

import click

from cli.arguments import base64url
from cli.commands.bill_verify import verify
from cli.files import write_private
from cli.options import Ask, asks_node
from cli.render import printable
from ledger.leaf_types import read_leaf, state_key
from ledger.operation_json import message_to_json
from proofs.receipt import PortableReceipt, load_receipt


@click.group()
def proof() -> None:
    """Save the proof of any fact, and check one."""


proof.add_command(verify)


@proof.command("get")
@click.argument("key")
@click.option(
    "--save",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Save the receipt, which anybody can verify.",
)
@asks_node
def get(ask: Ask, key: str, save: Path | None) -> None:
    """Show what stands under a state KEY, or that nothing does; save the proof of it.

    KEY is a path: b/CODE/NUMBER a bill with its claim and reversal, e/HEIGHT an endorsement,
    a/AGENCY a member, r/CODE/FIRST a range, d/HOSPITAL/ORDER an order, y/PROVIDER/REFERENCE a
    payment; docs/formats.md has them all. What is shown is proved by the saved file alone.

    \b
    Examples:
      piaolian proof get b/46060126/12 --save bill.json
      piaolian proof get e/42
      piaolian proof verify bill.json --genesis genesis.json
    """  # noqa: D301
    wanted = state_key(key)
    data = ask.run(lambda client: client.get_bytes(f"/v1/facts/{base64url(wanted)}"))
    receipt = load_receipt(data)
    if save:
        write_private(save, data)
    told = {"key": wanted.decode(), "present": receipt.leaf is not None, **_fact(receipt)}
    told |= {"receipt": str(save)} if save else {}
    ask.output.one(told, [(name, _shown(value)) for name, value in told.items()])


def _fact(receipt: PortableReceipt) -> dict[str, Any]:
    """Return what stands in a receipt's leaf, by its type's fields."""
    if receipt.leaf is None:
        return {}
    leaf = read_leaf(bytes(receipt.leaf.key), bytes(receipt.leaf.value))
    if leaf is None:
        return {"value": bytes(receipt.leaf.value).hex()}
    return {"kind": type(leaf).__name__, "fact": message_to_json(leaf)}


def _shown(value: object) -> object:
    if isinstance(value, dict):
        return printable(json.dumps(value, ensure_ascii=False))
    return value
