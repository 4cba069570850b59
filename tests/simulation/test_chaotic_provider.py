"""2,000 orders and a payment company whose notices come late, doubled, overtaken or not at all.

At the end each order has one live bill or all its money back, and the chain's books are the
statement's. The hospital's and the bank's nodes lose power now and then. A tenth without FULL=1.
"""

import asyncio
import contextlib
import random
from collections import Counter

import pytest

from ledger.orders import BILLED, CHARGE, OPEN, PAID, CancelOrder, held_fen
from ledger.payments import Payment
from ledger.payments import Refund as PaidBack
from node.intents import OrderIntent
from primitives.codec import decode
from tests.support.checker import assert_same_heads, issued_bills
from tests.support.market import BANK, DAY_MS, DUE_FEN, Market
from tests.support.office import line
from tests.support.payment_company import Bank, PaymentCompany
from tests.support.scale import scaled
from tests.support.town import until
from tests.support.virtual_loop import run_virtually
from tests.support.world import EPOCH_MS

SEED = 21
ORDERS = scaled(2_000)
ORDERS_AT_ONCE = 20
PART = "pays part and cancels"
LIFE_MS = 20_000
"""Of the orders that are paid too late."""


class Day:
    """What happens."""

    def __init__(self, market: Market, seed: int) -> None:
        self.market = market
        self.random = random.Random(f"day {seed}")
        self.company = PaymentCompany(market, seed)
        self.bank = Bank(market, self.company)
        self.fates: Counter[str] = Counter()
        self.crashes = 0

    async def patient(self, number: str) -> None:
        """Do with one order what patients do."""
        wait_s = self.random.uniform(0, 10)
        fate = self.random.choices(
            ("pays", "pays twice", "pays wrong", "pays late", "never pays", "is cancelled", PART),
            (77, 5, 4, 4, 4, 3, 3),
        )[0]
        self.fates[fate] += 1
        late_s = LIFE_MS / 1000 + 5 if fate == "pays late" else 0.0
        expiry_ms = EPOCH_MS + int(self.now_ms() + (LIFE_MS if late_s else DAY_MS))
        payments = 2 if fate == PART else 1
        await self.market.send_lines([line(number)], OrderIntent(CHARGE, payments, expiry_ms))
        await asyncio.sleep(wait_s + late_s)
        if fate == PART:
            await self.pay_part_and_cancel(number)
            return
        amount_fen = DUE_FEN - 1 if fate == "pays wrong" else DUE_FEN
        if fate != "never pays":
            self.company.pay(number, amount_fen)
        if fate == "pays twice":
            self.company.pay(number, amount_fen)
        if fate == "is cancelled":
            await asyncio.sleep(self.random.uniform(0, 0.3))
            await self.cancel(number)

    async def pay_part_and_cancel(self, number: str) -> None:
        """Pay the first of two instalments, and cancel once it stands in the order."""
        self.company.pay(number, DUE_FEN // 2)
        with contextlib.suppress(TimeoutError):
            await until(lambda: self.market.order_leaf(number, "finance").paid_fen > 0, 60)
        await self.cancel(number)

    async def cancel(self, number: str) -> None:
        """Have the hospital cancel an order, if it has no bill by then."""
        cancel = CancelOrder("hospital", number, "wrong_person")
        await self.market.insist("hospital", cancel, done=("order.billed", "order.cancelled"))

    async def fail(self) -> None:
        """Let the power of one of two machines fail now and then."""
        while True:
            await asyncio.sleep(self.random.uniform(4, 12))
            victim = self.random.choice(("hospital", BANK))
            self.market[victim].crash()
            await asyncio.sleep(self.random.uniform(0.1, 2))
            await self.market.restart(victim)
            self.crashes += 1

    def now_ms(self) -> float:
        """Return the milliseconds since the simulation began."""
        return asyncio.get_running_loop().time() * 1000

    def is_over(self) -> bool:
        """Tell whether nothing is open but what nobody paid."""
        for agency in ("hospital", BANK):
            matters = self.market.offices[agency].services.duties.matters
            if not matters.is_complete or matters.paid or matters.owing or matters.unapplied:
                return False
        return True


async def live(day: Day) -> None:
    """Live the day to its end, and compare the statement."""
    numbers = [f"o-{place}" for place in range(ORDERS)]
    async with asyncio.TaskGroup() as group:
        failing = group.create_task(day.fail())
        paying_back = group.create_task(day.bank.pay_back_for_ever())
        for first in range(0, ORDERS, ORDERS_AT_ONCE):
            some = numbers[first : first + ORDERS_AT_ONCE]
            await asyncio.gather(*map(day.patient, some))
        await until(lambda: not day.company.notices, 300)
        failing.cancel()
        for agency in ("hospital", BANK):
            if day.market[agency].node is None:
                await day.market.restart(agency)
        for _ in range(4):
            await day.bank.reconcile()
            await asyncio.sleep(5)
            await until(lambda: not day.company.notices, 300)
        await until(day.is_over, 300)
        paying_back.cancel()


def check_books(day: Day) -> Counter[str]:
    """Compare every order with the law and the chain's money with the statement's."""
    market, statement = day.market, day.company.statement
    store = market["finance"].running.store
    ends: Counter[str] = Counter()
    billed = Counter(issued_bills(market["finance"]))
    for place in range(ORDERS):
        number = f"o-{place}"
        order = market.order_leaf(number, "finance")
        if order.state == BILLED:
            assert (order.money, held_fen(order), billed[number]) == (PAID, DUE_FEN, 1), number
        else:
            assert (held_fen(order), billed[number]) == (0, 0), (number, order)
        assert order.owed_fen == 0
        end = "billed" if order.state == BILLED else "paid back" if order.paid_fen else "unpaid"
        ends[end] += 1
        assert order.state != OPEN or order.money != PAID
    payments = {
        key.decode().split("/")[2]: decode(value, Payment, 1_000)
        for key, value in store.leaves(b"y/")
    }
    assert payments.keys() == statement.payments.keys()
    assert all(payment.is_reconciled and payment.owed_fen == 0 for payment in payments.values())
    refunds = {
        key.decode().split("/")[2]: decode(value, PaidBack, 1_000)
        for key, value in store.leaves(b"x/")
    }
    assert refunds.keys() == statement.refunds.keys()
    kept = sum(p.amount_fen for p in payments.values()) - sum(
        r.amount_fen for r in refunds.values()
    )
    assert kept == ends["billed"] * DUE_FEN
    return ends


async def whole_day() -> Counter[str]:
    market = Market(SEED)
    await market.open()
    day = Day(market, SEED)
    await live(day)
    await market.level()
    assert_same_heads(market.all)
    ends = check_books(day)
    print(  # noqa: T201
        f"{ORDERS} orders, seed {SEED}: {dict(ends)}; fates {dict(day.fates)}; "
        f"{day.company.lost} notices lost, {day.crashes} power failures"
    )
    return ends


@pytest.mark.slow
def test_each_order_ends_in_one_bill_or_a_full_refund_and_the_books_are_the_statements() -> None:
    ends = run_virtually(whole_day())
    assert ends["billed"] > ORDERS // 2
    assert ends["paid back"] > 0
