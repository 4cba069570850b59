"""A bill as the API tells it: its face and where it stands on each of its axes."""

from typing import Literal

from ledger.bills import VALIDITY, Bill, BillName
from ledger.bills import Books as BooksLeaf
from ledger.bills import Claim as ClaimLeaf
from ledger.books import ARCHIVED, BOOKED, BOOKS, UNBOOKED
from ledger.claims import CLAIM, CLASSES, FREE, LOCKED, SETTLED
from ledger.endorsement import Endorsement, endorsement_key, withheld_reason
from ledger.originals import is_delivered
from ledger.papers import PAPER
from ledger.state import Facts
from node.api.bill_answers import (
    Amounts,
    Booking,
    Books,
    Claim,
    ClaimLock,
    Face,
    Name,
    Paper,
    Settlement,
)
from node.api.call import Services


def face_of(services: Services, code: str, number: int, bill: Bill) -> Face:
    """Return a bill's face and life as the API tells it."""
    amounts, view = bill.amounts, services.view
    endorsement, reason = endorsement_of(view, bill, code, number)
    return Face(
        code=code,
        number=f"{number:010d}",
        check_code=bill.check_code,
        kind=bill.kind,
        issuer=bill.issuer,
        place=bill.place,
        business_number=bill.business_number,
        time_ms=bill.time_ms,
        amounts=Amounts(
            total_fen=amounts.total,
            fund_fen=amounts.fund,
            other_fen=amounts.other,
            account_fen=amounts.account,
            own_fen=amounts.own,
        ),
        commitment=bill.document.commitment.hex(),
        ciphertext_hash=bill.document.ciphertext_hash.hex(),
        holder_key=bill.holder_key.hex(),
        holder_moved=bill.moved_holder_key is not None,
        key_id=bill.key_id.hex(),
        validity=VALIDITY.state_name(bill.validity),
        counterpart=_name(bill.counterpart),
        replaces=_name(bill.replaces),
        replaced_by=_name(bill.replaced_by),
        order=bill.order,
        endorsement=endorsement,
        withheld_reason=reason,
        delivered=is_delivered(view, bill),
        paper=_paper(bill),
        claim=_claim(bill.claim, services.node.head.time_ms),
        books=_books(bill.books),
        height=bill.height,
        transaction=services.blocks.transaction_id(bill.height, bill.transaction_index),
    )


def endorsement_of(
    facts: Facts, bill: Bill, code: str, number: int
) -> tuple[Literal["pending", "endorsed", "withheld"], str | None]:
    """Return whether finance endorsed a bill, and why not."""
    endorsement = facts.leaf(endorsement_key(bill.height), Endorsement)
    if endorsement is None:
        return "pending", None
    reason = withheld_reason(endorsement, code, number)
    return ("endorsed", None) if reason is None else ("withheld", reason)


def claim_state(claim: ClaimLeaf | None, time_ms: int) -> int:
    """Return where a bill's claims stand at a ledger time; a lock past its lease counts as none."""
    if claim is None:
        return FREE
    if claim.lock is not None and time_ms < claim.lock.until_ms:
        return LOCKED
    return SETTLED if any(not item.is_reversed for item in claim.settlements) else FREE


def _name(name: BillName | None) -> Name | None:
    return None if name is None else Name(code=name.code, number=f"{name.number:010d}")


def _paper(bill: Bill) -> Paper | None:
    paper = bill.paper
    if paper is None:
        return None
    return Paper(
        state=PAPER.state_name(paper.state),
        code=paper.code,
        number=paper.number,
        time_ms=paper.time_ms,
        count=paper.count,
    )


def _claim(claim: ClaimLeaf | None, time_ms: int) -> Claim:
    state = CLAIM.state_name(claim_state(claim, time_ms))
    if claim is None:
        return Claim(state=state, settlements=[])
    lock = claim.lock
    return Claim(
        state=state,
        lock=None
        if lock is None
        else ClaimLock(
            payer=lock.payer,
            payer_class=CLASSES[lock.payer_class],
            purpose=lock.purpose,
            amount_fen=lock.amount_fen,
            until_ms=lock.until_ms,
            past_lease=time_ms >= lock.until_ms,
        ),
        settlements=[
            Settlement(
                payer=item.payer,
                payer_class=CLASSES[item.payer_class],
                amount_fen=item.amount_fen,
                reference=item.reference,
                time_ms=item.time_ms,
                reversed=item.is_reversed,
            )
            for item in claim.settlements
        ],
    )


def _books(books: BooksLeaf | None) -> Books:
    if books is None:
        return Books(state=BOOKS.state_name(UNBOOKED), bookings=[])
    return Books(
        state=BOOKS.state_name(BOOKED if books.archived_by is None else ARCHIVED),
        bookings=[
            Booking(unit=item.unit, date=f"{item.date:08d}", amount_fen=item.amount_fen)
            for item in books.bookings
        ],
        archived_by=books.archived_by,
        archived_until=books.archived_until or None,
    )
