"""The statement of a day: when it is there, what it says, how long its address serves."""

import json
from pathlib import Path

from portal.payments.moments import day_of
from tests.support.payments_company import body_of, code_of, paid, refund_of
from tests.support.payments_town import (
    DAY_MS,
    HOUR_MS,
    NOON_MS,
    Town,
    town,
)


async def test_the_statement_is_there_at_ten_the_next_day_with_its_hash(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        day, company = day_of(it.clock.now_ms()), it.receiver.company
        trade = await paid(it)
        await company.open_native(body_of(it, out_trade_no="unpaid-1"))
        await company.refund(refund_of(trade, "R1", 305))
        assert await code_of(company.statement(day)) == "STATEMENT_CREATING"
        it.clock.time_ms = NOON_MS + DAY_MS // 2 + HOUR_MS
        data = await company.statement(day)
        text = data.decode("utf-8-sig")
        assert text.count("\r\n") == 5
        assert "`13.05,`" in text
        assert "`3.05,`" in text
        assert "unpaid-1" not in text
        assert text.splitlines()[-1] == "`2,`13.05,`3.05,`0.00,`0.00000,`13.05,`3.05"
        empty = day_of(NOON_MS - DAY_MS)
        assert await code_of(company.statement(empty)) == "NO_STATEMENT_EXIST"
        assert await code_of(company.statement("2026-01-01")) == "PARAM_ERROR"


async def test_the_address_of_a_statement_serves_five_minutes(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        await paid(it)
        it.clock.time_ms += DAY_MS
        _, told = await signed_get(it, f"/v3/bill/tradebill?bill_date={day_of(NOON_MS)}")
        target = str(json.loads(told)["download_url"]).removeprefix(it.company.url)
        it.clock.time_ms += 299_999
        assert (await signed_get(it, target))[0] == 200
        it.clock.time_ms += 1
        assert (await signed_get(it, target))[0] == 400


async def signed_get(it: Town, target: str) -> tuple[int, bytes]:
    headers = {"Authorization": it.signer().authorization("GET", target, b"")}
    async with it.http.get(it.company.url + target, headers=headers) as response:
        return response.status, await response.read()
