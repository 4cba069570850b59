"""The whole life of what stands on the chain: every axis there is, in the order of a bill's way.

Rule: an axis that is not here is no axis; docs/life.md is written from this list, and a test has
executed each of its cells on a chain.
"""

from typing import Final

from ledger.agencies import STANDING
from ledger.axes import Axis
from ledger.bills import VALIDITY
from ledger.books import BOOKS
from ledger.claims import CLAIM
from ledger.governance import PROPOSAL
from ledger.numbering import NUMBER
from ledger.orders import MONEY, ORDER
from ledger.papers import PAPER
from ledger.payments import PAYMENT
from ledger.people import PERSON_KEY
from ledger.publishing import DOCUMENT
from ledger.ranges import RANGE
from ledger.requests import REQUEST
from ledger.units import UNIT

AXES: Final[tuple[Axis, ...]] = (
    REQUEST,
    RANGE,
    NUMBER,
    UNIT,
    VALIDITY,
    PAPER,
    CLAIM,
    BOOKS,
    ORDER,
    MONEY,
    PAYMENT,
    DOCUMENT,
    PERSON_KEY,
    PROPOSAL,
    STANDING,
)
"""Each axis once."""
