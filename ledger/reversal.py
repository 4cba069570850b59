"""How a bill is taken back (冲红): whole, by a red bill with a number of its own.

Rule: only its issuer reverses a bill, once; not while a claim holds it or was paid on it, nor while
a paper of it is out. Red mirrors blue in every amount; each names the other. The money of its order
is owed back until a bill for the rest replaces it.
Source: writeOffEBill of the connectors takes no amount, so that a reversal is always whole.
"""

import msgspec

from ledger.bills import (
    RED,
    VALIDITY,
    Amounts,
    Bill,
    BillName,
    CheckCode,
    bill_key,
    face_of,
    name_of,
    own_bill,
)
from ledger.books import keep_books
from ledger.claims import require_no_claim
from ledger.numbering import take_number
from ledger.orders import owe_order
from ledger.papers import require_no_paper
from ledger.people import use_key
from ledger.ranges import Code, Number
from ledger.state import Changes, Context, Facts, Leaves, Overlay
from ledger.units import Reason, require_issuing
from primitives.codec import Message


class ReverseBill(Message, tag=8):
    """A hospital takes a bill back."""

    code: Code
    """票据代码."""
    number: Number
    """票据号码."""
    check_code: CheckCode
    """Of the red bill."""
    reason: Reason
    """Why: `refund`, `wrong_person`, `wrong_amount`, ..."""


class BillReversed(Message, tag=8):
    """The result of ReverseBill: the red bill."""

    code: Code
    """Its code."""
    number: Number
    """Its number."""


def check_reverse_bill(facts: Facts, operation: ReverseBill, context: Context) -> Changes:
    """Take a bill back.

    Raises:
        Refused: `bill.unknown`, `bill.not_yours`, `bill.locked`, `bill.settled`,
            `bill.paper_is_out`, `bill.no_open_range`, `key.*`, or as `VALIDITY` says.
    """
    require_issuing(context.agency, "ReverseBill")
    key, bill = own_bill(facts, operation.code, operation.number, context.sender)
    reversed_ = VALIDITY.move(bill.validity, "ReverseBill", field="number")
    require_no_claim(bill, context.time_ms)
    require_no_paper(bill)
    keep_books(bill)
    amounts = negative(bill.amounts)
    taken = take_number(
        facts,
        context,
        place=bill.place,
        kind=bill.kind,
        total_fen=amounts.total,
        is_red=True,
    )
    red_number = (taken.code, taken.number)
    red = _red(bill, operation, context, taken.first, amounts)
    blue = msgspec.structs.replace(bill, validity=reversed_, counterpart=name_of(red_number))
    leaves: Leaves = ((key, blue), (bill_key(*red_number), red), *taken.leaves)
    if bill.order is not None:
        leaves += owe_order(
            Overlay(facts, taken.leaves),
            context,
            bill.order,
            code=operation.code,
            range_first=bill.range_first,
        )
    leaves += use_key(
        facts, context, kind=bill.kind, place=bill.place, amount_fen=bill.amounts.total
    )
    return Changes(leaves, BillReversed(*red_number), face_of(red, *red_number))


def negative(amounts: Amounts) -> Amounts:
    """Return the exact negative of amounts."""
    return Amounts(-amounts.total, -amounts.fund, -amounts.other, -amounts.account, -amounts.own)


def _red(
    bill: Bill, operation: ReverseBill, context: Context, first: int, mirrored: Amounts
) -> Bill:
    """Return the red bill of a blue one."""
    return Bill(
        bill.issuer,
        bill.place,
        bill.kind,
        bill.business_number,
        operation.check_code,
        context.time_ms,
        mirrored,
        bill.document,
        bill.holder_key,
        context.height,
        context.transaction_index,
        context.operation_index,
        first,
        context.key.key_id,
        RED,
        BillName(operation.code, operation.number),
    )
