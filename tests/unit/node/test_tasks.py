import asyncio

import pytest

from node.tasks import Tasks
from primitives.errors import NodeFault
from tests.support.parts import virtually


async def fail():
    raise NodeFault("storage.write_failed")


async def wait_for_ever():
    await asyncio.get_running_loop().create_future()


@virtually
async def test_the_first_failure_ends_the_node():
    tasks = Tasks()
    tasks.spawn("waits", wait_for_ever())
    tasks.spawn("fails", fail())
    with pytest.raises(NodeFault) as caught:
        await tasks.over()
    assert caught.value.code == "storage.write_failed"
    assert tasks.is_over
    await tasks.cancel()


@virtually
async def test_a_cancelled_task_is_no_failure():
    tasks = Tasks()
    task = tasks.spawn("waits", wait_for_ever())
    task.cancel()
    await asyncio.sleep(1)
    assert not tasks.is_over
    tasks.finish()
    await tasks.over()
