"""Allotting and listing number ranges."""

import json

RANGE = ("--unit", "hospital", "--place", "460000001", "--kind", "01", "--code", "46060126")
NUMBERS = ("--first", "1", "--last", "1000")


def test_a_range_is_allotted_and_told(piaolian, node):
    node.answers["/v1/ranges"] = {"id": "ab", "status": "committed", "height": 2}
    ran = piaolian("range", "allot", *RANGE, *NUMBERS, "--node", node.address)
    assert ran.code == 0
    assert json.loads(node.requests[0][2]) == {
        "unit": "hospital",
        "place": "460000001",
        "kind": "01",
        "code": "46060126",
        "first": 1,
        "last": 1000,
    }


def test_a_refused_range_ends_with_7(piaolian, node):
    problem = {"code": "range.already_allotted", "detail": "begin above", "field": "first"}
    node.answers["/v1/ranges"] = {"id": "", "status": "refused", "problem": problem}
    ran = piaolian("range", "allot", *RANGE, *NUMBERS, "--node", node.address)
    assert ran.code == 7
    assert ran.err == "piaolian: range.already_allotted (first): begin above\n"


def test_a_range_that_is_not_final_in_time_ends_with_6(piaolian, node):
    node.answers["/v1/ranges"] = {"id": "ab", "status": "unknown"}
    assert piaolian("range", "allot", *RANGE, *NUMBERS, "--node", node.address).code == 6


def test_the_list_shows_what_is_left(piaolian, node):
    item = {"code": "46060126", "first": 1, "last": 1000, "next": 11, "unit": "hospital"}
    node.answers["/v1/ranges"] = {"items": [item]}
    assert " 990 " in piaolian("range", "list", "--node", node.address).out
