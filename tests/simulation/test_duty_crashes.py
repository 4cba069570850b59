"""Power fails at any moment of endorsing and anchoring: nothing is left out, nothing done twice.

The moments are counted by the ports, as for orders. A tenth of them is tried without FULL=1.
"""

import asyncio
from functools import cache

import pytest

from ledger.block import decode_body, header_hash
from ledger.endorsement import EndorseBills, Endorsement, endorsement_key
from ledger.faces import Faces, faces_key
from ledger.originals import AnchorOriginals, Originals, originals_key
from ledger.transaction import decode_transaction
from tests.support.checker import assert_same_heads
from tests.support.fuse import Fuse
from tests.support.market import Market
from tests.support.office import line
from tests.support.scale import scaled
from tests.support.town import until
from tests.support.virtual_loop import run_virtually

SEED = 12
BLOCKS = 3


async def see_through(victim: str, blows_at: int) -> int:
    """Issue bills in some blocks while a machine's power fails once; return the moments."""
    market = Market(SEED)
    await market.open()
    await asyncio.sleep(1)
    fuse = Fuse(market, victim, blows_at)
    story = asyncio.ensure_future(issue(market))
    await until(lambda: fuse.is_blown or story.done(), 120)
    moments = fuse.moments
    fuse.remove()
    if fuse.is_blown:
        await asyncio.sleep(0.7)
        await market.restart(victim)
    await asyncio.wait_for(story, 120)
    await until(lambda: is_done(market), 120)
    await market.level()
    assert_same_heads(market.all)
    check(market)
    return moments


async def issue(market: Market) -> None:
    """Issue bills in some blocks, and wait until the nodes have done what is theirs."""
    for block in range(BLOCKS):
        await market.send_lines([line(f"b-{block}-{place}") for place in range(3)])
    await until(lambda: is_done(market), 60)


def is_done(market: Market) -> bool:
    """Tell whether nothing waits at finance and at the hospital."""
    finance, hospital = (market.offices[a].services.duties.matters for a in ("finance", "hospital"))
    is_complete = finance.is_complete and hospital.is_complete
    is_level = market["finance"].node is not None and market["hospital"].node is not None
    if not (is_complete and is_level and heads_are_equal(market)):
        return False
    return not len(finance.unendorsed) and not len(hospital.unanchored)


def heads_are_equal(market: Market) -> bool:
    """Tell whether finance and the hospital are at the same height."""
    return market["finance"].running.head.height == market["hospital"].running.head.height


def check(market: Market) -> None:
    """Every block with bills is endorsed and anchored, by one operation each."""
    node = market["insurance"].running
    counts: dict[tuple[type, int], int] = {}
    with_bills = []
    for height in range(1, node.head.height + 1):
        header = node.store.header(height)
        assert header is not None
        body = node.store.body(height, header_hash(header))
        assert body is not None
        for data in decode_body(body).transactions:
            for operation in decode_transaction(data, node.genesis.chain).envelope.operations:
                if isinstance(operation, EndorseBills | AnchorOriginals):
                    key = (type(operation), operation.height)
                    counts[key] = counts.get(key, 0) + 1
        if node.state.leaf(faces_key(height), Faces) is not None:
            with_bills.append(height)
    assert len(with_bills) == BLOCKS
    for height in with_bills:
        endorsement = node.state.leaf(endorsement_key(height), Endorsement)
        assert endorsement is not None
        assert endorsement.withheld == ()
        assert node.state.leaf(originals_key(height, "hospital"), Originals) is not None
    assert set(counts.values()) == {1}
    assert len(counts) == 2 * BLOCKS


@cache
def moments_of(victim: str) -> int:
    """Return how many moments there are."""
    return run_virtually(see_through(victim, 0))


@pytest.mark.slow
@pytest.mark.parametrize("victim", ["finance", "hospital"])
def test_whatever_moment_power_fails_all_is_endorsed_and_anchored_once(victim: str) -> None:
    moments = moments_of(victim)
    assert moments > 50
    step = max(1, moments // scaled(moments))
    print(f"{victim}: {moments} moments, each {step}th tried, seed {SEED}")  # noqa: T201
    for moment in range(1, moments + 1, step):
        try:
            run_virtually(see_through(victim, moment))
        except BaseException:
            print(f"failed: {victim}, moment {moment} of {moments}, seed {SEED}")  # noqa: T201
            raise
