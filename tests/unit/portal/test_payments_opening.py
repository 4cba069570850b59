"""A hospital's portal opens one trade an order, and never asks for money that was paid."""

from pathlib import Path
from typing import Any

import pytest

from portal.config import load_config
from portal.payments.adapter import Payments
from portal.payments.numbers import trade_number
from portal.payments.opening import check_payments
from primitives.errors import NodeFault, Refused, Unavailable
from tests.support.payments_town import HOUR_MS, NOON_MS, Town, town

ORDER: dict[str, Any] = {
    "amount_fen": 1305,
    "description": "门诊费用",
    "expires_ms": NOON_MS + HOUR_MS + 7,
}


def token_of(code_url: str) -> str:
    return code_url.rpartition("/")[2]


async def numbers(it: Town) -> list[tuple[str, str]]:
    def read(connection: Any) -> list[tuple[str, str]]:
        rows = connection.execute("SELECT out_trade_no, state FROM trades ORDER BY opened_ms")
        return [(str(row[0]), str(row[1])) for row in rows]

    return await it.company.company.database.run(read)


async def test_asking_again_gives_the_same_code_and_one_trade(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        portal: Payments = await it.adapter()
        first = await portal.open_payment("hospital", "1", **ORDER)
        later = ORDER | {"expires_ms": NOON_MS + 2 * HOUR_MS, "description": "other"}
        assert await portal.open_payment("hospital", "1", **later) == first
        assert await numbers(it) == [(trade_number("hospital", "1", 1), "NOTPAY")]


async def test_what_was_opened_is_paid_and_recorded_for_its_order(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        portal = await it.adapter()
        await it.pay(token_of(await portal.open_payment("hospital", "MZ|1.x*", **ORDER)))
        await it.turn()
        (payment,) = it.node.payments.values()
        assert (payment["payee"], payment["order"]) == ("hospital", "MZ|1.x*")


async def test_an_opened_trade_is_announced_so_that_a_lost_notice_costs_seconds(
    tmp_path: Path,
) -> None:
    async with town(tmp_path, company_settings="[chaos]\nlost_percent = 100\n") as it:
        portal = await it.adapter()
        await it.pay(token_of(await portal.open_payment("hospital", "1", **ORDER)))
        it.clock.time_ms += 20_000
        await it.sweep()
        assert len(it.node.payments) == 1


async def test_a_receiver_that_is_away_does_not_keep_a_patient_from_paying(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        portal = await it.adapter()
        await it.receiver_stack.aclose()
        assert await portal.open_payment("hospital", "1", **ORDER)
        assert "payments.not_announced" in it.log.getvalue()


async def test_a_new_code_closes_the_old_one_first(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        portal = await it.adapter()
        old = await portal.open_payment("hospital", "1", **ORDER)
        new = await portal.renew_payment("hospital", "1", **ORDER)
        assert new != old
        assert "已关闭" in await it.pay(token_of(old))
        assert "已支付" in await it.pay(token_of(new))
        assert [state for _, state in await numbers(it)] == ["CLOSED", "SUCCESS"]


async def test_an_order_that_was_paid_is_never_asked_to_be_paid_again(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        portal = await it.adapter()
        await it.pay(token_of(await portal.open_payment("hospital", "1", **ORDER)))
        for opening in (portal.renew_payment, portal.open_payment):
            changed = ORDER | {"amount_fen": 1306}
            with pytest.raises(Refused, match=r"payment\.already_paid"):
                await opening("hospital", "1", **changed)


async def test_an_expired_or_changed_order_gets_a_new_number(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        portal = await it.adapter()
        await portal.open_payment("hospital", "1", **ORDER)
        it.clock.time_ms += HOUR_MS
        later = ORDER | {"expires_ms": it.clock.now_ms() + HOUR_MS}
        await portal.open_payment("hospital", "1", **later)
        await portal.open_payment("hospital", "1", **(later | {"amount_fen": 88}))
        assert await numbers(it) == [
            (trade_number("hospital", "1", 1), "CLOSED"),
            (trade_number("hospital", "1", 2), "CLOSED"),
            (trade_number("hospital", "1", 3), "NOTPAY"),
        ]


async def test_a_code_of_almost_two_hours_is_asked_for_anew_as_the_same_trade(
    tmp_path: Path,
) -> None:
    async with town(tmp_path) as it:
        portal = await it.adapter()
        long = ORDER | {"expires_ms": NOON_MS + 24 * HOUR_MS}
        await portal.open_payment("hospital", "1", **long)
        it.clock.time_ms += 2 * HOUR_MS
        await portal.open_payment("hospital", "1", **long)
        assert len(await numbers(it)) == 1


async def test_a_portal_that_lost_its_table_passes_over_numbers_that_are_taken(
    tmp_path: Path,
) -> None:
    async with town(tmp_path) as it:
        await (await it.adapter("first")).open_payment("hospital", "1", **ORDER)
        other = await it.adapter("second")
        changed = ORDER | {"expires_ms": NOON_MS + 3 * HOUR_MS}
        code_url = await other.open_payment("hospital", "1", **changed)
        assert "已支付" in await it.pay(token_of(code_url))
        third = await it.adapter("third")
        with pytest.raises(Refused, match=r"payment\.already_paid"):
            await third.open_payment("hospital", "1", **(changed | {"amount_fen": 7}))


async def test_case_19_two_portals_may_both_be_paid_and_the_second_goes_back(
    tmp_path: Path,
) -> None:
    async with town(tmp_path) as it:
        it.node.orders["hospital", "1"] = 1305
        await it.pay(token_of(await (await it.adapter("a")).open_payment("hospital", "1", **ORDER)))
        await it.pay(await it.open("1", 1305, attempt=2))
        for _ in range(4):
            await it.turn()
            await it.sweep()
            it.clock.time_ms += 60_000
        assert len(it.node.payments) == 2
        assert [refund["amount_fen"] for refund in it.node.refunds.values()] == [1305]


async def test_a_refusal_burns_no_numbers(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        portal = await it.adapter()
        for _ in range(3):
            with pytest.raises(Refused, match=r"provider\.refused"):
                await portal.open_payment("hospital", "1", **(ORDER | {"description": ""}))
        await portal.open_payment("hospital", "2", **ORDER)
        with pytest.raises(Refused, match=r"order\.number_malformed"):
            await portal.open_payment("hospital", "张三", **ORDER)
        assert len(await numbers(it)) == 1


async def test_a_company_that_is_away_is_told_as_such(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        portal = await it.adapter()
        await it.take_company_away()
        with pytest.raises(Unavailable, match=r"provider\.away"):
            await portal.open_payment("hospital", "1", **ORDER)


async def test_an_answer_signed_by_a_stranger_is_not_believed(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        portal = await it.adapter()
        it.merchant.apiv3_key.write_text("0" * 32)
        stranger = await it.adapter("stranger")
        with pytest.raises(Unavailable, match=r"provider\.not_signed|provider\.malformed"):
            await stranger.open_payment("hospital", "1", **ORDER)
        assert await portal.open_payment("hospital", "1", **ORDER)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('adapter = "alipay"', "payments.adapter: write"),
        ('adapter = "wechat"', "payments.url: write https://host"),
        ('adapter = "wechat"\nurl = "https://h"', "payments.mchid"),
        (
            'adapter = "wechat"\nurl = "https://h"\nmchid = "1"\nappid = "2"',
            "payments.notify_url",
        ),
        ('adapter = "wechat"\nurl = "http://h"', "plain http is for loopback only"),
    ],
)
def test_a_mistake_in_the_portals_section_is_named(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "portal.toml"
    file.write_text(f'[node]\nurl = "https://127.0.0.1:1"\n[payments]\n{text}\n')
    with pytest.raises(NodeFault) as caught:
        check_payments(file, load_config(file).payments)
    assert said in str(caught.value)
    assert caught.value.exit_code == 78


def test_without_a_section_there_is_no_way_to_pay(tmp_path: Path) -> None:
    file = tmp_path / "portal.toml"
    file.write_text('[node]\nurl = "https://127.0.0.1:1"\n')
    check_payments(file, load_config(file).payments)
    assert load_config(file).payments.adapter == ""
