"""Orders that nobody can pay any more end, and what is late is told by kind and count."""

import asyncio

from ledger.orders import CANCELLED, OPEN
from ledger.range_control import FreezeRange, ReleaseRange
from node.alarms import BILL_LATE_MS
from node.sweeper import GRACE_MS, SWEEP_S
from tests.support.market import BANK, DAY_MS, Market
from tests.support.parts import virtually
from tests.support.town import until


async def opened() -> Market:
    market = Market()
    await market.open()
    return market


@virtually
async def test_an_order_ends_some_time_after_its_last_moment_and_its_money_is_owed_back() -> None:
    market = await opened()
    await market.order("unpaid", "half", life_ms=30_000, instalments=2)
    await market.order("other", life_ms=DAY_MS)
    await market.pay("half", "p-1", 100)
    await asyncio.sleep(30 + GRACE_MS / 1000 - 15)
    assert market.order_leaf("unpaid").state == OPEN
    await asyncio.sleep(15 + 2 * SWEEP_S)
    assert market.order_leaf("unpaid").state == CANCELLED
    assert market.order_leaf("half").owed_fen == 100
    assert market.order_leaf("other").state == OPEN


@virtually
async def test_a_paid_order_that_cannot_be_billed_is_told_and_billed_as_soon_as_it_can() -> None:
    market = await opened()
    await market.order("o-1")
    await market.hand_in("finance", FreezeRange("46060226", 1))
    await market.pay("o-1", "p-1")
    await asyncio.sleep(BILL_LATE_MS / 1000 + 3 * SWEEP_S)
    journal = market["hospital"].journal
    assert [event["kind"] for event in journal.named("alarm.raised")] == ["paid_without_bill"]
    duties = market.offices["hospital"].services.duties
    assert duties.alarms.late()["paid_without_bill"] == 1
    assert duties.billing is not None
    assert set(duties.billing.refusals.values()) <= {"bill.no_open_range", "range.frozen"}
    await market.hand_in("finance", ReleaseRange("46060226", 1))
    await until(lambda: not duties.matters.paid, 20)
    await asyncio.sleep(2 * SWEEP_S)
    assert [event["kind"] for event in journal.named("alarm.ended")] == ["paid_without_bill"]


@virtually
async def test_a_payment_without_an_order_is_told_at_once_and_as_late_after_its_day() -> None:
    market = await opened()
    await market.pay("nothing", "p-1")
    alarms = market.offices[BANK].services.duties.alarms
    await asyncio.sleep(2 * SWEEP_S)
    assert (alarms.late()["payments_unapplied"], alarms.late()["refunds_late"]) == (1, 0)
    market[BANK].clock.offset_ms += 2 * DAY_MS
    assert alarms.late()["refunds_late"] == 1
    text = market[BANK].running.metrics
    values = {
        sample.labels["kind"]: sample.value
        for family in text.collect()
        for sample in family.samples
        if sample.name == "piaolian_late"
    }
    assert (values["refunds_late"], values["payments_unapplied"]) == (1, 1)
    assert "600" not in str(market[BANK].journal.named("alarm.raised"))


@virtually
async def test_finance_that_is_away_is_missed() -> None:
    market = await opened()
    market["finance"].crash()
    await market.order("o-1")
    await market.pay("o-1", "p-1")
    await asyncio.sleep(100)
    late = market.offices["hospital"].services.duties.alarms.late()
    assert late["endorsements_behind"] == 1
    assert late["originals_behind"] == 0
    await market.restart("finance")
    duties = market.offices["hospital"].services.duties
    await until(lambda: len(duties.matters.unendorsed) == 0, 30)
    assert duties.alarms.late()["endorsements_behind"] == 0
