"""Lists come a page at a time: nothing twice, nothing left out."""

import pytest

from ledger.ranges import RANGE
from node.api.bill_face import claim_state
from node.api.call import Call
from node.api.encoding import base64url
from node.api.pages import PAGE_MAX, page_of, parts_of, read_page, state_of
from primitives.errors import Refused
from tests.support.office import line, open_town
from tests.support.virtual_loop import run_virtually


async def asked(office, query):
    """Return the call that a query makes."""
    kept: list[Call] = []

    async def keep(call):
        kept.append(call)

    await office.ask(keep, query)
    return kept[0]


def test_pages_follow_each_other_whatever_their_length():
    async def story():
        _, office = await open_town()
        await office.issue(*[line(f"b{place}") for place in range(5)])
        for limit in range(1, 7):
            found, cursor = [], ""
            while cursor is not None:
                call = await asked(office, f"limit={limit}&cursor={cursor}")
                items, cursor = await read_page(call, b"b/", lambda key, _: parts_of(key)[1])
                assert len(items) <= limit
                found += items
            assert found == [f"{number:010d}" for number in range(1, 6)]
        call = await asked(office, "limit=2")
        items, cursor = await read_page(call, b"b/", lambda key, _: None)
        assert (items, cursor) == ([], None)

    run_virtually(story())


def test_what_names_no_page_or_state_is_refused():
    async def story():
        _, office = await open_town()
        cursor = base64url(b"b/1")
        assert page_of(await asked(office, f"limit={PAGE_MAX}&cursor={cursor}")) == (100, b"b/1")
        for query in ("limit=101", "limit=x", "cursor=*"):
            with pytest.raises(Refused, match=r"request\.wrong_value"):
                page_of(await asked(office, query))
        assert state_of(await asked(office, "state=frozen"), RANGE) == "frozen"
        assert state_of(await asked(office, ""), RANGE) == ""
        with pytest.raises(Refused, match="allotted, active"):
            state_of(await asked(office, "state=open"), RANGE)

    run_virtually(story())


def test_the_parts_of_a_key_are_what_stands_between_its_slashes():
    assert parts_of(b"b/46060126/0000000001") == ["46060126", "0000000001"]
    assert parts_of(b"y/bank/p-1/") == ["bank", "p-1"]
    assert claim_state(None, 0) == 0
