"""The fields of a hospital system's bill line, and how each is read.

Rule: a field has the connectors' own name, one type and one longest length; figures are read from
their text, never through a float; text shows what it says: no control, direction or zero-width
characters, and in names no letters that only look like others.
Source: the field table of Bosssoft-style HIS connectors; the archive standard DA/T 95-2022 for the
inpatient fields, in the connectors' spelling. What idCardNo and cardNo may hold: `id_documents`.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

from ledger.dates import is_real_date
from primitives.errors import Refused
from primitives.units import AMOUNT_FEN_MAX, parse_decimal, parse_fen

Reader = Callable[[Any, str], Any]
"""Reads one value; the second argument is the field's place, for errors."""

ROUNDING_LINE: Final = "货币误差"
"""The name of the list line that carries a class's rounding; the only one that may be negative."""

_PHONE: Final = re.compile(r"[0-9]{7,11}", re.ASCII)
_BUSINESS_NUMBER: Final = re.compile(r"[!-~]{1,50}", re.ASCII)
_PLACE: Final = re.compile(r"[0-9A-Za-z._-]{1,50}", re.ASCII)
_NAME_SIGNS: Final = frozenset(" ·•-'.()（）0123456789")
_LATIN_LAST: Final = "\u024f"
"""The last Latin letter of a language; phonetic signs follow, which look like letters."""
_TEN_THOUSANDTHS_MAX: Final = 10**14 - 1
_HUNDREDTHS_MAX: Final = 10**14 - 1


class Figure(str):
    """A JSON number as its text."""

    __slots__ = ()


class NoFigure(str):
    """What JSON's writers put where a number should be: NaN, Infinity."""

    __slots__ = ()


def text(size_max: int) -> Reader:
    """Return a reader of text of at most `size_max` characters."""

    def read(value: Any, field: str) -> str:
        return _text(value, field, size_max)

    return read


def name(size_max: int) -> Reader:
    """Return a reader of a person's name: Han and Latin letters and a few signs, in normal form."""

    def read(value: Any, field: str) -> str:
        result = _text(value, field, size_max)
        if not unicodedata.is_normalized("NFC", result) or result != " ".join(result.split()):
            raise Refused("his.not_normalised", "Unicode NFC, single blanks inside only", field)
        if not all(map(_is_name_character, result)):
            raise Refused("his.forbidden_character", "a name has Han or Latin letters", field)
        return result

    return read


def fen(value: Any, field: str) -> int:
    """Read an amount in yuan with two decimals as fen."""
    return parse_fen(_figure(value, field), field)


def ten_thousandths(value: Any, field: str) -> int:
    """Read an amount in yuan with four decimals as ten-thousandths."""
    return _bounded(parse_decimal(_figure(value, field), 4, field), _TEN_THOUSANDTHS_MAX, field)


def signed_ten_thousandths(value: Any, field: str) -> int:
    """Read an amount of a rounding line; a minus may stand before it."""
    figure = _figure(value, field)
    if not figure.startswith("-"):
        return ten_thousandths(value, field)
    amount = ten_thousandths(figure[1:], field)
    if amount == 0:
        raise Refused("figure.malformed", "nothing has no sign", field)
    return -amount


def quantity(value: Any, field: str) -> int:
    """Read a quantity with two decimals as hundredths."""
    return _bounded(parse_decimal(_figure(value, field), 2, field), _HUNDREDTHS_MAX, field)


def whole(value: Any, field: str) -> int:
    """Read a count."""
    return _bounded(parse_decimal(_figure(value, field), 0, field), AMOUNT_FEN_MAX, field)


def date(value: Any, field: str) -> str:
    """Read yyyyMMdd; empty when it is not given."""
    result = _text(value, field, 8)
    if result and not is_real_date(result):
        raise Refused("his.bad_date", "write an existing day as yyyyMMdd", field)
    return result


def matching(pattern: re.Pattern[str], advice: str) -> Reader:
    """Return a reader of text that must match `pattern`."""

    def read(value: Any, field: str) -> str:
        result = _text(value, field, 100)
        if not pattern.fullmatch(result):
            raise Refused("his.wrong_value", advice, field)
        return result

    return read


def phone(value: Any, field: str) -> str:
    """Read a phone number of 7 to 11 digits; may be empty."""
    result = _text(value, field, 11)
    if result and not _PHONE.fullmatch(result):
        raise Refused("his.wrong_value", "7 to 11 digits", field)
    return result


def text_or_figure(value: Any, field: str) -> str:
    """Read what connectors write either way, such as an age."""
    return str(value) if type(value) is Figure else _text(value, field, 20)


def objects(value: Any, field: str) -> list[dict[str, Any]]:
    """Read a list of objects."""
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise Refused("his.wrong_type", "expected a list of objects", field)
    return value


