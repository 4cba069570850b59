"""A paid trade is on the ledger once, whatever the node answers and whenever we die."""

import base64
import hashlib
from pathlib import Path

from portal.payments.numbers import trade_number
from portal.payments.wechat import native_body
from tests.support.payments_town import DAY_MS, HOUR_MS, town


async def test_a_paid_trade_is_recorded_when_its_notice_comes(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        await it.pay_order("MZ-1", 1305)
        assert await it.turn() == 1
        (payment,) = it.node.payments.values()
        assert (payment["payee"], payment["order"], payment["amount_fen"]) == (
            *("hospital", "MZ-1", 1305),
        )
        assert payment["paid_ms"] == it.clock.now_ms()
        it.clock.time_ms += DAY_MS
        assert await it.turn() == 0


async def test_the_ledger_keeps_the_hash_of_the_notice_that_told_it(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        await it.pay_order("1", 1305)
        await it.turn()
        ((_, body),) = await it.notices()
        digest = base64.urlsafe_b64encode(hashlib.sha256(body).digest()).rstrip(b"=").decode()
        assert [payment["notice_hash"] for payment in it.node.payments.values()] == [digest]


async def test_a_notice_is_answered_with_success_only_when_the_fact_is_final(
    tmp_path: Path,
) -> None:
    async with town(tmp_path) as it:
        await it.pay_order("1", 1305)
        ((_, body),) = await it.notices()
        it.node.answers = ["accepted", "unknown"]
        assert [await it.notify(body) for _ in range(4)] == [503, 503, 200, 200]
        assert len(it.node.payments) == 1


async def test_a_node_that_is_away_loses_nothing(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        it.node.is_away = True
        await it.pay_order("1", 1305)
        await it.turn()
        it.node.is_away = False
        it.clock.time_ms += 2_000
        await it.sweep()
        assert len(it.node.payments) == 1
        it.clock.time_ms += 20_000
        asked = it.node.asked
        assert await it.turn() == 1
        assert it.node.asked == asked


async def test_an_answer_of_the_node_that_was_lost_is_asked_for_again(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        it.node.swallows = 1
        await it.pay_order("1", 1305)
        await it.turn()
        assert len(it.node.payments) == 1
        it.clock.time_ms += 15_000
        await it.turn()
        assert await it.turn() == 0
        assert len(it.node.payments) == 1


async def test_the_same_bytes_are_handed_in_after_a_restart(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        it.node.swallows = 1
        await it.pay_order("1", 1305)
        await it.turn()
        await it.restart_receiver()
        it.clock.time_ms += 5_000
        await it.sweep()
        assert "payments.alarm" not in it.log.getvalue()
        ((_, body),) = await it.notices()
        assert await it.notify(body) == 200


async def test_a_receiver_that_lost_its_file_finds_its_payments_on_the_ledger(
    tmp_path: Path,
) -> None:
    async with town(tmp_path) as it:
        await it.pay_order("1", 1305)
        await it.turn()
        for file in (tmp_path / "bank/payments").glob("receiver.sqlite*"):
            file.unlink()
        await it.restart_receiver()
        it.clock.time_ms += DAY_MS
        await it.sweep()
        assert "payments.alarm" not in it.log.getvalue()
        assert "payments.day_closed" in it.log.getvalue()
        assert len(it.node.payments) == 1


async def test_a_payment_that_the_ledger_has_otherwise_calls_people(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        await it.pay_order("1", 1305)
        trade, _ = await it.receiver.company.trade(trade_number("hospital", "1", 1))
        it.node.payments[trade.transaction_id] = {
            "payee": "hospital",
            "order": "1",
            "amount_fen": 1,
            "paid_ms": 1,
            "reference": trade.transaction_id,
        }
        await it.turn()
        assert "payment.reference_conflict" in it.log.getvalue()
        assert trade.transaction_id in it.log.getvalue()


async def test_a_trade_without_a_readable_order_is_booked_without_one(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        body = native_body(
            "PL-stray",
            description="x",
            amount_fen=500,
            attach="自由文本",
            expires_ms=it.clock.now_ms() + HOUR_MS,
            notify=it.notify_url,
        )
        await it.pay((await it.receiver.company.open_native(body)).rpartition("/")[2])
        await it.turn()
        (payment,) = it.node.payments.values()
        assert (payment["payee"], payment["order"]) == ("hospital", "PL-stray")


async def test_a_notice_that_could_not_be_confirmed_is_not_forgotten(tmp_path: Path) -> None:
    async with town(tmp_path, company_settings="[chaos]\nlost_percent = 100\n") as it:
        await it.pay_order("1", 1305)
        ((_, body),) = await it.notices()
        signature = it.company.company.platform.sign(body, it.clock.now_ms())
        assert await it.notify(b"{}") == 400
        await it.take_company_away()
        assert await it.post("/notify", body, signature.headers()) == 503
        await it.restart_receiver()
        await it.bring_company_back()
        it.clock.time_ms += 20_000
        await it.sweep()
        assert [payment["order"] for payment in it.node.payments.values()] == ["1"]


async def test_a_ledger_whose_clock_is_behind_is_asked_again_soon_and_nobody_is_called(
    tmp_path: Path,
) -> None:
    async with town(tmp_path) as it:
        it.node.time_ms = it.clock.now_ms() - 1
        await it.pay_order("1", 1305)
        await it.turn()
        it.node.time_ms += 1_000
        it.clock.time_ms += 1_000
        await it.sweep()
        assert len(it.node.payments) == 1
        assert "payments.alarm" not in it.log.getvalue()
