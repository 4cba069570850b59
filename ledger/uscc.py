"""Unified social credit codes (统一社会信用代码) of agencies and of units that pay.

Rule: 18 characters as they stand on the certificate of registration; nothing is made upper case,
no blank or dash is forgiven.
Source: GB 32100-2015 for form and check digit, weights 3^(i-1) mod 31; GB 11714 for the digit of
the organisation code inside, which registers of old codes do not keep everywhere.
"""

import re
from typing import Final

_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""No I, O, S, V, Z."""
_FORM: Final = re.compile(rf"[1-9ANY][{_ALPHABET}][0-9]{{6}}[{_ALPHABET}]{{10}}", re.ASCII)
"""Registering department, kind, region, organisation code, check digit."""
_WEIGHTS: Final = tuple(3**place % 31 for place in range(17))

_ORGANISATION: Final = slice(8, 17)
_ORGANISATION_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ORGANISATION_WEIGHTS: Final = (3, 7, 9, 10, 5, 8, 4, 2)


def is_uscc(text: str) -> bool:
    """Tell whether a text is a credit code whose check digit fits."""
    return bool(_FORM.fullmatch(text)) and check_digit(text[:17]) == text[17]


def check_digit(body: str) -> str:
    """Return the check digit of the first 17 characters.

    A remainder of 0 gives digit 0: the difference is taken modulo 31 once more.
    """
    total = sum(
        _ALPHABET.index(character) * weight
        for character, weight in zip(body, _WEIGHTS, strict=True)
    )
    return _ALPHABET[(31 - total % 31) % 31]


def has_organisation_digit(uscc: str) -> bool:
    """Tell whether the organisation code inside a credit code has its own digit, too.

    Args:
        uscc: for which `is_uscc` holds.
    """
    code = uscc[_ORGANISATION]
    total = sum(
        _ORGANISATION_ALPHABET.index(character) * weight
        for character, weight in zip(code[:8], _ORGANISATION_WEIGHTS, strict=True)
    )
    return "0123456789X0"[11 - total % 11] == code[8]
