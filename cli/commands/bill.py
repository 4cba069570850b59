"""Bills (医疗收费电子票据): issue a day's file, find, list, save the receipt, verify."""

from pathlib import Path
from typing import Any

import click

from cli.client import NodeClient
from cli.commands.bill_files import check, export, import_
from cli.commands.bill_issue import issue
from cli.commands.bill_life import archive, book, reverse, rotate_holder
from cli.commands.bill_table import COLUMNS, endorsement_of
from cli.commands.bill_verify import verify
from cli.files import write_private
from cli.options import Ask, asks_node
from cli.paging import pages
from cli.render import local_time, yuan
from primitives.errors import Refused


@click.group()
def bill() -> None:
    """Issue bills, find them, take one back, book it, export it, check and verify it."""


for _command in (issue, verify, reverse, book, archive, rotate_holder, check, export, import_):
    bill.add_command(_command)


@bill.command("list")
@click.option("--issuer", help="Only bills of this agency.")
@click.option("--business-number", help="Only the bill of this business number (业务流水号).")
@click.option("--limit", type=click.IntRange(1, 10_000_000), default=20, show_default=True)
@click.option("--all", "all_", is_flag=True, help="All of them, whatever the limit.")
@asks_node
def list_bills(
    ask: Ask, issuer: str | None, business_number: str | None, limit: int, *, all_: bool
) -> None:
    """List bills in the order of code and number. What is listed names no person.

    \b
    Examples:
      piaolian bill list --issuer hospital --limit 100
      piaolian bill list --all -o jsonl | jq .amounts.total_fen | paste -sd+ | bc
    """  # noqa: D301
    most = 10**12 if all_ else limit
    query = {"issuer": issuer, "business_number": business_number}
    ask.output.many(ask.run(lambda client: pages(client, "/v1/bills", most, **query)), COLUMNS)


@bill.command("get")
@click.argument("code", required=False)
@click.argument("number", required=False)
@click.option("--business-number", help="Find it by its business number (业务流水号) instead.")
@click.option("--issuer", help="Whose business number; the node's own agency without.")
@click.option(
    "--save",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Save the portable receipt, which anybody can verify.",
)
@click.option(
    "--details",
    is_flag=True,
    help="Put the sealed details into the receipt. Issuer only; each opening is recorded.",
)
@asks_node
def get_bill(ask: Ask, /, code: str | None, number: str | None, **options: Any) -> None:
    """Show a bill's chain face, or save its receipt.

    \b
    Examples:
      piaolian bill get 46060126 12
      piaolian bill get --business-number 1b00a2f8-e87f-158a-20cd-bf7b8a6f3f4b
      piaolian bill get 46060126 12 --save receipt.json --details
    """  # noqa: D301
    business_number, save = options["business_number"], options["save"]
    if bool(business_number) == bool(code and number):
        raise click.UsageError("name the bill: CODE NUMBER, or --business-number")
    if options["details"] and not save:
        raise click.UsageError("--details goes into a receipt: add --save FILE")

    async def ask_for(client: NodeClient) -> tuple[dict[str, Any], bytes]:
        if business_number:
            face = await _by_business_number(client, business_number, options["issuer"])
        else:
            face = await client.get(f"/v1/bills/{_digits(code, 8)}/{_digits(number, 10)}")
        if not save:
            return face, b""
        path = f"/v1/bills/{face['code']}/{face['number']}/proof"
        return face, await client.get_bytes(path, details="1" if options["details"] else None)

    face, receipt = ask.run(ask_for)
    if save:
        write_private(save, receipt)
    _show(ask, face, save)


async def _by_business_number(
    client: NodeClient, business_number: str, issuer: str | None
) -> dict[str, Any]:
    page = await client.get("/v1/bills", business_number=business_number, issuer=issuer)
    if not page.get("items"):
        raise Refused("bill.not_found", "there is no bill of this business number")
    found: dict[str, Any] = page["items"][0]
    return found


def _show(ask: Ask, face: dict[str, Any], save: Path | None) -> None:
    amounts = face["amounts"]
    rows: list[tuple[str, object]] = [
        ("code", face.get("code")),
        ("number", face.get("number")),
        ("check code", face.get("check_code")),
        ("validity", face.get("validity")),
        ("endorsement", endorsement_of(face)),
        ("delivered", face.get("delivered")),
        *_life(face),
        ("issuer", face.get("issuer")),
        ("place", face.get("place")),
        ("kind", face.get("kind")),
        ("business number", face.get("business_number")),
        ("issued", local_time(int(face.get("time_ms", 0)))),
        ("total", f"{yuan(amounts['total_fen'])} yuan"),
        ("insurance fund", yuan(amounts["fund_fen"])),
        ("other payers", yuan(amounts["other_fen"])),
        ("personal account", yuan(amounts["account_fen"])),
        ("own payment", yuan(amounts["own_fen"])),
        ("height", face.get("height")),
        ("transaction", face.get("transaction")),
        ("commitment", face.get("commitment")),
        ("holder key", face.get("holder_key")),
    ]
    if save:
        rows.append(("receipt", str(save)))
    ask.output.one({**face, **({"receipt": str(save)} if save else {})}, rows)


def _life(face: dict[str, Any]) -> list[tuple[str, object]]:
    """Return what became of a bill since, in words."""
    rows: list[tuple[str, object]] = []
    is_red = face.get("validity") == "red"
    for label, name in (
        ("takes back" if is_red else "taken back by", "counterpart"),
        ("replaces", "replaces"),
        ("replaced by", "replaced_by"),
    ):
        if other := face.get(name):
            rows.append((label, f"{other['code']} {other['number']}"))
    if face.get("order"):
        rows.append(("order", face["order"]))
    if paper := face.get("paper"):
        state = "out" if paper["state"] == "paper_live" else "void"
        rows.append(("paper", f"{paper['code']} {paper['number']}, {state}"))
    claim = face.get("claim") or {}
    rows.append(("claim", claim.get("state")))
    if lock := claim.get("lock"):
        over = ", past its lease" if lock["past_lease"] else ""
        held = f"{lock['payer']} ({lock['payer_class']}) until {local_time(lock['until_ms'])}"
        rows.append(("held by", f"{held}{over}"))
    for paid in claim.get("settlements") or ():
        back = ", taken back" if paid["reversed"] else ""
        rows.append(("settled", f"{paid['payer']}: {yuan(paid['amount_fen'])} yuan{back}"))
    rows.append(("books", (face.get("books") or {}).get("state")))
    return rows


def _digits(text: str | None, width: int) -> str:
    if not text or not (text.isascii() and text.isdigit() and len(text) <= width):
        raise click.BadParameter(f"up to {width} digits", param_hint="CODE NUMBER")
    return text
