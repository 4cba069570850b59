"""What anybody may see: the check, the genesis, the language switch, the probes."""

import functools
import hashlib
import re

from aiohttp import web

from portal.pages.catalogue import LANGUAGES
from portal.pages.context import PORTAL
from portal.pages.guards import set_cookie
from portal.pages.headers import LANGUAGE_COOKIE
from portal.pages.rendering import FOLDER, STATIC, render

routes = web.RouteTableDef()

_OWN_PATH = re.compile(r"/(?:[A-Za-z0-9][A-Za-z0-9/.-]*)?", re.ASCII)
"""A path on this site; `//host` is none."""


@routes.get("/verify")
async def verify_page(request: web.Request) -> web.StreamResponse:
    """Check a receipt that somebody gave you."""
    chain = request.config_dict[PORTAL].genesis.chain
    return render(request, "verify.html", chain=chain, verifier_hash=_verifier()[1])


@routes.get("/verifier.html")
async def verifier_file(_request: web.Request) -> web.StreamResponse:
    """Hand out the check that works from disk, to be saved, never to be shown from here."""
    headers = {"Content-Disposition": 'attachment; filename="verifier.html"'}
    return web.Response(body=_verifier()[0], content_type="text/html", headers=headers)


@routes.get("/genesis.json")
async def genesis_file(request: web.Request) -> web.StreamResponse:
    """Hand out the genesis file, byte for byte."""
    return web.Response(
        body=request.config_dict[PORTAL].genesis.data, content_type="application/json"
    )


@routes.get("/language/{language}")
async def choose_language(request: web.Request) -> web.StreamResponse:
    """Remember the language and go back."""
    language = request.match_info["language"]
    if language not in LANGUAGES:
        raise web.HTTPNotFound
    back = request.query.get("back", "/")
    response = web.HTTPSeeOther(back if _OWN_PATH.fullmatch(back) else "/")
    set_cookie(request, response, LANGUAGE_COOKIE, language)
    raise response


@routes.get("/livez")
async def livez(_request: web.Request) -> web.StreamResponse:
    """Tell that the process runs."""
    return web.json_response({"live": True})


@routes.get("/readyz")
async def readyz(request: web.Request) -> web.StreamResponse:
    """Tell whether lists are current: 503 while the node is away."""
    portal = request.config_dict[PORTAL]
    head = await portal.projection.head()
    is_ready = portal.progress.is_connected
    answer = {"ready": is_ready, "height": head.height if head else 0}
    return web.json_response(answer, status=200 if is_ready else 503)


@functools.cache
def _verifier() -> tuple[bytes, str]:
    """Return the file and its SHA-256, hex."""
    data = (FOLDER / "verifier.html").read_bytes()
    return data, hashlib.sha256(data).hexdigest()


def add_static(app: web.Application) -> None:
    """Serve the style sheet, the scripts and the icon."""
    app.router.add_static("/static/", STATIC, follow_symlinks=False)
