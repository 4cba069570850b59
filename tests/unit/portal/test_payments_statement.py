"""A statement is read exactly or refused, and held against the ledger both ways."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from portal.payments.ledger_client import Recorded
from portal.payments.merchant import Merchant
from portal.payments.moments import day_of, day_start_ms
from portal.payments.reconcile import reconcile
from portal.payments.statement import Difference, Line, compare, read_statement
from portal.payments.wechat import WechatPay
from primitives.errors import Refused, Unavailable
from tests.support.payments_town import DAY_MS, HOUR_MS, MCHID, NOON_MS, Town, town

TestServer.__test__ = False
DAY = "2026-09-21"
START_MS = day_start_ms(DAY)
HEAD = ",".join(
    [
        *("交易时间", "商户号", "微信订单号", "商户订单号", "交易状态"),
        *("微信退款单号", "商户退款单号", "退款金额", "商品名称", "订单金额"),
    ]
)
SUMMARY = "总交易单数,退款总金额,订单总金额"
PAID = "`2026-09-21 10:00:00,`19,`4200,`PL01,`SUCCESS,`0,`0,`0.00,`门诊,费用,`13.05"
BACK = "`2026-09-21 11:00:00,`19,`4200,`PL01,`REFUND,`503,`RF01,`3.05,`x,`0.00"


def file_of(*lines: str, totals: str) -> bytes:
    return ("\ufeff" + "\r\n".join([HEAD, *lines, SUMMARY, totals]) + "\r\n").encode()


GOOD = file_of(PAID, BACK, totals="`2,`3.05,`13.05")


def test_yuan_become_fen_exactly_and_a_comma_in_a_text_is_no_column() -> None:
    assert read_statement(GOOD, "19") == (
        Line("4200", "PL01", 1305),
        Line("4200", "PL01", 0, "503", "RF01", 305),
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("`13.05\r\n总", "`13.050000001\r\n总"),
        ("`13.05\r\n总", "`1.3e1\r\n总"),
        ("`13.05\r\n总", "`-13.05\r\n总"),
        ("`13.05\r\n总", "`１３.05\r\n总"),
        ("`13.05\r\n总", "`13.06\r\n总"),
        ("`2,", "`3,"),
        ("`2,", "`²,"),
        ("`3.05,`13.05", "`3.05,`13.04"),
        ("`3.05,`13.05", "`3.04,`13.05"),
        ("`SUCCESS", "`REVOKED"),
        ("`19,`4200", "`20,`4200"),
        ("`4200,`PL01,`SUCCESS", "`,`PL01,`SUCCESS"),
        ("订单金额\r\n", "订单金额,订单金额\r\n"),
        ("交易状态", "状态"),
        (",`SUCCESS", ""),
        ("`2026-09-21 10:00:00", "2026-09-21 10:00:00"),
        ("\r\n`2,", "\r\n\r\n`2,"),
    ],
)
def test_a_file_that_is_not_exactly_a_statement_is_refused_whole(old: str, new: str) -> None:
    text = file_of(BACK, PAID, totals="`2,`3.05,`13.05").decode()
    assert old in text
    with pytest.raises(Refused, match=r"statement\."):
        read_statement(text.replace(old, new, 1).encode(), "19")


@pytest.mark.parametrize("length", range(0, len(GOOD), 7))
def test_a_file_cut_short_anywhere_is_refused(length: int) -> None:
    with pytest.raises(Refused, match=r"statement\."):
        read_statement(GOOD[:length], "19")


def recorded(reference: str, amount_fen: int, refunded_fen: int = 0, **changes: Any) -> Recorded:
    values = {"payee": "hospital", "order": "1", "paid_ms": START_MS, "state": "applied"}
    return Recorded(
        reference=reference, amount_fen=amount_fen, refunded_fen=refunded_fen, **(values | changes)
    )


def test_both_sides_equal_is_no_difference() -> None:
    lines = read_statement(GOOD, "19")
    assert compare(DAY, lines, [recorded("4200", 1305, 305)]) == ()
    earlier = recorded("4100", 7, paid_ms=START_MS - 1)
    assert compare(DAY, lines, [earlier, recorded("4200", 1305, 405)]) == ()


def test_each_difference_is_told_where_it_is() -> None:
    lines = (
        Line("a", "A", 100),
        Line("b", "B", 200),
        Line("b", "B", 0, "r", "R", 50),
        Line("b", "B", 0, "r2", "R2", 50),
    )
    ledger = [recorded("b", 201, 50), recorded("c", 300)]
    assert compare(DAY, lines, ledger) == (
        Difference("missing_on_ledger", "a", 100, 0),
        Difference("other_amount", "b", 200, 201),
        Difference("refund_missing_on_ledger", "b", 100, 50),
        Difference("missing_in_statement", "c", 0, 300),
    )


async def reconciled(it: Town) -> Any:
    return await reconcile(
        it.receiver.company, it.receiver.ledger, mchid=MCHID, day=day_of(NOON_MS)
    )


async def test_a_day_is_reconciled_with_both_sides_asked(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        for order in range(3):
            await it.pay_order(str(order), 1000 + order)
        await it.turn()
        it.clock.time_ms += DAY_MS
        result = await reconciled(it)
        assert (result.trades, result.trades_fen, result.differences) == (3, 3003, ())
        assert json.loads(result.as_json())["equal"] is True
        assert result.as_table().splitlines()[-1] == "equal"
        lost = next(iter(it.node.payments))
        del it.node.payments[lost]
        result = await reconciled(it)
        assert [item.kind for item in result.differences] == ["missing_on_ledger"]
        assert lost in result.as_table()
        assert json.loads(result.as_json())["differences"][0]["statement_fen"] == 1000


async def test_a_day_without_trades_is_equal_to_an_empty_ledger(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        it.clock.time_ms += DAY_MS
        result = await reconciled(it)
        assert (result.trades, result.differences) == (0, ())


async def test_a_statement_whose_bytes_are_not_its_hash_is_not_taken(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        await it.pay_order("1", 1305)
        it.clock.time_ms += DAY_MS + HOUR_MS
        hashes = [hashlib.sha1(b"other", usedforsecurity=False).hexdigest()]

        async def tell(request: web.Request) -> web.Response:
            if "tradebill" not in request.path:
                return web.Response(body=b"other!")
            told = {"hash_type": "SHA1", "hash_value": hashes[0], "download_url": "http://h/x?t=1"}
            answer = web.json_response(told)
            assert isinstance(answer.body, bytes)
            signature = it.company.company.platform.sign(answer.body, it.clock.now_ms())
            answer.headers.update(signature.headers())
            return answer

        keys = it.receiver.company.keys
        await it.receiver.company.statement(day_of(NOON_MS))
        liar = web.Application()
        liar.router.add_get("/{any:.*}", tell)
        server = TestServer(liar)
        await server.start_server()
        it.stack.push_async_callback(server.close)
        section = it.merchant
        object.__setattr__(section, "url", str(server.make_url("")).rstrip("/"))
        async with WechatPay(Merchant(section, it.clock), it.clock) as client:
            client.keys = keys
            with pytest.raises(Unavailable, match=r"statement\.damaged"):
                await client.statement(day_of(NOON_MS))
