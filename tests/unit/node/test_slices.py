import asyncio
import itertools

from node.slices import sliced
from tests.support.parts import virtually


def steps(loop, count):
    """Pretend that each step takes a millisecond."""
    for _ in range(count):
        loop.pass_time(0.001)
        yield
    return "done"


@virtually
async def test_others_run_after_each_slice_of_a_long_piece_of_work():
    loop = asyncio.get_running_loop()
    moments = []

    async def somebody_else():
        while True:
            moments.append(loop.time())
            await asyncio.sleep(0)

    other = asyncio.ensure_future(somebody_else())
    assert await sliced(steps(loop, 50), 0.010) == "done"
    other.cancel()
    assert len(moments) >= 5
    assert max(b - a for a, b in itertools.pairwise(moments)) <= 0.011


@virtually
async def test_short_work_is_done_in_one_go():
    assert await sliced(steps(asyncio.get_running_loop(), 3)) == "done"
