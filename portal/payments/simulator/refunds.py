"""Refunds: accepted at once, done a little later, each number once.

Source: WeChat Pay API v3, refunds: 365 days, at most 50 partial refunds, never more than was paid,
a minute apart, the same number pays once.
"""

import secrets
import sqlite3
from dataclasses import dataclass
from typing import Any

from portal.database import Database
from portal.payments.moments import DAY_MS, write_moment
from portal.payments.simulator.config import TimesSection
from portal.payments.simulator.notices import Notices
from portal.payments.simulator.trades import TradeRow, find
from primitives.errors import Refused

REFUNDS_MAX = 50
"""Partial refunds of one trade."""
AGE_MAX_MS = 365 * DAY_MS
"""A trade older than this gives nothing back."""


@dataclass(frozen=True, slots=True)
class RefundRow:
    """One refund as it is kept."""

    out_refund_no: str
    """The merchant's number."""
    refund_id: str
    """The company's number."""
    out_trade_no: str
    """The trade."""
    amount_fen: int
    """What goes back, fen."""
    notify_url: str
    """Where the notice goes; may be empty."""
    status: str
    """PROCESSING or SUCCESS."""
    asked_ms: int
    """When it was accepted."""
    due_ms: int
    """When it succeeds."""
    refunded_ms: int
    """When it succeeded; 0 until then."""


