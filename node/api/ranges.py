"""Number ranges: what is allotted, and allotting more."""

import asyncio
from typing import Literal

from ledger.ranges import AllotNumbers
from ledger.ranges import NumberRange as RangeLeaf
from node.api.answers import Transaction
from node.api.bill_answers import NumberRange, NumberRanges, RangeRequest
from node.api.call import Call
from node.api.transactions import final_answer
from primitives.codec import decode
from primitives.errors import Refused

RANGES_MAX = 10_000
"""Ranges told at once; a province allots some hundreds a year."""
LEAF_SIZE_MAX = 1024
DEFAULT_WAIT_MS = 10_000

_StateName = Literal["open", "exhausted", "frozen", "returned", "written_off"]
_STATES: tuple[_StateName, ...] = ("open", "exhausted", "frozen", "returned", "written_off")


async def get_ranges(call: Call) -> NumberRanges:
    """Return all allotted ranges."""
    items = []
    for key, value in call.services.store.leaves(b"r/", limit=RANGES_MAX):
        items.append(_answer(key, decode(value, RangeLeaf, LEAF_SIZE_MAX)))
        if len(items) % 500 == 0:
            await asyncio.sleep(0)
    return NumberRanges(items=items)


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


def _without_place(refusal: Refused) -> Refused:
    """Drop the operation's place: there was only one."""
    refusal.facts.pop("operation", None)
    return refusal


def _answer(key: bytes, leaf: RangeLeaf) -> NumberRange:
    _, code, first = key.decode("ascii").split("/")
    return NumberRange(
        code=code,
        first=int(first),
        last=leaf.last,
        next=leaf.next,
        unit=leaf.unit,
        place=leaf.place,
        kind=leaf.kind,
        state=_STATES[leaf.state],
    )
