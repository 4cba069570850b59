"""The statement of a day: every trade paid and every refund accepted on it, in yuan.

Source: WeChat Pay API v3, trade statement (`bill_type=ALL`): UTF-8 with a mark, a back-tick before
every value, a summary of two lines at the end.
"""

import sqlite3
from dataclasses import dataclass

from portal.payments.moments import DAY_MS, day_start_ms, write_statement_time
from portal.payments.simulator.config import MerchantSection
from primitives.units import format_yuan

HEAD = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,"
    "付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,"
    "退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注"
)
SUMMARY_HEAD = (
    "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
)


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of the statement."""

    time_ms: int
    transaction_id: str
    out_trade_no: str
    openid: str
    description: str
    attach: str
    amount_fen: int = 0
    refund_id: str = "0"
    out_refund_no: str = "0"
    refund_fen: int = 0
    status: str = ""


def statement_of(connection: sqlite3.Connection, merchant: MerchantSection, day: str) -> bytes:
    """Return the statement of a day in China; empty when nothing happened on it.

    Args:
        connection: the company's file.
        merchant: whose statement it is.
        day: `yyyy-mm-dd`.
    """
    rows = _rows(connection, day_start_ms(day))
    if not rows:
        return b""
    paid = sum(row.amount_fen for row in rows)
    given = sum(row.refund_fen for row in rows)
    totals = (str(len(rows)), format_yuan(paid), format_yuan(given), "0.00", "0.00000")
    lines = [
        HEAD,
        *(_line(row, merchant) for row in rows),
        SUMMARY_HEAD,
        _ticked(*totals, format_yuan(paid), format_yuan(given)),
    ]
    return ("\ufeff" + "\r\n".join(lines) + "\r\n").encode()


def _rows(connection: sqlite3.Connection, start_ms: int) -> list[_Row]:
    span = (start_ms, start_ms + DAY_MS)
    paid = connection.execute(
        "SELECT paid_ms, transaction_id, out_trade_no, openid, description, attach, amount_fen "
        "FROM trades WHERE paid_ms > 0 AND paid_ms >= ? AND paid_ms < ?",
        span,
    )
    given = connection.execute(
        "SELECT r.asked_ms, t.transaction_id, t.out_trade_no, t.openid, t.description, t.attach, "
        "0, r.refund_id, r.out_refund_no, r.amount_fen, r.status FROM refunds r "
        "JOIN trades t USING (out_trade_no) WHERE r.asked_ms >= ? AND r.asked_ms < ?",
        span,
    )
    rows = [_Row(*row) for row in (*paid, *given)]
    return sorted(rows, key=lambda row: (row.time_ms, row.transaction_id, row.refund_id))


def _line(row: _Row, merchant: MerchantSection) -> str:
    is_refund = row.refund_id != "0"
    return _ticked(
        write_statement_time(row.time_ms),
        merchant.appid,
        merchant.mchid,
        *("0", ""),
        row.transaction_id,
        row.out_trade_no,
        row.openid,
        "NATIVE",
        "REFUND" if is_refund else "SUCCESS",
        *("OTHERS", "CNY"),
        format_yuan(row.amount_fen),
        "0.00",
        row.refund_id,
        row.out_refund_no,
        format_yuan(row.refund_fen),
        "0.00",
        "ORIGINAL" if is_refund else "",
        row.status,
        _plain(row.description),
        _plain(row.attach),
        *("0.00000", "0.00%"),
        format_yuan(row.amount_fen),
        format_yuan(row.refund_fen),
        "",
    )


def _plain(text: str) -> str:
    """Return a text without what would break its line."""
    return "".join(" " if mark in ",`\r\n" else mark for mark in text)


def _ticked(*values: str) -> str:
    return ",".join(f"`{value}" for value in values)
