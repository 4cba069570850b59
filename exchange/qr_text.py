"""The text in a bill's QR code: tag, code, number, check code, date, amount.

Rule: six parts between commas, each in one form; what differs is refused, so that a scanner never
guesses.
Source: the tag comes first on real bills, such as `CZ-EI-33,…`; the five elements that the public
verification asks for follow in its order.
"""

import re
from dataclasses import dataclass
from typing import Final

from exchange.bill import ExchangeBill, issue_date
from ledger.dates import is_real_date
from primitives.errors import Refused
from primitives.units import format_yuan, parse_fen

QR_TEXT_SIZE_MAX: Final = 80
_FORM: Final = re.compile(
    r"CZ-EI-(?P<division>[0-9]{2}),(?P<code>[0-9]{8}),(?P<number>[0-9]{10}),"
    r"(?P<check>[0-9a-zA-Z]{6}),(?P<date>[0-9]{8}),(?P<amount>-?(?:0|[1-9][0-9]{0,11})\.[0-9]{2})",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class QrText:
    """What a scanner learns of a bill."""

    code: str
    """票据代码: 8 digits."""
    number: int
    """票据号码."""
    check_code: str
    """校验码."""
    date: str
    """Day of issue, yyyyMMdd."""
    total_fen: int
    """合计; negative on a red bill."""


def qr_text(bill: ExchangeBill) -> str:
    """Return the text of a bill's QR code."""
    date = issue_date(bill.time_ms)
    return write_qr_text(QrText(bill.code, bill.number, bill.check_code, date, bill.total_fen))


def write_qr_text(told: QrText) -> str:
    """Return the text that tells a scanner this."""
    number, amount = f"{told.number:010d}", format_yuan(told.total_fen)
    parts = (f"CZ-EI-{told.code[:2]}", told.code, number, told.check_code, told.date, amount)
    return ",".join(parts)


def parse_qr_text(text: str) -> QrText:
    """Read the text of a QR code.

    Raises:
        Refused: `qr.malformed` for any other form, with the part at fault where one is.
    """
    found = _FORM.fullmatch(text) if len(text) <= QR_TEXT_SIZE_MAX else None
    if found is None:
        raise Refused(
            "qr.malformed", "expected CZ-EI-<division>,code,number,check code,date,amount"
        )
    if found["division"] != found["code"][:2]:
        raise Refused("qr.malformed", "tag and code name two divisions", "code")
    if int(found["number"]) == 0:
        raise Refused("qr.malformed", "numbers begin with 1", "number")
    if not is_real_date(found["date"]):
        raise Refused("qr.malformed", "write an existing day as yyyyMMdd", "date")
    amount = found["amount"]
    fen = parse_fen(amount.removeprefix("-"), "amount")
    if format_yuan(-fen if amount.startswith("-") else fen) != amount:
        raise Refused("qr.malformed", "the amount is not in its one form", "amount")
    return QrText(
        code=found["code"],
        number=int(found["number"]),
        check_code=found["check"],
        date=found["date"],
        total_fen=-fen if amount.startswith("-") else fen,
    )
