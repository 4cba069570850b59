"""Server-sent events: final blocks as they come, resumable by height.

Rule: nothing is buffered for a slow reader: it reads the next block from the store when it has
taken the last; one that takes nothing for half a minute is closed and may resume.
Source: WHATWG HTML, server-sent events.
"""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec
from aiohttp import web

from ledger.bills import Bill, bill_key
from ledger.state import BillNumber
from node.api.answers import Block
from node.api.bill_answers import BillRef, BlockEvent, OrderRef
from node.api.call import Call
from node.api.encoding import whole_number
from node.api.portal_events import portal_event
from node.block_bills import faces_of_block
from node.receipts import BlockStream
from node.touched import touched_by
from primitives.errors import Unavailable

HEARTBEAT_S = 15.0
"""A comment after so much silence tells both sides that the connection lives."""
WRITE_TIMEOUT_S = 30.0
_HEADERS = {"Content-Type": "text/event-stream", "Cache-Control": "no-store"}

Tell = Callable[[Call, Block], Awaitable[msgspec.Struct]]


async def get_events(call: Call) -> web.StreamResponse:
    """Stream final blocks: `id` is the height, `event` is `block`."""
    return await _stream(call, _block_event)


async def get_portal_events(call: Call) -> web.StreamResponse:
    """Stream what is this hospital's own, with the patients' keyed hashes; for its portal."""
    return await _stream(call, portal_event)


async def _stream(call: Call, tell: Tell) -> web.StreamResponse:
    load = call.services.load
    if load.streams >= call.services.settings.streams_max:
        raise Unavailable("api.too_many_streams", "too many event streams are open")
    last = call.request.headers.get("Last-Event-ID") or call.text("from")
    after = whole_number(last, "from", 2**63 - 1) if last else call.services.node.head.height
    response = web.StreamResponse(headers=_HEADERS)
    load.streams += 1
    stream = call.services.node.subscribe(after=after)
    try:
        await response.prepare(call.request)
        await response.write(b": piaolian\n\n")
        await _send_blocks(call, response, stream, tell=tell)
    except (ConnectionError, TimeoutError):
        # The reader is gone or takes nothing; it resumes from its last id.
        return response
    finally:
        stream.close()
        load.streams -= 1
    return response


async def _send_blocks(
    call: Call, response: web.StreamResponse, stream: BlockStream, *, tell: Tell
) -> None:
    following = aiter(stream)
    upcoming = asyncio.ensure_future(anext(following))
    try:
        while True:
            done, _ = await asyncio.wait({upcoming}, timeout=HEARTBEAT_S)
            if not done:
                await _write(response, b": alive\n\n")
                continue
            height = upcoming.result()
            upcoming = asyncio.ensure_future(anext(following))
            block = call.services.blocks.block(height)
            assert block is not None, "an announced block is in the store"
            data = msgspec.json.encode(await tell(call, block))
            await _write(response, b"id: %d\nevent: block\ndata: %b\n\n" % (height, data))
    except StopAsyncIteration:
        return
    finally:
        upcoming.cancel()


async def _write(response: web.StreamResponse, data: bytes) -> None:
    async with asyncio.timeout(WRITE_TIMEOUT_S):
        await response.write(data)


async def _block_event(call: Call, block: Block) -> BlockEvent:
    node = call.services.node
    made = {
        (face.code, face.number): face.issuer for face in await faces_of_block(node, block.height)
    }
    touched = await touched_by(node, block.height)
    return BlockEvent(
        height=block.height,
        hash=block.hash,
        time_ms=block.time_ms,
        transactions=block.transactions,
        bills=[_reference(name, issuer) for name, issuer in made.items()],
        changed=[
            _reference(name, _issuer(call, name)) for name in touched.bills if name not in made
        ],
        orders=[OrderRef(hospital=name.hospital, order=name.order) for name in touched.orders],
        heights=list(touched.heights),
    )


def _reference(name: BillNumber, issuer: str) -> BillRef:
    return BillRef(code=name[0], number=f"{name[1]:010d}", issuer=issuer)


def _issuer(call: Call, name: BillNumber) -> str:
    bill = call.services.view.leaf(bill_key(*name), Bill)
    assert bill is not None, "a bill that a block touched has its leaf"
    return bill.issuer
