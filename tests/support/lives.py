"""How a bill, an order or a key gets where a test wants it: operations, and short stories of them.

Rule: a story commits through the chain's door like anybody else and returns what the ledger said.
"""

from typing import Any

import msgspec

from ledger.bills import Amounts, Bill, BillName, DocumentReference, bill_key
from ledger.books import ArchiveBill, BookBill
from ledger.claims import LockClaim, ReverseSettlement, SettleClaim
from ledger.endorsement import EndorseBills, Withheld, endorsement_message
from ledger.faces import Faces, faces_key
from ledger.holders import Grant, RotateHolder, grant_message, rotation_message
from ledger.issuing import IssueBill, IssueExtras
from ledger.keys import KeyLimits
from ledger.numbering import ExplicitNumber, VoidNumber
from ledger.orders import CHARGE, CancelOrder, OpenOrder
from ledger.papers import ExchangeForPaper, VoidPaper
from ledger.parameters import Parameters
from ledger.payments import RecordPayment, RecordRefund
from ledger.people import IssueKey
from ledger.ranges import AllotNumbers, NumberRange, range_key
from ledger.reversal import ReverseBill
from primitives.signing import SigningKey
from tests.support.ledgers import (
    CODE,
    HOLDER_KEY,
    Chain,
    allot,
    issue,
    key_pair,
    new_chain,
    seed_of,
)

PLACE = "460000001"
OFFLINE_CODE = "46060226"
"""Kind 02 of the same year: where the tests keep offline numbers."""
STATUTORY = (("insurance", 1), ("insurance", 2))
HOLDER = key_pair("holder", "bill")


def province(first: int = 1, last: int = 1000, **parameters: Any) -> Chain:
    """Return a chain with numbers for the hospital and an insurer with statutory power."""
    values = {"statutory_payers": STATUTORY, **parameters}
    chain = new_chain(msgspec.structs.replace(Parameters(), **values))
    chain.accept("finance", allot(first, last))
    return chain


def issued(chain: Chain, *operations: IssueBill, agency: str = "hospital") -> list[BillName]:
    """Issue bills in one block and return their names."""
    return [BillName(it.code, it.number) for it in chain.accept(agency, *operations)]


def bill_at(chain: Chain, number: int, code: str = CODE) -> Bill:
    """Return a bill's leaf."""
    return chain.fact(bill_key(code, number), Bill)


def range_at(chain: Chain, first: int = 1, code: str = CODE) -> NumberRange:
    """Return a range's leaf."""
    return chain.fact(range_key(code, first), NumberRange)


def reverse(number: int, code: str = CODE, reason: str = "refund") -> ReverseBill:
    """Return the reversal of a bill."""
    return ReverseBill(code, number, "r1r1r1", reason)


def replacing(operation: IssueBill, number: int, code: str = CODE) -> IssueBill:
    """Return an issue that names the reversed bill it replaces."""
    return with_extras(operation, replaces=BillName(code, number))


def with_extras(operation: IssueBill, **extras: Any) -> IssueBill:
    """Return an issue with more extras."""
    more = msgspec.structs.replace(operation.extras or IssueExtras(), **extras)
    return msgspec.structs.replace(operation, extras=more)


def offline_range(chain: Chain, first: int = 1, last: int = 10) -> None:
    """Allot numbers of kind 02 that the hospital names itself."""
    chain.accept("finance", offline_allotment(first, last))


def offline_allotment(first: int = 1, last: int = 10) -> AllotNumbers:
    """Return the allotment of a range marked offline."""
    return AllotNumbers("hospital", PLACE, "02", OFFLINE_CODE, first, last, is_offline=True)


def issue_offline(business_number: str, number: int, first: int = 1, **changes: Any) -> IssueBill:
    """Return the issue of a bill with a number of its own."""
    wanted = ExplicitNumber(OFFLINE_CODE, first, number)
    operation = with_extras(issue(business_number, kind="02"), number=wanted)
    return msgspec.structs.replace(operation, **changes)


def void_number(number: int, first: int = 1, code: str = OFFLINE_CODE) -> VoidNumber:
    """Return the burning of an offline number."""
    return VoidNumber(code, first, number, "printer_failed")


def endorsement(
    chain: Chain, height: int, *withheld: int, signer: SigningKey | None = None, **changes: Any
) -> EndorseBills:
    """Return finance's signature on a block's bills.

    Args:
        chain: the chain.
        height: the block.
        withheld: numbers of the bills that are not endorsed.
        signer: who signs the faces; finance's desk when left out.
        changes: fields that are to be others.
    """
    faces = chain.view.leaf(faces_key(height), Faces)
    root = changes.pop("root", faces.root if faces is not None else bytes(32))
    named = changes.pop("withheld", tuple(Withheld(CODE, it, "check_it") for it in withheld))
    message = endorsement_message(chain.genesis.chain, height, root, named)
    key = signer or key_pair("finance", "desk")
    return EndorseBills(height, root, named, key.sign(message))


def endorsed(chain: Chain, *operations: IssueBill) -> list[BillName]:
    """Issue bills in one block, endorse it, and return their names."""
    names = issued(chain, *operations)
    chain.accept("finance", endorsement(chain, chain.tip.height))
    return names


