"""Templates to responses.

Rule: every value is escaped; a page carries its visit's CSRF token, its language and nothing that
another visitor may see; pages are never kept by a browser's or a proxy's cache.
"""

import functools
import hmac
import io
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import jinja2
import segno
from aiohttp import web

from portal.pages.catalogue import LANGUAGES, has_text, label, text
from portal.pages.context import LANGUAGE, PORTAL, SESSION, VISIT
from primitives.units import format_yuan

FOLDER = Path(__file__).parent.parent
STATIC = FOLDER / "static"

_FIRST_SCRIPTS = ("sha2.js", "ed25519.js", "msgpack.js")
"""The verifier's scripts build on each other; these come first, the rest by name."""

_SHANGHAI = timezone(timedelta(hours=8))


@functools.cache
def templates() -> jinja2.Environment:
    """Return the environment of all templates; a name that is missing is an error."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(
    request: web.Request, template: str, *, status: int = 200, **values: Any
) -> web.Response:
    """Return a page."""
    body = render_text(request, template, **values)
    return web.Response(text=body, status=status, content_type="text/html", charset="utf-8")


def render_text(request: web.Request, template: str, **values: Any) -> str:
    """Return what a template makes for a request: a page, or a part of one."""
    language = language_of(request)
    return (
        templates()
        .get_template(template)
        .render(
            t=functools.partial(text, language=language),
            label=functools.partial(label, language=language),
            has_text=has_text,
            yuan=format_yuan,
            day=day,
            moment=moment,
            language=language,
            lang_attribute="zh-CN" if language == "zh" else "en",
            other_language=next(name for name in LANGUAGES if name != language),
            is_logged_in=SESSION in request,
            csrf=csrf_token(request),
            path=request.path,
            verifier_scripts=verifier_scripts(),
            **values,
        )
    )


def language_of(request: web.Request) -> str:
    """Return the language of a request: Chinese unless the visitor chose otherwise."""
    return request[LANGUAGE] if LANGUAGE in request else LANGUAGES[0]


def csrf_token(request: web.Request) -> str:
    """Return the token that this visit's forms must carry."""
    key = request.config_dict[PORTAL].csrf_key
    return hmac.digest(key, request[VISIT].encode(), "sha256").hex()


def qr_svg(content: str) -> str:
    """Return a QR code as an SVG element."""
    svg = io.BytesIO()
    segno.make(content).save(
        svg, kind="svg", xmldecl=False, svgns=True, scale=4, border=2, omitsize=True
    )
    return svg.getvalue().decode()


def day(time_ms: int) -> str:
    """Return a day in China: `2026-11-23`."""
    return f"{datetime.fromtimestamp(time_ms / 1000, UTC).astimezone(_SHANGHAI):%Y-%m-%d}"


def moment(time_ms: int) -> str:
    """Return a minute in China: `2026-11-23 09:05`."""
    return f"{datetime.fromtimestamp(time_ms / 1000, UTC).astimezone(_SHANGHAI):%Y-%m-%d %H:%M}"


@functools.cache
def verifier_scripts() -> tuple[str, ...]:
    """Return the verifier's script files in the order in which they are loaded."""
    names = sorted(file.name for file in (STATIC / "verify").glob("*.js"))
    first = [name for name in _FIRST_SCRIPTS if name in names]
    return (*first, *(name for name in names if name not in _FIRST_SCRIPTS))
