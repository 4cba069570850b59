"""How each cell of a bill's own axes is executed: validity, paper, claim, books."""

from ledger.bills import VALIDITY
from ledger.books import ARCHIVED, BOOKED, BOOKS, UNBOOKED
from ledger.claims import CLAIM, FREE, LOCKED, SETTLED, ReleaseClaim
from ledger.papers import E_ONLY, PAPER
from tests.support.cells import Extra, Life, Way, offering
from tests.support.ledgers import CODE, Chain, issue
from tests.support.lives import (
    archive,
    bill_at,
    book,
    endorsed,
    exchange,
    grant_of,
    lock,
    replacing,
    reverse,
    rotation,
    settle,
    settled,
    take_back,
    void_paper,
)


def story(agency_and_operation=(), number: int = 1) -> Way:
    """Return the way that begins with bill 1, endorsed, and goes on with operations.

    Args:
        agency_and_operation: pairs of an agency and what makes its operation of a chain.
        number: the bill it is about.
    """

    def way(chain: Chain) -> int:
        endorsed(chain, issue("a"))
        for agency, make in agency_and_operation:
            chain.accept(agency, make(chain))
        return number

    return way


ISSUE = story()
LOCK = ("insurance", lambda chain: lock(chain, 1))
SETTLE = ("insurance", lambda _chain: settle(1))
TAKE_BACK = ("insurance", lambda _chain: take_back(1))
BOOK = ("insurance", lambda _chain: book(1))
ARCHIVE = ("hospital", lambda _chain: archive(1))
EXCHANGE = ("hospital", lambda _chain: exchange(1))
VOID = ("hospital", lambda _chain: void_paper(1))
REVERSE = ("hospital", lambda _chain: reverse(1))
LOCK_AGAIN = ("insurance", lambda chain: lock(chain, 1, payer_class=2))
SETTLE_AGAIN = ("insurance", lambda _chain: settle(1, "s-2"))

BILLS = Life(
    VALIDITY,
    lambda chain, number: bill_at(chain, number).validity,
    {"issued": ISSUE, "reversed": story([REVERSE]), "red": story([REVERSE], 2)},
    {
        "ReverseBill": offering("hospital", lambda _chain, number: reverse(number)),
        "ExchangeForPaper": offering("hospital", lambda _chain, number: exchange(number, "9")),
        "VoidPaper": offering("hospital", lambda _chain, number: void_paper(number)),
        "LockClaim": offering("insurance", lock),
        "BookBill": offering("insurance", lambda _chain, number: book(number)),
        "ArchiveBill": offering("hospital", lambda _chain, number: archive(number)),
        "RotateHolder": offering("health", rotation),
        "ReplaceBill": offering("hospital", lambda _chain, it: replacing(issue("z"), it)),
    },
    (
        Extra("issued", "VoidPaper", story([EXCHANGE])),
        Extra("issued", "BookBill", story([LOCK, SETTLE])),
        Extra("issued", "ArchiveBill", story([LOCK, SETTLE, BOOK])),
        Extra("reversed", "ArchiveBill", story([LOCK, SETTLE, BOOK, TAKE_BACK, REVERSE])),
    ),
)


def paper_state(chain: Chain, number: int) -> int:
    paper = bill_at(chain, number).paper
    return E_ONLY if paper is None else paper.state


PAPERS = Life(
    PAPER,
    paper_state,
    {"e_only": ISSUE, "paper_live": story([EXCHANGE]), "paper_void": story([EXCHANGE, VOID])},
    {
        "ExchangeForPaper": offering("hospital", lambda _chain, number: exchange(number, "9")),
        "VoidPaper": offering("hospital", lambda _chain, number: void_paper(number)),
        "ReverseBill": offering("hospital", lambda _chain, number: reverse(number)),
    },
)


def claim_state(chain: Chain, number: int) -> int:
    claim = bill_at(chain, number).claim
    if claim is None:
        return FREE
    if claim.lock is not None and chain.tip.time_ms < claim.lock.until_ms:
        return LOCKED
    is_settled = any(not settlement.is_reversed for settlement in claim.settlements)
    return SETTLED if is_settled else FREE


CLAIMS = Life(
    CLAIM,
    claim_state,
    {"free": ISSUE, "locked": story([LOCK]), "settled": story([LOCK, SETTLE])},
    {
        "LockClaim": offering("insurance", lambda chain, it: lock(chain, it, payer_class=2)),
        "SettleClaim": offering("insurance", lambda _chain, number: settle(number, "s-9")),
        "ReleaseClaim": offering("insurance", lambda _chain, number: ReleaseClaim(CODE, number)),
        "ReverseSettlement": offering("insurance", lambda _chain, number: take_back(number)),
        "ReverseBill": offering("hospital", lambda _chain, number: reverse(number)),
    },
    (
        Extra("locked", "ReleaseClaim", story([LOCK, SETTLE, LOCK_AGAIN]), instead=False),
        Extra("locked", "ReverseSettlement", story([LOCK, SETTLE, LOCK_AGAIN])),
        Extra(
            "settled",
            "ReverseSettlement",
            story([LOCK, SETTLE, LOCK_AGAIN, SETTLE_AGAIN]),
            instead=False,
        ),
    ),
)


def books_state(chain: Chain, number: int) -> int:
    books = bill_at(chain, number).books
    if books is None:
        return UNBOOKED
    return BOOKED if books.archived_by is None else ARCHIVED


def paid_by_two(*more) -> Way:
    """Return the way to a bill that two insurers paid on, and on."""

    def way(chain: Chain) -> int:
        endorsed(chain, issue("a"))
        settled(chain, 1)
        grant = grant_of(chain, 1, "mutual")
        operation = lock(chain, 1, payer_class=3, amount_fen=500, grant=grant)
        chain.accept("mutual", operation)
        chain.accept("mutual", settle(1, "m-1", 500))
        for agency, make in more:
            chain.accept(agency, make(chain))
        return 1

    return way


BOOKKEEPING = Life(
    BOOKS,
    books_state,
    {
        "unbooked": paid_by_two(),
        "booked": paid_by_two(BOOK),
        "archived": paid_by_two(BOOK, ARCHIVE),
    },
    {
        "BookBill": offering("mutual", lambda _chain, number: book(number, 500)),
        "ArchiveBill": offering("hospital", lambda _chain, number: archive(number)),
        "ReverseBill": offering("hospital", lambda _chain, number: reverse(number)),
    },
    (
        Extra("unbooked", "ReverseBill", ISSUE),
        Extra("booked", "ReverseBill", story([LOCK, SETTLE, BOOK, TAKE_BACK])),
        Extra("archived", "ReverseBill", story([LOCK, SETTLE, BOOK, ARCHIVE, TAKE_BACK])),
    ),
)