def _is_name_character(character: str) -> bool:
    return character in _NAME_SIGNS or _is_han_or_latin(character)


@lru_cache(maxsize=8192)
def _is_han_or_latin(character: str) -> bool:
    """Tell whether a character is one letter of these scripts, and no form of another letter."""
    is_latin = character <= _LATIN_LAST or "\u1e00" <= character <= "\u1eff"
    script, kinds = ("LATIN ", ("Ll", "Lu")) if is_latin else ("CJK UNIFIED IDEOGRAPH", ("Lo",))
    return (
        unicodedata.category(character) in kinds
        and unicodedata.name(character, "").startswith(script)
        and unicodedata.normalize("NFKC", character) == character
    )


def _text(value: Any, field: str, size_max: int) -> str:
    if type(value) is not str:
        raise Refused("his.wrong_type", "expected text in quotes", field)
    if len(value) > size_max:
        raise Refused("his.text_too_long", f"at most {size_max} characters", field)
    if not value.isprintable():
        raise Refused(
            "his.forbidden_character", "no control, direction or zero-width characters", field
        )
    return value


def _figure(value: Any, field: str) -> str:
    if type(value) is not str and type(value) is not Figure:
        raise Refused("his.wrong_type", "expected a figure such as 13.05", field)
    return value


def _bounded(value: int, value_max: int, field: str) -> int:
    if value > value_max:
        raise Refused("figure.out_of_range", "more digits than the field has", field)
    return value


CHARGE: Final[Mapping[str, Reader]] = {
    "sortNo": whole,
    "chargeCode": text(50),
    "chargeName": text(100),
    "unit": text(20),
    "std": fen,
    "number": quantity,
    "amt": fen,
    "selfAmt": fen,
    "remark": text(200),
}
"""One charge class (收费项目)."""

LINE: Final[Mapping[str, Reader]] = {
    "listDetailNo": text(60),
    "chargeCode": text(50),
    "chargeName": text(100),
    "code": text(30),
    "name": text(100),
    "form": text(60),
    "specification": text(60),
    "unit": text(20),
    "std": ten_thousandths,
    "number": quantity,
    "amt": signed_ten_thousandths,
    "selfAmt": ten_thousandths,
    "sortNo": whole,
    "medicalCareType": matching(re.compile("|[123]"), "1, 2 or 3"),
    "medCareItemCode": text(60),
    "medCareItemName": text(100),
    "medReimburseRate": text_or_figure,
    "remark": text(200),
}
"""One list line (清单明细)."""

CHANNEL: Final[Mapping[str, Reader]] = {"payChannelCode": text(20), "payChannelValue": fen}
"""One way of payment (缴费渠道)."""

OTHER: Final[Mapping[str, Reader]] = {
    "infoNo": text_or_figure,
    "infoName": text(100),
    "infoValue": text(200),
}
"""One provincial extra (其他扩展信息)."""

BILL: Final[Mapping[str, Reader]] = {
    "busNo": matching(_BUSINESS_NUMBER, "1 to 50 printable ASCII characters without blanks"),
    "busType": text(20),
    "payer": name(100),
    "busDateTime": text(17),
    "placeCode": matching(_PLACE, "1 to 50 of letters, digits, point, dash, underscore"),
    "payee": name(50),
    "author": name(100),
    "checker": name(100),
    "totalAmt": fen,
    "remark": text(200),
    "tel": phone,
    "email": text(100),
    "payerType": matching(re.compile("|[12]"), "1 for a person, 2 for a unit"),
    "idCardNo": text(30),
    "cardType": text(20),
    "cardNo": text(50),
    "medicalInstitution": text(30),
    "medCareInstitution": text(60),
    "medCareTypeCode": text(20),
    "medicalCareType": text(60),
    "medicalInsuranceID": text(30),
    "consultationDate": date,
    "sex": text(10),
    "age": text_or_figure,
    "patientCategory": text(60),
    "patientNo": text(30),
    "caseNumber": text(50),
    "hospitalizationNumber": text(50),
    "departmentName": text(60),
    "medicalType": text(20),
    "orgType": text(60),
    "inHospitalDate": date,
    "outHospitalDate": date,
    "hospitalDay": text_or_figure,
    "prepayAmount": fen,
    "rechargeAmount": fen,
    "refundAmount": fen,
    "accountPay": fen,
    "fundPay": fen,
    "otherfundPay": fen,
    "ownPay": fen,
    "selfConceitedAmt": fen,
    "selfPayAmt": fen,
    "selfCashPay": fen,
    "reimbursementAmt": fen,
    "balancedNumber": text(100),
    "isArrears": text_or_figure,
    "payChannelDetail": objects,
    "otherInfo": objects,
    "chargeDetail": objects,
    "listDetail": objects,
}
"""The bill itself."""
