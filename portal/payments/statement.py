"""A day's statement of the payment company, read strictly and held against the ledger.

Rule: yuan become fen exactly; a file whose lines do not add up to its own summary is refused whole.
Source: WeChat Pay API v3, trade statement (`bill_type=ALL`).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from portal.payments.ledger_client import Recorded
from portal.payments.moments import day_of
from primitives.errors import Refused
from primitives.units import parse_fen

TIME, MERCHANT, STATE = "交易时间", "商户号", "交易状态"
TRADE_ID, TRADE_NUMBER = "微信订单号", "商户订单号"
REFUND_ID, REFUND_NUMBER = "微信退款单号", "商户退款单号"
AMOUNT, REFUND_AMOUNT = "订单金额", "退款金额"
COUNT, AMOUNT_TOTAL, REFUND_TOTAL = "总交易单数", "订单总金额", "退款总金额"

NEEDED = (TIME, MERCHANT, STATE, TRADE_ID, TRADE_NUMBER, REFUND_ID, REFUND_NUMBER)
COLUMNS = frozenset((*NEEDED, AMOUNT, REFUND_AMOUNT))
"""Columns that must be there; others may."""
SUMMARY_COLUMNS = frozenset((COUNT, AMOUNT_TOTAL, REFUND_TOTAL))


@dataclass(frozen=True, slots=True)
class Line:
    """A trade, or a refund of one."""

    transaction_id: str
    """The company's number of the trade."""
    out_trade_no: str
    """Our number of the trade."""
    amount_fen: int
    """What was paid; 0 for a refund."""
    refund_id: str = ""
    """The company's number of the refund; empty for a trade."""
    out_refund_no: str = ""
    """Our number of the refund; empty for a trade."""
    refund_fen: int = 0
    """What was given back; 0 for a trade."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that one side has otherwise, or not at all."""

    kind: str
    """`missing_on_ledger`, `missing_in_statement`, `other_amount`, `refund_missing_on_ledger`."""
    reference: str
    """The company's number of the trade."""
    statement_fen: int
    """What the statement says; 0 when it says nothing."""
    ledger_fen: int
    """What the ledger says; 0 when it says nothing."""


def read_statement(data: bytes, mchid: str) -> tuple[Line, ...]:
    """Read a statement.

    Args:
        data: the file: UTF-8, a back-tick before every value, two lines of summary.
        mchid: whose it must be.

    Raises:
        Refused: `statement.malformed` with the line, `statement.other_merchant`,
            `statement.does_not_add_up`.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _malformed("is no UTF-8") from error
    rows = text.splitlines()
    if len(rows) < 3 or not text.endswith("\n"):
        raise _malformed("is cut short")
    head = _names(rows[0], COLUMNS, 1)
    lines = tuple(
        _line(_values(row, head, place), mchid, place) for place, row in enumerate(rows[1:-2], 2)
    )
    summary_head = _names(rows[-2], SUMMARY_COLUMNS, len(rows) - 1)
    _check_sums(lines, _values(rows[-1], summary_head, len(rows)))
    return lines


def compare(
    day: str, lines: Iterable[Line], recorded: Iterable[Recorded]
) -> tuple[Difference, ...]:
    """Return what statement and ledger do not agree on, for one day.

    Args:
        day: `yyyy-mm-dd`, the statement's.
        lines: the statement.
        recorded: the ledger's payments, of this day and others.
    """
    ledger = {payment.reference: payment for payment in recorded}
    paid: dict[str, int] = {}
    given: dict[str, int] = {}
    for line in lines:
        target, amount_fen = (given, line.refund_fen) if line.refund_id else (paid, line.amount_fen)
        target[line.transaction_id] = target.get(line.transaction_id, 0) + amount_fen
    found = [_trade_difference(name, paid[name], ledger.get(name)) for name in sorted(paid)]
    found += [_refund_difference(name, given[name], ledger.get(name)) for name in sorted(given)]
    found += [
        Difference("missing_in_statement", payment.reference, 0, payment.amount_fen)
        for payment in ledger.values()
        if day_of(payment.paid_ms) == day and payment.reference not in paid
    ]
    return tuple(difference for difference in found if difference is not None)


def _trade_difference(name: str, paid_fen: int, payment: Recorded | None) -> Difference | None:
    if payment is None:
        return Difference("missing_on_ledger", name, paid_fen, 0)
    if payment.amount_fen != paid_fen:
        return Difference("other_amount", name, paid_fen, payment.amount_fen)
    return None


def _refund_difference(name: str, given_fen: int, payment: Recorded | None) -> Difference | None:
    """The ledger knows the sum of all days: it must be this day's at least."""
    refunded_fen = payment.refunded_fen if payment else 0
    if refunded_fen >= given_fen:
        return None
    return Difference("refund_missing_on_ledger", name, given_fen, refunded_fen)


def _names(row: str, needed: frozenset[str], place: int) -> list[str]:
    names = row.split(",")
    if not needed <= set(names) or len(set(names)) != len(names):
        raise _malformed(f"line {place}: other columns")
    return names


def _values(row: str, names: list[str], place: int) -> dict[str, str]:
    values = row.split(",`")
    if not row.startswith("`") or len(values) != len(names):
        raise _malformed(f"line {place}: other values than columns")
    values[0] = values[0][1:]
    return dict(zip(names, values, strict=True))


def _line(values: dict[str, str], mchid: str, place: int) -> Line:
    if values[MERCHANT] != mchid:
        raise Refused("statement.other_merchant", f"line {place} is of another merchant")
    trade = values[TRADE_ID], values[TRADE_NUMBER]
    if not all(trade):
        raise _malformed(f"line {place}: no number")
    match values[STATE]:
        case "SUCCESS":
            return Line(*trade, _fen(values[AMOUNT], place))
        case "REFUND":
            refund = values[REFUND_ID], values[REFUND_NUMBER]
            return Line(*trade, 0, *refund, _fen(values[REFUND_AMOUNT], place))
        case _:
            raise _malformed(f"line {place}: another state")


def _check_sums(lines: tuple[Line, ...], summary: dict[str, str]) -> None:
    sums = (
        len(lines),
        sum(line.amount_fen for line in lines),
        sum(line.refund_fen for line in lines),
    )
    count = summary[COUNT]
    told = (
        int(count) if count.isascii() and count.isdigit() else -1,
        _fen(summary[AMOUNT_TOTAL], 0),
        _fen(summary[REFUND_TOTAL], 0),
    )
    if sums != told:
        raise Refused("statement.does_not_add_up", "its lines are not its summary")


def _fen(text: str, place: int) -> int:
    try:
        return parse_fen(text, "amount")
    except Refused as error:
        raise _malformed(f"line {place}: an amount") from error


def _malformed(what: str) -> Refused:
    return Refused("statement.malformed", f"the statement: {what}")
