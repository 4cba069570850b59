"""What the API answers about bills, number ranges and events.

Rule: as `node.api.answers`; nothing personal stands in any of these but `Details` and `Contact`.
"""

from typing import Annotated, Literal

import msgspec

from node.api.answers import Answer, Problem


class IssuedBill(Answer):
    """What became of one line."""

    line: int
    """Its number in the request, from 1."""
    business_number: str
    """业务流水号; empty when it could not be read."""
    status: Literal["committed", "accepted", "exists", "refused", "unknown"]
    """`exists`: this very bill was issued before."""
    code: str | None = None
    """票据代码."""
    number: str | None = None
    """票据号码, ten digits."""
    check_code: str | None = None
    """校验码."""
    height: int | None = None
    """The block."""
    transaction: str | None = None
    """Id of the transaction, to ask for later."""
    problem: Problem | None = None
    """Why, when refused."""


class IssuedBills(Answer):
    """One answer a line, in input order."""

    items: list[IssuedBill]
    """The answers."""


class Amounts(Answer):
    """Who pays what, in fen."""

    total_fen: int
    """合计."""
    fund_fen: int
    """医保统筹基金支付."""
    other_fen: int
    """其他支付."""
    account_fen: int
    """个人账户支付."""
    own_fen: int
    """个人现金支付."""


class Name(Answer):
    """Names a bill."""

    code: str
    """票据代码."""
    number: str
    """票据号码, ten digits."""


class Paper(Answer):
    """The newest paper of a bill."""

    state: str
    """`paper_live` or `paper_void`."""
    code: str
    """Code of the paper form."""
    number: str
    """Its number."""
    time_ms: int
    """When it was handed out."""
    count: int
    """How many papers the bill has had."""


class ClaimLock(Answer):
    """A payer's hold on a bill."""

    payer: str
    """Who."""
    payer_class: str
    """For which class: `basic_insurance`, `commercial`, ..."""
    purpose: str
    """What for, in a code's form."""
    amount_fen: int
    """What it may settle at most."""
    until_ms: int
    """When the lease ends."""
    past_lease: bool
    """Whether it has ended, so that others may lock the bill."""


class Settlement(Answer):
    """What a payer paid on a bill."""

    payer: str
    """Who."""
    payer_class: str
    """For which class."""
    amount_fen: int
    """How much."""
    reference: str
    """The payer's settlement number."""
    time_ms: int
    """When."""
    reversed: bool
    """Whether the payer took it back."""


class Claim(Answer):
    """Who holds a bill, and who paid on it."""

    state: str
    """`free`, `locked` or `settled`; a lock past its lease counts as none."""
    settlements: list[Settlement]
    """In their order."""
    lock: ClaimLock | None = None
    """The newest lock that was neither settled nor released."""


class Booking(Answer):
    """A unit entered a bill into its books."""

    unit: str
    """Who."""
    date: str
    """The accounting date, yyyymmdd."""
    amount_fen: int
    """The booked amount."""


class Books(Answer):
    """Where a bill stands in the books."""

    state: str
    """`unbooked`, `booked` or `archived`."""
    bookings: list[Booking]
    """In their order."""
    archived_by: str | None = None
    """Who keeps it."""
    archived_until: int | None = None
    """The year to whose end it is kept."""


