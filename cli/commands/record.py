"""Medical records (病历): publish bundles, list documents, read one, see its history, check it."""

from collections import Counter
from pathlib import Path
from typing import Any

import click

from cli.commands.bill_verify import verify
from cli.exits import CommandError, Exit
from cli.files import write_private
from cli.options import Ask, asks_node
from cli.paging import pages
from cli.record_text import Record, fetch_record, resource_in
from cli.render import Column, fix_of, local_time, write
from exchange.fhir_bundle import BUNDLE_SIZE_MAX
from primitives.errors import Refused
from proofs.receipt import dump_receipt

FHIR = "application/fhir+json"
_File = click.Path(path_type=Path, dir_okay=False)
_COLUMNS = (
    Column("custodian", lambda item: item.get("custodian")),
    Column("document", lambda item: item.get("document")),
    Column("kind", lambda item: item.get("kind")),
    Column("published", lambda item: local_time(int(item.get("time_ms", 0)))),
    Column("bytes, padded", lambda item: item.get("size_class"), right=True),
    Column("state", lambda item: item.get("state")),
    Column("amends", lambda item: item.get("supersedes")),
    Column("amended by", lambda item: item.get("superseded_by")),
)
_PUBLISHED = (
    Column("file", lambda item: item.get("file")),
    Column("record", lambda item: item.get("resource") or "–"),
    Column("kind", lambda item: item.get("kind")),
    Column("resources", lambda item: item.get("entries"), right=True),
    Column("status", lambda item: item.get("status")),
    Column("document", lambda item: item.get("document")),
    Column("amends", lambda item: item.get("supersedes")),
    Column("why", lambda item: (item.get("problem") or {}).get("code", "–")),
)


@click.group()
def record() -> None:
    """Publish medical records, find them, read one, check one."""


record.add_command(verify)


@record.command("publish")
@click.argument("files", type=_File, metavar="FILE...", nargs=-1, required=True)
@click.option("--patient-number", help="The hospital's own number of the patient (patientNo).")
@click.option(
    "--amend", is_flag=True, help="Let what says something else take the old one's place."
)
@click.option("--wait", "wait_s", type=click.FloatRange(0, 60), default=30.0, show_default=True)
@asks_node
def publish(
    ask: Ask, files: tuple[Path, ...], patient_number: str | None, *, amend: bool, wait_s: float
) -> Exit:
    """Publish the FHIR R4 bundle in each FILE. For a hospital's node.

    Each visit of the bundle's patient becomes one sealed record, and so does what belongs to no
    visit. Running it again publishes nothing twice. Whose they are is told by the resident id in
    the bundle, or by the hospital's number of the patient, which its bills name as patientNo.

    \b
    Examples:
      piaolian record publish bundle.json --patient-number 593aaa05
      piaolian record publish corrected.json --patient-number 593aaa05 --amend
    """  # noqa: D301
    items: list[dict[str, Any]] = []
    for file in files:
        told = _publish(ask, file, patient_number, amend=amend, wait_ms=int(wait_s * 1000))
        items += [{"file": file.name, **item} for item in told]
    ask.output.many(items, _PUBLISHED)
    for code in sorted({(item.get("problem") or {}).get("code", "") for item in items} - {""}):
        if ask.output.form == "table" and (fix := fix_of(code)):
            click.echo(f"  {code} -> {fix}", err=True)
    found = Counter(item.get("status") for item in items)
    if found["unknown"]:
        return Exit.OUTCOME_UNKNOWN
    return Exit.REFUSED if found["refused"] else Exit.DONE


@record.command("list")
@click.option("--limit", type=click.IntRange(1, 10_000_000), default=20, show_default=True)
@asks_node
def list_records(ask: Ask, /, limit: int) -> None:
    """List this agency's documents as the chain knows them, oldest first.

    \b
    Example:
      piaolian record list --limit 100
    """  # noqa: D301
    ask.output.many(ask.run(lambda client: pages(client, "/v1/records", limit)), _COLUMNS)


@record.command("get")
@click.argument("name", metavar="DOCUMENT")
@click.option("--resource", metavar="TYPE/ID", help="Only this resource, byte for byte.")
@click.option("--save", type=_File, metavar="FILE", help="Write the text there, not to the screen.")
@click.option("--receipt", type=_File, metavar="FILE", help="Save text and proof for anybody.")
@asks_node
def get_record(
    ask: Ask, /, name: str, resource: str | None, save: Path | None, receipt: Path | None
) -> None:
    """Read the record in a DOCUMENT (812-0-3, or hospital/812-0-3). For its custodian's node.

    The reading is recorded, and the patient sees it. A receipt holds the whole text: whoever has
    the file can read it.

    \b
    Examples:
      piaolian record get 812-0-3 --save visit.json
      piaolian record get 812-0-3 --resource Encounter/bb7df902-1930-c09f-b1de-d70893ec3888
      piaolian record get 812-0-3 --receipt visit-receipt.json
    """  # noqa: D301
    custodian, document = _named(ask, name)
    found: Record = ask.run(lambda client: fetch_record(client, custodian, document))
    if receipt:
        write_private(receipt, dump_receipt(found.receipt()))
    shown = resource_in(found.text, resource) if resource else found.text
    if save:
        write_private(save, shown)
    told = {"custodian": custodian, "document": document, "bytes": len(found.text)}
    told |= {"saved": str(save)} if save else {}
    told |= {"receipt": str(receipt)} if receipt else {}
    if save or receipt:
        ask.output.one(told, list(told.items()))
    else:
        write(shown.decode())


@record.command("history")
@click.argument("name", metavar="DOCUMENT")
@asks_node
def history(ask: Ask, name: str) -> None:
    """Show a DOCUMENT with those that it amends and that amend it, oldest first.

    \b
    Example:
      piaolian record history 812-0-3
    """  # noqa: D301
    custodian, document = _named(ask, name)
    answer = ask.get(f"/v1/records/{custodian}/{document}/history")
    ask.output.many(answer.get("items", []), _COLUMNS)


def _publish(
    ask: Ask, file: Path, patient_number: str | None, *, amend: bool, wait_ms: int
) -> list[dict[str, Any]]:
    try:
        with file.open("rb") as stream:
            # One byte more tells a longer file, whatever size it says it has.
            data = stream.read(BUNDLE_SIZE_MAX + 1)
    except OSError as error:
        raise CommandError(
            Exit.CONFIGURATION, "file.missing", f"{file}: {error.strerror}", field="FILE"
        ) from error
    if len(data) > BUNDLE_SIZE_MAX:
        raise Refused("record.too_large", "at most 16 MiB a bundle", "FILE")
    headers = {"Patient-Number": patient_number} if patient_number else {}
    answer = ask.run(
        lambda client: client.post(
            "/v1/records",
            data,
            media=FHIR,
            wait_ms=wait_ms,
            headers=headers,
            amend=int(amend),
        )
    )
    items: list[dict[str, Any]] = answer.get("items", [])
    return items


def _named(ask: Ask, name: str) -> tuple[str, str]:
    """Return custodian and document of a name; without a custodian it is the node's agency."""
    custodian, _, document = name.rpartition("/")
    return custodian or str(ask.get("/v1/status").get("agency")), document
