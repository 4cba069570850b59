"""What people type to say who they are, made plain and checked for typing errors.

Rule: full-width digits and blanks of an input method are forgiven; nothing here tells whether
anybody has such an id or phone. A number is one that a hospital's line could carry.
"""

import re
import unicodedata

from ledger.id_documents import PERSON, could_be_a_payers
from primitives.errors import Refused

_CHECK_CODE = re.compile(r"[0-9a-z]{6}", re.ASCII)
_PHONE = re.compile(r"1[3-9][0-9]{9}", re.ASCII)
_CODE = re.compile(r"[0-9]{6}", re.ASCII)


def plain_resident_id(text: str) -> str:
    """Return a resident id, or another document's number, in its plain form.

    Raises:
        Refused: `login.malformed_id` when no document that hospitals know has such a number.
    """
    plain = _plain(text).upper()
    if not plain or not could_be_a_payers(plain, PERSON):
        raise Refused("login.malformed_id", "", "resident_id")
    return plain


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
