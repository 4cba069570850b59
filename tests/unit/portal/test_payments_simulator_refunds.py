"""Refunds: each number once, never more than was paid, not too often, not for ever."""

from pathlib import Path

from tests.support.payments_company import NUMBER, body_of, code_of, paid, refund_of
from tests.support.payments_town import (
    DAY_MS,
    town,
)


async def test_a_refund_number_pays_once(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        trade, company = await paid(it), it.receiver.company
        first, _ = await company.refund(refund_of(trade, "R1", 305))
        assert (first.status, first.amount_fen) == ("PROCESSING", 305)
        it.clock.time_ms += 2_000
        again, _ = await company.refund(refund_of(trade, "R1", 305))
        assert (again.refund_id, again.status) == (first.refund_id, "SUCCESS")
        other = company.refund(refund_of(trade, "R1", 306))
        assert await code_of(other) == "INVALID_REQUEST"
        assert (await company.trade(NUMBER))[0].state == "REFUND"
        assert (await company.refund_by_number("R1"))[0].refunded_ms == it.clock.now_ms()
        missing = company.refund_by_number("R2")
        assert await code_of(missing) == "RESOURCE_NOT_EXISTS"


async def test_refunds_never_exceed_what_was_paid_and_keep_their_distance(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        trade, company = await paid(it), it.receiver.company
        assert await code_of(company.refund(refund_of(trade, "R1", 1306))) != ""
        assert await code_of(company.refund(refund_of(trade, "R1", 1, 1304))) != ""
        await company.refund(refund_of(trade, "R1", 1000))
        soon = company.refund(refund_of(trade, "R2", 305))
        assert await code_of(soon) == "FREQUENCY_LIMITED"
        it.clock.time_ms += 60_000
        too_much = company.refund(refund_of(trade, "R2", 306))
        assert await code_of(too_much) == "INVALID_REQUEST"
        await company.refund(refund_of(trade, "R2", 305))


async def test_after_fifty_refunds_or_a_year_there_is_none(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        trade, company = await paid(it), it.receiver.company
        for number in range(50):
            await company.refund(refund_of(trade, f"R{number}", 1))
            it.clock.time_ms += 60_000
        assert await code_of(company.refund(refund_of(trade, "R50", 1))) != ""
        body = body_of(it, out_trade_no="second", time_expire="2026-09-22T00:00:00+08:00")
        await it.pay((await company.open_native(body)).rpartition("/")[2])
        second = (await company.trade("second"))[0].transaction_id
        it.clock.time_ms += 366 * DAY_MS
        assert await code_of(company.refund(refund_of(second, "S", 1))) != ""
