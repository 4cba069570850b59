"""Claims (报销): a payer holds a bill, settles its part or lets go.

Payer classes: 1 basic insurance (基本医保), 2 large illness (大病保险), 3 commercial insurance
(商业保险), 4 medical aid (医疗救助), 5 employer (单位), 6 other.

Rule: one payer at a time, by lease; one standing settlement a class; the settlements together stay
within what the holder bears. Statutory power or the holder's grant opens the bill; only an endorsed
bill is open at all. A settlement is final: its payer alone takes it back, by an entry of its own.
"""

from typing import Annotated, Final

import msgspec

from ledger.agencies import FINANCE
from ledger.axes import Axis, No
from ledger.bills import (
    SETTLEMENTS_MAX,
    VALIDITY,
    Bill,
    Claim,
    Lock,
    Payment,
    Purpose,
    Settlement,
    find_bill,
    personal_burden,
)
from ledger.endorsement import require_endorsed
from ledger.holders import Grant, grant_message, require_word
from ledger.parameters import PayerClass
from ledger.ranges import Code, Number, tallied
from ledger.references import Reference, ReferenceUse, settlement_key
from ledger.results import Done
from ledger.state import Changes, Context, Facts, Leaves
from ledger.units import Reason
from primitives.codec import Message
from primitives.errors import Refused

FREE: Final = 0
LOCKED: Final = 1
SETTLED: Final = 2

_HELD: Final = No("claim.locked", "another review of this bill is under way")
_NOT_HELD: Final = No("claim.not_locked", "lock the bill first")
_NONE: Final = No("claim.not_settled", "there is no such settlement to take back")
CLAIM: Final = Axis(
    "claim",
    "报销",
    ("FREE 未报销", "LOCKED 已锁定", "SETTLED 已报销"),
    {
        "LockClaim": ((LOCKED,), _HELD, (LOCKED,)),
        "SettleClaim": (_NOT_HELD, (SETTLED,), _NOT_HELD),
        "ReleaseClaim": (_NOT_HELD, (FREE, SETTLED), _NOT_HELD),
        "ReverseSettlement": (_NONE, (LOCKED,), (FREE, SETTLED)),
        "ReverseBill": (
            (FREE,),
            No("bill.locked", "a payer reviews this bill; wait until it settles or lets go"),
            No("bill.settled", "a payer paid on this bill; it must take that back first"),
        ),
    },
)
"""Where a bill's claims stand; a lock past its lease counts as none."""

CLASSES: Final = {
    1: "basic_insurance",
    2: "large_illness",
    3: "commercial",
    4: "medical_aid",
    5: "employer",
    6: "other",
}
"""Names of the payer classes."""


class LockClaim(Message, tag=15):
    """A payer holds a bill while it reviews a claim (锁定)."""

    code: Code
    """票据代码."""
    number: Number
    """票据号码."""
    payer_class: PayerClass
    """For which class."""
    purpose: Purpose
    """What for."""
    amount_fen: Payment
    """What it may settle at most."""
    until_ms: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
    """Ledger time at which the lease ends."""
    grant: Grant | None
    """The holder's; None for a payer with statutory power."""


class SettleClaim(Message, tag=16):
    """A payer pays on the bill it holds (报销入账)."""

    code: Code
    """票据代码."""
    number: Number
    """票据号码."""
    amount_fen: Payment
    """How much; at most what the lock says."""
    reference: Reference
    """Its settlement number; unique for the payer, for ever."""


class ReleaseClaim(Message, tag=17):
    """A payer lets a bill go (解锁); after the lease finance may do so too."""

    code: Code
    """票据代码."""
    number: Number
    """票据号码."""


class ReverseSettlement(Message, tag=40):
    """A payer takes its settlement back (报销冲销)."""

    code: Code
    """票据代码."""
    number: Number
    """票据号码."""
    reference: Reference
    """Which settlement."""
    reason: Reason
    """Why."""


