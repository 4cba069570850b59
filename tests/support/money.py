"""Orders, payments, refunds and claims of the made-up province, in as few words as a test needs."""

from ledger.bills import Amounts, Bill, BillName, DocumentReference, bill_key
from ledger.claims import LockClaim, ReleaseClaim, ReverseSettlement, SettleClaim
from ledger.endorsement import EndorseBills, endorsement_message
from ledger.faces import Faces, faces_key
from ledger.holders import Grant, grant_message
from ledger.issuing import IssueBill, IssueExtras
from ledger.orders import CHARGE, OpenOrder, Order, order_key
from ledger.parameters import Parameters
from ledger.payments import Payment, RecordPayment, RecordRefund, payment_key
from ledger.ranges import NumberRange, Tally, range_key
from ledger.reversal import ReverseBill
from primitives.signing import SigningKey
from tests.support.ledgers import (
    CODE,
    GENESIS_TIME_MS,
    HOLDER_KEY,
    Chain,
    allot,
    key_pair,
    new_chain,
    seed_of,
)

MINUTE_MS = 60_000
DAY_MS = 86_400_000
PLACE = "460000001"
STATUTORY = Parameters(statutory_payers=(("insurance", 1), ("insurance", 2)))


def split(own: int, account: int = 0, fund: int = 0) -> Amounts:
    """Return amounts of a bill."""
    return Amounts(own + account + fund, fund, 0, account, own)


def new_town(parameters: Parameters = STATUTORY) -> Chain:
    """Return a chain whose hospital has numbers."""
    chain = new_chain(parameters)
    chain.accept("finance", allot(1, 1000))
    return chain


def order_of(
    order: str,
    own: int,
    *,
    sort: int = CHARGE,
    instalments: int = 1,
    expiry_ms: int = GENESIS_TIME_MS + DAY_MS,
    amounts: Amounts | None = None,
) -> OpenOrder:
    """Return the opening of an order on which `own` fen are due."""
    return OpenOrder(
        order,
        sort,
        PLACE,
        "01",
        amounts or split(own),
        document_of(order),
        HOLDER_KEY,
        instalments,
        expiry_ms,
    )


def document_of(order: str) -> DocumentReference:
    return DocumentReference(seed_of(order, "c"), seed_of(order, "h"), 30)


def bill_of(
    order: str,
    own: int,
    *,
    business_number: str = "",
    replaces: BillName | None = None,
    amounts: Amounts | None = None,
) -> IssueBill:
    """Return the issue of an order's bill."""
    return IssueBill(
        PLACE,
        "01",
        business_number or order,
        "a1b2c3",
        amounts or split(own),
        document_of(order),
        HOLDER_KEY,
        IssueExtras(replaces=replaces, order=order),
    )


def pay(order: str, amount_fen: int, reference: str = "", paid_ms: int = 0) -> RecordPayment:
    """Return the fact that somebody paid on an order of the hospital."""
    reference = reference or f"{order}-{amount_fen}"
    paid_ms = paid_ms or GENESIS_TIME_MS
    return RecordPayment("hospital", order, amount_fen, reference, paid_ms, seed_of(reference))


def refund(payment: str, amount_fen: int, reference: str = "") -> RecordRefund:
    """Return the fact that money of a payment went back."""
    reference = reference or f"{payment}-back"
    return RecordRefund(payment, reference, amount_fen, GENESIS_TIME_MS, seed_of(reference))


def reverse(number: int) -> ReverseBill:
    """Return the reversal of a bill."""
    return ReverseBill(CODE, number, "d4e5f6", "refund")


def order_at(chain: Chain, order: str) -> Order:
    return chain.fact(order_key("hospital", order), Order)


def payment_at(chain: Chain, reference: str) -> Payment:
    return chain.fact(payment_key("bank", reference), Payment)


def bill_at(chain: Chain, number: int) -> Bill:
    return chain.fact(bill_key(CODE, number), Bill)


def tally_at(chain: Chain, first: int = 1) -> Tally:
    return chain.fact(range_key(CODE, first), NumberRange).tally


def endorse(chain: Chain, height: int) -> None:
    """Let finance endorse all bills of a block."""
    faces = chain.fact(faces_key(height), Faces)
    message = endorsement_message(chain.genesis.chain, height, faces.root, ())
    signature = key_pair("finance", "desk").sign(message)
    chain.accept("finance", EndorseBills(height, faces.root, (), signature))


def endorsed_bill(
    chain: Chain, business_number: str, own: int = 6110, account: int = 0, fund: int = 2092
) -> int:
    """Return the number of a new bill that finance endorsed."""
    operation = IssueBill(
        PLACE,
        "01",
        business_number,
        "a1b2c3",
        split(own, account, fund),
        document_of(business_number),
        HOLDER_KEY,
    )
    (issued,) = chain.accept("hospital", operation)
    endorse(chain, chain.tip.height)
    number: int = issued.number
    return number


def lock(
    chain: Chain,
    number: int,
    amount_fen: int,
    *,
    payer_class: int = 1,
    lease_ms: int = MINUTE_MS,
    grant: Grant | None = None,
) -> LockClaim:
    """Return a payer's hold on a bill."""
    until_ms = chain.tip.time_ms + lease_ms
    return LockClaim(CODE, number, payer_class, "reimbursement", amount_fen, until_ms, grant)


def granted(
    chain: Chain,
    number: int,
    *,
    payer: str = "mutual",
    payer_class: int = 3,
    purpose: str = "reimbursement",
    until_ms: int = GENESIS_TIME_MS + DAY_MS,
    holder: SigningKey | None = None,
) -> Grant:
    """Return the holder's grant to a payer."""
    message = grant_message(
        chain.genesis.chain,
        CODE,
        number,
        payer=payer,
        payer_class=payer_class,
        purpose=purpose,
        until_ms=until_ms,
    )
    return Grant(until_ms, (holder or key_pair("holder", "bill")).sign(message))


def settle(number: int, amount_fen: int, reference: str) -> SettleClaim:
    return SettleClaim(CODE, number, amount_fen, reference)


def release(number: int) -> ReleaseClaim:
    return ReleaseClaim(CODE, number)


def take_back(number: int, reference: str) -> ReverseSettlement:
    return ReverseSettlement(CODE, number, reference, "wrong_amount")
