"""The web application: all routes behind all guards."""

from aiohttp import web

from portal.pages import bill_pages, login_pages, public_pages
from portal.pages.context import PORTAL, Portal
from portal.pages.guards import Guards


def make_app(portal: Portal) -> web.Application:
    """Return the application of a portal's parts."""
    app = web.Application(
        middlewares=Guards(portal).middlewares(),
        client_max_size=portal.config.web.body_size_max_bytes,
    )
    app[PORTAL] = portal
    for module in (login_pages, bill_pages, public_pages):
        app.add_routes(module.routes)
    public_pages.add_static(app)
    return app
