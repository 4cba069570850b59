"""What the API tells a hospital's own portal: what is its patients', and what became of it.

Rule: as `node.api.answers`. A patient is a keyed hash; bills, orders and payments are told as they
stand now, whatever block is told, so that a portal that reads anew ends with the same.
"""

from typing import Literal

from node.api.answers import Answer
from node.api.bill_answers import Face
from node.api.money_answers import Order, Payment


class PortalBill(Face, kw_only=True):
    """An own bill with the keyed hash of its patient."""

    patient: str
    """HMAC(portal key, id number), base64url."""
    visit: str
    """Keyed hash of person and begin of the visit, base64url; the visit's record has the same."""


class PortalOrder(Order, kw_only=True):
    """An own order with the keyed hash of its patient."""

    patient: str
    """HMAC(portal key, id number), base64url."""


class PortalPayment(Payment, kw_only=True):
    """A payment that names an order of this hospital."""

    owed_fen: int
    """What is owed back of it alone; an applied one's debt stands in its order."""
    due_by_ms: int | None = None
    """When that is due."""


class WithheldBill(Answer):
    """A bill that finance does not endorse."""

    code: str
    """票据代码."""
    number: str
    """票据号码, ten digits."""
    reason: str
    """Why, in a code's form."""


class PortalHeight(Answer):
    """What became of all own bills that a block made."""

    height: int
    """The block that made them."""
    endorsement: Literal["pending", "endorsed"]
    """Whether finance endorsed its bills, those in `withheld` left out."""
    withheld: list[WithheldBill]
    """Own bills in it that finance does not endorse."""
    delivered: bool
    """Whether the own originals are anchored."""


class PortalDocument(Answer):
    """An own record, as it stands now."""

    document: str
    """Its name: `812-0-3`."""
    kind: str
    """One of the parameter `document_kinds`."""
    size_class: int
    """Bytes of its sealed text, padded."""
    time_ms: int
    """When it was published."""
    height: int
    """The block."""
    state: str
    """`published`, or `superseded` by an amendment."""
    supersedes: str | None
    """The document it amends."""
    superseded_by: str | None
    """The document that amends it."""
    patient: str
    """HMAC(portal key, id number), base64url."""
    visit: str
    """Keyed hash of person and begin of the visit, base64url; empty without one."""


class PortalEvent(Answer):
    """A block became final: what of this hospital it made or changed."""

    height: int
    """Its height."""
    hash: str
    """Its hash."""
    time_ms: int
    """Ledger time."""
    bills: list[PortalBill]
    """Own bills that it made or changed."""
    orders: list[PortalOrder]
    """Own orders that it opened or changed."""
    payments: list[PortalPayment]
    """Payments to this hospital that it recorded or paid back."""
    documents: list[PortalDocument]
    """Own records that it published or amended."""
    heights: list[PortalHeight]
    """Earlier blocks whose own bills it endorsed or delivered."""
