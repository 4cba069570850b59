"""Whether a transaction is lawful: what every node asks at admission and at execution.

Rule: a check reads facts and time, changes nothing, and either refuses with a code or returns what
would change; all operations of a transaction take effect or none.
"""

from dataclasses import dataclass

from ledger.agencies import CHECKER, Agency, agency_key, require_member
from ledger.bills import Face
from ledger.holders import is_signed_by
from ledger.issuing import IssueBill, business_number_used
from ledger.keys import (
    SIGNING,
    ActingKey,
    PersonKey,
    acting_person,
    person_key_key,
    program_key,
)
from ledger.operations import RULES, Result, Rule, tag_of
from ledger.parameters import PARAMETERS_KEY, Parameters
from ledger.people import is_same_person
from ledger.state import Context, Draft, Facts, View
from ledger.transaction import Envelope, Transaction, approval_message, signed_message
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
    """Of the bills it makes."""
    watched: frozenset[bytes]
    """The leaves it needs as they are, those of plain bills left out: when a block changes one of
    them, it is judged anew."""


def moment_of(height: int, time_ms: int) -> Moment:
    """Return the moment of a block."""
    return Moment(height, time_ms, f"{civil_date(time_ms)[0] % 100:02d}")


def parameters_of(facts: Facts) -> Parameters:
    """Return the ledger's parameters."""
    parameters = facts.leaf(PARAMETERS_KEY, Parameters)
    assert parameters is not None, "the genesis writes the parameters"
    return parameters


