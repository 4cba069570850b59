"""Whether a transaction is lawful: what every node asks at admission and at execution.

Rule: a check reads facts and time, changes nothing, and either refuses with a code or returns what
would change; all operations of a transaction take effect or none.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ledger.agencies import DESK, Agency, agency_key, key_of
from ledger.bills import Face, IssueBill, check_issue_bill
from ledger.parameters import PARAMETERS_KEY, Parameters
from ledger.ranges import AllotNumbers, check_allot_numbers
from ledger.receipt import Result
from ledger.state import Changes, Context, Draft, Facts, View
from ledger.transaction import Transaction, business_numbers, signed_message
from primitives.errors import Refused
from primitives.units import civil_date


@dataclass(frozen=True, slots=True)
class Moment:
    """When something is judged."""

    height: int
    """The block it is for."""
    time_ms: int
    """Ledger time: the block's; at admission the node's own clock."""
    year: str
    """Last two digits of that time's year in Asia/Shanghai."""


@dataclass(frozen=True, slots=True)
class SignatureCheck:
    """What must be verified before a transaction counts."""

    public_key: bytes
    """The key that must have signed."""
    message: bytes
    """What it must have signed."""
    signature: bytes
    """The signature."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """What a lawful transaction brings about."""

    draft: Draft
    """Its changes above the state it was judged by."""
    results: tuple[Result, ...]
    """One per operation."""
    faces: list[Face]
    """Of the bills it issues."""


def moment_of(height: int, time_ms: int) -> Moment:
    """Return the moment of a block."""
    return Moment(height, time_ms, f"{civil_date(time_ms)[0] % 100:02d}")


def parameters_of(facts: Facts) -> Parameters:
    """Return the ledger's parameters."""
    parameters = facts.leaf(PARAMETERS_KEY, Parameters)
    assert parameters is not None, "the genesis writes the parameters"
    return parameters


def signature_check(facts: Facts, transaction: Transaction) -> SignatureCheck:
    """Return what must be verified for `transaction`; pure, so that any thread may verify it.

    Raises:
        Refused: `agency.unknown`, `agency.suspended`, `agency.unknown_key`,
            `agency.wrong_key_purpose`.
    """
    envelope = transaction.envelope
    public_key = key_of(_sender(facts, envelope.agency), envelope.key_id, DESK)
    message = signed_message(envelope.chain, transaction.envelope_bytes)
    return SignatureCheck(public_key, message, transaction.signature)


def check_transaction(
    below: View | Draft, transaction: Transaction, moment: Moment, *, index: int = 0
) -> Accepted:
    """Judge everything about a transaction but its signature.

    Args:
        below: the state it would change.
        transaction: what is asked.
        moment: when.
        index: its place in the block.

    Raises:
        Refused: `transaction.*`, `agency.*` or the code of an operation's check, whose place is
            the fact `operation`.
    """
    _check_envelope(below, transaction, moment)
    envelope = transaction.envelope
    agency = _sender(below, envelope.agency)
    key_of(agency, envelope.key_id, DESK)
    draft = Draft(below)
    results, faces = [], []
    for place, operation in enumerate(envelope.operations):
        context = Context(
            envelope.agency, agency, moment.time_ms, moment.year, moment.height, index, place
        )
        try:
            changes = _CHECKS[type(operation)](draft, operation, context)
        except Refused as error:
            error.facts["operation"] = place
            raise
        draft.add(changes)
        results.append(changes.result)
        if changes.face is not None:
            faces.append(changes.face)
    return Accepted(draft, tuple(results), faces)


def recheck_transaction(view: View, transaction: Transaction, moment: Moment) -> None:
    """Judge after a block whether an admitted transaction can still commit.

    Asks only what a block can have taken away: time, the id, the business numbers, the sender.

    Raises:
        Refused: as `check_transaction`.
    """
    _check_envelope(view, transaction, moment)
    _sender(view, transaction.envelope.agency)
    for issuer, business_number in business_numbers(transaction):
        existing = view.bill_of(issuer, business_number)
        if existing is not None:
            raise Refused(
                "bill.business_number_used",
                "this business number has a bill already",
                "business_number",
                bill_code=existing[0],
                bill_number=existing[1],
            )


def _check_envelope(below: View | Draft, transaction: Transaction, moment: Moment) -> None:
    """Check time, uniqueness and limits.

    A transaction may take effect in a block whose time is not past its expiry and at most
    `max_expiry_ms` before it, with the clocks' precision added, for the sender's may be ahead.
    """
    envelope = transaction.envelope
    parameters = parameters_of(below)
    if below.receipt_of(transaction.id) is not None:
        raise Refused("transaction.duplicate", "it has taken effect; see its receipt")
    if envelope.expiry_ms < moment.time_ms:
        raise Refused("transaction.expired", "ledger time is past its expiry", "expiry_ms")
    if envelope.expiry_ms > moment.time_ms + parameters.max_expiry_ms + parameters.precision_ms:
        raise Refused("transaction.expiry_too_far", "it may wait an hour at most", "expiry_ms")
    if len(envelope.operations) > parameters.max_transaction_operations:
        raise Refused("transaction.too_many_operations", "use several transactions", "operations")
    if envelope.acknowledgments:
        raise Refused(
            "transaction.acknowledgments_not_in_use", "the issuer alone keeps", "acknowledgments"
        )


def _sender(facts: Facts, agency_id: str) -> Agency:
    agency = facts.leaf(agency_key(agency_id), Agency)
    if agency is None:
        raise Refused("agency.unknown", "no agency has this id", "agency")
    if agency.suspended:
        raise Refused("agency.suspended", "its transactions are refused for now", "agency")
    return agency


_CHECKS: Final[Mapping[type, Callable[[Facts, Any, Context], Changes]]] = {
    AllotNumbers: check_allot_numbers,
    IssueBill: check_issue_bill,
}
"""One check per operation, all of the same shape."""
