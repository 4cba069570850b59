"""Allotting and listing number ranges."""

import json

RANGE = ("--unit", "hospital", "--place", "460000001", "--kind", "01", "--code", "46060126")
NUMBERS = ("--first", "1", "--last", "1000")


def test_a_range_is_allotted_and_told(piaolian, node):
    numbers = {"operation": "allot_numbers", "code": "46060126", "first": 1, "last": 1000}
    item = {"id": "ab", "status": "committed", "height": 2, "results": [numbers]}
    node.answers["/v1/operations"] = {"items": [item]}
    ran = piaolian("range", "allot", *RANGE, *NUMBERS, "--node", node.address)
    assert ran.code == 0
    assert "46060126 0000000001 to 0000001000" in ran.out
    (operation,) = json.loads(node.requests[0][2])["operations"]
    assert operation == {
        "operation": "allot_numbers",
        "unit": "hospital",
        "place": "460000001",
        "kind": "01",
        "code": "46060126",
        "first": 1,
        "last": 1000,
        "is_offline": False,
        "request": None,
    }


def test_the_list_shows_what_is_left(piaolian, node):
    item = {"code": "46060126", "first": 1, "last": 1000, "next": 11, "unit": "hospital"}
    node.answers["/v1/ranges"] = {"items": [{**item, "unused": 990, "state": "active"}]}
    out = piaolian("range", "list", "--state", "active", "--node", node.address).out
    assert " 990 " in out
    assert node.requests[0][1] == "/v1/ranges?state=active"


def test_requests_are_listed(piaolian, node):
    item = {"unit": "hospital", "request": "q", "count": 500, "time_ms": 0, "state": "requested"}
    node.answers["/v1/requests"] = {"items": [item], "next": None}
    assert "requested" in piaolian("range", "requests", "--node", node.address).out
