"""A bill's or an order's sealed details, for the issuer's own systems and its portal.

Rule: an opening is recorded, durably, before its content leaves; the record names the token and
what was opened, never the person. The holder seed is never given out.
"""

import json

from ledger.bills import Bill, bill_key
from ledger.orders import Order, order_key
from node.api.bill_answers import Contact, ContactRequest, Details, Sealed
from node.api.bills import find_bill
from node.api.call import Call
from node.api.encoding import base64url, bill_number, not_found
from node.vault.openings import Opening, session_hash
from node.vault.packs import SealedPlace
from node.vault.places import place_of_order, sealed_place
from node.vault.shelf import OpenedDetails
from primitives.errors import Refused

SESSION_MAX = 200


async def get_details(call: Call) -> Details:
    """Return a bill's details; for its issuer. Each opening is recorded."""
    code, number, bill = find_bill(call)
    opened = await open_details(call, bill, code, number=number, what="details")
    return Details(text=opened.text.decode(), seed=base64url(opened.seed))


async def get_sealed(call: Call) -> Sealed:
    """Return a bill's sealed details and the key that opens them; for its issuer."""
    code, number, bill = find_bill(call)
    opened = await open_details(call, bill, code, number=number, what="sealed")
    services, place = call.services, sealed_place(call.services.view, bill)
    _, packed, chunks = await services.vault_thread.run(lambda: services.vault.shelf.chunks(place))
    return Sealed(
        ciphertext=base64url(b"".join(chunks)),
        key=base64url(opened.key),
        ciphertext_hash=packed.ciphertext_hash.hex(),
    )


async def get_portal_details(call: Call) -> Details:
    """Return a bill's details for a logged-in patient's session; limited per session."""
    session = portal_session(call)
    code, number, bill = find_bill(call)
    call.services.limits.count_opening(session, call.services.clock.now_ms())
    opened = await open_details(call, bill, code, number=number, what="details", session=session)
    return Details(text=opened.text.decode(), seed=base64url(opened.seed))


async def get_portal_order_details(call: Call) -> Details:
    """Return an own order's details for a logged-in patient's session; limited per session."""
    session, services, number = portal_session(call), call.services, call.path("order")
    key = order_key(services.agency, number)
    order = services.view.leaf(key, Order) if "/" not in number else None
    if order is None:
        raise not_found("order")
    services.limits.count_opening(session, services.clock.now_ms())
    await services.settling.settled(order.height)
    opening = Opening(
        time_ms=services.clock.now_ms(),
        who=call.caller.name,
        session=session,
        what="details",
        order=number,
    )
    place, commitment = place_of_order(order), order.document.commitment
    opened = await _record_and_open(call, opening, place=place, commitment=commitment)
    return Details(text=opened.text.decode(), seed=base64url(opened.seed))


async def get_contact(call: Call) -> Contact:
    """Return the phone in a bill's details, to which a first login's code goes; limited."""
    request = await call.body(ContactRequest)
    code, number = bill_number(request.code, request.number)
    call.services.limits.count_contact(call.services.clock.now_ms())
    bill = call.services.view.leaf(bill_key(code, number), Bill)
    if bill is None:
        raise not_found("bill")
    opened = await open_details(call, bill, code, number=number, what="contact")
    phone = json.loads(opened.text).get("tel") or ""
    if not phone:
        raise not_found("contact")
    return Contact(phone=str(phone))


async def open_details(
    call: Call, bill: Bill, code: str, *, number: int, what: str, session: str = ""
) -> OpenedDetails:
    """Open a bill's details, recorded first.

    Raises:
        Refused: `details.not_issuer`, `details.not_found`.
    """
    services = call.services
    if bill.issuer != services.agency:
        raise Refused("details.not_found", "only the issuer's own node holds the details")
    await services.settling.settled(bill.height)
    opening = Opening(
        time_ms=services.clock.now_ms(),
        who=call.caller.name,
        session=session,
        what=what,
        code=code,
        number=number,
    )
    place, commitment = sealed_place(services.view, bill), bill.document.commitment
    return await _record_and_open(call, opening, place=place, commitment=commitment)


async def _record_and_open(
    call: Call, opening: Opening, *, place: SealedPlace, commitment: bytes
) -> OpenedDetails:
    services = call.services

    def record_and_open() -> OpenedDetails:
        services.openings.record(opening)
        return services.vault.shelf.open(place, commitment)

    return await services.vault_thread.run(record_and_open)


def portal_session(call: Call) -> str:
    """Return the hash by which the portal session of a request is known.

    Raises:
        Refused: `request.wrong_value`.
    """
    session = call.text("session")
    if not 1 <= len(session) <= SESSION_MAX:
        raise Refused("request.wrong_value", "name the session", "session")
    return session_hash(session)
