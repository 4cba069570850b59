"""Orders and payments, counted from what stands in blocks."""

import pytest

from cli.recount.blocks import RawOperation
from cli.recount.money import MoneyCount

PAID_MS = 1_000


def operation(sender: str, *fields) -> RawOperation:
    return RawOperation(sender, b"", list(fields))


def counted(*operations: RawOperation) -> MoneyCount:
    count = MoneyCount()
    for each in operations:
        count.count(each, PAID_MS)
    return count


def opened(sort: int = 0, instalments: int = 1) -> RawOperation:
    amounts = [150, 50, 0, 0, 100]
    return operation("hospital", 11, "o-1", sort, "p", "01", amounts, [], b"", instalments, 2_000)


def paid(amount: int, reference: str, paid_ms: int = PAID_MS) -> RawOperation:
    return operation("bank", 13, "hospital", "o-1", amount, reference, paid_ms, b"")


@pytest.mark.parametrize(("amount", "paid_ms"), [(99, 1), (101, 1), (100, 2_001)])
def test_what_does_not_fit_is_unapplied_and_owed(amount: int, paid_ms: int):
    money = counted(opened(), paid(amount, "t", paid_ms))
    assert [payment.owed_fen for payment in money.unapplied] == [amount]


def test_a_second_payment_is_unapplied_until_it_went_back():
    money = counted(opened(), paid(100, "t-1"), paid(100, "t-2"))
    assert len(money.unapplied) == 1
    money.count(operation("bank", 14, "t-2", "x-1", 100, 1, b""), PAID_MS)
    assert money.unapplied == []


def test_instalments_and_deposits_add_up():
    money = counted(opened(instalments=2), paid(40, "t-1"), paid(60, "t-2"))
    assert money.orders["hospital", "o-1"].paid_fen == 100
    money = counted(opened(sort=1), paid(7, "t-1"), paid(500, "t-2"))
    money.billed("hospital", "o-1", 400)
    assert money.orders["hospital", "o-1"].owed_fen == 107


def test_a_cancelled_or_reversed_order_owes_what_it_holds():
    money = counted(opened(), paid(100, "t"), operation("hospital", 12, "hospital", "o-1", "x"))
    assert money.orders["hospital", "o-1"].owed_fen == 100
    money = counted(opened(), paid(100, "t"))
    money.billed("hospital", "o-1", 100)
    money.reversed("hospital", "o-1")
    money.count(operation("bank", 14, "t", "x-1", 30, 1, b""), PAID_MS)
    order = money.orders["hospital", "o-1"]
    assert (order.owed_fen, order.refunded_fen) == (70, 30)
