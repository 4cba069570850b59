"""2,000 trades whose notices are late, doubled, overtaken and lost: none lost, none twice."""

from collections import Counter
from pathlib import Path
from random import Random

import pytest

from portal.payments.moments import day_of
from portal.payments.reconcile import reconcile
from tests.support.payments_town import DAY_MS, MCHID, NOON_MS, Town, town
from tests.support.scale import scaled

TRADES = 2_000
CHAOS = "lost_percent = 20\nlate_percent = 20\ndouble_percent = 20\nswap_percent = 20\n"


@pytest.mark.parametrize("seed", [20260921, 7])
async def test_trades_with_unpleasant_notices_are_all_on_the_ledger_once(
    tmp_path: Path, seed: int
) -> None:
    dice, count = Random(seed), scaled(TRADES)
    async with town(tmp_path, company_settings=f"[chaos]\nseed = {seed}\n{CHAOS}") as it:
        paid: Counter[str] = Counter()
        for number in range(count):
            order, amount_fen = f"order-{number}", dice.randint(1, 2_000_000)
            paid[order] = amount_fen
            await it.pay_order(order, amount_fen)
            it.clock.time_ms += dice.randint(0, 400)
            if dice.random() < 0.05:
                it.node.answers.append("accepted")
            if dice.random() < 0.05:
                it.node.swallows += 1
            if dice.random() < 0.1:
                await it.turn()
        await until_quiet(it)
        assert recorded(it) < paid
        it.clock.time_ms = max(it.clock.time_ms, NOON_MS + DAY_MS)
        for _ in range(4):
            await it.sweep()
            it.clock.time_ms += 600_000
        assert recorded(it) == paid
        assert len(it.node.payments) == count
        assert it.node.owed() == {}
        assert it.node.reconciled == set(it.node.payments)
        assert "payments.alarm" not in it.log.getvalue()
        result = await reconcile(
            it.receiver.company, it.receiver.ledger, mchid=MCHID, day=day_of(NOON_MS)
        )
        assert (result.trades, result.trades_fen) == (count, sum(paid.values()))
        assert result.differences == ()


def recorded(it: Town) -> Counter[str]:
    """Return what the ledger has for each order."""
    found: Counter[str] = Counter()
    for payment in it.node.payments.values():
        found[payment["order"]] += payment["amount_fen"]
    return found


async def until_quiet(it: Town) -> None:
    """Let every notice that will ever be sent be sent."""
    for _ in range(40):
        while await it.turn():
            pass
        it.clock.time_ms += 30_000


async def test_one_part_that_fails_does_not_keep_the_others_from_their_work(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        await it.pay_order("1", 1305, attempt=1)
        await it.pay_order("1", 1305, attempt=2)
        await it.turn()
        statement = tmp_path / "company/data/company.sqlite"
        assert statement.exists()
        it.clock.time_ms += DAY_MS
        it.node.is_away = True
        await it.sweep()
        it.node.is_away = False
        for _ in range(3):
            it.clock.time_ms += 600_000
            await it.sweep()
        assert it.node.owed() == {}
        assert "payments.day_closed" in it.log.getvalue()


async def test_a_day_is_closed_without_its_mark_when_the_token_may_not_sign(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        it.node.may_sign = False
        await it.pay_order("1", 1305)
        await it.turn()
        it.clock.time_ms += DAY_MS
        await it.sweep()
        assert "payments.day_not_marked" in it.log.getvalue()
        assert it.node.reconciled == set()
        closed = it.log.getvalue().count("payments.day_closed")
        it.clock.time_ms += 600_000
        await it.sweep()
        assert it.log.getvalue().count("payments.day_closed") == closed


async def test_a_day_whose_mark_was_lost_on_the_way_is_marked_later(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        await it.pay_order("1", 1305)
        await it.turn()
        it.clock.time_ms += DAY_MS
        it.node.swallows = 1
        await it.sweep()
        it.clock.time_ms += 600_000
        closed = it.log.getvalue().count("payments.day_closed")
        await it.sweep()
        assert it.log.getvalue().count("payments.day_closed") == closed + 1
        assert len(it.node.reconciled) == 1
