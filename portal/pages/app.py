"""The web application: all routes behind all guards."""

from aiohttp import web

from portal.pages import (
    bill_pages,
    check_pages,
    follow_pages,
    login_pages,
    opening_pages,
    order_pages,
    public_pages,
    record_files,
    record_pages,
)
from portal.pages.context import PORTAL, Portal
from portal.pages.guards import Guards

_MODULES = (
    login_pages,
    bill_pages,
    order_pages,
    record_pages,
    record_files,
    opening_pages,
    follow_pages,
    check_pages,
    public_pages,
)


def make_app(portal: Portal) -> web.Application:
    """Return the application of a portal's parts."""
    app = web.Application(
        middlewares=Guards(portal).middlewares(),
        client_max_size=portal.config.web.body_size_max_bytes,
    )
    app[PORTAL] = portal
    for module in _MODULES:
        app.add_routes(module.routes)
    app.on_shutdown.append(_end_streams)
    public_pages.add_static(app)
    return app


async def _end_streams(app: web.Application) -> None:
    """Let open pages go, so that the portal stops at once."""
    app[PORTAL].watchers.close()
