"""What is owed is paid back once, through every crash; what others pay back is recorded too."""

from pathlib import Path
from typing import Any

import pytest

from portal.payments.numbers import refund_number, trade_number
from portal.payments.receiver.refund_jobs import ordinal_of
from primitives.errors import Refused
from tests.support.payments_town import DAY_MS, Town, town


async def paid(it: Town, order: str = "1", amount_fen: int = 1305) -> str:
    """Pay and record an order; return the company's number."""
    await it.pay_order(order, amount_fen)
    await it.turn()
    trade, _ = await it.receiver.company.trade(trade_number("hospital", order, 1))
    assert trade.transaction_id in it.node.payments
    return trade.transaction_id


async def company_refunds(it: Town) -> list[tuple[str, int]]:
    def read(connection: Any) -> list[tuple[str, int]]:
        rows = connection.execute("SELECT out_refund_no, amount_fen FROM refunds ORDER BY asked_ms")
        return [(str(row[0]), int(row[1])) for row in rows]

    return await it.company.company.database.run(read)


async def sweep(it: Town, times: int = 6, pause_ms: int = 300_000) -> None:
    for _ in range(times):
        await it.sweep()
        it.clock.time_ms += pause_ms


async def test_what_is_owed_is_refunded_and_recorded_when_the_company_is_done(
    tmp_path: Path,
) -> None:
    async with town(tmp_path) as it:
        payment = await paid(it)
        it.node.owed_more[payment] = 305
        await it.sweep()
        assert it.node.refunds == {}
        it.clock.time_ms += 2_000
        await it.sweep()
        (refund,) = it.node.refunds.values()
        assert (refund["payment"], refund["amount_fen"]) == (payment, 305)
        assert refund["refunded_ms"] == it.clock.now_ms()
        assert await company_refunds(it) == [(refund_number(payment, 1), 305)]


async def test_a_second_refund_of_a_payment_has_a_number_of_its_own(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        payment = await paid(it)
        it.node.owed_more[payment] = 305
        await sweep(it)
        it.node.owed_more[payment] = 1305
        await sweep(it)
        assert await company_refunds(it) == [
            (refund_number(payment, 1), 305),
            (refund_number(payment, 2), 1000),
        ]
        assert it.node.owed() == {}


async def test_a_second_refund_is_not_begun_before_the_first_is_on_the_ledger(
    tmp_path: Path,
) -> None:
    async with town(tmp_path) as it:
        payment = await paid(it)
        it.node.owed_more[payment] = 100
        it.node.answers = ["accepted"] * 4
        await sweep(it, times=5)
        assert len(await company_refunds(it)) == 1
        await sweep(it)
        assert len(await company_refunds(it)) == 1
        assert it.node.refunded_fen(payment) == 100


async def test_more_owed_while_one_is_on_its_way_is_paid_by_the_next(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        payment = await paid(it)
        it.node.owed_more[payment] = 100
        it.node.swallows = 1
        await it.sweep()
        it.node.owed_more[payment] = 150
        for file in (tmp_path / "bank/payments").glob("receiver.sqlite*"):
            file.unlink()
        await it.restart_receiver()
        await sweep(it)
        assert [amount for _, amount in await company_refunds(it)] == [100, 50]
        assert it.node.owed() == {}


async def test_a_company_that_is_away_is_asked_again(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        payment = await paid(it)
        it.node.owed_more[payment] = 100
        await it.take_company_away()
        await sweep(it)
        assert it.node.refunds == {}
        assert "payments.sweep_waits" in it.log.getvalue()


async def test_a_refund_that_the_company_refuses_calls_people_and_is_tried_again(
    tmp_path: Path,
) -> None:
    async with town(tmp_path) as it:
        payment = await paid(it)
        it.node.owed_more[payment] = 100
        it.clock.time_ms += 366 * DAY_MS
        await it.sweep()
        assert '"reason": "INVALID_REQUEST"' in it.log.getvalue()
        assert await company_refunds(it) == []
        told = it.log.getvalue().count("INVALID_REQUEST")
        await it.sweep()
        assert it.log.getvalue().count("INVALID_REQUEST") == told


async def test_a_refund_that_somebody_else_made_is_recorded_and_an_alarm(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        payment = await paid(it)
        it.node.owed_more[payment] = 5
        await it.receiver.company.refund(
            {
                "transaction_id": payment,
                "out_refund_no": "by-hand",
                "amount": {"refund": 5, "total": 1305, "currency": "CNY"},
                "notify_url": it.notify_url,
            }
        )
        it.clock.time_ms += 2_000
        await it.turn()
        (refund,) = it.node.refunds.values()
        assert (refund["payment"], refund["amount_fen"]) == (payment, 5)
        assert "refund.not_ours" in it.log.getvalue()


async def test_a_refund_that_somebody_else_made_is_found_in_the_statement(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        payment = await paid(it)
        it.node.owed_more[payment] = 5
        await it.receiver.company.refund(
            {
                "transaction_id": payment,
                "out_refund_no": "by-hand",
                "amount": {"refund": 5, "total": 1305, "currency": "CNY"},
            }
        )
        it.clock.time_ms += DAY_MS
        await it.sweep()
        assert it.node.refunded_fen(payment) == 5
        assert "payments.day_closed" in it.log.getvalue()


async def test_money_that_went_back_without_being_owed_keeps_its_day_open_and_calls_people(
    tmp_path: Path,
) -> None:
    async with town(tmp_path) as it:
        payment = await paid(it)
        await it.receiver.company.refund(
            {
                "transaction_id": payment,
                "out_refund_no": "by-hand",
                "amount": {"refund": 5, "total": 1305, "currency": "CNY"},
            }
        )
        it.clock.time_ms += DAY_MS
        await it.sweep()
        assert '"code": "refund.not_due"' in it.log.getvalue()
        closed = it.log.getvalue().count("payments.day_closed")
        it.clock.time_ms += 600_000
        await it.sweep()
        assert it.log.getvalue().count("payments.day_closed") == closed


async def test_the_company_itself_refuses_a_refund_above_what_was_paid(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        payment = await paid(it)
        with pytest.raises(Refused):
            await it.receiver.company.refund(
                {
                    "transaction_id": payment,
                    "out_refund_no": "R",
                    "amount": {"refund": 1306, "total": 1305, "currency": "CNY"},
                }
            )


def test_which_refund_a_number_means_is_found_again() -> None:
    assert ordinal_of("4200", refund_number("4200", 50)) == 50
    assert ordinal_of("4200", refund_number("4201", 1)) == 0
