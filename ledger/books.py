"""Books (入账, 归档): a payer enters a bill into its accounts, a unit keeps it in its archive.

Rule: a unit books a bill once and only what it paid on it, so that copies are found by code and
number; archived is archived. Books never keep a bill from reversal: what was paid on it does, until
its payer took that back.
Source: 财会〔2020〕6号 on electronic accounting vouchers; DA/T 95-2022, AccDate and AccAmount.
"""

from typing import Annotated, Final

import msgspec

from ledger.axes import Axis, No
from ledger.bills import BOOKINGS_MAX, VALIDITY, Bill, Booking, Books, Payment, find_bill
from ledger.dates import is_real_date
from ledger.ranges import Code, Number
from ledger.results import Done
from ledger.state import Changes, Context, Facts
from primitives.codec import Message, UInt32
from primitives.errors import Refused
from primitives.units import civil_date

UNBOOKED: Final = 0
BOOKED: Final = 1
ARCHIVED: Final = 2

_ARCHIVED: Final = No("book.archived", "it lies in an archive; nothing is added")
BOOKS: Final = Axis(
    "books",
    "入账归档",
    ("UNBOOKED 未入账", "BOOKED 已入账", "ARCHIVED 已归档"),
    {
        "BookBill": ((BOOKED,), (BOOKED,), _ARCHIVED),
        "ArchiveBill": (
            No("book.not_booked", "book the bill before it is archived"),
            (ARCHIVED,),
            _ARCHIVED,
        ),
        "ReverseBill": ((UNBOOKED,), (BOOKED,), (ARCHIVED,)),
    },
)
"""Where a bill stands in the books."""


class BookBill(Message, tag=19):
    """A payer enters a bill into its accounts."""

    code: Code
    """票据代码."""
    number: Number
    """票据号码."""
    date: UInt32
    """The accounting date, yyyymmdd (AccDate)."""
    amount_fen: Payment
    """What it booked (AccAmount): the sum of its standing settlements."""


class ArchiveBill(Message, tag=20):
    """The issuer, or a unit that booked it, keeps the bill in its archive."""

    code: Code
    """票据代码."""
    number: Number
    """票据号码."""
    until_year: Annotated[int, msgspec.Meta(ge=1900, le=9999)]
    """The year to whose end it is kept."""


def check_book_bill(facts: Facts, operation: BookBill, context: Context) -> Changes:
    """Enter a bill into the sender's accounts.

    Raises:
        Refused: `bill.unknown`, `book.nothing_paid`, `book.other_amount`, `book.booked`,
            `book.bad_date`, `book.too_many`, or as `VALIDITY` and `BOOKS` say.
    """
    key, bill = find_bill(facts, operation.code, operation.number)
    VALIDITY.move(bill.validity, "BookBill", field="number")
    BOOKS.move(_state(bill), "BookBill", field="number")
    books = bill.books or Books((), None, 0)
    if any(item.unit == context.sender for item in books.bookings):
        raise Refused("book.booked", "your unit booked this bill before", "number")
    if len(books.bookings) >= BOOKINGS_MAX:
        raise Refused("book.too_many", "too many units booked this bill", "number")
    paid = _paid_by(bill, context.sender)
    if paid == 0:
        raise Refused("book.nothing_paid", "book what your unit paid on it", "number")
    if paid != operation.amount_fen:
        raise Refused("book.other_amount", "book what your unit paid on it", "amount_fen")
    if not is_real_date(f"{operation.date:08d}"):
        raise Refused("book.bad_date", "write an existing day as yyyymmdd", "date")
    booking = Booking(context.sender, operation.date, operation.amount_fen)
    after = Books((*books.bookings, booking), books.archived_by, books.archived_until)
    return Changes(((key, msgspec.structs.replace(bill, books=after)),), Done())


def check_archive_bill(facts: Facts, operation: ArchiveBill, context: Context) -> Changes:
    """Put a bill into the sender's archive.

    Raises:
        Refused: `bill.unknown`, `book.not_a_holder`, `book.too_short`, or as `VALIDITY` and
            `BOOKS` say.
    """
    key, bill = find_bill(facts, operation.code, operation.number)
    VALIDITY.move(bill.validity, "ArchiveBill", field="number")
    BOOKS.move(_state(bill), "ArchiveBill", field="number")
    books = bill.books
    assert books is not None, "a booked bill has books"
    if context.sender not in {bill.issuer, *(item.unit for item in books.bookings)}:
        raise Refused("book.not_a_holder", "only its issuer or who booked it may", "number")
    if operation.until_year < civil_date(context.time_ms)[0]:
        raise Refused("book.too_short", "keep it at least to the end of this year", "until_year")
    after = Books(books.bookings, context.sender, operation.until_year)
    return Changes(((key, msgspec.structs.replace(bill, books=after)),), Done())


def keep_books(bill: Bill) -> None:
    """Let a booked or archived bill be reversed; its books stay, and the red bill has none."""
    BOOKS.move(_state(bill), "ReverseBill", field="number")


def _paid_by(bill: Bill, unit: str) -> int:
    settlements = bill.claim.settlements if bill.claim is not None else ()
    return sum(
        item.amount_fen for item in settlements if item.payer == unit and not item.is_reversed
    )


def _state(bill: Bill) -> int:
    books = bill.books
    if books is None:
        return UNBOOKED
    return BOOKED if books.archived_by is None else ARCHIVED
