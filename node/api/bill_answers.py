"""What the API answers about bills, number ranges and events.

Rule: as `node.api.answers`; nothing personal stands in any of these but `Details` and `Contact`.
"""

from typing import Literal

import msgspec

from ledger.keys import Place
from ledger.parameters import Kind
from ledger.ranges import Code, Number
from node.api.answers import Answer, Problem
from primitives.codec import AgencyId


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


class Face(Answer):
    """The chain face of a bill: nothing personal stands in it."""

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
    """Key of the bill's holder, hex."""
    state: Literal["issued"]
    """Validity."""
    height: int
    """The block that issued it."""
    transaction: str
    """Id of the transaction that issued it."""


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


class NumberRange(Answer):
    """One allotted range."""

    code: str
    """票据代码."""
    first: int
    """Lowest number."""
    last: int
    """Highest number."""
    next: int
    """Number of the next bill; last + 1 when none is left."""
    unit: str
    """The hospital."""
    place: str
    """开票点编码."""
    kind: str
    """票据种类."""
    state: Literal["open", "exhausted", "frozen", "returned", "written_off"]
    """Whether bills may come from it."""


class NumberRanges(Answer):
    """All allotted ranges."""

    items: list[NumberRange]
    """By code and number."""


class RangeRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Numbers to allot."""

    unit: AgencyId
    """The hospital."""
    place: Place
    """开票点编码."""
    kind: Kind
    """票据种类."""
    code: Code
    """票据代码, eight digits."""
    first: Number
    """Lowest number."""
    last: Number
    """Highest number."""


class BillRef(Answer):
    """Which bill."""

    code: str
    """票据代码."""
    number: str
    """票据号码, ten digits."""
    issuer: str
    """The hospital."""


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
    """The bills it issued."""


class PortalBill(Face):
    """An own bill with the keyed hash of its patient."""

    patient: str
    """HMAC(portal key, id number), base64url."""


class PortalEvent(Answer):
    """A block became final: the own bills in it."""

    height: int
    """Its height."""
    hash: str
    """Its hash."""
    time_ms: int
    """Ledger time."""
    bills: list[PortalBill]
    """The own bills."""


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
