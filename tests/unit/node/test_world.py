"""The real world: work on one thread, in order; entropy that does not repeat."""

import asyncio
import threading

from node.world import OneThread, SystemEntropy


async def test_calls_run_one_after_another_on_one_thread_of_its_name():
    thread = OneThread("disk")
    seen: list[tuple[int, str]] = []

    def work(place: int) -> int:
        seen.append((place, threading.current_thread().name))
        return place

    results = await asyncio.gather(*(thread.run(lambda p=place: work(p)) for place in range(20)))
    assert results == list(range(20))
    assert [place for place, _ in seen] == list(range(20))
    assert {name for _, name in seen} == {"disk_0"}
    thread.close()


async def test_what_the_work_raises_reaches_the_caller():
    thread = OneThread("disk")
    try:
        await thread.run(lambda: 1 // 0)
    except ZeroDivisionError:
        thread.close()
        return
    raise AssertionError


def test_entropy_has_the_length_asked_and_does_not_repeat():
    entropy = SystemEntropy()
    assert len(entropy.random_bytes(40)) == 40
    assert entropy.random_bytes(16) != entropy.random_bytes(16)
