"""Every operation: who may ask for it, with which key, and the check that judges it.

Rule: the table reads like the law's; a tag never changes its meaning. Roles and purposes are asked
here and nowhere else, so that each check speaks of its subject alone.
Source: the law's table of who may do what.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from ledger.agencies import (
    DESK,
    FINANCE,
    GOVERNANCE,
    HOSPITAL,
    INSURER,
    PROVIDER,
    PROVIDER_ROLE,
    ROLES,
)
from ledger.books import ArchiveBill, BookBill, check_archive_bill, check_book_bill
from ledger.claims import (
    LockClaim,
    ReleaseClaim,
    ReverseSettlement,
    SettleClaim,
    check_lock_claim,
    check_release_claim,
    check_reverse_settlement,
    check_settle_claim,
)
from ledger.endorsement import EndorseBills, check_endorse_bills
from ledger.governance import (
    ProposalMade,
    Propose,
    Vote,
    VoteCounted,
    check_propose,
    check_vote,
)
from ledger.holders import RotateHolder, check_rotate_holder
from ledger.issuing import BillIssued, IssueBill, check_issue_bill
from ledger.key_rotation import (
    RotateCertificate,
    RotateKey,
    check_rotate_certificate,
    check_rotate_key,
)
from ledger.numbering import VoidNumber, check_void_number
from ledger.orders import CancelOrder, OpenOrder, check_cancel_order, check_open_order
from ledger.originals import AnchorOriginals, check_anchor_originals
from ledger.papers import (
    ExchangeForPaper,
    VoidPaper,
    check_exchange_for_paper,
    check_void_paper,
)
from ledger.payments import (
    PaymentRecorded,
    ReconcilePayments,
    RecordPayment,
    RecordRefund,
    check_reconcile_payments,
    check_record_payment,
    check_record_refund,
)
from ledger.people import (
    IssueKey,
    LimitKey,
    RevokeKey,
    check_issue_key,
    check_limit_key,
    check_revoke_key,
)
from ledger.publishing import (
    PublishDocument,
    SupersedeDocument,
    check_publish_document,
    check_supersede_document,
)
from ledger.range_control import (
    FreezeRange,
    ReleaseRange,
    ReturnRange,
    WriteOffRange,
    check_freeze_range,
    check_release_range,
    check_return_range,
    check_write_off_range,
)
from ledger.ranges import AllotNumbers, NumbersAllotted, check_allot_numbers
from ledger.readiness import SignalReadiness, check_signal_readiness
from ledger.requests import (
    DeclineRequest,
    RequestNumbers,
    check_decline_request,
    check_request_numbers,
)
from ledger.results import Done
from ledger.reversal import BillReversed, ReverseBill, check_reverse_bill
from ledger.state import Changes, Context, Facts
from ledger.units import FreezeUnit, ReleaseUnit, check_freeze_unit, check_release_unit

Check = Callable[[Facts, Any, Context], Changes]


class Rule(NamedTuple):
    """Who may ask for an operation, and what judges it."""

    roles: tuple[str, ...]
    """The agency has one of these roles."""
    purposes: tuple[str, ...]
    """The signing key is for one of these."""
    check: Check
    """Judges the rest."""


_ANYBODY: Final = ROLES
_DESKS: Final = (DESK,)
_PROVIDERS: Final = (PROVIDER,)
_GOVERNORS: Final = (GOVERNANCE,)

RULES: Final[Mapping[type, Rule]] = {
    RequestNumbers: Rule((HOSPITAL,), _DESKS, check_request_numbers),
    DeclineRequest: Rule((FINANCE,), _DESKS, check_decline_request),
    AllotNumbers: Rule((FINANCE,), _DESKS, check_allot_numbers),
    FreezeRange: Rule((FINANCE,), _DESKS, check_freeze_range),
    ReleaseRange: Rule((FINANCE,), _DESKS, check_release_range),
    ReturnRange: Rule((FINANCE,), _DESKS, check_return_range),
    WriteOffRange: Rule((FINANCE,), _DESKS, check_write_off_range),
    FreezeUnit: Rule((FINANCE,), _DESKS, check_freeze_unit),
    ReleaseUnit: Rule((FINANCE,), _DESKS, check_release_unit),
    IssueBill: Rule((HOSPITAL,), _DESKS, check_issue_bill),
    VoidNumber: Rule((HOSPITAL,), _DESKS, check_void_number),
    ReverseBill: Rule((HOSPITAL,), _DESKS, check_reverse_bill),
    EndorseBills: Rule((FINANCE,), _DESKS, check_endorse_bills),
    AnchorOriginals: Rule((HOSPITAL,), _DESKS, check_anchor_originals),
    ExchangeForPaper: Rule((HOSPITAL,), _DESKS, check_exchange_for_paper),
    VoidPaper: Rule((HOSPITAL,), _DESKS, check_void_paper),
    OpenOrder: Rule((HOSPITAL,), _DESKS, check_open_order),
    CancelOrder: Rule((HOSPITAL, PROVIDER_ROLE), (DESK, PROVIDER), check_cancel_order),
    RecordPayment: Rule((PROVIDER_ROLE,), _PROVIDERS, check_record_payment),
    RecordRefund: Rule((PROVIDER_ROLE,), _PROVIDERS, check_record_refund),
    ReconcilePayments: Rule((PROVIDER_ROLE,), _PROVIDERS, check_reconcile_payments),
    LockClaim: Rule((INSURER,), _DESKS, check_lock_claim),
    SettleClaim: Rule((INSURER,), _DESKS, check_settle_claim),
    ReleaseClaim: Rule((INSURER, FINANCE), _DESKS, check_release_claim),
    ReverseSettlement: Rule((INSURER,), _DESKS, check_reverse_settlement),
    RotateHolder: Rule(_ANYBODY, _DESKS, check_rotate_holder),
    BookBill: Rule((INSURER,), _DESKS, check_book_bill),
    ArchiveBill: Rule((HOSPITAL, INSURER), _DESKS, check_archive_bill),
    PublishDocument: Rule((HOSPITAL,), _DESKS, check_publish_document),
    SupersedeDocument: Rule((HOSPITAL,), _DESKS, check_supersede_document),
    IssueKey: Rule(_ANYBODY, _GOVERNORS, check_issue_key),
    LimitKey: Rule(_ANYBODY, _GOVERNORS, check_limit_key),
    RevokeKey: Rule(_ANYBODY, _GOVERNORS, check_revoke_key),
    RotateKey: Rule(_ANYBODY, _GOVERNORS, check_rotate_key),
    RotateCertificate: Rule(_ANYBODY, _GOVERNORS, check_rotate_certificate),
    SignalReadiness: Rule(_ANYBODY, _DESKS, check_signal_readiness),
    Propose: Rule(_ANYBODY, _GOVERNORS, check_propose),
    Vote: Rule(_ANYBODY, _GOVERNORS, check_vote),
}
"""One rule an operation."""

Operation = (
    RequestNumbers
    | DeclineRequest
    | AllotNumbers
    | FreezeRange
    | ReleaseRange
    | ReturnRange
    | WriteOffRange
    | FreezeUnit
    | ReleaseUnit
    | IssueBill
    | VoidNumber
    | ReverseBill
    | EndorseBills
    | AnchorOriginals
    | ExchangeForPaper
    | VoidPaper
    | OpenOrder
    | CancelOrder
    | RecordPayment
    | RecordRefund
    | ReconcilePayments
    | LockClaim
    | SettleClaim
    | ReleaseClaim
    | ReverseSettlement
    | RotateHolder
    | BookBill
    | ArchiveBill
    | PublishDocument
    | SupersedeDocument
    | IssueKey
    | LimitKey
    | RevokeKey
    | RotateKey
    | RotateCertificate
    | SignalReadiness
    | Propose
    | Vote
)
"""Everything a transaction can ask for, by its tag."""

Result = (
    Done
    | NumbersAllotted
    | BillIssued
    | BillReversed
    | PaymentRecorded
    | ProposalMade
    | VoteCounted
)
"""What one operation brought about; where it is more than done, its tag is the operation's."""

RESERVED_TAGS: Final = {
    23: "EraseDocument",
    24: "RequestAccess",
    25: "GrantAccess",
    26: "RevokeAccess",
    27: "RecordAccess",
}
"""Tags kept for the operations to come; a tag never changes its meaning."""


def tag_of(operation: type) -> int:
    """Return an operation's tag."""
    tag = operation.__struct_config__.tag  # type: ignore[attr-defined]
    assert isinstance(tag, int)
    return tag
