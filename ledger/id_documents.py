"""Which document a payer's number is of, and whether such a number can be.

Rule: cardType names the document; its number stands in cardNo or, when that is empty, in idCardNo,
as the document shows it: upper case, ASCII, no blanks. Without a cardType, idCardNo is a resident
id or empty. A newborn has no number of its own: idCardNo is then a guardian's.
Source: GB 11643-1999 for resident ids and for the 18-digit permits that are built like them; ICAO
Doc 9303 for passports. The cardType codes 01 to 08, 90 and 99 follow the persons' documents of the
national medical insurance (人员证件类型); 16, 17, 18 and 98 fill its gaps. They are provincial: a
province with other codes replaces `DOCUMENTS` and nothing else.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from ledger.dates import is_real_date
from ledger.uscc import is_uscc
from primitives.errors import Refused

PERSON: Final = "1"
UNIT: Final = "2"
"""payerType: who pays."""

_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_DIGITS: Final = "10X98765432"
_EIGHTEEN: Final = re.compile(r"[0-9]{17}[0-9X]", re.ASCII)
_FIFTEEN: Final = re.compile(r"[0-9]{15}", re.ASCII)
_BIRTH: Final = slice(6, 14)
"""Where the birth date stands in every number of 18 characters."""


class Document(NamedTuple):
    """One kind of document (证件)."""

    name: str
    """As it is called."""
    is_number: Callable[[str], bool]
    """Tells whether a text can be its number."""
    form: str
    """The form in words, for the refusal."""
    is_of_a_person: bool = True
    """Its number tells who somebody is; a card's does not."""


def _has_check_digit(number: str) -> bool:
    """Tell whether the last of 18 characters fits the other 17 (ISO 7064 MOD 11-2)."""
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], _WEIGHTS, strict=True))
    return _CHECK_DIGITS[total % 11] == number[17]


def is_resident_id(number: str) -> bool:
    """Tell whether a text is built like a resident id: form, birth date, check digit."""
    return (
        bool(_EIGHTEEN.fullmatch(number))
        and is_real_date(number[_BIRTH])
        and _has_check_digit(number)
    )


def _like_a_resident_id(start: str) -> Callable[[str], bool]:
    begins = re.compile(start, re.ASCII)
    return lambda number: bool(begins.match(number)) and is_resident_id(number)


def _matching(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern, re.ASCII)
    return lambda number: compiled.fullmatch(number) is not None


def _is_permanent_residence(number: str) -> bool:
    """Tell whether a text is on a foreigner's permanent residence card, the new or the old."""
    if len(number) == 18:
        return number.startswith("9") and is_resident_id(number)
    is_old = re.fullmatch(r"[A-Z]{3}[0-9]{12}", number, re.ASCII) is not None
    # Six of the digits are a birth date without its century; 2000 is a leap year as 1900 is not.
    return is_old and is_real_date(f"20{number[7:13]}")


_RESIDENT: Final = Document(
    "居民身份证（户口簿）",
    _like_a_resident_id(r"[1-7]"),
    "18 characters with a real birth date and its check digit, X in upper case",
)
_LIKE_RESIDENT: Final = _RESIDENT._replace(name="18 位公民身份号码", is_number=is_resident_id)
"""What idCardNo holds by itself: a resident id, or a permit that is built like one."""
_NEWBORN: Final = Document(
    "无证件新生儿", _matching("[A-Z][0-9]{9}"), "of the birth certificate: a letter and 9 digits"
)
_OFFICER: Final = (
    _matching("[\u4e00-\u9fff]?字?第?[0-9]{4,8}号?"),
    "4 to 8 digits, with or without 字第 and 号",
)
_PASSPORT: Final = (_matching("(?=.*[0-9])[A-Z0-9]{6,12}"), "6 to 12 of A-Z and 0-9")
_OF_HONG_KONG: Final = (_matching("H([0-9]{8}|[0-9]{10})"), "H and 8 or 10 digits")
_OF_MACAU: Final = (_matching("M([0-9]{8}|[0-9]{10})"), "M and 8 or 10 digits")
_OF_TAIWAN: Final = (_matching("[0-9]{8}"), "8 digits")
_PERMANENT: Final = (
    _is_permanent_residence,
    "18 characters from 9 on with birth date and check digit, or 3 letters and 12 digits",
)
_RESIDENCE: Final = "18 characters from {} on with birth date and check digit"
_RESIDENCE_HONG_KONG_MACAU: Final = (
    _like_a_resident_id("8[12]0000"),
    _RESIDENCE.format("810000 or 820000"),
)
_RESIDENCE_TAIWAN: Final = (_like_a_resident_id("830000"), _RESIDENCE.format("830000"))
_CARD: Final = (_matching("[A-Z0-9]{8,20}"), "8 to 20 of A-Z and 0-9")
_OTHER: Final = (
    _matching("(?![0-9]{15}$|.{18}$)[A-Z0-9]{5,20}"),
    "5 to 20 of A-Z and 0-9, but neither 18 nor 15 digits",
)

