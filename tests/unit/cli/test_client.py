"""Every question has an end, and a question that changes something never ends as failed."""

import pytest

from cli.client import NodeClient
from cli.exits import CommandError
from cli.target import Target
from primitives.errors import Refused, Unavailable


@pytest.fixture
def target(node):
    return Target("the node", "http://node", socket=node.socket)


async def test_a_question_that_is_not_answered_in_time_ends_with_3(node, target):
    node.late_s = 0.6
    async with NodeClient(target, 0.3) as client:
        with pytest.raises(CommandError) as caught:
            await client.get("/v1/status")
    assert caught.value.exit_code == 3


async def test_what_was_handed_in_without_an_answer_has_an_unknown_outcome(node, target):
    node.late_s = 0.6
    async with NodeClient(target, 0.3) as client:
        with pytest.raises(CommandError, match="may still become final") as caught:
            await client.post("/v1/bills", b"{}")
    assert caught.value.exit_code == 6


async def test_a_connection_that_breaks_off_is_no_answer(node, target):
    node.hang_up_after = 0
    async with NodeClient(target, 5) as client:
        with pytest.raises(CommandError, match="closed the connection") as caught:
            await client.post("/v1/bills", b"{}")
    assert caught.value.exit_code == 6


async def test_a_refusal_carries_code_field_and_facts(node, target):
    document = {"code": "x.y", "detail": "do z", "field": "f", "type": "t", "bill_number": 12}
    node.answers["/v1/x"] = (409, document)
    async with NodeClient(target, 5) as client:
        with pytest.raises(Refused) as caught:
            await client.get("/v1/x")
    error = caught.value
    assert (error.code, error.field, error.facts) == ("x.y", "f", {"bill_number": 12})


async def test_no_room_and_too_often_mean_later(node, target):
    for status in (429, 503):
        node.answers["/v1/x"] = (status, {"code": "x.later"})
        async with NodeClient(target, 5) as client:
            with pytest.raises(Unavailable):
                await client.get("/v1/x")


async def test_a_redirect_is_not_followed(node, target):
    node.answers["/v1/x"] = (302, {"code": "x.elsewhere"})
    async with NodeClient(target, 5) as client:
        with pytest.raises(CommandError):
            await client.get("/v1/x")
    assert len(node.requests) == 1


async def test_only_what_is_asked_for_stands_in_the_query(node, target):
    node.answers["/v1/x"] = {}
    async with NodeClient(target, 5) as client:
        await client.get("/v1/x", cursor=None, limit=5)
    assert node.requests[0][1] == "/v1/x?limit=5"
