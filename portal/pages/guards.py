"""What stands before every page: headers, limits, visit, session, CSRF, friendly errors.

Rule: a POST without the token of its own
visit is refused; a failure says what to do and never whose data it was about.
"""

import hmac
import secrets

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from portal.accounts.limits import Limit
from portal.node_client import TOO_MANY
from portal.pages.catalogue import LANGUAGES, has_text
from portal.pages.context import LANGUAGE, PORTAL, SESSION, VISIT, Portal
from portal.pages.headers import HEADERS, LANGUAGE_COOKIE, SESSION_COOKIE, VISIT_COOKIE
from portal.pages.rendering import csrf_token, render
from primitives.errors import Refused, Unavailable

MINUTE_MS = 60_000
FOLLOW, NEWS = "/follow", "/records/news"
LIVE = "live"
"""A query that says the same of any other address."""
_FORM = "application/x-www-form-urlencoded"


def caller_address(request: web.Request) -> str:
    """Return where a request comes from, through a proxy of our own if one is configured."""
    header = request.config_dict[PORTAL].config.web.forwarded_header
    if header and header in request.headers:
        return request.headers[header].rpartition(",")[2].strip()[:64]
    return request.remote or ""


def set_cookie(request: web.Request, response: web.StreamResponse, name: str, value: str) -> None:
    """Set a cookie that scripts cannot read and other sites cannot send."""
    response.set_cookie(
        name,
        value,
        httponly=True,
        samesite="Strict",
        secure=request.config_dict[PORTAL].config.web.certificate is not None,
        path="/",
        max_age=365 * 86_400 if name == LANGUAGE_COOKIE else None,
    )


class Guards:
    """The middlewares of a portal.

    Args:
        portal: whose pages they guard.
    """

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        settings = portal.config.web
        self._by_address = Limit(settings.address_requests_per_minute, MINUTE_MS)
        self._by_session = Limit(settings.session_requests_per_minute, MINUTE_MS)

    def middlewares(self) -> list[Middleware]:
        """Return them, outermost first."""
        return [self.errors, self.limits, self.visits]

    @web.middleware
    async def errors(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Turn failures into friendly pages; put the headers on every answer."""
        request[LANGUAGE] = _language(request)
        request[VISIT] = request.cookies.get(VISIT_COOKIE, "")
        try:
            response = await _answer(self._portal, request, handler)
        except web.HTTPRedirection as answer:
            answer.headers.update(HEADERS)
            raise
        if not response.prepared:
            response.headers.update(HEADERS)
        return response

    @web.middleware
    async def limits(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let an address ask so often and no more."""
        address = caller_address(request).encode()
        if not _is_static(request) and self._by_address.take(address, self._now_ms()):
            raise _too_many()
        return await handler(request)

    @web.middleware
    async def visits(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Know the visit and the session; refuse forms of other visits."""
        if _is_static(request):
            return await handler(request)
        given = request[VISIT]
        request[VISIT] = given if 20 <= len(given) <= 64 else secrets.token_urlsafe(24)
        self._find_session(request)
        if request.method == "POST":
            await _check_form(request)
        response = await handler(request)
        if request[VISIT] != given and response.content_type == "text/html":
            set_cookie(request, response, VISIT_COOKIE, request[VISIT])
        return response

    def _find_session(self, request: web.Request) -> None:
        token, now_ms = request.cookies.get(SESSION_COOKIE, ""), self._now_ms()
        # What an open page asks by itself is no visit of a person.
        is_visit = request.path not in (FOLLOW, NEWS) and LIVE not in request.query
        session = self._portal.logins.sessions.find(token, now_ms, is_visit=is_visit)
        if session is None:
            return
        request[SESSION] = session
        if self._by_session.take(session.name.encode(), now_ms):
            raise _too_many()

    def _now_ms(self) -> int:
        return self._portal.clock.now_ms()


async def _answer(portal: Portal, request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPRedirection:
        raise
    except web.HTTPException as answer:
        status, retry = answer.status, answer.headers.get("Retry-After")
    except Unavailable as error:
        portal.log.event("page.node_away", code=error.code, route=_route(request))
        status, retry = 503, "30"
    except Refused as error:
        portal.log.event("page.refused", code=error.code, route=_route(request))
        status, retry = (429 if error.code == TOO_MANY else 404), None
    except Exception as error:  # noqa: BLE001 (the root of a request: one page fails, not all)
        portal.log.event("page.failed", reason=type(error).__name__, route=_route(request))
        status, retry = 500, None
    known = status if has_text(f"error.{status}.title") else 500
    page = render(request, "error.html", status=status, error=known)
    if retry:
        page.headers["Retry-After"] = retry
    return page


async def _check_form(request: web.Request) -> None:
    if request.content_type != _FORM:
        raise web.HTTPUnsupportedMediaType
    form = await request.post()
    given = str(form.get("csrf", ""))
    is_ours = VISIT_COOKIE in request.cookies
    if not (is_ours and hmac.compare_digest(given.encode(), csrf_token(request).encode())):
        raise web.HTTPForbidden


def _language(request: web.Request) -> str:
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    return chosen if chosen in LANGUAGES else LANGUAGES[0]


def _too_many() -> web.HTTPTooManyRequests:
    return web.HTTPTooManyRequests(headers={"Retry-After": "60"})


def _is_static(request: web.Request) -> bool:
    """Tell whether this asks for a file that is the same for everybody."""
    return request.path.startswith("/static/")


def _route(request: web.Request) -> str:
    """Return the pattern of a route, never the path that was asked for."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "none"
