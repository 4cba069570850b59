"""Trades: opened by the merchant, paid by a payer, closed.

Rule: a number is one trade for ever; opening it again with the same content gives the same trade,
with other content is refused. Paying is one transaction with the notice about it.
"""

import secrets
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from portal.database import Database
from portal.payments.moments import write_moment
from portal.payments.simulator.config import MerchantSection
from portal.payments.simulator.notices import Notices
from primitives.errors import Refused

T = TypeVar("T")

STATE_WORDS = {
    "NOTPAY": "订单未支付",
    "SUCCESS": "支付成功",
    "REFUND": "转入退款",
    "CLOSED": "订单已关闭",
}


@dataclass(frozen=True, slots=True)
class TradeRow:
    """One trade as it is kept."""

    out_trade_no: str
    """The merchant's number."""
    token: str
    """What stands in the QR code."""
    description: str
    """What the payer reads."""
    attach: str
    """What the merchant gave it to carry."""
    notify_url: str
    """Where the notice goes."""
    amount_fen: int
    """What is to be paid, fen."""
    opened_ms: int
    """When it was opened."""
    expires_ms: int
    """When it can no longer be paid."""
    state: str
    """NOTPAY, SUCCESS, REFUND or CLOSED."""
    transaction_id: str | None
    """The company's number, once it is paid."""
    openid: str
    """The payer's name at the company; made up."""
    paid_ms: int
    """When it was paid; 0 until then."""


COLUMNS = ", ".join(TradeRow.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Order:
    """What a merchant asks to be paid."""

    out_trade_no: str
    """The merchant's number."""
    description: str
    """What the payer reads."""
    attach: str
    """What comes back with the notice."""
    notify_url: str
    """Where the notice goes."""
    amount_fen: int
    """Fen."""
    expires_ms: int
    """Until when."""


class Trades:
    """The trades of the company's file.

    Args:
        database: the file.
        merchant: whose they are.
        notices: makes notices.
    """

    def __init__(self, database: Database, merchant: MerchantSection, notices: Notices) -> None:
        self._database = database
        self._merchant = merchant
        self._notices = notices

    async def open(self, order: Order, now_ms: int) -> str:
        """Return the token of a trade, new or the same as before.

        Raises:
            Refused: INVALID_REQUEST, ORDER_CLOSED, ORDERPAID.
        """

        def write(connection: sqlite3.Connection) -> str:
            row = find(connection, "out_trade_no", order.out_trade_no, now_ms)
            if row is None:
                token = secrets.token_urlsafe(16)
                connection.execute(
                    f"INSERT INTO trades ({COLUMNS}) "  # noqa: S608 (names of our own fields)
                    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'NOTPAY', NULL, '', 0)",
                    (
                        *(order.out_trade_no, token, order.description, order.attach),
                        *(order.notify_url, order.amount_fen, now_ms, order.expires_ms),
                    ),
                )
                return token
            _refuse_unless_open(row, order)
            return row.token

        return await self._run(write)

    async def by_number(self, out_trade_no: str, now_ms: int) -> TradeRow:
        """Return a trade by the merchant's number.

        Raises:
            Refused: ORDER_NOT_EXIST.
        """
        return await self._found("out_trade_no", out_trade_no, now_ms)

    async def by_id(self, transaction_id: str, now_ms: int) -> TradeRow:
        """Return a trade by the company's number; see `by_number`."""
        return await self._found("transaction_id", transaction_id, now_ms)

    async def by_token(self, token: str, now_ms: int) -> TradeRow:
        """Return a trade by what stands in its QR code; see `by_number`."""
        return await self._found("token", token, now_ms)

    async def pay(self, token: str, now_ms: int) -> TradeRow:
        """Pay a trade if it can be paid; return how it stands then."""

        def write(connection: sqlite3.Connection) -> TradeRow:
            row = _exists(find(connection, "token", token, now_ms))
            if row.state != "NOTPAY":
                return row
            number = f"4200{now_ms:013d}{secrets.randbelow(10**11):011d}"
            connection.execute(
                "UPDATE trades SET state = 'SUCCESS', transaction_id = ?, openid = ?, paid_ms = ? "
                "WHERE token = ?",
                (number, f"oSIM{secrets.token_hex(12)}", now_ms, token),
            )
            row = _exists(find(connection, "token", token, now_ms))
            kind = "TRANSACTION.SUCCESS"
            self._notices.add(connection, kind, row.notify_url, self.fields(row), now_ms)
            return row

        return await self._run(write)

    async def close(self, out_trade_no: str, now_ms: int) -> None:
        """Close a trade that nobody paid; closing again is harmless.

        Raises:
            Refused: ORDER_NOT_EXIST, ORDERPAID.
        """

        def write(connection: sqlite3.Connection) -> None:
            row = _exists(find(connection, "out_trade_no", out_trade_no, now_ms))
            if row.state in ("SUCCESS", "REFUND"):
                raise Refused("ORDERPAID", "该订单已支付")
            connection.execute(
                "UPDATE trades SET state = 'CLOSED' WHERE out_trade_no = ?", (out_trade_no,)
            )

        await self._run(write)

    def fields(self, row: TradeRow) -> dict[str, Any]:
        """Return a trade as answers and notices tell it."""
        told: dict[str, Any] = {
            "appid": self._merchant.appid,
            "mchid": self._merchant.mchid,
            "out_trade_no": row.out_trade_no,
            "trade_state": row.state,
            "trade_state_desc": STATE_WORDS[row.state],
            "attach": row.attach,
            "amount": {"total": row.amount_fen, "currency": "CNY"},
        }
        if row.transaction_id:
            told |= {
                "transaction_id": row.transaction_id,
                "trade_type": "NATIVE",
                "bank_type": "OTHERS",
                "success_time": write_moment(row.paid_ms),
                "payer": {"openid": row.openid},
            }
            told["amount"] |= {"payer_total": row.amount_fen, "payer_currency": "CNY"}
        return told

    async def _found(self, column: str, value: str, now_ms: int) -> TradeRow:
        return await self._run(lambda connection: _exists(find(connection, column, value, now_ms)))

    async def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await self._database.run(work)


def find(connection: sqlite3.Connection, column: str, value: str, now_ms: int) -> TradeRow | None:
    """Return a trade as it stands now: what nobody paid in time is closed."""
    connection.execute(
        f"UPDATE trades SET state = 'CLOSED' WHERE {column} = ? "  # noqa: S608 (our own names)
        "AND state = 'NOTPAY' AND expires_ms <= ?",
        (value, now_ms),
    )
    row = connection.execute(
        f"SELECT {COLUMNS} FROM trades WHERE {column} = ?",  # noqa: S608 (our own names)
        (value,),
    ).fetchone()
    return TradeRow(*row) if row else None


def _exists(row: TradeRow | None) -> TradeRow:
    if row is None:
        raise Refused("ORDER_NOT_EXIST", "订单不存在")
    return row


def _refuse_unless_open(row: TradeRow, order: Order) -> None:
    same = (row.description, row.attach, row.notify_url, row.amount_fen, row.expires_ms)
    asked = (order.description, order.attach, order.notify_url, order.amount_fen, order.expires_ms)
    if row.state in ("SUCCESS", "REFUND"):
        raise Refused("ORDERPAID", "该订单已支付")
    if row.state == "CLOSED":
        raise Refused("ORDER_CLOSED", "该订单已关闭，请重新下单")
    if same != asked:
        raise Refused("INVALID_REQUEST", "商户订单号重复，与之前的请求不一致")
