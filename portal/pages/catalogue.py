"""Every sentence patients read, in Chinese and English.

Rule: warm, plain, short; a sentence says what happened and what to do. `{name}` is filled in.
The texts stand in `texts_*.py`, a dictionary each from a key to (Chinese, English).
"""

from types import MappingProxyType

from portal.pages.texts_bills import BILLS
from portal.pages.texts_checks import CHECKS
from portal.pages.texts_five import FIVE
from portal.pages.texts_login import LOGIN
from portal.pages.texts_orders import ORDERS
from portal.pages.texts_records import RECORDS

LANGUAGES = ("zh", "en")
"""The first is the default."""

CATALOGUE = MappingProxyType(LOGIN | BILLS | CHECKS | ORDERS | FIVE | RECORDS)


def text(key: str, language: str, **values: str | int) -> str:
    """Return a sentence in a language of `LANGUAGES`, with its blanks filled in.

    Raises:
        KeyError: when there is no such sentence.
    """
    return CATALOGUE[key][LANGUAGES.index(language)].format(**values)


def has_text(key: str) -> bool:
    """Tell whether there is such a sentence."""
    return key in CATALOGUE


def label(group: str, code: str, language: str) -> str:
    """Return what people call a code of a group, or the code itself when it has no name."""
    key = f"{group}.{code}"
    return text(key, language) if has_text(key) else code
