"""What the API tells of orders, payments and what is owed back."""

import json

import pytest

from ledger.orders import CancelOrder
from node.api.bills import get_bill
from node.api.orders import get_order, get_orders, open_orders
from node.api.payments import get_owed_refunds, get_payments, record_payment, record_refund
from primitives.errors import Refused
from tests.support.market import BANK, DUE_FEN, Market
from tests.support.office import line
from tests.support.town import until
from tests.support.virtual_loop import run_virtually

CODE = "46060226"
FIRST = {"code": CODE, "number": "1"}


def virtually(story):
    """Tell a story on a virtual loop."""

    def test() -> None:
        run_virtually(story())

    test.__name__ = story.__name__
    return test


async def open_market():
    """Return a market, and the hospital's and finance's offices."""
    market = Market()
    await market.open()
    return market, market.offices["hospital"], market.offices["finance"]


def fact(**fields):
    hashed = {"notice_hash": "A" * 43}
    return json.dumps(fields | hashed).encode()


@virtually
async def test_an_order_is_opened_paid_and_told_until_its_bill_is_there():
    market, office, _ = await open_market()
    bank = market.offices[BANK]
    opened = await office.ask(open_orders, "wait_ms=9000", body=line("o1"))
    assert [item.status for item in opened.items] == ["committed"]
    again = await office.ask(open_orders, "wait_ms=9000", body=line("o1"))
    assert [item.status for item in again.items] == ["exists"]
    other = await office.ask(open_orders, "wait_ms=9000", body=line("o1", payer="王芳"))
    assert other.items[0].problem.code == "bill.business_number_conflict"
    wrong = await office.ask(open_orders, "wait_ms=9000", body=b"rubbish")
    assert wrong.items[0].status == "refused"
    order = await office.ask(get_order, hospital="hospital", order="o1")
    assert (order.state, order.money, order.due_fen) == ("open", "unpaid", DUE_FEN)
    payment = {"payee": "hospital", "order": "o1", "amount_fen": DUE_FEN, "reference": "p-1"}
    payment["paid_ms"] = bank.services.clock.now_ms()
    await market.level()
    told = await bank.ask(record_payment, "wait_ms=9000", body=fact(**payment))
    assert (told.status, told.state, told.reason) == ("committed", "applied", None)
    known = await bank.ask(record_payment, "wait_ms=9000", body=fact(**payment))
    assert (known.status, known.state) == ("exists", "applied")
    with pytest.raises(Refused, match=r"payment\.reference_conflict"):
        await bank.ask(record_payment, body=fact(**payment | {"amount_fen": 1}))
    state = market.order_leaf
    await until(lambda: state("o1").bill is not None)
    done = await office.ask(get_order, hospital="hospital", order="o1")
    assert (done.state, done.money, done.bill.number) == ("billed", "paid", "0000000001")
    page = await office.ask(get_orders, "hospital=hospital&state=billed")
    assert [item.order for item in page.items] == ["o1"]
    assert (await office.ask(get_orders, "money=unpaid")).items == []
    bill = await office.ask(get_bill, **FIRST)
    assert bill.order == "o1"
    with pytest.raises(Refused, match=r"order\.not_found"):
        await office.ask(get_order, hospital="hospital", order="o2")
    with pytest.raises(Refused, match=r"request\.wrong_value"):
        await office.ask(get_orders, "state=nothing")


@virtually
async def test_a_fact_told_again_while_it_waits_is_not_known_yet_and_refused_to_nobody():
    market, _, _ = await open_market()
    bank = market.offices[BANK]
    await market.order("o1")
    payment = {"payee": "hospital", "order": "o1", "amount_fen": DUE_FEN, "reference": "p-1"}
    payment["paid_ms"] = bank.services.clock.now_ms()
    await market.level()
    tries = [await bank.ask(record_payment, body=fact(**payment)) for _ in "12"]
    assert [told.status for told in tries] == ["accepted", "unknown"]
    last = await bank.ask(record_payment, "wait_ms=9000", body=fact(**payment))
    assert last.status in ("exists", "unknown")
    await until(lambda: market.order_leaf("o1").bill is not None)
    known = await bank.ask(record_payment, body=fact(**payment))
    assert (known.status, known.state) == ("exists", "applied")


@virtually
async def test_what_a_provider_owes_is_told_once_a_payment_and_paid_back():
    market, office, finance = await open_market()
    bank = market.offices[BANK]
    await market.order("o1", "o2")
    await market.pay("o1", "p-1")
    await market.pay("o1", "p-2")
    await market.pay("none", "p-3", 70)
    owed = await bank.ask(get_owed_refunds)
    assert [(item.payment, item.amount_fen) for item in owed.items] == [("p-2", 600), ("p-3", 70)]
    assert {item.reason for item in owed.items} <= {"order_paid", "order_billed", "order_unknown"}
    refund = {"payment": "p-3", "reference": "r-1", "amount_fen": 70}
    refund["refunded_ms"] = bank.services.clock.now_ms()
    tries = [await bank.ask(record_refund, "wait_ms=9000", body=fact(**refund)) for _ in "12"]
    assert [told.status for told in tries] == ["committed", "exists"]
    with pytest.raises(Refused, match=r"refund\.exceeds_payment"):
        await bank.ask(record_refund, body=fact(**refund | {"reference": "r-2"}))
    owed = await bank.ask(get_owed_refunds)
    assert [item.payment for item in owed.items] == ["p-2"]
    mine = await bank.ask(get_payments, "limit=2")
    rest = await bank.ask(get_payments, f"cursor={mine.next}")
    told = [(item.reference, item.state, item.refunded_fen) for item in (*mine.items, *rest.items)]
    assert told == [("p-1", "applied", 0), ("p-2", "unapplied", 0), ("p-3", "unapplied", 70)]
    await market.level()
    assert len((await finance.ask(get_payments, "state=unapplied")).items) == 2
    assert (await office.ask(get_payments, "provider=nobody")).items == []


@virtually
async def test_what_an_order_owes_is_divided_among_its_payments_and_never_told_twice():
    market, _, _ = await open_market()
    bank = market.offices[BANK]
    await market.order("o1", sort=1)
    for reference, amount in (("p-a", 100), ("p-b", 200), ("p-c", 300)):
        await market.pay("o1", reference, amount)
    await market.hand_in("hospital", CancelOrder("hospital", "o1", "patient_left"))
    await market.level()
    owed = await bank.ask(get_owed_refunds)
    assert [(item.payment, item.amount_fen) for item in owed.items] == [
        ("p-a", 100),
        ("p-b", 200),
        ("p-c", 300),
    ]
    await market.refund("p-b", 150)
    owed = await bank.ask(get_owed_refunds)
    assert [(item.payment, item.amount_fen) for item in owed.items] == [
        ("p-a", 100),
        ("p-b", 50),
        ("p-c", 300),
    ]
    assert {item.reason for item in owed.items} == {"order_cancelled"}