COLUMNS = ", ".join(RefundRow.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class RefundOrder:
    """What a merchant asks to be given back."""

    out_refund_no: str
    """The merchant's number."""
    key: str
    """Which number names the trade: `out_trade_no` or `transaction_id`."""
    trade: str
    """That number."""
    refund_fen: int
    """What goes back."""
    total_fen: int
    """What the trade was, as the merchant has it."""
    notify_url: str = ""
    """Where the notice goes."""


class Refunds:
    """The refunds of the company's file.

    Args:
        database: the file.
        mchid: the merchant.
        times: how long things take.
        notices: makes notices.
    """

    def __init__(
        self, database: Database, mchid: str, times: TimesSection, notices: Notices
    ) -> None:
        self._database = database
        self._mchid = mchid
        self._times = times
        self._notices = notices

    async def ask(self, order: RefundOrder, now_ms: int) -> dict[str, Any]:
        """Accept a refund, or return the one that has this number.

        Raises:
            Refused: RESOURCE_NOT_EXISTS, INVALID_REQUEST, FREQUENCY_LIMITED.
        """

        def write(connection: sqlite3.Connection) -> dict[str, Any]:
            self._settle(connection, now_ms)
            trade = find(connection, order.key, order.trade, now_ms)
            if trade is None or not trade.transaction_id:
                raise Refused("RESOURCE_NOT_EXISTS", "订单不存在或未支付")
            row = _find(connection, order.out_refund_no)
            if row is not None:
                if (row.out_trade_no, row.amount_fen) != (trade.out_trade_no, order.refund_fen):
                    raise Refused("INVALID_REQUEST", "商户退款单号重复，与之前的请求不一致")
                return self._fields(row, trade)
            self._refuse_unlawful(connection, trade, order, now_ms)
            self._insert(connection, trade, order, now_ms)
            return self._fields(_exists(_find(connection, order.out_refund_no)), trade)

        return await self._database.run(write)

    async def by_number(self, out_refund_no: str, now_ms: int) -> dict[str, Any]:
        """Return how a refund stands.

        Raises:
            Refused: RESOURCE_NOT_EXISTS.
        """

        def read(connection: sqlite3.Connection) -> dict[str, Any]:
            self._settle(connection, now_ms)
            row = _exists(_find(connection, out_refund_no))
            trade = find(connection, "out_trade_no", row.out_trade_no, now_ms)
            assert trade is not None
            return self._fields(row, trade)

        return await self._database.run(read)

    async def settle(self, now_ms: int) -> None:
        """Let refunds whose time has come succeed."""
        await self._database.run(lambda connection: self._settle(connection, now_ms))

    def _settle(self, connection: sqlite3.Connection, now_ms: int) -> None:
        rows = connection.execute(
            f"SELECT {COLUMNS} FROM refunds "  # noqa: S608 (names of our own fields)
            "WHERE status = 'PROCESSING' AND due_ms <= ?",
            (now_ms,),
        ).fetchall()
        for row in (RefundRow(*values) for values in rows):
            connection.execute(
                "UPDATE refunds SET status = 'SUCCESS', refunded_ms = ? WHERE out_refund_no = ?",
                (row.due_ms, row.out_refund_no),
            )
            trade = find(connection, "out_trade_no", row.out_trade_no, now_ms)
            assert trade is not None
            told = self._fields(_exists(_find(connection, row.out_refund_no)), trade)
            told["refund_status"] = told.pop("status")
            self._notices.add(connection, "REFUND.SUCCESS", row.notify_url, told, now_ms)

    def _refuse_unlawful(
        self, connection: sqlite3.Connection, trade: TradeRow, order: RefundOrder, now_ms: int
    ) -> None:
        count, given, last_ms = connection.execute(
            "SELECT count(*), coalesce(sum(amount_fen), 0), coalesce(max(asked_ms), 0) "
            "FROM refunds WHERE out_trade_no = ?",
            (trade.out_trade_no,),
        ).fetchone()
        if order.total_fen != trade.amount_fen:
            raise Refused("INVALID_REQUEST", "订单金额与之前的请求不一致")
        if given + order.refund_fen > trade.amount_fen:
            raise Refused("INVALID_REQUEST", "退款金额大于可退金额")
        if count >= REFUNDS_MAX or now_ms - trade.paid_ms > AGE_MAX_MS:
            raise Refused("INVALID_REQUEST", "超过可退次数或期限")
        if last_ms and now_ms - last_ms < self._times.refund_gap_ms:
            raise Refused("FREQUENCY_LIMITED", "同一订单两次退款间隔过短")

    def _insert(
        self, connection: sqlite3.Connection, trade: TradeRow, order: RefundOrder, now_ms: int
    ) -> None:
        number = f"503{now_ms:013d}{secrets.randbelow(10**12):012d}"
        connection.execute(
            f"INSERT INTO refunds ({COLUMNS}) "  # noqa: S608 (names of our own fields)
            "VALUES (?, ?, ?, ?, ?, 'PROCESSING', ?, ?, 0)",
            (
                *(order.out_refund_no, number, trade.out_trade_no, order.refund_fen),
                *(order.notify_url, now_ms, now_ms + self._times.refund_ms),
            ),
        )
        connection.execute(
            "UPDATE trades SET state = 'REFUND' WHERE out_trade_no = ?", (trade.out_trade_no,)
        )

    def _fields(self, row: RefundRow, trade: TradeRow) -> dict[str, Any]:
        told: dict[str, Any] = {
            "mchid": self._mchid,
            "refund_id": row.refund_id,
            "out_refund_no": row.out_refund_no,
            "transaction_id": trade.transaction_id,
            "out_trade_no": row.out_trade_no,
            "channel": "ORIGINAL",
            "user_received_account": "支付用户零钱",
            "create_time": write_moment(row.asked_ms),
            "status": row.status,
            "amount": {
                "total": trade.amount_fen,
                "refund": row.amount_fen,
                "payer_total": trade.amount_fen,
                "payer_refund": row.amount_fen,
                "currency": "CNY",
            },
        }
        if row.refunded_ms:
            told["success_time"] = write_moment(row.refunded_ms)
        return told


def _find(connection: sqlite3.Connection, out_refund_no: str) -> RefundRow | None:
    row = connection.execute(
        f"SELECT {COLUMNS} FROM refunds WHERE out_refund_no = ?",  # noqa: S608 (our own names)
        (out_refund_no,),
    ).fetchone()
    return RefundRow(*row) if row else None


def _exists(row: RefundRow | None) -> RefundRow:
    if row is None:
        raise Refused("RESOURCE_NOT_EXISTS", "退款单不存在")
    return row
