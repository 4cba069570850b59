import asyncio

from node.links import Budget, Outbox
from node.wire import Priority
from tests.support.parts import virtually


@virtually
async def test_the_most_urgent_frame_goes_first_and_equals_keep_their_order():
    outbox = Outbox()
    for frame, priority in (
        (b"vault", Priority.VAULT),
        (b"bill-1", Priority.TRANSACTIONS),
        (b"body", Priority.BLOCKS),
        (b"vote", Priority.CONSENSUS),
        (b"bill-2", Priority.TRANSACTIONS),
    ):
        outbox.put(frame, priority)
    went = [await outbox.get() for _ in range(5)]
    assert went == [b"vote", b"body", b"bill-1", b"bill-2", b"vault"]
    assert outbox.size_bytes == 0


@virtually
async def test_an_overflow_drops_the_least_urgent_and_blocks_nobody():
    outbox = Outbox()
    mebibyte = bytes(1 << 20)
    for _ in range(16):
        outbox.put(mebibyte, Priority.VAULT)
    for _ in range(16):
        outbox.put(mebibyte, Priority.BLOCKS)
    outbox.put(b"vote", Priority.CONSENSUS)
    assert outbox.dropped == 1
    for _ in range(30):
        outbox.put(mebibyte, Priority.BLOCKS)
    assert outbox.size_bytes <= 32 << 20
    assert await outbox.get() == b"vote"


@virtually
async def test_who_waits_for_a_frame_gets_it_when_it_comes():
    outbox = Outbox()
    waiting = asyncio.ensure_future(outbox.get())
    await asyncio.sleep(1)
    assert not waiting.done()
    outbox.put(b"vote", Priority.CONSENSUS)
    assert await waiting == b"vote"


@virtually
async def test_a_budget_allows_a_seconds_worth_and_then_asks_for_patience():
    budget = Budget(1000)
    assert budget.take(1000) == 0
    assert budget.take(500) == 0.5
    await asyncio.sleep(0.5)
    assert budget.take(0) == 0
    assert budget.allows(10)
    assert not budget.allows(10)
    await asyncio.sleep(1)
    assert budget.allows(10)
