"""The language a caller reads problems in.

Rule: English, unless `Accept-Language` prefers Chinese.
Source: RFC 9110, 12.5.4.
"""

from contextvars import ContextVar
from typing import Final

from primitives.catalogue.entry import LANGUAGES, Language
from primitives.catalogue.explain import language_of

LANGUAGE: Final[ContextVar[Language]] = ContextVar("language", default=LANGUAGES[0])
"""Of the request being served; each runs in a context of its own."""

_HEADER_LENGTH_MAX: Final = 200
"""Browsers send far less; the rest is not read."""


def preferred_language(header: str) -> Language:
    """Return the known language that an `Accept-Language` header likes best."""
    best, weight_of_best = LANGUAGES[0], 0.0
    for item in header[:_HEADER_LENGTH_MAX].split(","):
        tag, _, weight_text = item.strip().partition(";")
        tag = tag.strip().lower()
        is_known = tag == "*" or tag.partition("-")[0] in LANGUAGES
        weight = _weight(weight_text)
        if is_known and weight > weight_of_best:
            best, weight_of_best = language_of(tag), weight
    return best


def _weight(text: str) -> float:
    """Return the weight in `q=0.8`; 1 without one, 0 for what is malformed."""
    name, _, value = text.replace(" ", "").partition("=")
    if not name:
        return 1.0
    is_number = value.replace(".", "", 1).isdecimal() and value.isascii()
    return float(value) if name == "q" and is_number else 0.0
