"""A candidate's node speaks up by itself, and only as long as that is of use."""

import asyncio

from ledger.parameters import Parameters
from ledger.readiness import Readiness, readiness_key
from tests.support.council import Council
from tests.support.parts import virtually
from tests.support.town import Town, until
from tests.support.world import SeededSigner


async def joined(**parameters: int) -> tuple[Town, Council]:
    """Return a town with a fifth member that has no vote."""
    town = Town(candidates=("bank",), parameters=Parameters(round_timeout_ms=500, **parameters))
    await town.start()
    await town.start("bank")
    council = Council(town)
    await council.add_agency("bank")
    return town, council


def said(town: Town) -> Readiness | None:
    return town["hospital"].running.state.leaf(readiness_key("bank"), Readiness)


@virtually
async def test_a_member_with_a_validator_key_and_no_vote_says_that_it_is_ready():
    town, _ = await joined()
    await until(lambda: said(town) is not None, 30)
    assert town["bank"].journal.named("readiness.signalled")
    await asyncio.sleep(60)
    assert len(town["bank"].journal.named("readiness.signalled")) == 1
    assert not any(town[agency].journal.named("readiness.signalled") for agency in ("health",))


@virtually
async def test_it_says_so_again_after_half_of_the_time():
    town, _ = await joined(readiness_ms=60_000, heartbeat_ms=10_000)
    await until(lambda: said(town) is not None, 30)
    first = said(town).time_ms
    await until(lambda: said(town).time_ms > first, 60)
    assert 30_000 <= said(town).time_ms - first <= 50_000


@virtually
async def test_a_node_without_the_registered_key_says_nothing():
    town = Town(candidates=("bank",), parameters=Parameters(round_timeout_ms=500))
    town["bank"].signer = _OtherVotes("bank")
    await town.start()
    await town.start("bank")
    await Council(town).add_agency("bank")
    await asyncio.sleep(60)
    assert said(town) is None


class _OtherVotes(SeededSigner):
    """Holds other validator keys than the agency registered."""

    def __init__(self, agency: str) -> None:
        super().__init__(agency)
        self.validators = {}