class Face(Answer):
    """The chain face of a bill and where it stands: nothing personal is in it."""

    code: str
    """票据代码."""
    number: str
    """票据号码, ten digits."""
    check_code: str
    """校验码."""
    kind: str
    """票据种类."""
    issuer: str
    """The hospital."""
    place: str
    """开票点编码."""
    business_number: str
    """业务流水号."""
    time_ms: int
    """Issue time."""
    amounts: Amounts
    """Who pays what."""
    commitment: str
    """Root over the salted leaves of the details."""
    ciphertext_hash: str
    """Hash of the sealed details."""
    holder_key: str
    """Key made for the bill, hex."""
    holder_moved: bool
    """Whether its holder has moved it to a key of their own."""
    key_id: str
    """The key that issued it, hex."""
    validity: str
    """`issued`, `reversed` or `red`."""
    endorsement: Literal["pending", "endorsed", "withheld"]
    """The supervising signature (财政监制); `pending` until finance has looked at its block."""
    delivered: bool
    """Whether its signed original is anchored."""
    claim: Claim
    """Who holds it, and who paid on it."""
    books: Books
    """Where it stands in the books."""
    height: int
    """The block that issued it."""
    transaction: str
    """Id of the transaction that issued it."""
    withheld_reason: str | None = None
    """Why it is withheld, in a code's form."""
    counterpart: Name | None = None
    """Of a reversed bill its red one, of a red bill its blue one."""
    replaces: Name | None = None
    """The reversed bill in whose place it was issued."""
    replaced_by: Name | None = None
    """The bill that was issued in its place."""
    order: str | None = None
    """The order whose money it proves."""
    paper: Paper | None = None
    """Its newest paper; left out while it was never on paper."""


class Faces(Answer):
    """A page of bills, by code and number."""

    items: list[Face]
    """The bills."""
    next: str | None
    """Cursor of the next page; null at the end."""


class Details(Answer):
    """A bill's details, for its issuer."""

    text: str
    """The original line."""
    seed: str
    """Origin of the leaves' salts, base64url."""


class Sealed(Answer):
    """A bill's details, sealed, with the key that opens them."""

    ciphertext: str
    """base64url."""
    key: str
    """The document's key, base64url."""
    ciphertext_hash: str
    """As on the chain, hex."""


class NamedBill(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which bill."""

    code: str
    """票据代码."""
    number: str
    """票据号码."""


class LiftRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Bills that finance endorses after all."""

    bills: Annotated[tuple[NamedBill, ...], msgspec.Meta(min_length=1, max_length=5_000)]
    """All of one block, and withheld."""


class CheckRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The five elements on a bill's face."""

    code: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{8}$")]
    """票据代码, eight digits."""
    number: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,10}$")]
    """票据号码."""
    check_code: Annotated[str, msgspec.Meta(min_length=1, max_length=20)]
    """校验码."""
    date: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{8}$")]
    """开票日期, yyyymmdd."""
    amount: Annotated[str, msgspec.Meta(pattern=r"^-?[0-9]{1,13}\.[0-9]{2}$")]
    """合计 in yuan with two places: `13.05`."""


class Check(Answer):
    """Whether five elements are those of one bill; nothing else is told when they are not."""

    consistent: bool
    """Whether all of them are."""
    reversed: bool | None = None
    """Whether that bill was reversed."""
    on_paper: bool | None = None
    """Whether a paper of it is out."""
    claimed: bool | None = None
    """Whether a payer holds it or paid on it."""


class BillRef(Answer):
    """Which bill."""

    code: str
    """票据代码."""
    number: str
    """票据号码, ten digits."""
    issuer: str
    """The hospital."""


class OrderRef(Answer):
    """Which order."""

    hospital: str
    """Whose."""
    order: str
    """Its number."""


class BlockEvent(Answer):
    """A block became final."""

    height: int
    """Its height."""
    hash: str
    """Its hash."""
    time_ms: int
    """Ledger time."""
    transactions: int
    """How many it holds."""
    bills: list[BillRef]
    """The bills it made, red ones included."""
    changed: list[BillRef]
    """Bills of earlier blocks whose life it moved: reversed, claimed, booked, on paper, ..."""
    orders: list[OrderRef]
    """Orders it opened, or whose state or money it moved."""
    heights: list[int]
    """Blocks whose bills it endorsed, or whose originals it anchored."""


class ContactRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose phone a first login's code goes to."""

    code: str
    """票据代码."""
    number: str
    """票据号码."""


class Contact(Answer):
    """Where the one-time code of a first login goes."""

    phone: str
    """The phone in the bill's sealed details."""
