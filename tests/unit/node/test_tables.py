"""The table of routes is its subjects', one after another, each with the scope it needs."""

from node.api.table import ROUTES
from node.api.tables.bills import BILLS
from node.api.tables.chain import CHAIN
from node.api.tables.ledger import LEDGER
from node.api.tables.money import MONEY
from node.api.tables.portal import PORTAL

OPEN = {"/livez", "/readyz", "/metrics", "/v1/genesis"}


def test_no_path_is_served_twice():
    assert all(route in ROUTES for route in (*CHAIN, *BILLS, *LEDGER, *MONEY, *PORTAL))
    served = [(route.method, route.path) for route in ROUTES]
    assert len(set(served)) == len(served)


def test_nothing_but_the_chains_own_face_is_open_to_everybody():
    assert {route.path for route in ROUTES if not route.scope} == OPEN


def test_the_portals_routes_are_the_portals_alone():
    assert {route.scope for route in PORTAL} == {"portal"}
    assert "portal" not in {route.scope for route in (*CHAIN, *BILLS)}


def test_what_changes_the_ledger_needs_more_than_reading():
    for route in ROUTES:
        if route.method == "POST":
            is_question = route.path == "/v1/check"
            assert is_question or route.scope in ("desk", "payments", "portal"), route.path
