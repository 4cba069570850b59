"""The rows of the projection: a bill, an order, a payment, a document, and what a block says."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BillRow:
    """One bill and where it stands."""

    patient: bytes
    """Pseudonym of the patient."""
    code: str
    """票据代码."""
    number: str
    """票据号码."""
    check_code: bytes
    """Keyed hash of the 校验码."""
    kind: str
    """Kind digits: `01` outpatient."""
    issuer: str
    """Agency id of the issuer."""
    place: str
    """Issuing point."""
    time_ms: int
    """Time of issue."""
    total_fen: int
    """Total amount; negative on a red bill."""
    own_fen: int
    """What the patient paid in cash."""
    height: int
    """Block that issued it."""
    validity: str
    """`issued`, `reversed` or `red`."""
    endorsement: str
    """`pending`, `endorsed` or `withheld`."""
    is_delivered: int
    """1 when its signed original is anchored."""
    is_on_paper: int
    """1 while a paper bill stands for it."""
    lock_class: str
    """Payer class that holds it; empty without one."""
    lock_until_ms: int
    """When that hold ends; 0 without one."""
    claimed: str
    """Payer classes that paid on it, between spaces."""
    books: str
    """`unbooked`, `booked` or `archived`."""
    counterpart: str
    """`code/number` of the red bill of a reversed one, or the other way; empty without one."""
    replaces: str
    """`code/number` of the reversed bill in whose place it stands; empty without one."""
    replaced_by: str
    """`code/number` of the bill that stands in its place; empty without one."""
    order_number: str
    """Number of its charge order; empty without one."""
    visit: bytes
    """Keyed hash of the visit it is for; the visit's document has the same. Empty without one."""

    @property
    def name(self) -> str:
        """Return `code/number`, as other rows name it."""
        return f"{self.code}/{self.number}"


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One charge order and its money."""

    patient: bytes
    """Pseudonym of the patient."""
    number: str
    """Number of the order."""
    hospital: str
    """Agency id of the hospital."""
    sort: str
    """`charge` or `deposit`."""
    state: str
    """`open`, `cancelled`, `billed` or `reversed`."""
    money: str
    """`unpaid`, `prepay`, `paid`, `part_refunded` or `refunded`."""
    kind: str
    """Kind digits of the bill to be."""
    place: str
    """Issuing point."""
    total_fen: int
    """Total amount of the bill to be."""
    fund_fen: int
    """医保统筹基金支付."""
    other_fen: int
    """其他支付."""
    account_fen: int
    """个人账户支付."""
    due_fen: int
    """What the patient must pay."""
    paid_fen: int
    """What was paid."""
    refunded_fen: int
    """What was paid back."""
    owed_fen: int
    """What is owed back now."""
    due_by_ms: int
    """When that is due; 0 while nothing is."""
    opened_ms: int
    """When it was opened."""
    expiry_ms: int
    """The last time at which it may be paid."""
    bill: str
    """`code/number` of its newest bill; empty without one."""

    @property
    def left_fen(self) -> int:
        """Return what is still to be paid, in fen."""
        return max(0, self.due_fen - self.paid_fen)


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """One payment that names an order."""

    provider: str
    """Who recorded it."""
    reference: str
    """The provider's number."""
    order_number: str
    """The order it names."""
    is_applied: int
    """1 when it found its order; else it goes back by itself."""
    amount_fen: int
    """How much."""
    owed_fen: int
    """What is owed back of an unapplied one."""
    refunded_fen: int
    """What was paid back."""
    due_by_ms: int
    """When what is owed is due; 0 while nothing is."""
    paid_ms: int
    """When it was paid."""


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """One published document of a patient's medical record."""

    patient: bytes
    """Pseudonym of the patient."""
    document: str
    """Its name: `812-0-3`, block, transaction, operation."""
    kind: str
    """Kind digits: `01` outpatient record."""
    size_class: int
    """Bytes of its sealed text, padded."""
    time_ms: int
    """When it was published."""
    height: int
    """Block that published it."""
    sequence: int
    """Where it stands in that block: later ones have more."""
    state: str
    """`published` or `superseded`."""
    supersedes: str
    """Name of the document it amends; empty without one."""
    superseded_by: str
    """Name of the document that took its place; empty without one."""
    visit: bytes
    """Keyed hash of the visit; the visit's bill has the same. Empty without one."""


@dataclass(frozen=True, slots=True)
class HeightNews:
    """What became of all bills that a block made."""

    height: int
    """The block that made them."""
    endorsement: str
    """`pending` or `endorsed`."""
    withheld: tuple[tuple[str, str], ...]
    """Code and number of those that are not endorsed."""
    is_delivered: int
    """1 when their signed originals are anchored."""


@dataclass(frozen=True, slots=True)
class Head:
    """Up to where the projection reaches."""

    chain: str
    """Chain id, hex."""
    height: int
    """Height of the last block written; 0 before the first."""
    hash: str
    """Hash of that block, hex; empty before the first."""
    time_ms: int
    """Time of that block."""


@dataclass(frozen=True, slots=True)
class News:
    """What one block made or changed, as it stands now."""

    bills: tuple[BillRow, ...] = ()
    """Bills."""
    orders: tuple[OrderRow, ...] = ()
    """Orders."""
    payments: tuple[PaymentRow, ...] = ()
    """Payments."""
    heights: tuple[HeightNews, ...] = ()
    """Earlier blocks whose bills were endorsed or delivered."""
    documents: tuple[DocumentRow, ...] = ()
    """Documents of medical records."""


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a patient's list."""

    bills: tuple[BillRow, ...]
    """Newest first."""
    number: int
    """Which page this is, from 1."""
    pages: int
    """How many there are, at least 1."""
    count: int
    """How many bills there are."""
