"""A bill in the formats of the outside world; and finance's lifting of what it withheld.

Rule: an export opens the details, so it is recorded first like any opening; the issuer's own node
alone can make it.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from aiohttp import web

from exchange.archive_xml import ArchiveDocument, write_archive
from exchange.csv_ledger import write_csv
from exchange.fhir_export import export_fhir
from exchange.national_xml import NationalDocument, write_national
from exchange.pdf import bill_pdf
from ledger.bills import Bill, bill_key
from ledger.receipt import decode_receipt
from node.answers import CommittedReceipt
from node.api.answers import Transaction
from node.api.bill_answers import LiftRequest
from node.api.bills import find_bill
from node.api.call import Call
from node.api.details import portal_session
from node.api.encoding import bill_number
from node.api.transactions import committed_answer
from node.exchange_bill import exchange_document
from node.vault.openings import Opening
from primitives.errors import Refused


class Format(NamedTuple):
    """One format of the outside world."""

    media: str
    """Its media type."""
    ending: str
    """Of the file's name."""
    write: Callable[[NationalDocument, int | None], bytes]
    """Writes a document and when it was endorsed."""


FORMATS = {
    "xml": Format("application/xml", "xml", lambda document, _: write_national(document)),
    "archive": Format(
        "application/xml",
        "archive.xml",
        lambda document, _: write_archive(ArchiveDocument(document)),
    ),
    "fhir": Format(
        "application/fhir+json",
        "fhir.json",
        lambda document, endorsed_ms: export_fhir(document, endorsed_ms=endorsed_ms),
    ),
    "pdf": Format("application/pdf", "pdf", lambda document, _: bill_pdf(document.bill)),
    "csv": Format("text/csv", "csv", lambda document, _: write_csv([document.bill])),
}
"""By the name that the query gives."""


async def export_bill(call: Call) -> web.Response:
    """Return an own bill as national XML, archive XML, FHIR, PDF or a row of the table."""
    chosen = FORMATS.get(call.text("format") or "xml")
    if chosen is None:
        raise Refused("request.wrong_value", f"write one of {', '.join(FORMATS)}", "format")
    return await _export(call, chosen, session="")


async def get_portal_pdf(call: Call) -> web.Response:
    """Return an own bill as a PDF for a logged-in patient's session; limited per session."""
    session = portal_session(call)
    call.services.limits.count_opening(session, call.services.clock.now_ms())
    return await _export(call, FORMATS["pdf"], session=session)


async def _export(call: Call, chosen: Format, *, session: str) -> web.Response:
    code, number, bill = find_bill(call)
    services = call.services
    originals = services.duties.originals
    if originals is None or bill.issuer != services.agency:
        raise Refused("details.not_found", "only the issuer's own node holds the details")
    opening = Opening(
        time_ms=services.clock.now_ms(),
        who=call.caller.name,
        session=session,
        what="export",
        code=code,
        number=number,
    )
    await services.vault_thread.run(partial(services.openings.record, opening))
    document, endorsed_ms = await exchange_document(services.node, originals.maker, code, number)
    # A long bill's pages take a tenth of a second: not on the loop.
    data = await services.vault_thread.run(partial(chosen.write, document, endorsed_ms))
    name = f"piaolian-{code}-{number:010d}.{chosen.ending}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return web.Response(body=data, content_type=chosen.media, headers=headers)


async def lift_withheld(call: Call) -> Transaction:
    """Endorse bills after all that finance withheld; at finance. All are of one block."""
    asked = await call.body(LiftRequest)
    services = call.services
    endorser = services.duties.endorser
    if endorser is None:
        raise Refused("agency.wrong_role", "only an agency with the role finance may do this")
    names = [bill_number(item.code, item.number) for item in asked.bills]
    heights = {_height(call, code, number) for code, number in names}
    if len(heights) != 1:
        raise Refused("request.wrong_value", "lift the bills of one block at once", "bills")
    receipt: CommittedReceipt = await endorser.lift(heights.pop(), names)
    transaction_id = decode_receipt(receipt.receipt).transaction_id
    return committed_answer(services, transaction_id, receipt)


def _height(call: Call, code: str, number: int) -> int:
    bill = call.services.view.leaf(bill_key(code, number), Bill)
    if bill is None:
        raise Refused("bill.unknown", "no bill has this code and number", "bills")
    return bill.height
