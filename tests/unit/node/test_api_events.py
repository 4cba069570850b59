"""Event streams: in order, live, resumable, and nothing personal in them."""

import asyncio
import json

import pytest

from ledger.reversal import ReverseBill
from node.api.events import HEARTBEAT_S, WRITE_TIMEOUT_S
from tests.support.office import line
from tests.support.served import served


async def read_events(response, count: int) -> list[dict]:
    """Return the data of the next events."""
    events = []
    while len(events) < count:
        text = await asyncio.wait_for(response.content.readline(), 10)
        if text.startswith(b"data: "):
            events.append(json.loads(text.removeprefix(b"data: ")))
    return events


async def test_events_come_in_order_live_and_resume_after_the_last_one_heard():
    async with served() as (client, office, _):
        before = office.services.node.head.height
        async with client.get("/v1/events", params={"from": "0"}) as response:
            heard = await read_events(response, before)
            assert [event["height"] for event in heard] == list(range(1, before + 1))
            await office.issue(line("b"))
            (live,) = await read_events(response, 1)
            assert live["height"] == before + 1
            bill = {"code": "46060226", "number": "0000000001", "issuer": "hospital"}
            assert (live["bills"], live["changed"], live["orders"]) == ([bill], [], [])
            reversal = ReverseBill("46060226", 1, "0a1b2c", "refund")
            office.services.node.submit(office.services.desk.transaction([reversal]).data)
            (reversed_,) = await read_events(response, 1)
            assert reversed_["bills"] == [{**bill, "number": "0000000002"}]
            assert reversed_["changed"] == [bill]
        headers = {"Last-Event-ID": str(before)}
        async with client.get("/v1/events", headers=headers) as response:
            assert await read_events(response, 2) == [live, reversed_]


async def test_the_portal_hears_of_own_bills_with_their_patients_keyed_hash():
    async with served() as (client, office, _):
        before = office.services.node.head.height
        await office.issue(line("b"), line("c"))
        async with client.get("/v1/portal/events", params={"from": str(before)}) as response:
            (event,) = await read_events(response, 1)
        assert [bill["business_number"] for bill in event["bills"]] == ["b", "c"]
        assert len({bill["patient"] for bill in event["bills"]}) == 1
        assert not any(value in json.dumps(event) for value in ('"text"', '"payer"', '"tel"'))


async def test_one_stream_too_many_is_told_to_come_again():
    async with served() as (client, office, _):
        office.services.load.streams = office.services.settings.streams_max
        response = await client.get("/v1/events")
        assert (await response.json())["code"] == "api.too_many_streams"


@pytest.mark.parametrize("value", ["-1", "1e3", "99999999999999999999"])
async def test_a_malformed_height_to_resume_from_is_a_problem(value):
    async with served() as (client, _, _):
        response = await client.get("/v1/events", headers={"Last-Event-ID": value})
        assert response.status == 422


def test_a_silent_stream_is_told_alive_before_proxies_give_it_up():
    assert HEARTBEAT_S <= 30 <= 2 * WRITE_TIMEOUT_S
