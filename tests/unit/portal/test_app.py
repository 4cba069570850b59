"""The web application as a whole."""

from pathlib import Path

from portal.pages.app import make_app
from tests.support.portal_process import scene


async def test_these_are_all_the_doors(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        routes = make_app(it.running.portal).router.routes()
        doors = {
            f"{route.method} {route.resource.canonical}"
            for route in routes
            if route.resource is not None and route.method != "HEAD"
        }
    assert doors == {
        "GET /",
        "GET /login",
        "POST /login",
        "GET /login/first",
        "POST /login/first",
        "GET /code",
        "POST /code",
        "POST /logout",
        "GET /bills",
        "GET /bills/{code}/{number}",
        "GET /bills/{code}/{number}/receipt.json",
        "GET /bills/{code}/{number}/bill.pdf",
        "GET /orders/{number}",
        "GET /orders/{number}/pay",
        "POST /orders/{number}/pay",
        "GET /records",
        "GET /records/news",
        "GET /records/all.json",
        "GET /records/print",
        "GET /records/openings",
        "GET /records/{document}",
        "GET /records/{document}/openings",
        "GET /records/{document}/receipt.json",
        "GET /follow",
        "GET /check",
        "POST /check",
        "POST /notices",
        "GET /verifier.html",
        "GET /verify",
        "GET /genesis.json",
        "GET /language/{language}",
        "GET /livez",
        "GET /readyz",
        "GET /static",
    }