def lock(
    chain: Chain,
    number: int,
    *,
    payer_class: int = 1,
    amount_fen: int = 1000,
    lease_ms: int = 3_600_000,
    grant: Grant | None = None,
) -> LockClaim:
    """Return the lock of a bill of `CODE`."""
    until_ms = chain.tip.time_ms + lease_ms
    return LockClaim(CODE, number, payer_class, "review", amount_fen, until_ms, grant)


def grant_of(chain: Chain, number: int, payer: str, payer_class: int = 3) -> Grant:
    """Return the holder's word for a payer."""
    until_ms = chain.tip.time_ms + 3_600_000
    message = grant_message(
        chain.genesis.chain,
        CODE,
        number,
        payer=payer,
        payer_class=payer_class,
        purpose="review",
        until_ms=until_ms,
    )
    return Grant(until_ms, HOLDER.sign(message))


def rotation(chain: Chain, number: int) -> RotateHolder:
    """Return the holder's move to a key of their own."""
    new_key, until_ms = key_pair("holder", "phone").public_key, chain.tip.time_ms + 3_600_000
    message = rotation_message(
        chain.genesis.chain, CODE, number, new_key=new_key, until_ms=until_ms
    )
    return RotateHolder(CODE, number, new_key, until_ms, HOLDER.sign(message))


def settle(number: int, reference: str = "s-1", amount_fen: int = 1000) -> SettleClaim:
    """Return the payment of a payer on a bill it holds."""
    return SettleClaim(CODE, number, amount_fen, reference)


def settled(chain: Chain, number: int, reference: str = "s-1", payer_class: int = 1) -> None:
    """Let the insurance bureau lock a bill and pay 10.00 on it."""
    chain.accept("insurance", lock(chain, number, payer_class=payer_class))
    chain.accept("insurance", settle(number, reference))


def take_back(number: int, reference: str = "s-1") -> ReverseSettlement:
    """Return a payer's reversal of its settlement."""
    return ReverseSettlement(CODE, number, reference, "paid_twice")


def book(number: int, amount_fen: int = 1000, date: int = 20_260_922) -> BookBill:
    """Return the booking of a bill."""
    return BookBill(CODE, number, date, amount_fen)


def archive(number: int, until_year: int = 2056) -> ArchiveBill:
    """Return the archiving of a bill."""
    return ArchiveBill(CODE, number, until_year)


def exchange(number: int, form: str = "0001") -> ExchangeForPaper:
    """Return the exchange of a bill for a paper form."""
    return ExchangeForPaper(CODE, number, "P2026", form)


def void_paper(number: int, form: str = "0001") -> VoidPaper:
    """Return the voiding of a paper."""
    return VoidPaper(CODE, number, "P2026", form)


def open_order(
    chain: Chain,
    order: str,
    amounts: tuple[int, int, int, int, int] = (8202, 2092, 0, 0, 6110),
    *,
    sort: int = CHARGE,
    instalments: int = 3,
    life_ms: int = 86_400_000,
) -> OpenOrder:
    """Return the opening of an order."""
    return OpenOrder(
        order,
        sort,
        PLACE,
        "01",
        Amounts(*amounts),
        DocumentReference(seed_of(order, "c"), seed_of(order, "h"), 30),
        HOLDER_KEY,
        instalments,
        chain.tip.time_ms + life_ms,
    )


def bill_of_order(order: OpenOrder, business_number: str, **changes: Any) -> IssueBill:
    """Return the issue of an order's bill."""
    operation = issue(business_number)
    operation = msgspec.structs.replace(
        operation, amounts=order.amounts, document=order.document, holder_key=order.holder_key
    )
    operation = with_extras(operation, order=order.order)
    return msgspec.structs.replace(operation, **changes)


def cancel(order: str) -> CancelOrder:
    """Return the end of an order of the hospital."""
    return CancelOrder("hospital", order, "not_needed")


def pay(chain: Chain, order: str, amount_fen: int, reference: str) -> RecordPayment:
    """Return a provider's word that somebody paid."""
    notice = seed_of(reference, "notice")
    return RecordPayment("hospital", order, amount_fen, reference, chain.tip.time_ms, notice)


def refund(chain: Chain, payment: str, amount_fen: int, reference: str) -> RecordRefund:
    """Return a provider's word that it paid back."""
    notice = seed_of(reference, "notice")
    return RecordRefund(payment, reference, amount_fen, chain.tip.time_ms, notice)


LIMITS = KeyLimits((), (), 10**12, 1000, 100, 0, 1440)
"""A person's key that may do everything all day."""


def person(
    chain: Chain, staff: str, *, agency: str = "hospital", purpose: str = "desk", **limits: Any
) -> SigningKey:
    """Give a person of an agency a key for a year and return it."""
    key = key_pair(agency, staff)
    operation = IssueKey(
        purpose,
        key.public_key,
        staff,
        msgspec.structs.replace(LIMITS, **limits),
        chain.tip.time_ms + 365 * 86_400_000,
    )
    chain.accept(agency, operation)
    return key
