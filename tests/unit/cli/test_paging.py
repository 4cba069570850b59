"""Lists that come a page at a time."""

import pytest

from cli.client import NodeClient
from cli.paging import pages
from cli.target import Target


@pytest.mark.parametrize(("limit", "count"), [(1, 1), (100, 100), (101, 101), (9999, 130)])
async def test_no_more_items_than_asked_for_and_none_twice(node, limit, count):
    for place in range(130):
        node.bills[f"n-{place}"] = {"number": f"{place:010d}", "text": b""}
    async with NodeClient(Target("x", "http://node", socket=node.socket), 5) as client:
        items = await pages(client, "/v1/bills", limit)
    assert len({item["number"] for item in items}) == len(items) == count


async def test_an_empty_page_that_goes_on_is_followed(node):
    node.answers["/v1/bills"] = {"items": [], "next": None}
    async with NodeClient(Target("x", "http://node", socket=node.socket), 5) as client:
        assert await pages(client, "/v1/bills", 10) == []
