"""Routes for the agency's own portal."""

from node.api import bill_answers
from node.api.details import get_contact, get_portal_details
from node.api.events import get_portal_events
from node.api.routes import FROM, TEXT, Parameter, Route

PORTAL = (
    Route(
        "GET",
        "/v1/portal/events",
        get_portal_events,
        "Own bills as they come, with their patients' keyed hashes.",
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
        query=(Parameter("session", TEXT, "The portal's opaque name of the session."),),
        refusals=(404, 429),
    ),
)
"""Routes of the portal."""
