import asyncio

import pytest

from node.receipts import Streams, Waiters
from tests.support.parts import virtually


@virtually
async def test_a_reader_gets_every_height_once_and_waits_for_the_next():
    head = [3]
    streams = Streams(lambda: head[0])
    stream = streams.open(after=1)
    assert [await anext(stream), await anext(stream)] == [2, 3]
    upcoming = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(1)
    assert not upcoming.done()
    head[0] = 5
    streams.wake()
    assert await upcoming == 4
    assert await anext(stream) == 5


@virtually
async def test_a_stream_ends_when_the_node_stops():
    streams = Streams(lambda: 0)
    stream = streams.open(after=0)
    upcoming = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0)
    streams.close()
    with pytest.raises(StopAsyncIteration):
        await upcoming


@virtually
async def test_who_waits_in_vain_is_told_nothing_after_the_time():
    waiters = Waiters()
    began = asyncio.get_running_loop().time()
    assert await waiters.wait(bytes(40), 2_000) is None
    assert asyncio.get_running_loop().time() - began == pytest.approx(2)


@virtually
async def test_a_stop_lets_nobody_wait():
    waiters = Waiters()
    waiting = asyncio.ensure_future(waiters.wait(bytes(40), 60_000))
    await asyncio.sleep(0)
    waiters.close()
    assert await waiting is None
    assert asyncio.get_running_loop().time() < 1
