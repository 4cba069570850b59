"""An order: what is due, for what, by when; paying it from home.

Rule: pressing the button opens a way to pay and nothing else; that an order is paid is told by the
ledger alone. However often and in how many windows it is pressed, there is one way to pay.
"""

from aiohttp import web

from portal.node_client import is_order_number
from portal.pages.bill_view import Details, read_details
from portal.pages.catalogue import label, text
from portal.pages.context import PORTAL, own_session
from portal.pages.rendering import qr_svg, render
from portal.pages.standing import is_payable, order_state, order_tone, strays
from portal.projection.rows import OrderRow
from primitives.errors import HouseError, Refused, Unavailable

routes = web.RouteTableDef()

_PAID = "payment.already_paid"
_REASONS = {
    _PAID: "pay.recording",
    "payment.too_many_attempts": "pay.at_desk",
    "payment.under_way": "pay.under_way",
}
"""What is said of a code; of any other: try again later."""


@routes.get("/orders/{number}")
async def order_page(request: web.Request) -> web.StreamResponse:
    """Show an order; `live` leaves out its lines, which never change."""
    row = await _own_order(request)
    return await _order_page(request, row)


@routes.post("/orders/{number}/pay")
async def pay(request: web.Request) -> web.StreamResponse:
    """Open a way to pay and lead to it."""
    row = await _own_order(request)
    try:
        await _code_url(request, row)
    except HouseError as error:
        return await _not_payable(request, row, error)
    raise web.HTTPSeeOther(f"/orders/{row.number}/pay")


@routes.get("/orders/{number}/pay")
async def pay_page(request: web.Request) -> web.StreamResponse:
    """Show the QR code and the link; once the order is paid, lead back to it."""
    portal, row = request.config_dict[PORTAL], await _own_order(request)
    try:
        url = await _code_url(request, row)
    except HouseError as error:
        return await _not_payable(request, row, error)
    return render(
        request,
        "pay.html",
        row=row,
        url=url,
        qr=qr_svg(url),
        names=portal.genesis.names,
        revision=await portal.projection.revision(row.patient),
    )


async def _code_url(request: web.Request, row: OrderRow) -> str:
    """Return what the payer's QR code says; asking again gives the same.

    Raises:
        Refused: `order.not_payable`, or as `Payments.open_payment`.
        Unavailable: as `Payments.open_payment`.
    """
    portal = request.config_dict[PORTAL]
    if portal.payments is None or not is_payable(row, portal.clock.now_ms()):
        raise Refused("order.not_payable", "it is not open for payment here")
    sort = "deposit" if row.sort == "deposit" else "charge"
    return await portal.payments.open_payment(
        row.hospital,
        row.number,
        amount_fen=row.left_fen,
        description=text(f"pay.for_{sort}", "zh", kind=label("kind", row.kind, "zh")),
        expires_ms=row.expiry_ms,
    )


async def _not_payable(
    request: web.Request, row: OrderRow, error: HouseError
) -> web.StreamResponse:
    """Show the order and say why it cannot be paid now."""
    portal = request.config_dict[PORTAL]
    portal.log.event("page.not_payable", code=error.code)
    if error.code == "order.not_payable":
        raise web.HTTPSeeOther(f"/orders/{row.number}")
    reason = _REASONS.get(error.code, "pay.try_later")
    status = 200 if error.code == _PAID else 503 if isinstance(error, Unavailable) else 409
    return await _order_page(request, row, reason=reason, status=status)


async def _order_page(
    request: web.Request, row: OrderRow, *, reason: str = "", status: int = 200
) -> web.StreamResponse:
    portal = request.config_dict[PORTAL]
    now_ms = portal.clock.now_ms()
    state = order_state(row, now_ms)
    bill = await portal.projection.bill(row.patient, *row.bill.split("/")) if row.bill else None
    return render(
        request,
        "order.html",
        status=status,
        row=row,
        state=state,
        tone=order_tone(state),
        is_payable=is_payable(row, now_ms) and portal.payments is not None,
        strays=strays(await portal.projection.payments(row.number)),
        bill=bill,
        reason=reason,
        details=None if "live" in request.query else await _details(request, row),
        names=portal.genesis.names,
        is_current=portal.progress.is_connected,
        revision=await portal.projection.revision(row.patient),
    )


async def _details(request: web.Request, row: OrderRow) -> Details | None:
    """Return what the order is for; None while the node is away: it can be paid all the same."""
    portal = request.config_dict[PORTAL]
    try:
        line = await portal.node.order_details(row.number, own_session(request).name)
        return read_details(line)
    except (Unavailable, Refused) as error:
        portal.log.event("page.no_details", code=error.code)
        return None


async def _own_order(request: web.Request) -> OrderRow:
    """Return the order of the path if it is this patient's; others' do not exist here."""
    session, number = own_session(request), request.match_info["number"]
    if not is_order_number(number):
        raise web.HTTPNotFound
    row = await request.config_dict[PORTAL].projection.order(session.patient, number)
    if row is None:
        raise web.HTTPNotFound
    return row
