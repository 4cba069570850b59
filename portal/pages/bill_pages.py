"""The list of bills and orders, a bill, its receipt, its PDF."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from exchange.amount_words import amount_words
from exchange.bill import issue_date
from exchange.qr_text import QrText, write_qr_text
from portal.node_client import is_bill_name
from portal.pages.bill_view import read_details
from portal.pages.context import PORTAL, own_session
from portal.pages.rendering import qr_svg, render
from portal.pages.standing import CLOSED, Mark, bill_marks, order_state, order_tone
from portal.projection.rows import BillRow, OrderRow

routes = web.RouteTableDef()

PAGE_MAX = 100_000


@routes.get("/bills")
async def bill_list(request: web.Request) -> web.StreamResponse:
    """Show a page of the patient's bills; works from the projection alone."""
    portal, session = request.config_dict[PORTAL], own_session(request)
    page = await portal.projection.page(
        session.patient, number=_page_number(request), size=portal.config.web.page_size
    )
    now_ms = portal.clock.now_ms()
    orders = [
        _listed(row, stray_fen, now_ms)
        for row, stray_fen in await portal.projection.orders(session.patient)
    ]
    return render(
        request,
        "bills.html",
        page=page,
        orders=[order for order in orders if order.is_open],
        closed=[order for order in orders if not order.is_open],
        marks={row.name: _short_marks(row, now_ms) for row in page.bills},
        revision=await portal.projection.revision(session.patient),
        notices=await portal.bindings.notices(session.patient),
        names=portal.genesis.names,
        is_current=portal.progress.is_connected,
    )


@routes.post("/notices")
async def notices_read(request: web.Request) -> web.StreamResponse:
    """Put the notices aside."""
    await request.config_dict[PORTAL].bindings.put_aside(own_session(request).patient)
    raise web.HTTPSeeOther("/bills")


@routes.get("/bills/{code}/{number}")
async def bill(request: web.Request) -> web.StreamResponse:
    """Show one bill with all its lines; the receipt travels in the page, for the check."""
    portal = request.config_dict[PORTAL]
    row = await _own_bill(request)
    face, receipt = await asyncio.gather(
        portal.node.face(row.code, row.number), _receipt(request, row)
    )
    told = QrText(
        row.code, int(row.number), face["check_code"], issue_date(row.time_ms), row.total_fen
    )
    qr_text = write_qr_text(told)
    return render(
        request,
        "bill.html",
        row=row,
        face=face,
        details=read_details(receipt["details"]["text"]),
        words=amount_words(row.total_fen),
        issuer=portal.genesis.names.get(row.issuer, row.issuer),
        qr=qr_svg(qr_text),
        qr_text=qr_text,
        marks=bill_marks(row, portal.clock.now_ms()),
        own=await _own_names(request, row),
        visits=await portal.projection.documents.of_visit(row.patient, row.visit),
        receipt=_json_in_html(receipt),
    )


@routes.get("/bills/{code}/{number}/receipt.json")
async def receipt_file(request: web.Request) -> web.StreamResponse:
    """Hand out the portable receipt with its details, as a file to keep."""
    row = await _own_bill(request)
    receipt = await _receipt(request, row)
    return web.Response(
        body=json.dumps(receipt, ensure_ascii=False, indent=1).encode() + b"\n",
        content_type="application/json",
        headers={
            "Content-Disposition": f'attachment; filename="receipt-{row.code}-{row.number}.json"'
        },
    )


@routes.get("/bills/{code}/{number}/bill.pdf")
async def pdf_file(request: web.Request) -> web.StreamResponse:
    """Hand out the bill as a PDF, as a file to keep; the node records the opening."""
    row = await _own_bill(request)
    data = await request.config_dict[PORTAL].node.pdf(
        row.code, row.number, own_session(request).name
    )
    name = f"bill-{row.code}-{row.number}.pdf"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return web.Response(body=data, content_type="application/pdf", headers=headers)


@dataclass(frozen=True, slots=True)
class _Listed:
    """An order in the list."""

    row: OrderRow
    state: str
    tone: str
    stray_fen: int
    """What was paid beside it and goes back."""

    @property
    def is_open(self) -> bool:
        """Whether something is still to come."""
        return self.state not in CLOSED or self.stray_fen > 0


def _listed(row: OrderRow, stray_fen: int, now_ms: int) -> _Listed:
    state = order_state(row, now_ms)
    return _Listed(row, state, order_tone(state), stray_fen)


def _short_marks(row: BillRow, now_ms: int) -> tuple[Mark, ...]:
    """Return what the list says of a bill; that it is issued goes without saying beside more."""
    marks = tuple(mark for mark in bill_marks(row, now_ms) if mark.is_short)
    return marks[1:] if len(marks) > 1 and marks[0].key == "state.issued" else marks


async def _own_names(request: web.Request, row: BillRow) -> frozenset[str]:
    """Return which of the bills that a bill names are this patient's, as `code/number`."""
    projection = request.config_dict[PORTAL].projection
    names = (row.counterpart, row.replaces, row.replaced_by)
    found = [await projection.bill(row.patient, *name.split("/")) for name in names if name]
    return frozenset(bill.name for bill in found if bill is not None)


async def _own_bill(request: web.Request) -> BillRow:
    """Return the bill of the path if it is this patient's; others' do not exist here."""
    session = own_session(request)
    code, number = request.match_info["code"], request.match_info["number"]
    if not is_bill_name(code, number):
        raise web.HTTPNotFound
    row = await request.config_dict[PORTAL].projection.bill(session.patient, code, number)
    if row is None:
        raise web.HTTPNotFound
    return row


async def _receipt(request: web.Request, row: BillRow) -> dict[str, Any]:
    node, session = request.config_dict[PORTAL].node, own_session(request)
    proof, details = await asyncio.gather(
        node.proof(row.code, row.number), node.details(row.code, row.number, session.name)
    )
    return proof | {"details": details}


def _page_number(request: web.Request) -> int:
    given = request.query.get("page", "1")
    is_number = given.isascii() and given.isdigit() and len(given) <= 6
    return min(max(1, int(given)), PAGE_MAX) if is_number else 1


def _json_in_html(value: object) -> str:
    """Return JSON that may stand in a script element of data: no `<` that could close it."""
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")
