"""From errors to problem documents."""

import json

import pytest

from node.api.language import LANGUAGE
from node.api.problems import problem_of, problem_response, status_of
from primitives.errors import NodeFault, PeerFault, Refused, Unavailable


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Refused("bill.amounts_do_not_add_up"), 422),
        (Refused("bill.not_found"), 404),
        (Refused("bill.business_number_conflict"), 409),
        (Refused("request.duplicate_key"), 400),
        (Refused("request.too_large"), 413),
        (Refused("auth.missing"), 401),
        (Refused("auth.missing_scope"), 403),
        (Refused("vault.too_many_openings"), 429),
        (PeerFault("codec.malformed"), 400),
        (Unavailable("mempool.full"), 503),
        (NodeFault("vault.damaged"), 500),
    ],
)
def test_every_kind_of_error_has_its_status(error, status):
    assert status_of(error) == status
    assert problem_response(error).status == status


def test_a_problem_has_type_code_detail_field_and_facts():
    error = Refused("range.overlaps", "numbers are taken", "first", highest=7)
    response = problem_response(error)
    assert response.content_type == "application/problem+json"
    assert json.loads(response.body) == {
        "type": "urn:piaolian:problem:range.overlaps",
        "title": "numbers of a code are allotted once, in ascending order",
        "status": 422,
        "code": "range.overlaps",
        "detail": "numbers are taken",
        "field": "first",
        "fix": "begin above the highest allotted number, which the answer tells",
        "highest": 7,
    }


def test_rule_and_fix_are_told_in_the_language_of_the_request():
    token = LANGUAGE.set("zh")
    try:
        response = problem_response(Refused("range.overlaps"))
    finally:
        LANGUAGE.reset(token)
    document = json.loads(response.body)
    assert document["title"] == "同一票据代码的号码按升序发放且只发放一次"
    assert document["fix"] == "请从答复给出的最大已发放号码之后开始"
    assert response.headers["Content-Language"] == "zh"


def test_a_code_without_an_entry_has_the_phrase_of_its_status():
    problem = problem_of(Refused("x.y"))
    assert (problem.title, problem.fix) == ("Unprocessable Entity", None)


def test_a_fact_never_hides_a_field_of_the_problem():
    error = Refused("x.y", "told", facts=1)
    error.facts["status"] = 200
    assert json.loads(problem_response(error).body)["status"] == 422


def test_what_is_wrong_inside_the_node_is_not_told_outside():
    fault = NodeFault("vault.damaged", "/var/lib/piaolian/secret is damaged")
    assert "secret" not in problem_of(fault).detail


def test_the_caller_is_told_when_to_come_again():
    assert problem_response(Unavailable("api.busy")).headers["Retry-After"] == "1"
    limited = Refused("vault.too_many_openings", retry_after_s=3600)
    assert problem_response(limited).headers["Retry-After"] == "3600"
    assert problem_response(Refused("auth.missing")).headers["WWW-Authenticate"] == "Bearer"
