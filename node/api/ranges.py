"""Number ranges: what is allotted, what is asked for, and allotting more."""

import asyncio
from collections.abc import AsyncIterator

from ledger.ranges import RANGE, AllotNumbers, unused
from ledger.ranges import NumberRange as RangeLeaf
from ledger.requests import REQUEST
from ledger.requests import NumberRequest as RequestLeaf
from node.api.answers import Transaction
from node.api.call import Call
from node.api.ledger_answers import NumberRequest, NumberRequests
from node.api.pages import LEAF_SIZE_MAX, parts_of, read_page, state_of
from node.api.report_answers import NumberRange, NumberRanges, RangeRequest
from node.api.transactions import final_answer
from primitives.codec import decode
from primitives.errors import Refused

RANGES_MAX = 10_000
"""Ranges told at once; a province allots some hundreds a year."""
DEFAULT_WAIT_MS = 10_000


async def get_ranges(call: Call) -> NumberRanges:
    """Return all allotted ranges; filters: unit, state."""
    unit, state = call.text("unit"), state_of(call, RANGE)
    items = [
        item
        async for item in all_ranges(call)
        if unit in ("", item.unit) and state in ("", item.state)
    ]
    return NumberRanges(items=items)


async def get_requests(call: Call) -> NumberRequests:
    """Return a page of what units asked for; filters: unit, state."""
    unit, state = call.text("unit"), state_of(call, REQUEST)

    def read(key: bytes, value: bytes) -> NumberRequest | None:
        leaf = decode(value, RequestLeaf, LEAF_SIZE_MAX)
        told = REQUEST.state_name(leaf.state)
        if state not in ("", told):
            return None
        of, request = parts_of(key)
        return NumberRequest(
            unit=of,
            request=request,
            place=leaf.place,
            kind=leaf.kind,
            count=leaf.count,
            time_ms=leaf.time_ms,
            state=told,
        )

    prefix = f"q/{unit}/" if unit else "q/"
    items, following = await read_page(call, prefix.encode(), read)
    return NumberRequests(items=items, next=following)


async def allot_numbers(call: Call) -> Transaction:
    """Allot a range to a hospital; for finance. Waits for the outcome, ten seconds by default."""
    asked = await call.body(RangeRequest)
    wait_ms = call.wait_ms() if call.text("wait_ms") else DEFAULT_WAIT_MS
    operation = AllotNumbers(
        asked.unit, asked.place, asked.kind, asked.code, asked.first, asked.last
    )
    services = call.services
    submission = services.node.submit(services.desk.transaction([operation]).data)
    if submission.refusal is not None:
        raise _without_place(submission.refusal)
    return await final_answer(services, submission, wait_ms)


async def all_ranges(call: Call) -> AsyncIterator[NumberRange]:
    """Yield every range by code and number."""
    for place, (key, value) in enumerate(call.services.store.leaves(b"r/", limit=RANGES_MAX)):
        yield _answer(key, decode(value, RangeLeaf, LEAF_SIZE_MAX))
        if place % 500 == 499:
            await asyncio.sleep(0)


def _without_place(refusal: Refused) -> Refused:
    """Drop the operation's place: there was only one."""
    refusal.facts.pop("operation", None)
    return refusal


def _answer(key: bytes, leaf: RangeLeaf) -> NumberRange:
    code, text = parts_of(key)
    first, tally = int(text), leaf.tally
    used = tally.blue + tally.red + tally.void
    return NumberRange(
        code=code,
        first=first,
        last=leaf.last,
        next=leaf.next,
        unit=leaf.unit,
        place=leaf.place,
        kind=leaf.kind,
        state=RANGE.state_name(leaf.state),
        offline=leaf.is_offline,
        allotted=leaf.last - first + 1,
        blue=tally.blue,
        red=tally.red,
        void=tally.void,
        unused=unused(leaf, first),
        gaps=leaf.next - first - used,
        blue_fen=tally.blue_fen,
        red_fen=tally.red_fen,
        locked=tally.locked,
        withheld=tally.withheld,
        owing=tally.owing,
    )
