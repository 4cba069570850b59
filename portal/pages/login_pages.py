"""Login, first login, code, logout."""

from aiohttp import web

from portal.pages.catalogue import text
from portal.pages.context import PORTAL, SESSION, VISIT
from portal.pages.guards import caller_address, set_cookie
from portal.pages.headers import SESSION_COOKIE, VISIT_COOKIE
from portal.pages.rendering import language_of, render
from primitives.errors import Refused, Unavailable

routes = web.RouteTableDef()


@routes.get("/")
async def home(request: web.Request) -> web.StreamResponse:
    """Lead to the list, or to the login."""
    raise web.HTTPSeeOther("/bills" if SESSION in request else "/login")


@routes.get("/login")
async def login_page(request: web.Request) -> web.StreamResponse:
    """Ask for the bound phone."""
    if SESSION in request:
        raise web.HTTPSeeOther("/bills")
    message = "login.over" if "over" in request.query else ""
    return render(
        request, "login.html", message=_text(request, message), error="", field="", phone=""
    )


@routes.post("/login")
async def login(request: web.Request) -> web.StreamResponse:
    """Send a code to a bound phone, or look as if."""
    form = await request.post()
    phone = str(form.get("phone", ""))
    try:
        request.config_dict[PORTAL].logins.ask_again(
            request[VISIT], phone=phone, address=caller_address(request)
        )
    except Refused as error:
        return render(
            request,
            "login.html",
            status=_status(error),
            message="",
            error=_refusal(request, error),
            field=error.field,
            phone=phone[:32],
        )
    raise web.HTTPSeeOther("/code")


@routes.get("/login/first")
async def first_page(request: web.Request) -> web.StreamResponse:
    """Ask for id and check code."""
    return render(request, "first.html", error="", field="", resident_id="", check_code="")


@routes.post("/login/first")
async def first(request: web.Request) -> web.StreamResponse:
    """Send a code to the phone in the bill's details, or look as if."""
    portal = request.config_dict[PORTAL]
    form = await request.post()
    resident_id, check_code = (str(form.get(name, "")) for name in ("resident_id", "check_code"))
    if not portal.progress.is_connected:
        raise Unavailable("node.away", "a first login needs the node")
    try:
        portal.logins.ask_first(
            request[VISIT],
            resident_id=resident_id,
            check_code=check_code,
            address=caller_address(request),
        )
    except Refused as error:
        return render(
            request,
            "first.html",
            status=_status(error),
            error=_refusal(request, error),
            field=error.field,
            resident_id=resident_id[:32],
            check_code=check_code[:16],
        )
    raise web.HTTPSeeOther("/code")


@routes.get("/code")
async def code_page(request: web.Request) -> web.StreamResponse:
    """Ask for the code."""
    if not request.config_dict[PORTAL].logins.is_waiting(request[VISIT]):
        raise web.HTTPSeeOther("/login")
    return _code_page(request, "", 200)


@routes.post("/code")
async def enter(request: web.Request) -> web.StreamResponse:
    """Complete the login; visit and session get new cookies."""
    logins = request.config_dict[PORTAL].logins
    form = await request.post()
    try:
        token = await logins.enter(request[VISIT], str(form.get("code", "")))
    except Refused as error:
        if error.code == "login.code_over":
            return render(
                request,
                "login.html",
                status=400,
                message="",
                error=_refusal(request, error),
                field="",
                phone="",
            )
        return _code_page(request, _refusal(request, error), 400)
    response = web.HTTPSeeOther("/bills")
    set_cookie(request, response, SESSION_COOKIE, token)
    response.del_cookie(VISIT_COOKIE, path="/")
    raise response


@routes.post("/logout")
async def logout(request: web.Request) -> web.StreamResponse:
    """End the session."""
    request.config_dict[PORTAL].logins.sessions.end(request.cookies.get(SESSION_COOKIE, ""))
    response = web.HTTPSeeOther("/login?over")
    response.del_cookie(SESSION_COOKIE, path="/")
    raise response


def _code_page(request: web.Request, error: str, status: int) -> web.Response:
    minutes = request.config_dict[PORTAL].config.accounts.code_valid_ms // 60_000
    return render(request, "code.html", status=status, error=error, minutes=minutes)


def _refusal(request: web.Request, error: Refused) -> str:
    return text(error.code, language_of(request), **error.facts)


def _text(request: web.Request, key: str) -> str:
    return text(key, language_of(request)) if key else ""


def _status(error: Refused) -> int:
    return 429 if error.code == "login.too_often" else 400
