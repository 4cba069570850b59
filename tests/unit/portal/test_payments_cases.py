"""Nasty cases 17, 18 and 19: what notices, crashes and hasty payers can do."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from portal.payments.key_files import public_key_of
from portal.payments.numbers import trade_number
from portal.payments.resource import seal, unseal
from portal.payments.signing import SKEW_MAX_MS, answer_text, sign
from portal.payments.simulator.platform import add_key
from tests.support.payments_town import DAY_MS, Town, stranger_pair, town

LOST = "[chaos]\nlost_percent = 100\n"


async def first_notice(it: Town, order: str = "1", amount_fen: int = 1305) -> bytes:
    """Pay an order; return its notice without sending it."""
    await it.pay_order(order, amount_fen)
    return (await it.notices())[-1][1]


def changed(it: Town, body: bytes, **changes: Any) -> bytes:
    """Return a notice with other content, encrypted as the company would."""
    notice = json.loads(body)
    key = it.company.company.notices.apiv3_key
    fields = json.loads(unseal(key, notice["resource"])) | changes
    resource = seal(
        key, json.dumps(fields).encode(), associated="transaction", nonce="abcdefghijkl"
    )
    return json.dumps(notice | {"resource": resource}).encode()


async def test_case_17_a_notice_replayed_has_no_second_effect(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        body = await first_notice(it)
        signature = it.company.company.platform.sign(body, it.clock.now_ms())
        for _ in range(3):
            assert await it.post("/notify", body, signature.headers()) == 200
        assert len(it.node.payments) == 1
        it.clock.time_ms += SKEW_MAX_MS + 1000
        assert await it.post("/notify", body, signature.headers()) == 401
        assert len(it.node.payments) == 1


async def test_case_17_notices_in_any_order_give_the_same_ledger(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        first, second = await first_notice(it, "1"), await first_notice(it, "2", 88)
        assert [await it.notify(body) for body in (second, first, second)] == [200, 200, 200]
        assert sorted(payment["order"] for payment in it.node.payments.values()) == ["1", "2"]


async def test_case_17_a_forged_notice_changes_nothing_and_is_an_alarm(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        body = await first_notice(it)
        good = it.company.company.platform.sign(body, it.clock.now_ms())
        stranger: Any = load_pem_private_key(stranger_pair()[0], None)
        value = sign(stranger, answer_text(good.timestamp, good.nonce, body))
        forged = [
            replace(good, value=value),
            replace(good, value="WECHATPAY/SIGNTEST/" + good.value),
            replace(good, nonce="other"),
            replace(good, timestamp=str(int(good.timestamp) + 1)),
        ]
        for signature in forged:
            assert await it.post("/notify", body, signature.headers()) == 401
        assert await it.post("/notify", body + b" ", good.headers()) == 401
        assert await it.post("/notify", body, {}) == 401
        assert it.node.asked == 0
        assert it.log.getvalue().count('"event": "payments.alarm"') == 6


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": {"total": 1, "currency": "CNY"}},
        {"amount": {"total": 13050, "currency": "CNY"}},
        {"mchid": "1900000110"},
        {"appid": "wx0000000000000000"},
        {"transaction_id": "4200999"},
        {"attach": "hospital/other"},
        {"out_trade_no": "PL-unknown"},
        {"trade_state": "NOTPAY"},
        {"success_time": "2026-09-01T00:00:00+08:00"},
    ],
)
async def test_case_17_a_signed_notice_that_is_not_what_the_company_knows_changes_nothing(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    async with town(tmp_path) as it:
        body = await first_notice(it)
        assert await it.notify(changed(it, body, **changes)) == 400
        assert it.node.payments == {}
        assert "payments.alarm" in it.log.getvalue()
        assert await it.notify(body) == 200
        assert len(it.node.payments) == 1
        assert await it.notify(changed(it, body, **changes)) == 400
        assert len(it.node.payments) == 1


async def test_case_17_an_unknown_serial_refreshes_the_keys_once_and_then_fails_closed(
    tmp_path: Path,
) -> None:
    async with town(tmp_path) as it:
        body = await first_notice(it)
        assert await it.notify(body, **{"Wechatpay-Serial": "DEAD"}) == 401
        await it.take_company_away()
        assert await it.notify(body, **{"Wechatpay-Serial": "BEEF"}) == 401
        assert it.node.payments == {}


async def test_case_17_after_a_rotation_the_new_serial_is_learnt_and_the_withdrawn_one_refused(
    tmp_path: Path,
) -> None:
    async with town(tmp_path) as it:
        body = await first_notice(it)
        platform = it.company.company.platform
        old = platform.sign(body, it.clock.now_ms())
        assert await it.post("/notify", body, old.headers()) == 200
        for _ in range(2):
            add_key(tmp_path / "company/data/platform", it.clock.now_ms())
        it.clock.time_ms += 60_000
        second = await first_notice(it, "2", 88)
        assert await it.notify(second) == 200
        assert await it.post("/notify", body, old.headers()) == 401


async def test_case_17_keys_that_cannot_be_refreshed_make_the_company_send_again(
    tmp_path: Path,
) -> None:
    async with town(tmp_path) as it:
        body = await first_notice(it)
        stranger = public_key_of(stranger_pair()[1]).serial
        it.clock.time_ms += 60_000
        good = it.company.company.platform.sign(body, it.clock.now_ms())
        await it.take_company_away()
        headers = replace(good, serial=stranger).headers()
        assert await it.post("/notify", body, headers) == 503
        assert await it.post("/notify", body, good.headers()) == 503
        assert it.node.payments == {}


async def test_case_18_a_lost_notice_is_made_good_by_the_statement(tmp_path: Path) -> None:
    async with town(tmp_path, company_settings=LOST) as it:
        await it.pay_order("1", 1305)
        await it.turn()
        await it.sweep()
        assert it.node.payments == {}
        it.clock.time_ms += DAY_MS
        await it.sweep()
        assert [payment["order"] for payment in it.node.payments.values()] == ["1"]
        assert "payments.day_closed" in it.log.getvalue()


async def test_case_18_a_day_stays_open_until_all_of_it_is_on_the_ledger(tmp_path: Path) -> None:
    async with town(tmp_path, company_settings=LOST) as it:
        await it.pay_order("1", 1305)
        await it.pay_order("2", 88)
        it.node.answers = ["accepted"]
        it.clock.time_ms += DAY_MS
        await it.sweep()
        assert len(it.node.payments) == 1
        closed = it.log.getvalue().count("payments.day_closed")
        it.clock.time_ms += 600_000
        await it.sweep()
        assert len(it.node.payments) == 2
        assert it.log.getvalue().count("payments.day_closed") == closed + 1


async def test_case_18_a_receiver_that_was_away_for_days_reads_every_statement(
    tmp_path: Path,
) -> None:
    async with town(tmp_path, company_settings=LOST) as it:
        await it.sweep()
        for day in range(5):
            await it.pay_order(f"day-{day}", 100 + day)
            it.clock.time_ms += DAY_MS
        await it.restart_receiver()
        await it.sweep()
        assert len(it.node.payments) == 5


async def test_case_18_a_crash_after_paid_and_before_the_ledger_loses_nothing(
    tmp_path: Path,
) -> None:
    async with town(tmp_path) as it:
        it.node.is_away = True
        await it.pay_order("1", 1305)
        await it.turn()
        await it.restart_receiver()
        it.node.is_away = False
        it.clock.time_ms += 5_000
        await it.sweep()
        assert [payment["order"] for payment in it.node.payments.values()] == ["1"]
        it.clock.time_ms += DAY_MS
        await it.sweep()
        assert len(it.node.payments) == 1


async def test_case_19_the_second_payment_of_one_order_goes_back_once(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        parent = await it.open("1", 1305, attempt=1)
        child = await it.open("1", 1305, attempt=2)
        it.node.orders["hospital", "1"] = 1305
        await it.pay(parent)
        await it.turn()
        await it.pay(child)
        await it.turn()
        first, second = it.node.payments
        assert (it.node.state(first), it.node.state(second)) == ("applied", "unapplied")
        await sweep_until_refunded(it)
        (refund,) = it.node.refunds.values()
        assert (refund["payment"], refund["amount_fen"]) == (second, 1305)
        assert await states(it) == {1: "SUCCESS", 2: "REFUND"}


async def test_case_19_the_refund_is_tried_again_under_the_same_number(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        await it.pay_order("1", 1305, attempt=1)
        await it.pay_order("1", 1305, attempt=2)
        await it.turn()
        it.node.swallows = 1
        await it.sweep()
        it.clock.time_ms += 2_000
        await it.sweep()
        for file in (tmp_path / "bank/payments").glob("receiver.sqlite*"):
            file.unlink()
        await it.restart_receiver()
        await sweep_until_refunded(it)
        assert await company_refunds(it) == 1
        assert sum(refund["amount_fen"] for refund in it.node.refunds.values()) == 1305


async def sweep_until_refunded(it: Town) -> None:
    for _ in range(8):
        await it.sweep()
        it.clock.time_ms += 300_000
    assert it.node.owed() == {}


async def company_refunds(it: Town) -> int:
    return int(
        await it.company.company.database.run(
            lambda connection: connection.execute("SELECT count(*) FROM refunds").fetchone()[0]
        )
    )


async def states(it: Town) -> dict[int, str]:
    return {
        attempt: (await it.receiver.company.trade(trade_number("hospital", "1", attempt)))[0].state
        for attempt in (1, 2)
    }
