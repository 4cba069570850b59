"""How a bill is issued (开具).

Rule: a business number once used by an issuer answers with its latest bill for ever; issuing anew
names the reversed bill. A bill of an order is what the order said and is paid. What the ledger can
see of a bill's face adds up.
Source: the chain-face rules of the bill's data standard: total = fund + other + account + own;
the year digits of the code are those of the issue.
"""

import msgspec

from ledger.agencies import INSURER, Agency, agency_key
from ledger.bills import (
    ISSUED,
    VALIDITY,
    Amounts,
    Bill,
    BillName,
    BusinessNumber,
    CheckCode,
    DocumentReference,
    bill_key,
    face_of,
    find_bill,
    name_of,
    own_bill,
)
from ledger.keys import Place
from ledger.numbering import ExplicitNumber, Taken, take_explicit, take_number
from ledger.orders import Terms, bill_order
from ledger.parameters import Kind
from ledger.people import use_key
from ledger.ranges import Code, Number
from ledger.references import Reference, ReferenceUse, settlement_key
from ledger.state import BillNumber, Changes, Context, Facts, Leaves, Overlay
from ledger.terms import check_amounts, check_holder_key
from ledger.units import require_issuing
from primitives.codec import AgencyId, Key32, Message
from primitives.errors import Refused


class InsuranceSettlement(Message):
    """The insurer's settlement behind a bill's fund payment (医保结算)."""

    insurer: AgencyId
    """Who settled."""
    reference: Reference
    """Its number (balancedNumber); unique for the insurer, for ever."""


class IssueExtras(Message):
    """What few bills have."""

    number: ExplicitNumber | None = None
    """In a range marked offline, the number itself."""
    replaces: BillName | None = None
    """The reversed bill in whose place this one is issued."""
    order: Reference | None = None
    """The order that was paid for it."""
    insurance: InsuranceSettlement | None = None
    """The settlement that its fund payment comes from."""


class IssueBill(Message, tag=2):
    """A hospital issues a bill; the ledger assigns code and number."""

    place: Place
    """The issuing point."""
    kind: Kind
    """The bill kind."""
    business_number: BusinessNumber
    """Unique for the issuer, for ever."""
    check_code: CheckCode
    """Printed on the bill; keeps the public out."""
    amounts: Amounts
    """Of the chain face."""
    document: DocumentReference
    """The sealed details."""
    holder_key: Key32
    """Ed25519 key made for this bill alone."""
    extras: IssueExtras | None = None
    """What few bills have."""


class BillIssued(Message, tag=2):
    """The result of IssueBill."""

    code: Code
    """票据代码."""
    number: Number
    """票据号码."""


def check_issue_bill(facts: Facts, operation: IssueBill, context: Context) -> Changes:
    """Issue a bill.

    Raises:
        Refused: `unit.frozen`, `bill.amounts_do_not_add_up`, `bill.negative_amount`,
            `bill.bad_holder_key`, `bill.business_number_used` (with code and number),
            `bill.no_open_range`; `number.*`, `bill.*`, `order.*`, `insurance.*` for what few bills
            have; `key.*` for a person's key.
    """
    require_issuing(context.agency, "IssueBill")
    check_amounts(operation.amounts)
    check_holder_key(operation.holder_key)
    issuer, business_number = context.sender, operation.business_number
    extras = operation.extras
    existing = facts.bill_of(issuer, business_number)
    if existing is not None and (extras is None or extras.replaces != name_of(existing)):
        raise business_number_used(existing)
    taken = _take(facts, operation, context)
    number = (taken.code, taken.number)
    bill = _bill(operation, context, taken)
    leaves: Leaves = ((bill_key(*number), bill), *taken.leaves)
    if context.key.person is not None:
        leaves += use_key(
            facts,
            context,
            kind=operation.kind,
            place=operation.place,
            amount_fen=operation.amounts.total,
        )
    if extras is not None:
        above = Overlay(facts, leaves)
        leaves += _extras(above, operation, extras, context, taken)
    return Changes(
        leaves,
        BillIssued(*number),
        face_of(bill, *number),
        f"{issuer}/{business_number}",
        number,
    )


