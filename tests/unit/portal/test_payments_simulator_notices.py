"""Notices are tried on the schedule, and are as unpleasant as they were told to be."""

from pathlib import Path

from portal.payments.simulator.chaos import first_sendings
from portal.payments.simulator.config import ChaosSection
from portal.payments.simulator.notices import SCHEDULE_S
from tests.support.payments_town import (
    DAY_MS,
    town,
)


async def test_a_notice_is_tried_again_on_the_schedule_and_then_given_up(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        it.node.is_away = True
        await it.pay_order("1", 1305)
        for pause_s in SCHEDULE_S:
            assert await it.turn() == 1
            it.clock.time_ms += pause_s * 1000 - 1
            assert await it.turn() == 0
            it.clock.time_ms += 1
        assert await it.turn() == 1
        it.clock.time_ms += 30 * DAY_MS
        assert await it.turn() == 0
        assert "company.notice_given_up" in it.log.getvalue()
        assert sum(SCHEDULE_S) == 24 * 3600 + 4 * 60


def test_chaos_is_the_same_for_the_same_seed_and_about_as_often_as_told() -> None:
    chaos = ChaosSection(
        seed=7, lost_percent=20, late_percent=20, double_percent=20, swap_percent=20
    )
    plans = [first_sendings(chaos, f"t{n}", 0, 1000) for n in range(2000)]
    assert plans == [first_sendings(chaos, f"t{n}", 0, 1000) for n in range(2000)]
    assert 330 < sum(plan == () for plan in plans) < 470
    assert 250 < sum(len(plan) == 2 for plan in plans) < 400
    assert 250 < sum(bool(plan) and plan[0] >= 600_000 for plan in plans) < 400
    assert {first_sendings(ChaosSection(), f"t{n}", 5, 1000) for n in range(100)} == {(5,)}
    assert first_sendings(ChaosSection(lost_percent=100), "t", 0, 1000) == ()
