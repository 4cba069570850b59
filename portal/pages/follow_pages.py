"""A page that stays open hears when something on it changes (server-sent events).

Rule: an open page is no visit: it does not keep a session alive. It hears that something changed,
never what; it asks for itself again, as its patient.
"""

import asyncio

from aiohttp import web

from portal.accounts.sessions import Sessions
from portal.pages.context import PORTAL, SESSION, Portal
from portal.pages.guards import FOLLOW
from portal.pages.headers import HEADERS, SESSION_COOKIE

routes = web.RouteTableDef()

HEARTBEAT_S = 15
"""A comment after so much silence; it also tells whether the session is over."""
WRITE_TIMEOUT_S = 30.0
PAGES_OF_PATIENT_MAX = 8
PAGES_MAX = 4_000


@routes.get(FOLLOW)
async def follow(request: web.Request) -> web.StreamResponse:
    """Tell a patient's open page, by the number of a block, that something changed."""
    portal = request.config_dict[PORTAL]
    if SESSION not in request:
        raise web.HTTPNotFound
    patient, watchers = request[SESSION].patient, portal.watchers
    if watchers.count_of(patient) >= PAGES_OF_PATIENT_MAX or watchers.count >= PAGES_MAX:
        raise web.HTTPTooManyRequests(headers={"Retry-After": "60"})
    response = web.StreamResponse(headers=HEADERS | {"Content-Type": "text/event-stream"})
    try:
        await response.prepare(request)
        await _send(response, b"retry: 3000\n\n")
        await _tell(portal, request, response, patient)
    except (ConnectionError, TimeoutError):
        # The page is gone or takes nothing; it comes again with its last id.
        return response
    return response


async def _tell(
    portal: Portal, request: web.Request, response: web.StreamResponse, patient: bytes
) -> None:
    seen = request.headers.get("Last-Event-ID") or request.query.get("seen", "")
    token, sessions = request.cookies.get(SESSION_COOKIE, ""), portal.logins.sessions
    with portal.watchers.watch(patient) as changed:
        while not portal.watchers.is_closed and _is_open(sessions, token, portal):
            changed.clear()
            revision = str(await portal.projection.revision(patient))
            if revision != seen:
                seen = revision
                await _send(response, f"id: {seen}\nevent: changed\ndata: {seen}\n\n".encode())
            if not await _is_changed(request, changed):
                await _send(response, b": alive\n\n")
    if not portal.watchers.is_closed:
        await _send(response, b"event: over\ndata: 0\n\n")


async def _is_changed(request: web.Request, changed: asyncio.Event) -> bool:
    """Wait for a change; False after so much silence.

    Raises:
        ConnectionError: when the page is gone; its place is another's at once.
    """
    for _ in range(HEARTBEAT_S):
        try:
            async with asyncio.timeout(1):
                await changed.wait()
        except TimeoutError:
            if request.transport is None:
                raise ConnectionResetError from None
        else:
            return True
    return False


def _is_open(sessions: Sessions, token: str, portal: Portal) -> bool:
    return sessions.find(token, portal.clock.now_ms(), is_visit=False) is not None


async def _send(response: web.StreamResponse, data: bytes) -> None:
    async with asyncio.timeout(WRITE_TIMEOUT_S):
        await response.write(data)