def business_number_used(existing: BillNumber) -> Refused:
    """Return the refusal that tells which bill a business number has."""
    return Refused(
        "bill.business_number_used",
        "this business number has a bill already",
        "business_number",
        bill_code=existing[0],
        bill_number=existing[1],
    )


def _take(facts: Facts, operation: IssueBill, context: Context) -> Taken:
    place, kind, total_fen = operation.place, operation.kind, operation.amounts.total
    extras = operation.extras
    if extras is None or extras.number is None:
        return take_number(facts, context, place=place, kind=kind, total_fen=total_fen)
    wanted = extras.number
    return take_explicit(facts, context, wanted, place=place, kind=kind, total_fen=total_fen)


def _bill(operation: IssueBill, context: Context, taken: Taken) -> Bill:
    extras = operation.extras
    return Bill(
        context.sender,
        operation.place,
        operation.kind,
        operation.business_number,
        operation.check_code,
        context.time_ms,
        operation.amounts,
        operation.document,
        operation.holder_key,
        context.height,
        context.transaction_index,
        context.operation_index,
        taken.first,
        context.key.key_id,
        ISSUED,
        None,
        extras.replaces if extras is not None else None,
        None,
        extras.order if extras is not None else None,
    )


def _extras(
    facts: Facts, operation: IssueBill, extras: IssueExtras, context: Context, taken: Taken
) -> Leaves:
    """Return what a bill's extras change beside it; `facts` have the bill's own changes."""
    number = (taken.code, taken.number)
    leaves: Leaves = ()
    if extras.order is not None:
        leaves += bill_order(
            facts,
            context,
            extras.order,
            terms=Terms(
                operation.place,
                operation.kind,
                operation.amounts,
                operation.document,
                operation.holder_key,
            ),
            replaces=extras.replaces,
            bill=number,
            range_first=taken.first,
        )
    if extras.replaces is not None:
        leaves += _replaced(facts, extras.replaces, context.sender, number)
    if extras.insurance is not None:
        leaves += _settled(facts, operation, extras.insurance, number)
    return leaves


def _replaced(facts: Facts, old: BillName, issuer: str, number: BillNumber) -> Leaves:
    """Return the reversed bill's leaf, linked to the one in its place."""
    key, bill = own_bill(facts, old.code, old.number, issuer)
    VALIDITY.move(bill.validity, "ReplaceBill", field="replaces")
    if bill.replaced_by is not None:
        raise Refused("bill.replaced", "another bill was issued in its place", "replaces")
    return ((key, msgspec.structs.replace(bill, replaced_by=name_of(number))),)


def _settled(
    facts: Facts, operation: IssueBill, insurance: InsuranceSettlement, number: BillNumber
) -> Leaves:
    """Return the leaf that keeps an insurer's settlement number from serving twice."""
    agency = facts.leaf(agency_key(insurance.insurer), Agency)
    if agency is None or INSURER not in agency.roles:
        raise Refused("insurance.unknown_insurer", "no insurer has this id", "insurance")
    if operation.amounts.fund == 0:
        raise Refused("insurance.nothing_paid", "the fund pays nothing of this bill", "insurance")
    key = settlement_key(insurance.insurer, insurance.reference)
    use = facts.leaf(key, ReferenceUse)
    if use is not None and _is_taken(facts, use, insurance):
        raise Refused(
            "insurance.settlement_used", "this settlement stands behind another bill", "insurance"
        )
    return ((key, ReferenceUse(*number)),)


def _is_taken(facts: Facts, use: ReferenceUse, insurance: InsuranceSettlement) -> bool:
    """Tell whether a settlement stands behind a bill that counts, or was one of a claim."""
    bill = find_bill(facts, use.code, use.number).bill
    claimed = bill.claim.settlements if bill.claim is not None else ()
    mine = (insurance.insurer, insurance.reference)
    return bill.validity == ISSUED or any((it.payer, it.reference) == mine for it in claimed)