def check_lock_claim(facts: Facts, operation: LockClaim, context: Context) -> Changes:
    """Hold a bill.

    Raises:
        Refused: `bill.unknown`, `bill.not_endorsed`, `bill.withheld`, `claim.locked`,
            `claim.class_settled`, `claim.lease_too_long`, `claim.exceeds_burden`,
            `claim.no_power`, `claim.too_many`, `holder.*`, or as `VALIDITY` says.
    """
    key, bill = find_bill(facts, operation.code, operation.number)
    VALIDITY.move(bill.validity, "LockClaim", field="number")
    claim = bill.claim or Claim(None, ())
    _require_free(bill, context.time_ms)
    require_endorsed(facts, bill, operation.code, operation.number)
    _require_power(bill, operation, context)
    longest = context.time_ms + context.parameters.claim_lease_max_ms
    if not context.time_ms < operation.until_ms <= longest:
        raise Refused("claim.lease_too_long", "the lease ends later, within the limit", "until_ms")
    standing = [item for item in claim.settlements if not item.is_reversed]
    if any(item.payer_class == operation.payer_class for item in standing):
        raise Refused("claim.class_settled", "this class has paid on the bill", "payer_class")
    if len(claim.settlements) >= SETTLEMENTS_MAX:
        raise Refused("claim.too_many", "this bill was settled too often", "number")
    left = personal_burden(bill) - sum(item.amount_fen for item in standing)
    if operation.amount_fen > left:
        raise Refused("claim.exceeds_burden", "more than the holder still bears", "amount_fen")
    lock = Lock(
        context.sender,
        operation.payer_class,
        operation.purpose,
        operation.amount_fen,
        operation.until_ms,
    )
    held = msgspec.structs.replace(bill, claim=Claim(lock, claim.settlements))
    leaves: Leaves = ((key, held),)
    if claim.lock is None:
        leaves += (tallied(facts, operation.code, bill.range_first, locked=1),)
    return Changes(leaves, Done())


def check_settle_claim(facts: Facts, operation: SettleClaim, context: Context) -> Changes:
    """Pay on a bill.

    Raises:
        Refused: `bill.unknown`, `claim.not_locked`, `claim.not_yours`, `claim.lease_over`,
            `claim.exceeds_lock`, `claim.reference_used`.
    """
    key, bill = find_bill(facts, operation.code, operation.number)
    lock = _own_lock(bill, context)
    CLAIM.move(_state(bill, 0), "SettleClaim", SETTLED, "number")
    if lock.until_ms <= context.time_ms:
        raise Refused("claim.lease_over", "its lease ended; lock the bill anew", "number")
    if operation.amount_fen > lock.amount_fen:
        raise Refused("claim.exceeds_lock", "more than was locked", "amount_fen")
    reference = settlement_key(context.sender, operation.reference)
    if facts.leaf(reference, ReferenceUse) is not None:
        raise Refused("claim.reference_used", "each settlement number serves once", "reference")
    assert bill.claim is not None
    settlement = Settlement(
        context.sender,
        lock.payer_class,
        operation.amount_fen,
        operation.reference,
        context.time_ms,
        False,
    )
    claim = Claim(None, (*bill.claim.settlements, settlement))
    return Changes(
        (
            (key, msgspec.structs.replace(bill, claim=claim)),
            (reference, ReferenceUse(operation.code, operation.number)),
            tallied(facts, operation.code, bill.range_first, locked=-1),
        ),
        Done(),
    )


