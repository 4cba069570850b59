"""Final blocks."""

import asyncio

from aiohttp import web

from ledger.block import header_hash
from node.api.answers import Block, Blocks
from node.api.call import Call
from node.api.encoding import base64url, not_found, whole_number

PAGE = 20
PAGE_MAX = 100


async def get_blocks(call: Call) -> Blocks:
    """Return a page of blocks, newest first; the cursor is opaque."""
    limit = max(1, call.integer("limit", PAGE, PAGE_MAX))
    head = call.services.node.head.height
    cursor = call.text("cursor")
    start = min(head, whole_number(cursor, "cursor", 2**63 - 1)) if cursor else head
    reader = call.services.blocks
    items = []
    for height in range(start, max(0, start - limit), -1):
        block = reader.block(height)
        if block is not None:
            items.append(block)
        # A full block takes milliseconds to read: let others have their turn.
        await asyncio.sleep(0)
    last = max(0, start - limit)
    return Blocks(items=items, next=str(last) if last > 0 else None)


async def get_body(call: Call) -> web.Response:
    """Return a block's body byte for byte; its header and certificate stand beside it."""
    height, store = whole_number(call.path("height"), "height", 2**63 - 1), call.services.store
    header = store.header(height) if 0 < height <= call.services.node.head.height else None
    certificate = None if header is None else store.certificate(height)
    body = None if header is None else store.body(height, header_hash(header))
    if header is None or certificate is None or body is None:
        raise not_found("block")
    headers = {
        "Piaolian-Header": base64url(header),
        "Piaolian-Certificate": base64url(certificate),
    }
    return web.Response(body=body, content_type="application/octet-stream", headers=headers)


async def get_block(call: Call) -> Block:
    """Return the block at a height."""
    height = whole_number(call.path("height"), "height", 2**63 - 1)
    block = call.services.blocks.block(height) if height else None
    if block is None:
        raise not_found("block")
    return block
