"""What the ledger would say is what it says."""

import pytest

from ledger.units import FreezeUnit
from node.judging import judge
from primitives.errors import Refused
from tests.support.office import Office, open_town
from tests.support.virtual_loop import run_virtually


def test_a_judgment_changes_nothing_and_comes_true():
    async def story():
        town, _ = await open_town()
        finance = Office(town["finance"])
        await finance.open()
        services = finance.services
        transaction = services.desk.transaction([FreezeUnit("hospital", "rate_too_high")])
        height = services.node.head.height
        accepted = judge(services.node, transaction, services.clock.now_ms())
        assert set(accepted.draft.facts) == {b"a/hospital/"}
        assert services.node.head.height == height
        await town.commit(transaction, "finance")
        again = services.desk.transaction([FreezeUnit("hospital", "rate_too_high")])
        with pytest.raises(Refused, match=r"unit\.frozen"):
            judge(services.node, again, services.clock.now_ms())

    run_virtually(story())
