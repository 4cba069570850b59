"""The list of bills, a bill, its receipt."""

import asyncio
import io
import json
from typing import Any

import segno
from aiohttp import web

from exchange.amount_words import amount_words
from exchange.bill import issue_date
from exchange.qr_text import QrText, write_qr_text
from portal.accounts.sessions import Session
from portal.node_client import is_bill_name
from portal.pages.bill_view import read_details
from portal.pages.context import PORTAL, SESSION
from portal.pages.rendering import render
from portal.projection.bills import BillRow

routes = web.RouteTableDef()

PAGE_MAX = 100_000


@routes.get("/bills")
async def bill_list(request: web.Request) -> web.StreamResponse:
    """Show a page of the patient's bills; works from the projection alone."""
    portal, session = request.config_dict[PORTAL], _session(request)
    page = await portal.projection.page(
        session.patient, number=_page_number(request), size=portal.config.web.page_size
    )
    return render(
        request,
        "bills.html",
        page=page,
        notices=await portal.bindings.notices(session.patient),
        names=portal.genesis.names,
        is_current=portal.progress.is_connected,
    )


@routes.post("/notices")
async def notices_read(request: web.Request) -> web.StreamResponse:
    """Put the notices aside."""
    await request.config_dict[PORTAL].bindings.put_aside(_session(request).patient)
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
    svg = io.BytesIO()
    segno.make(write_qr_text(told)).save(
        svg, kind="svg", xmldecl=False, svgns=True, scale=4, border=2, omitsize=True
    )
    return render(
        request,
        "bill.html",
        row=row,
        face=face,
        details=read_details(receipt["details"]["text"]),
        words=amount_words(row.total_fen),
        issuer=portal.genesis.names.get(row.issuer, row.issuer),
        qr=svg.getvalue().decode(),
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


async def _own_bill(request: web.Request) -> BillRow:
    """Return the bill of the path if it is this patient's; others' do not exist here."""
    session = _session(request)
    code, number = request.match_info["code"], request.match_info["number"]
    if not is_bill_name(code, number):
        raise web.HTTPNotFound
    row = await request.config_dict[PORTAL].projection.bill(session.patient, code, number)
    if row is None:
        raise web.HTTPNotFound
    return row


async def _receipt(request: web.Request, row: BillRow) -> dict[str, Any]:
    node, session = request.config_dict[PORTAL].node, _session(request)
    proof, details = await asyncio.gather(
        node.proof(row.code, row.number), node.details(row.code, row.number, session.name)
    )
    return proof | {"details": details}


def _session(request: web.Request) -> Session:
    if SESSION not in request:
        raise web.HTTPSeeOther("/login?over")
    return request[SESSION]


def _page_number(request: web.Request) -> int:
    given = request.query.get("page", "1")
    is_number = given.isascii() and given.isdigit() and len(given) <= 6
    return min(max(1, int(given)), PAGE_MAX) if is_number else 1


def _json_in_html(value: object) -> str:
    """Return JSON that may stand in a script element of data: no `<` that could close it."""
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")
