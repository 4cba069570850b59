"""What the API answers about charge orders, payments and refunds.

Rule: as `node.api.answers`; nothing personal stands in any of these.
"""

from typing import Literal

import msgspec

from ledger.bills import Payment as PaidFen
from ledger.references import Reference
from node.api.answers import Answer, Problem
from node.api.bill_answers import Amounts, Name
from primitives.codec import AgencyId, UInt


class OpenedOrder(Answer):
    """What became of one line."""

    line: int
    """Its number in the request, from 1."""
    order: str
    """The order's number (busNo); empty when it could not be read."""
    status: Literal["committed", "accepted", "exists", "refused", "unknown"]
    """`exists`: this very order was opened before."""
    height: int | None = None
    """The block."""
    transaction: str | None = None
    """Id of the transaction, to ask for later."""
    problem: Problem | None = None
    """Why, when refused."""


class OpenedOrders(Answer):
    """One answer a line, in input order."""

    items: list[OpenedOrder]
    """The answers."""


class Order(Answer):
    """A charge order and its money."""

    hospital: str
    """Whose."""
    order: str
    """Its number."""
    sort: Literal["charge", "deposit"]
    """A bill to be, or a deposit (住院预交金)."""
    state: str
    """`open`, `cancelled`, `billed` or `reversed`."""
    money: str
    """`unpaid`, `prepay`, `paid`, `part_refunded` or `refunded`."""
    place: str
    """开票点编码."""
    kind: str
    """票据种类."""
    amounts: Amounts
    """Of the bill; what is due is the own payment."""
    due_fen: int
    """What must be paid."""
    paid_fen: int
    """What was paid."""
    refunded_fen: int
    """What was paid back."""
    owed_fen: int
    """What is owed back now."""
    payments: int
    """How many payments were applied."""
    instalments: int
    """How many may make the amount due."""
    opened_ms: int
    """When it was opened."""
    expiry_ms: int
    """The last time at which it may be paid."""
    expired: bool
    """Whether that time is over and it is not paid."""
    commitment: str
    """Root over the salted leaves of its details."""
    key_id: str
    """The key that opened it, hex."""
    height: int
    """The block that opened it."""
    transaction: str
    """Id of the transaction that opened it."""
    paid_ms: int | None = None
    """When the last payment took effect."""
    due_by_ms: int | None = None
    """When what is owed back is due."""
    bill: Name | None = None
    """Its newest bill."""


class Orders(Answer):
    """A page of orders."""

    items: list[Order]
    """By hospital and number."""
    next: str | None
    """Cursor of the next page; null at the end."""


class PaymentRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A payment to record."""

    payee: AgencyId
    """The hospital."""
    order: Reference
    """Its order."""
    amount_fen: PaidFen
    """How much."""
    reference: Reference
    """The provider's transaction number."""
    paid_ms: UInt
    """When, by the provider."""
    notice_hash: str
    """SHA-256 of the signed notice, base64url."""


class RefundRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A refund to record."""

    payment: Reference
    """Of which payment."""
    reference: Reference
    """The refund's own number."""
    amount_fen: PaidFen
    """How much."""
    refunded_ms: UInt
    """When, by the provider."""
    notice_hash: str
    """SHA-256 of the signed notice, base64url."""


class Recorded(Answer):
    """What became of a payment or refund fact."""

    status: Literal["committed", "accepted", "unknown", "exists"]
    """`exists`: this very fact stands already."""
    transaction: str = ""
    """Id of the transaction, to ask for later; empty for what exists."""
    state: Literal["applied", "unapplied"] | None = None
    """Of a payment: whether it found its order."""
    reason: str | None = None
    """Why it did not."""


class Payment(Answer):
    """A recorded payment."""

    provider: str
    """Who recorded it."""
    reference: str
    """The provider's number."""
    payee: str
    """The hospital."""
    order: str
    """Its order."""
    amount_fen: int
    """How much."""
    refunded_fen: int
    """What was paid back."""
    state: Literal["applied", "unapplied"]
    """Whether it found its order."""
    reason: str
    """Why it did not; else empty."""
    paid_ms: int
    """When, by the provider."""
    recorded_ms: int
    """When, by the ledger."""
    reconciled: bool
    """Whether it stands in the provider's statement."""


class Payments(Answer):
    """A page of payments."""

    items: list[Payment]
    """By provider and reference."""
    next: str | None
    """Cursor of the next page; null at the end."""


class Owed(Answer):
    """A refund that a provider owes."""

    payment: str
    """The payment's reference."""
    payee: str
    """The hospital."""
    order: str
    """Its order."""
    amount_fen: int
    """What is owed back on it."""
    due_by_ms: int
    """By when."""
    reason: str
    """Why, in a code's form."""


class OwedRefunds(Answer):
    """A page of refunds that are owed."""

    items: list[Owed]
    """By reference of the payment."""
    next: str | None
    """Cursor of the next page; null at the end."""
