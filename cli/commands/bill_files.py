"""`piaolian bill check`, `export`, `import`: a bill outside the ledger."""

from pathlib import Path

import click

from cli.arguments import CODE, NUMBER, Digits, bill_name
from cli.bill_file import shown_file
from cli.exits import CommandError, Exit
from cli.files import write_private
from cli.options import Ask, asks_node, shows
from primitives.errors import Refused
from primitives.units import parse_fen

FORMATS = ("xml", "archive", "fhir", "pdf", "csv")
FILE_SIZE_MAX = 16 * 1024 * 1024
_File = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("code", type=CODE)
@click.argument("number", type=NUMBER)
@click.argument("check_code")
@click.argument("date", type=Digits("day", 8, 8))
@click.argument("amount")
@asks_node
def check(ask: Ask, /, **elements: str) -> int:
    """Check the five elements on a bill's face against the ledger (查验).

    CODE NUMBER CHECK_CODE DATE (yyyymmdd) AMOUNT (13.05). Exit code 5 when they are not those of
    one bill; which of them is wrong is never told.

    \b
    Example:
      piaolian bill check 46060126 12 0a1b2c 20260701 13.05
    """  # noqa: D301
    amount = elements["amount"]
    try:
        parse_fen(amount.removeprefix("-"), "AMOUNT")
    except Refused as error:
        raise click.BadParameter(error.detail, param_hint="AMOUNT") from error
    answer = ask.post("/v1/check", {**elements, "amount": _two_places(amount)})
    is_good = answer.get("consistent") is True
    rows: list[tuple[str, object]] = [("consistent with the ledger", is_good)]
    if is_good:
        rows += [
            ("reversed", answer.get("reversed")),
            ("on paper", answer.get("on_paper")),
            ("claimed", answer.get("claimed")),
        ]
    ask.output.one(answer, rows)
    return Exit.DONE if is_good else Exit.VERIFICATION_FAILED


@click.command()
@bill_name
@click.option("--format", "format_", type=click.Choice(FORMATS), default="xml", show_default=True)
@click.option("--save", type=_File, required=True, metavar="FILE", help="Where it goes.")
@asks_node
def export(ask: Ask, code: str, number: str, format_: str, save: Path) -> None:
    """Write a bill as national XML, archive XML, FHIR, PDF or CSV. Issuer only; it is recorded.

    \b
    Example:
      piaolian bill export 46060126 12 --format pdf --save bill.pdf
    """  # noqa: D301
    path = f"/v1/bills/{code}/{number}/export"
    data = ask.run(lambda client: client.get_bytes(path, format=format_))
    write_private(save, data)
    document = {"code": code, "number": number.zfill(10), "format": format_, "file": str(save)}
    ask.output.one(document, list(document.items()))


@click.command("import")
@click.argument("file", type=_File, metavar="FILE")
@click.option("--genesis", type=_File, help="The genesis file: its keys verify the signatures.")
@shows
def import_(ask: Ask, file: Path, genesis: Path | None) -> int:
    """Read a bill in an exchange format, check that it adds up, and show it. No node is asked.

    National and archive XML carry their signatures: with --genesis they are verified.

    \b
    Example:
      piaolian bill import bill.xml --genesis genesis.json
    """  # noqa: D301
    document, rows, is_good = shown_file(_read(file), None if genesis is None else _read(genesis))
    ask.output.one(document, rows)
    return Exit.DONE if is_good else Exit.VERIFICATION_FAILED


def _two_places(amount: str) -> str:
    whole, _, fraction = amount.partition(".")
    return f"{whole}.{fraction[:2].ljust(2, '0')}"


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            data = stream.read(FILE_SIZE_MAX + 1)
    except OSError as error:
        raise CommandError(
            Exit.CONFIGURATION, "file.unreadable", f"{file}: {error.strerror}", field="FILE"
        ) from error
    if len(data) > FILE_SIZE_MAX:
        raise CommandError(Exit.CONFIGURATION, "file.too_long", f"{file} is too long")
    return data
