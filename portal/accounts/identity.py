"""What people type to say who they are, made plain and checked for typing errors.

Rule: full-width digits and blanks of an input method are forgiven; nothing here tells whether
anybody has such an id or phone.
Source: GB 11643-1999 for the check digit of a resident id.
"""

import re
import unicodedata

from primitives.errors import Refused

_RESIDENT = re.compile(r"[0-9]{17}[0-9X]", re.ASCII)
_DOCUMENT = re.compile(r"[0-9A-Z]{5,20}", re.ASCII)
_CHECK_CODE = re.compile(r"[0-9a-z]{6}", re.ASCII)
_PHONE = re.compile(r"1[3-9][0-9]{9}", re.ASCII)
_CODE = re.compile(r"[0-9]{6}", re.ASCII)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_DIGITS = "10X98765432"


def plain_resident_id(text: str) -> str:
    """Return a resident id, or another document's number, in its plain form.

    Raises:
        Refused: `login.malformed_id`, for 18 characters also when the check digit is wrong.
    """
    plain = _plain(text).upper()
    is_resident = len(plain) == 18
    if is_resident and not (_RESIDENT.fullmatch(plain) and has_check_digit(plain)):
        raise Refused("login.malformed_id", "", "resident_id")
    if not is_resident and not _DOCUMENT.fullmatch(plain):
        raise Refused("login.malformed_id", "", "resident_id")
    return plain


def has_check_digit(resident_id: str) -> bool:
    """Tell whether the last of 18 characters fits the other 17."""
    pairs = zip(resident_id[:17], _WEIGHTS, strict=True)
    return (
        _CHECK_DIGITS[sum(int(digit) * weight for digit, weight in pairs) % 11] == (resident_id[17])
    )


def plain_check_code(text: str) -> str:
    """Return a bill's check code in its plain form.

    Raises:
        Refused: `login.malformed_check_code`.
    """
    return _match(_CHECK_CODE, _plain(text).lower(), "login.malformed_check_code", "check_code")


def plain_phone(text: str) -> str:
    """Return a mobile number of 11 digits; +86 before it and hyphens in it are forgiven.

    Raises:
        Refused: `login.malformed_phone`.
    """
    plain = _plain(text).replace("-", "").removeprefix("+86")
    return _match(_PHONE, plain, "login.malformed_phone", "phone")


def plain_code(text: str) -> str:
    """Return a one-time code.

    Raises:
        Refused: `login.malformed_code`.
    """
    return _match(_CODE, _plain(text), "login.malformed_code", "code")


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text[:64]).split())


def _match(pattern: re.Pattern[str], plain: str, code: str, field: str) -> str:
    if not pattern.fullmatch(plain):
        raise Refused(code, "", field)
    return plain