def signature_check(facts: Facts, transaction: Transaction, time_ms: int) -> SignatureCheck:
    """Return what must be verified for `transaction`; pure, so that any thread may verify it.

    Raises:
        Refused: `agency.unknown`, `agency.suspended`, `agency.removed`, `agency.unknown_key`,
            `agency.wrong_key_purpose`, `key.not_in_force`, `key.revoked`, `key.outside_hours`.
    """
    envelope = transaction.envelope
    agency = _sender(facts, envelope.agency)
    key = _signing_key(facts, agency, envelope, time_ms)
    message = signed_message(envelope.chain, transaction.envelope_bytes)
    return SignatureCheck(key.public, message, transaction.signature)


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
        Refused: `transaction.*`, `agency.*`, `key.*`, `approval.*` or the code of an operation's
            check, whose place is the fact `operation`.
    """
    parameters = parameters_of(below)
    _check_envelope(below, transaction, moment, parameters)
    envelope = transaction.envelope
    agency = _sender(below, envelope.agency)
    key = _signing_key(below, agency, envelope, moment.time_ms)
    rules = _rules(envelope, agency, key)
    _check_approval(below, transaction, agency, key, moment=moment, parameters=parameters)
    draft = Draft(below)
    results: list[Result] = []
    faces: list[Face] = []
    watched: set[bytes] = set()
    own = agency_key(envelope.agency)
    for place, operation in enumerate(envelope.operations):
        context = Context(
            envelope.agency,
            agency,
            key,
            envelope.chain,
            parameters,
            moment.time_ms,
            moment.year,
            moment.height,
            index,
            place,
        )
        try:
            changes = rules[type(operation)].check(draft, operation, context)
        except Refused as error:
            error.facts["operation"] = place
            raise
        draft.add(changes)
        results.append(changes.result)
        if changes.face is not None:
            faces.append(changes.face)
        if type(operation) is IssueBill and operation.extras is None:
            continue  # a bill that needs nothing but a number watches nothing
        watched.update(name for name, _ in changes.leaves)
        if own in draft.facts:
            # A second change of the agency stands on the first, or it would undo it.
            agency = _sender(draft, envelope.agency)
    return Accepted(draft, tuple(results), faces, frozenset(watched))


def recheck_transaction(view: View, transaction: Transaction, moment: Moment) -> None:
    """Judge after a block whether an admitted transaction of plain bills can still commit.

    Asks only what a block can have taken away: time, the id, the business numbers, the sender.

    Raises:
        Refused: as `check_transaction`.
    """
    envelope = transaction.envelope
    _check_envelope(view, transaction, moment, parameters_of(view))
    _sender(view, envelope.agency)
    for operation in envelope.operations:
        if isinstance(operation, IssueBill) and operation.extras is None:
            existing = view.bill_of(envelope.agency, operation.business_number)
            if existing is not None:
                raise business_number_used(existing)


def _check_envelope(
    below: View | Draft, transaction: Transaction, moment: Moment, parameters: Parameters
) -> None:
    """Check time, uniqueness and limits.

    A transaction may take effect in a block whose time is not past its expiry and at most
    `max_expiry_ms` before it, with the clocks' precision added, for the sender's may be ahead.
    """
    envelope = transaction.envelope
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


def _rules(envelope: Envelope, agency: Agency, key: ActingKey) -> dict[type, Rule]:
    """Return the rule of each kind of operation in an envelope.

    Raises:
        Refused: `agency.wrong_role`, `agency.wrong_key_purpose`, with the first operation's place.
    """
    rules: dict[type, Rule] = {}
    for place, operation in enumerate(envelope.operations):
        kind = type(operation)
        if kind in rules:
            continue
        rule = rules[kind] = RULES[kind]
        if not any(role in agency.roles for role in rule.roles):
            roles = " or ".join(rule.roles)
            raise Refused(
                "agency.wrong_role",
                f"only an agency with the role {roles} may do this",
                operation=place,
            )
        if key.purpose not in rule.purposes:
            purposes = " or ".join(rule.purposes)
            raise Refused(
                "agency.wrong_key_purpose",
                f"a {purposes} key must sign this",
                "key_id",
                operation=place,
            )
    return rules


def _check_approval(
    facts: Facts,
    transaction: Transaction,
    agency: Agency,
    key: ActingKey,
    *,
    moment: Moment,
    parameters: Parameters,
) -> None:
    """Check that a second person approved what the parameters say, and nothing else.

    Raises:
        Refused: `approval.missing`, `approval.not_needed`, `approval.unknown_key`,
            `approval.wrong_purpose`, `approval.same_person`, `approval.bad_signature`.
    """
    envelope, approvals = transaction.envelope, transaction.approvals
    if not approvals and not parameters.checked_operations:
        return
    kinds = {type(operation) for operation in envelope.operations}
    is_needed = any(tag_of(kind) in parameters.checked_operations for kind in kinds)
    if is_needed != bool(approvals):
        if is_needed:
            raise Refused("approval.missing", "a second person approves this", "approvals")
        raise Refused("approval.not_needed", "nobody asks for an approval here", "approvals")
    if not is_needed:
        return
    approval = approvals[0]
    checker = _key(facts, envelope.agency, agency, approval.key_id, moment.time_ms)
    if checker is None:
        raise Refused("approval.unknown_key", "the agency has no such key", "approvals")
    if checker.purpose != CHECKER:
        raise Refused("approval.wrong_purpose", "a checker key approves", "approvals")
    if is_same_person(checker, key):
        raise Refused("approval.same_person", "the operator does not check itself", "approvals")
    message = approval_message(envelope.chain, transaction.envelope_bytes)
    if not is_signed_by(checker.public, message, approval.signature):
        raise Refused("approval.bad_signature", "the checker did not sign this", "approvals")


def _sender(facts: Facts, agency_id: str) -> Agency:
    return require_member(facts.leaf(agency_key(agency_id), Agency))


def _signing_key(facts: Facts, agency: Agency, envelope: Envelope, time_ms: int) -> ActingKey:
    key = _key(facts, envelope.agency, agency, envelope.key_id, time_ms)
    if key is None:
        raise Refused("agency.unknown_key", "the agency has no such key", "key_id")
    if key.purpose not in SIGNING:
        raise Refused(
            "agency.wrong_key_purpose", "a key of this purpose signs no transaction", "key_id"
        )
    return key


def _key(
    facts: Facts, agency_id: str, agency: Agency, key_id: bytes, time_ms: int
) -> ActingKey | None:
    """Return a key of an agency's programs or people; None when there is none of that id."""
    key = program_key(agency, key_id, time_ms)
    if key is not None:
        return key
    person = facts.leaf(person_key_key(agency_id, key_id), PersonKey)
    return None if person is None else acting_person(person, key_id, time_ms)