def check_release_claim(facts: Facts, operation: ReleaseClaim, context: Context) -> Changes:
    """Let a bill go.

    Raises:
        Refused: `bill.unknown`, `claim.not_locked`, `claim.not_yours`.
    """
    key, bill = find_bill(facts, operation.code, operation.number)
    claim = bill.claim
    after = SETTLED if claim is not None and _is_settled(claim) else FREE
    CLAIM.move(_state(bill, 0), "ReleaseClaim", after, "number")
    assert claim is not None
    lock = claim.lock
    assert lock is not None
    is_past = lock.until_ms <= context.time_ms and FINANCE in context.agency.roles
    if lock.payer != context.sender and not is_past:
        raise Refused("claim.not_yours", "only who holds the bill lets it go", "number")
    free = msgspec.structs.replace(bill, claim=Claim(None, claim.settlements))
    tally = tallied(facts, operation.code, bill.range_first, locked=-1)
    return Changes(((key, free), tally), Done())


def check_reverse_settlement(
    facts: Facts, operation: ReverseSettlement, context: Context
) -> Changes:
    """Take a settlement back.

    Raises:
        Refused: `bill.unknown`, `claim.not_settled`, `claim.not_yours`.
    """
    key, bill = find_bill(facts, operation.code, operation.number)
    claim = bill.claim or Claim(None, ())
    standing = [item for item in claim.settlements if not item.is_reversed]
    state = _state(bill, context.time_ms)
    rest = FREE if len(standing) == 1 else SETTLED
    CLAIM.move(state, "ReverseSettlement", LOCKED if state == LOCKED else rest, "reference")
    named = [item for item in standing if item.reference == operation.reference]
    if not named:
        raise Refused("claim.not_settled", "there is no such settlement to take back", "reference")
    mine = [item for item in named if item.payer == context.sender]
    if not mine:
        raise Refused("claim.not_yours", "only its payer takes it back", "reference")
    taken_back = msgspec.structs.replace(mine[0], is_reversed=True)
    settlements = tuple(taken_back if item is mine[0] else item for item in claim.settlements)
    after = msgspec.structs.replace(bill, claim=Claim(claim.lock, settlements))
    return Changes(((key, after),), Done())


def require_no_claim(bill: Bill, time_ms: int) -> None:
    """Refuse with `bill.locked` or `bill.settled` while a payer holds the bill or paid on it."""
    CLAIM.move(_state(bill, time_ms), "ReverseBill", field="number")


def _state(bill: Bill, time_ms: int) -> int:
    """Return the state of the claim axis; at time 0 a lock counts whatever its lease."""
    claim = bill.claim
    if claim is None:
        return FREE
    if claim.lock is not None and (time_ms == 0 or time_ms < claim.lock.until_ms):
        return LOCKED
    return SETTLED if _is_settled(claim) else FREE


def _is_settled(claim: Claim) -> bool:
    return any(not item.is_reversed for item in claim.settlements)


def _require_free(bill: Bill, time_ms: int) -> None:
    """Refuse a second lock; who holds the bill is told by class, not by name."""
    try:
        CLAIM.move(_state(bill, time_ms), "LockClaim", field="number")
    except Refused as error:
        assert bill.claim is not None
        assert bill.claim.lock is not None
        error.facts["payer_class"] = bill.claim.lock.payer_class
        raise


def _require_power(bill: Bill, operation: LockClaim, context: Context) -> None:
    """Refuse a payer that neither the law nor the holder lets in."""
    grant = operation.grant
    if grant is None:
        if (context.sender, operation.payer_class) not in context.parameters.statutory_payers:
            raise Refused("claim.no_power", "ask the holder for a grant", "grant")
        return
    message = grant_message(
        context.chain,
        operation.code,
        operation.number,
        payer=context.sender,
        payer_class=operation.payer_class,
        purpose=operation.purpose,
        until_ms=grant.until_ms,
    )
    require_word(bill, message, grant.signature, until_ms=grant.until_ms, now_ms=context.time_ms)


def _own_lock(bill: Bill, context: Context) -> Lock:
    lock = bill.claim.lock if bill.claim is not None else None
    if lock is None:
        raise Refused("claim.not_locked", "lock the bill first", "number")
    if lock.payer != context.sender:
        raise Refused("claim.not_yours", "another payer holds the bill", "number")
    return lock
