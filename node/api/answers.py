"""What the API answers: the structs from which both the JSON and its description are made.

Rule: hashes and ids are lower-case hex, raw bytes base64url without padding, amounts integer fen,
times integer milliseconds since the epoch.
"""

from typing import Literal, dataclass_transform

import msgspec

from node.answers import PeerStatus


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class Answer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Base of every answer: what is `None` by default is left out."""


class Problem(Answer):
    """Why a request was not done (RFC 9457); further public facts stand beside these."""

    type: str
    """`urn:piaolian:problem:<code>`."""
    title: str
    """The rule that was broken, in the language that `Accept-Language` asks for."""
    status: int
    """The HTTP status."""
    code: str
    """Stable, for programs: `bill.business_number_conflict`."""
    detail: str
    """What is wrong here, for people."""
    field: str | None = None
    """The input field it is about."""
    fix: str | None = None
    """What to do, in the language of the title; see docs/errors.md."""


class Alive(Answer):
    """The process answers."""

    status: Literal["alive"]
    """Always."""


class Status(Answer):
    """Where the node stands."""

    chain: str
    """Hash of the genesis file."""
    agency: str
    """Whose node this is."""
    version: str
    """Of the program."""
    height: int
    """The newest final block; 0 is the genesis."""
    head_hash: str
    """Its hash."""
    state_root: str
    """The state after it."""
    head_time_ms: int
    """Its time."""
    validators: int
    """Size of the set of the next height."""
    quorum: int
    """Votes that decide."""
    is_member: bool
    """Whether the ledger has this agency, as far as this node knows."""
    is_validator: bool
    """Whether this agency votes."""
    ready: bool
    """Whether work may be handed in."""
    syncing: bool
    """Whether blocks are being fetched."""
    sign_from: int | None
    """Quarantine: the first height it signs at, -1 while unknown; null without."""
    round: int
    """Round of the height being agreed on."""
    pending_transactions: int
    """Waiting here."""
    pending_bytes: int
    """Their size."""
    peers_connected: int
    """Links that are up."""


class Peers(Answer):
    """All members' nodes, in register order."""

    items: list[PeerStatus]
    """One each."""


class Validator(Answer):
    """One member that votes."""

    index: int
    """Its place in the set."""
    agency: str
    """Its id."""
    suite: int
    """Crypto suite of its key."""
    public_key: str
    """Its validator key, hex."""
    signed_last_100: int
    """In how many of the last 100 certificates its signature stands."""


class Validators(Answer):
    """The set that votes on the next height."""

    height: int
    """That height."""
    items: list[Validator]
    """In set order."""


class Block(Answer):
    """A final block."""

    height: int
    """Its height."""
    hash: str
    """Its header's hash."""
    time_ms: int
    """Ledger time."""
    proposer: str
    """Who built it."""
    transactions: int
    """How many transactions it holds."""
    operations: int
    """How many operations they hold."""
    size_bytes: int
    """Of the body."""
    parent_hash: str
    """Hash of the block before."""
    state_root: str
    """The state after it."""
    transactions_root: str
    """Over its transactions."""
    receipts_root: str
    """Over its receipts."""
    round: int
    """Round of its certificate."""
    signers: list[str]
    """Whose signatures the certificate holds."""
    header: str
    """The header, base64url."""
    certificate: str
    """The commit certificate, base64url."""
    transaction_ids: list[str]
    """In order."""


class Blocks(Answer):
    """A page of blocks, newest first."""

    items: list[Block]
    """The blocks."""
    next: str | None
    """Cursor of the next page; null at the end."""


class Transactions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Transactions to hand in."""

    transactions: list[str]
    """1 to 50 signed transactions, base64url."""


class NumbersAllotted(Answer, tag_field="operation", tag="allot_numbers"):
    """What AllotNumbers brought about."""

    code: str
    """票据代码."""
    first: int
    """Lowest number."""
    last: int
    """Highest number."""


class BillIssued(Answer, tag_field="operation", tag="issue_bill"):
    """What IssueBill brought about."""

    code: str
    """票据代码."""
    number: str
    """票据号码, ten digits."""


class BillReversed(Answer, tag_field="operation", tag="reverse_bill"):
    """What ReverseBill brought about: the red bill."""

    code: str
    """票据代码."""
    number: str
    """票据号码, ten digits."""


class PaymentRecorded(Answer, tag_field="operation", tag="record_payment"):
    """What RecordPayment brought about."""

    state: Literal["applied", "unapplied"]
    """Whether it found its order."""
    reason: str
    """Why it did not; else empty."""


class ProposalMade(Answer, tag_field="operation", tag="propose"):
    """What Propose brought about."""

    proposal: str
    """Its id."""
    state: str
    """`open`, `passed`, ..."""


class VoteCounted(Answer, tag_field="operation", tag="vote"):
    """What Vote brought about."""

    state: str
    """The proposal's state after it."""


class Done(Answer, tag_field="operation", tag="done"):
    """Any other operation: it took effect."""


OperationResult = (
    NumbersAllotted
    | BillIssued
    | BillReversed
    | PaymentRecorded
    | ProposalMade
    | VoteCounted
    | Done
)
"""What one operation brought about."""


class Transaction(Answer):
    """Where a transaction stands."""

    id: str
    """Its id, hex; empty when the bytes are no transaction."""
    status: Literal["committed", "accepted", "refused", "unknown", "lawful"]
    """`accepted` means in line, `committed` final; `unknown`: not heard of, or timed out; `lawful`
    answers a dry run: it would take effect now."""
    height: int | None = None
    """The block, when committed."""
    index: int | None = None
    """Its place there."""
    results: list[OperationResult] | None = None
    """What each operation brought about."""
    changes: list[str] | None = None
    """Of a dry run: the state keys that would change."""
    receipt: str | None = None
    """The receipt, base64url."""
    certificate: str | None = None
    """The block's commit certificate, base64url."""
    problem: Problem | None = None
    """Why, when refused."""


class TransactionList(Answer):
    """One answer a transaction, in the order they were handed in."""

    items: list[Transaction]
    """The answers."""
