"""The door to the catalogue: a code, explained.

Rule: every code that is raised anywhere has exactly one entry, and every entry is raised somewhere;
`tests/unit/test_errors_explained.py` reads both off the code. docs/errors.md is made from here.
"""

from types import MappingProxyType
from typing import Final

from primitives.catalogue.bill import BILL
from primitives.catalogue.block import BLOCK
from primitives.catalogue.claim import CLAIM
from primitives.catalogue.command import COMMAND
from primitives.catalogue.company import COMPANY
from primitives.catalogue.document import DOCUMENT
from primitives.catalogue.entry import LANGUAGES, Entry, Language
from primitives.catalogue.exchange import EXCHANGE
from primitives.catalogue.genesis import GENESIS
from primitives.catalogue.governance import GOVERNANCE
from primitives.catalogue.his import HIS
from primitives.catalogue.key import KEY
from primitives.catalogue.money import MONEY
from primitives.catalogue.node import NODE
from primitives.catalogue.operation import OPERATION
from primitives.catalogue.peer import PEER
from primitives.catalogue.portal import PORTAL
from primitives.catalogue.proof import PROOF
from primitives.catalogue.range import RANGE
from primitives.catalogue.record import RECORD
from primitives.catalogue.start import START
from primitives.catalogue.store import STORE
from primitives.catalogue.transaction import TRANSACTION
from primitives.catalogue.xml import XML

ENTRIES: Final[tuple[Entry, ...]] = (
    *BILL,
    *BLOCK,
    *CLAIM,
    *COMMAND,
    *COMPANY,
    *DOCUMENT,
    *EXCHANGE,
    *GENESIS,
    *GOVERNANCE,
    *HIS,
    *KEY,
    *MONEY,
    *NODE,
    *OPERATION,
    *PEER,
    *PORTAL,
    *PROOF,
    *RANGE,
    *RECORD,
    *START,
    *STORE,
    *TRANSACTION,
    *XML,
)
"""All of them."""

_BY_CODE: Final = MappingProxyType({entry.code: entry for entry in ENTRIES})


def explain(code: str) -> Entry | None:
    """Return what a code means; None for a code of another version of the program."""
    return _BY_CODE.get(code)


def language_of(tag: str) -> Language:
    """Return the language of a tag such as `zh-CN` or `zh_CN.UTF-8`; English for any other."""
    return "zh" if tag[:2].lower() == "zh" and not tag[2:3].isalpha() else LANGUAGES[0]
