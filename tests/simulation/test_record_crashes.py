"""Power fails at each write and each frame while records are published: once each, always.

The moments are counted by the ports: every sync of the hospital's disk and every frame it sends,
from the bundle to the amendment of one of its records. Whatever moment it is, the same bundle
handed in again completes it: each record is on the chain once, opens, and nothing is left waiting.
A tenth of the moments is tried without FULL=1.
"""

import asyncio
from functools import cache

import pytest

from ledger.publishing import PUBLISHED, SUPERSEDED, PublishedDocument, name_of_document
from node.slots import PublishedAt, Slot
from node.vault.places import place_of_document
from primitives.codec import decode
from tests.support.checker import assert_same_heads
from tests.support.fuse import Fuse
from tests.support.market import Market
from tests.support.office import line
from tests.support.record_bundles import NUMBER, bundle
from tests.support.scale import scaled
from tests.support.town import until
from tests.support.virtual_loop import machine, run_virtually

SEED = 17
VICTIM = "hospital"
FIRST = bundle({"v1": ["37.0"], "v2": []})
CORRECTED = bundle({"v1": [("v1-37.0", "38.0")], "v2": []})


async def see_through(blows_at: int) -> int:
    """Publish and amend while the hospital's power fails once; return the moments."""
    market = Market(SEED)
    await market.open()
    await market.send_lines([line("b", patientNo=NUMBER)])
    await asyncio.sleep(1)
    fuse = Fuse(market, VICTIM, blows_at)
    story = asyncio.ensure_future(tell(market))
    await until(lambda: fuse.is_blown or story.done(), 120)
    moments = fuse.moments
    fuse.remove()
    if fuse.is_blown:
        await asyncio.sleep(0.7)
        await market.restart(VICTIM)
    await asyncio.wait_for(story, 120)
    await market.level()
    assert_same_heads(market.all)
    await assert_published_once(market)
    return moments


async def tell(market: Market) -> None:
    """Publish a bundle, and a corrected one, whoever fails meanwhile."""
    await insist(market, FIRST, is_amendment=False)
    await insist(market, CORRECTED, is_amendment=True)


async def insist(market: Market, body: bytes, *, is_amendment: bool) -> list[Slot]:
    """Publish a bundle until each record has its document; a request dies with its node."""
    while True:
        name = machine.set(VICTIM)
        try:
            office = market.offices[VICTIM]
            work = office.publish(body, amend=is_amendment, wait_ms=2_000)
            task = asyncio.get_running_loop().create_task(work)
        finally:
            machine.reset(name)
        await asyncio.wait({task}, timeout=5)
        if task.done() and not task.cancelled() and task.exception() is None:
            slots = [answer for answer in task.result() if isinstance(answer, Slot)]
            if len(slots) == 3 and all(isinstance(slot.outcome, PublishedAt) for slot in slots):
                return slots
        task.cancel()
        await asyncio.sleep(0.3)


async def assert_published_once(market: Market) -> None:
    """Assert that the chain has each record once, and the vault each text and nothing else."""
    services = market.offices[VICTIM].services
    await until(lambda: not services.settling.slots, 60)
    leaves = [
        decode(value, PublishedDocument, 10_000)
        for _, value in services.store.leaves(b"j/hospital/")
    ]
    assert sorted(leaf.state for leaf in leaves) == [PUBLISHED] * 3 + [SUPERSEDED]
    texts = []
    for leaf in leaves:
        place = place_of_document(name_of_document(VICTIM, leaf))
        opened = services.vault.shelf.open_record(place, leaf.document.commitment)
        texts.append(opened.text)
    assert [b'"38.0"' in text for text in texts].count(True) == 1
    assert len(set(texts)) == 4
    assert services.vault.shelf.waiting() == []
    assert services.vault.space.bytes_used >= sum(leaf.size_class for leaf in leaves)
    again = await insist(market, CORRECTED, is_amendment=False)
    assert all(slot.is_old for slot in again)


@cache
def moments_in_all() -> int:
    """Return how many moments there are."""
    return run_virtually(see_through(0))


@pytest.mark.slow
def test_whatever_moment_power_fails_each_record_is_published_once() -> None:
    moments = moments_in_all()
    assert moments > 30
    step = max(1, moments // scaled(moments))
    print(f"{moments} moments, each {step}th tried, seed {SEED}")  # noqa: T201
    for moment in range(1, moments + 1, step):
        try:
            run_virtually(see_through(moment))
        except BaseException:
            print(f"failed: moment {moment} of {moments}, seed {SEED}")  # noqa: T201
            raise
