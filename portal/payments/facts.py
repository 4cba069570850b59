"""What the payment company says about a trade and a refund, read strictly.

Rule: a notice, an answer to a query and a row of a statement are read into the same two records,
so that they can be compared.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portal.payments.moments import read_moment
from primitives.errors import Refused
from primitives.units import AMOUNT_FEN_MAX

PAID_STATES = frozenset({"SUCCESS", "REFUND"})
"""Money arrived; later some of it may have gone back."""


@dataclass(frozen=True, slots=True)
class Trade:
    """One trade."""

    mchid: str
    """The merchant's number."""
    appid: str
    """The merchant's application."""
    out_trade_no: str
    """Our number."""
    state: str
    """NOTPAY, SUCCESS, REFUND, CLOSED and others."""
    amount_fen: int
    """What was asked for, fen."""
    attach: str = ""
    """What we gave it to carry."""
    transaction_id: str = ""
    """The company's number; empty until it is paid."""
    paid_ms: int = 0
    """When it was paid."""

    @property
    def is_paid(self) -> bool:
        """Tell whether money arrived."""
        return self.state in PAID_STATES


@dataclass(frozen=True, slots=True)
class Refund:
    """One refund."""

    out_refund_no: str
    """Our number."""
    refund_id: str
    """The company's number."""
    transaction_id: str
    """The trade it gives back."""
    status: str
    """PROCESSING, SUCCESS, CLOSED or ABNORMAL."""
    amount_fen: int
    """What goes back, fen."""
    refunded_ms: int = 0
    """When it arrived; 0 until then."""


def read_trade(fields: Mapping[str, Any]) -> Trade:
    """Read a trade out of a notice or an answer.

    Raises:
        Refused: `trade.malformed`, without its content.
    """
    try:
        is_paid = fields["trade_state"] in PAID_STATES
        return Trade(
            mchid=_text(fields, "mchid"),
            appid=_text(fields, "appid"),
            out_trade_no=_text(fields, "out_trade_no"),
            state=_text(fields, "trade_state"),
            amount_fen=_fen(fields["amount"], "total"),
            attach=str(fields.get("attach") or "")[:200],
            transaction_id=_text(fields, "transaction_id") if is_paid else "",
            paid_ms=read_moment(_text(fields, "success_time")) if is_paid else 0,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise Refused("trade.malformed", "a trade has another form") from error


def read_refund(fields: Mapping[str, Any]) -> Refund:
    """Read a refund out of a notice (`refund_status`) or an answer (`status`).

    Raises:
        Refused: `refund.malformed`, without its content.
    """
    try:
        status = str(fields.get("refund_status") or fields["status"])
        is_done = status == "SUCCESS"
        return Refund(
            out_refund_no=_text(fields, "out_refund_no"),
            refund_id=_text(fields, "refund_id"),
            transaction_id=_text(fields, "transaction_id"),
            status=status,
            amount_fen=_fen(fields["amount"], "refund"),
            refunded_ms=read_moment(_text(fields, "success_time")) if is_done else 0,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise Refused("refund.malformed", "a refund has another form") from error


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields[name]
    if not (isinstance(value, str) and 1 <= len(value) <= 64 and value.isascii()):
        raise ValueError(name)
    return value


def _fen(fields: Mapping[str, Any], name: str) -> int:
    value = fields[name]
    if type(value) is not int or not 0 < value <= AMOUNT_FEN_MAX:
        raise ValueError(name)
    return value