DOCUMENTS: Final[Mapping[str, Document]] = {
    "01": _RESIDENT,
    "02": Document("军官证", *_OFFICER),
    "03": Document("武警警官证", *_OFFICER),
    "04": Document("港澳居民来往内地通行证（香港）", *_OF_HONG_KONG),
    "05": Document("港澳居民来往内地通行证（澳门）", *_OF_MACAU),
    "06": Document("台湾居民来往大陆通行证", *_OF_TAIWAN),
    "07": Document("外国人永久居留身份证", *_PERMANENT),
    "08": Document("外国护照", *_PASSPORT),
    "16": Document("港澳居民居住证", *_RESIDENCE_HONG_KONG_MACAU),
    "17": Document("台湾居民居住证", *_RESIDENCE_TAIWAN),
    "18": Document("中国护照", *_PASSPORT),
    "90": Document("社会保障卡", *_CARD, is_of_a_person=False),
    "98": _NEWBORN,
    "99": Document("其他证件", *_OTHER),
}
"""The registry: cardType -> document."""


def payer_number(bill: Mapping[str, Any], today: str) -> str:
    """Return the number that tells who the payer is, checked; empty when there is none.

    Args:
        bill: the fields of one line, as they were read.
        today: yyyyMMdd; nobody is born later.

    Raises:
        Refused: `his.*`, with the field.
    """
    number: str = bill.get("idCardNo", "")
    card_type: str = bill.get("cardType", "")
    if bill.get("payerType") == UNIT:
        _check_unit(number, card_type)
        return ""
    if not card_type:
        if number:
            _check(_LIKE_RESIDENT, number, "idCardNo", today)
        return number
    document = DOCUMENTS.get(card_type)
    if document is None:
        raise Refused("his.unknown_card_type", f"known: {', '.join(DOCUMENTS)}", "cardType")
    if document is _NEWBORN:
        return _number_of_guardian(bill, today)
    return _number_of_document(document, number, bill.get("cardNo", ""), today)


def could_be_a_payers(number: str, payer_type: str) -> bool:
    """Tell whether a number can be a payer's where no cardType says of which document.

    Args:
        number: as it stands; empty is fine, too.
        payer_type: payerType.
    """
    if not number or payer_type == UNIT:
        return not number or is_uscc(number)
    kinds = (kind for kind in DOCUMENTS.values() if kind.is_of_a_person and kind is not _NEWBORN)
    return any(kind.is_number(number) for kind in kinds)


def _number_of_document(document: Document, number: str, card_number: str, today: str) -> str:
    if not card_number:
        if not number or not document.is_of_a_person:
            field = "idCardNo" if document.is_of_a_person else "cardNo"
            raise Refused("his.missing_field", "the document has a number", field)
        _check(document, number, "idCardNo", today)
        return number
    _check(document, card_number, "cardNo", today)
    if number and number != card_number:
        _check(_LIKE_RESIDENT, number, "idCardNo", today)
    return number or (card_number if document.is_of_a_person else "")


def _number_of_guardian(bill: Mapping[str, Any], today: str) -> str:
    """Return the number of a newborn's guardian, which may be of any document of a person."""
    number: str = bill.get("idCardNo", "")
    certificate: str = bill.get("cardNo", "")
    if certificate:
        _check(_NEWBORN, certificate, "cardNo", today)
    if not number:
        raise Refused("his.missing_field", "write the guardian's number for a newborn", "idCardNo")
    if not could_be_a_payers(number, PERSON) or _is_born_later(number, today):
        raise Refused("his.bad_document_number", "no document has such a number", "idCardNo")
    return number


def _check_unit(number: str, card_type: str) -> None:
    if card_type:
        raise Refused("his.wrong_value", "a unit has no document of a person", "cardType")
    if number and not is_uscc(number):
        raise Refused("his.bad_uscc", "18 characters with their check digit", "idCardNo")


def _check(document: Document, number: str, field: str, today: str) -> None:
    is_resident = document in (_RESIDENT, _LIKE_RESIDENT)
    if is_resident and _FIFTEEN.fullmatch(number):
        raise Refused("his.old_resident_id", "15 digits count no more; write the 18", field)
    if not document.is_number(number) or _is_born_later(number, today):
        code = "his.bad_resident_id" if is_resident else "his.bad_document_number"
        raise Refused(code, document.form, field)


def _is_born_later(number: str, today: str) -> bool:
    """Tell whether a number that holds a birth date holds one still to come."""
    return is_resident_id(number) and number[_BIRTH] > today
