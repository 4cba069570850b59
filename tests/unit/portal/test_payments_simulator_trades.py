"""A trade is one number for ever: opened, paid once, or closed; and still there after a restart."""

from pathlib import Path

from portal.database import Database
from portal.payments.simulator.schema import STEPS
from portal.payments.simulator.trades import Trades
from tests.support.payments_company import NUMBER, body_of, code_of, paid
from tests.support.payments_town import (
    HOUR_MS,
    town,
)


async def test_opening_again_with_the_same_content_is_the_same_trade(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        expires = {"time_expire": "2026-09-21T23:00:00+08:00"}
        first = await it.receiver.company.open_native(body_of(it, **expires))
        assert await it.receiver.company.open_native(body_of(it, **expires)) == first
        changed = body_of(it, amount={"total": 1306}, **expires)
        code = await code_of(it.receiver.company.open_native(changed))
        assert code == "INVALID_REQUEST"


async def test_a_trade_is_paid_once_and_then_neither_closed_nor_opened(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        url = await it.receiver.company.open_native(body_of(it))
        token = url.rpartition("/")[2]
        assert "确认支付" in await it.text(f"/pay/{token}")
        assert "¥13.05" in await it.text(f"/pay/{token}")
        assert "已支付" in await it.pay(token)
        assert "已支付" in await it.pay(token)
        assert len(await it.notices()) == 1
        assert await code_of(it.receiver.company.close(NUMBER)) == "ORDERPAID"
        assert await code_of(it.receiver.company.open_native(body_of(it))) == "ORDERPAID"


async def test_a_closed_or_expired_trade_cannot_be_paid(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        company = it.receiver.company
        url = await company.open_native(body_of(it))
        await company.close(NUMBER)
        await company.close(NUMBER)
        assert "已关闭" in await it.pay(url.rpartition("/")[2])
        assert (await company.trade(NUMBER))[0].state == "CLOSED"
        late = body_of(it, out_trade_no="late-1", time_expire="2026-09-21T23:00:00+08:00")
        url = await company.open_native(late)
        it.clock.time_ms += HOUR_MS
        assert "已关闭" in await it.pay(url.rpartition("/")[2])
        assert await code_of(company.open_native(late)) == "PARAM_ERROR"
        assert await it.notices() == []


async def test_what_was_answered_is_still_there_after_a_crash(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        trade = await paid(it)
        # A second opening of the file while the first still runs sees what a crash would leave.
        file = tmp_path / "company/data/company.sqlite"
        database, notices = Database(file, STEPS), it.company.company.notices
        trades = Trades(database, it.company.company.config.merchant, notices)
        row = await trades.by_number(NUMBER, it.clock.now_ms())
        assert (row.state, row.transaction_id) == ("SUCCESS", trade)
        assert len(await database.run(lambda found: notices.due(found, 2**60, 9))) == 1
        database.close()
        assert file.stat().st_mode & 0o077 == 0
