"""The room that records take: counted before they are sealed, and again after a start."""

import asyncio

import pytest

from ledger.publishing import PublishedDocument
from primitives.codec import decode
from primitives.errors import Unavailable
from tests.support.record_bundles import bundle
from tests.support.records_office import (
    assert_at_rest,
    documents,
    half_done,
    open_ward,
    opened_again,
    published,
)
from tests.support.town import until
from tests.support.virtual_loop import run_virtually

EXPIRED_S = 700
"""Longer than a transaction may wait."""


def test_a_full_vault_takes_nothing_more_and_knows_again_what_it_has():
    async def story() -> None:
        town, office = await open_ward()
        await office.publish(bundle())
        space = office.services.vault.space
        used = space.bytes_used
        assert used == sum(
            decode(value, PublishedDocument, 10_000).size_class
            for _, value in office.services.store.leaves(b"j/hospital/")
        )
        space.bytes_max = used + 100
        with pytest.raises(Unavailable, match=r"vault\.full"):
            await office.publish(bundle({"v2": []}), amend=True)
        assert all(published(each).height for each in await office.publish(bundle()))
        assert space.bytes_used == used
        assert_at_rest(office)
        office.close()
        town["hospital"].crash()
        office = await opened_again(town)
        assert office.services.vault.space.bytes_used == used

    run_virtually(story())


def test_what_waits_takes_room_and_gives_it_back_when_it_is_too_late():
    async def story() -> None:
        town, office = await half_done()
        space = office.services.vault.space
        assert space.bytes_used > 0
        await asyncio.sleep(EXPIRED_S)
        await town["health"].start()
        await until(lambda: not office.services.settling.slots, 600)
        assert space.bytes_used == 0
        assert documents(office) == 0
        names = [published(each) for each in await office.publish(bundle())]
        assert len(names) == documents(office) == 2

    run_virtually(story())
