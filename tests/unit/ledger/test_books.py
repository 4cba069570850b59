"""A payer enters a bill into its accounts, a unit keeps it in its archive."""

import msgspec
import pytest

from ledger.bills import BOOKINGS_MAX, Booking, Books, bill_key
from tests.support.ledgers import CODE, Chain, issue
from tests.support.lives import (
    archive,
    bill_at,
    book,
    endorsed,
    grant_of,
    issued,
    lock,
    province,
    reverse,
    settle,
    settled,
    take_back,
)


@pytest.fixture
def chain() -> Chain:
    """Return a chain whose bill 1 the insurance bureau paid 10.00 on."""
    chain = province()
    endorsed(chain, issue("a"), issue("b"))
    settled(chain, 1)
    return chain


def mutual_settles(chain: Chain, amount_fen: int = 500) -> None:
    grant = grant_of(chain, 1, "mutual")
    chain.accept("mutual", lock(chain, 1, payer_class=3, amount_fen=amount_fen, grant=grant))
    chain.accept("mutual", settle(1, "m-1", amount_fen))


def test_a_booking_is_a_fact_of_the_bill(chain: Chain) -> None:
    chain.accept("insurance", book(1))
    assert bill_at(chain, 1).books == Books((Booking("insurance", 20_260_922, 1000),), None, 0)


def test_each_payer_books_what_it_paid(chain: Chain) -> None:
    mutual_settles(chain)
    chain.accept("insurance", book(1))
    chain.accept("mutual", book(1, 500))
    books = bill_at(chain, 1).books
    assert books is not None
    assert [item.unit for item in books.bookings] == ["insurance", "mutual"]


def test_a_payer_of_two_classes_books_their_sum(chain: Chain) -> None:
    settled(chain, 1, "s-2", payer_class=2)
    assert chain.refuse("insurance", book(1, 1000)).code == "book.other_amount"
    chain.accept("insurance", book(1, 2000))


def test_a_unit_books_a_bill_once(chain: Chain) -> None:
    chain.accept("insurance", book(1))
    refusal = chain.refuse("insurance", book(1))
    assert (refusal.code, refusal.field) == ("book.booked", "number")


@pytest.mark.parametrize("amount_fen", [1, 999, 1001])
def test_another_amount_than_was_paid_is_not_booked(chain: Chain, amount_fen: int) -> None:
    refusal = chain.refuse("insurance", book(1, amount_fen))
    assert (refusal.code, refusal.field) == ("book.other_amount", "amount_fen")


def test_who_paid_nothing_books_nothing(chain: Chain) -> None:
    assert chain.refuse("insurance", book(2)).code == "book.nothing_paid"
    assert chain.refuse("mutual", book(1)).code == "book.nothing_paid"
    chain.accept("insurance", take_back(1))
    assert chain.refuse("insurance", book(1)).code == "book.nothing_paid"


@pytest.mark.parametrize("date", [0, 20_260_230, 17_991_231, 202_609_221])
def test_a_bill_is_booked_on_a_day_that_exists(chain: Chain, date: int) -> None:
    refusal = chain.refuse("insurance", book(1, date=date))
    assert (refusal.code, refusal.field) == ("book.bad_date", "date")


def test_only_a_bill_that_counts_is_booked(chain: Chain) -> None:
    chain.accept("hospital", reverse(2))
    assert chain.refuse("insurance", book(2)).code == "bill.reversed"
    assert chain.refuse("insurance", book(3)).code == "bill.is_red"
    assert chain.refuse("insurance", book(9)).code == "bill.unknown"
    assert chain.refuse("hospital", book(1)).code == "agency.wrong_role"


@pytest.mark.parametrize("agency", ["insurance", "hospital"])
def test_its_issuer_or_who_booked_it_archives_a_bill(chain: Chain, agency: str) -> None:
    chain.accept("insurance", book(1))
    chain.accept(agency, archive(1))
    assert bill_at(chain, 1).books == Books((Booking("insurance", 20_260_922, 1000),), agency, 2056)


def test_nobody_else_archives_it(chain: Chain) -> None:
    mutual_settles(chain)
    chain.accept("insurance", book(1))
    for agency in ("mutual", "clinic"):
        refusal = chain.refuse(agency, archive(1))
        assert (refusal.code, refusal.field) == ("book.not_a_holder", "number")
    assert chain.refuse("bank", archive(1), purpose="desk").code == "agency.wrong_role"


def test_a_bill_is_booked_before_it_is_archived(chain: Chain) -> None:
    assert chain.refuse("hospital", archive(1)).code == "book.not_booked"


def test_archived_is_archived(chain: Chain) -> None:
    mutual_settles(chain)
    chain.accept("insurance", book(1))
    chain.accept("hospital", archive(1))
    for agency, operation in (("hospital", archive(1, 2090)), ("mutual", book(1, 500))):
        assert chain.refuse(agency, operation).code == "book.archived"


def test_an_archive_keeps_a_bill_to_the_end_of_this_year_at_least(chain: Chain) -> None:
    chain.accept("insurance", book(1))
    refusal = chain.refuse("hospital", archive(1, 2025))
    assert (refusal.code, refusal.field) == ("book.too_short", "until_year")
    chain.accept("hospital", archive(1, 2026))


def test_a_booked_bill_is_reversed_once_its_payers_took_back_and_keeps_its_books(
    chain: Chain,
) -> None:
    chain.accept("insurance", book(1))
    assert chain.refuse("hospital", reverse(1)).code == "bill.settled"
    chain.accept("insurance", take_back(1))
    chain.accept("hospital", reverse(1))
    chain.accept("hospital", archive(1))
    books = bill_at(chain, 1).books
    assert books is not None
    assert (len(books.bookings), books.archived_by) == (1, "hospital")
    red = bill_at(chain, 3)
    assert red.books is None
    assert chain.refuse("hospital", archive(3)).code == "bill.is_red"


def test_bookings_of_a_bill_are_bounded() -> None:
    full = Books(tuple(Booking(f"payer-{i}", 20_260_922, 1) for i in range(BOOKINGS_MAX)), None, 0)
    chain = province()
    endorsed(chain, issue("a"))
    settled(chain, 1)
    bill = msgspec.structs.replace(bill_at(chain, 1), books=full)
    chain.place(bill_key(CODE, 1), bill)
    assert chain.refuse("insurance", book(1)).code == "book.too_many"


def test_a_bill_that_nobody_paid_on_is_in_nobodys_books(chain: Chain) -> None:
    [bill] = issued(chain, issue("c"))
    assert bill_at(chain, bill.number).books is None
