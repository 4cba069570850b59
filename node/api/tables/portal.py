"""Routes for the agency's own portal."""

from node.api import bill_answers
from node.api.details import get_contact, get_portal_details, get_portal_order_details
from node.api.events import get_portal_events
from node.api.exports import get_portal_pdf
from node.api.routes import FROM, TEXT, Parameter, Route

_SESSION = Parameter("session", TEXT, "The portal's opaque name of the session.")

PORTAL = (
    Route(
        "GET",
        "/v1/portal/events",
        get_portal_events,
        "Own bills and orders as they change, with their patients' keyed hashes.",
        scope="portal",
        media="text/event-stream",
        query=(FROM,),
    ),
    Route(
        "POST",
        "/v1/portal/contact",
        get_contact,
        "The phone to which a first login's code goes.",
        scope="portal",
        answer=bill_answers.Contact,
        body=bill_answers.ContactRequest,
        refusals=(404, 429),
    ),
    Route(
        "GET",
        "/v1/portal/bills/{code}/{number}/details",
        get_portal_details,
        "A bill's details for a logged-in patient's session.",
        scope="portal",
        answer=bill_answers.Details,
        query=(_SESSION,),
        refusals=(404, 429),
    ),
    Route(
        "GET",
        "/v1/portal/bills/{code}/{number}/pdf",
        get_portal_pdf,
        "A bill as a PDF for a logged-in patient's session.",
        scope="portal",
        media="application/pdf",
        query=(_SESSION,),
        refusals=(404, 429),
    ),
    Route(
        "GET",
        "/v1/portal/orders/{order}/details",
        get_portal_order_details,
        "An order's details for a logged-in patient's session.",
        scope="portal",
        answer=bill_answers.Details,
        query=(_SESSION,),
        refusals=(404, 429),
    ),
)
"""Routes of the portal."""
