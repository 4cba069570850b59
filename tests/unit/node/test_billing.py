"""A paid order becomes its bill by itself, and only once."""

from ledger.bills import Bill, bill_key
from ledger.issuing import IssueBill
from ledger.orders import BILLED, CANCELLED, OPEN, PAID
from node.intents import BillIntent
from node.slots import IssuedAt, Slot
from tests.support.market import Market
from tests.support.office import line
from tests.support.parts import virtually
from tests.support.town import until


async def opened() -> Market:
    market = Market()
    await market.open()
    return market


def bill_of(market: Market, number: str) -> Bill:
    found = market["hospital"].running.state.bill_of("hospital", number)
    assert found is not None
    bill = market["hospital"].running.state.leaf(bill_key(*found), Bill)
    assert bill is not None
    return bill


@virtually
async def test_an_order_that_is_paid_has_its_bill_without_anybodys_asking() -> None:
    market = await opened()
    await market.order("o-1")
    assert market.order_leaf("o-1").state == OPEN
    await market.pay("o-1", "p-1")
    await until(lambda: market.order_leaf("o-1").state == BILLED, 5)
    order = market.order_leaf("o-1")
    assert order.money == PAID
    bill = bill_of(market, "o-1")
    assert (bill.order, bill.amounts, bill.document) == ("o-1", order.amounts, order.document)
    await until(lambda: not market.offices["hospital"].services.duties.matters.paid, 1)


@virtually
async def test_its_details_open_through_its_order_and_its_line_is_the_same_for_ever() -> None:
    market = await opened()
    await market.order("o-1")
    await market.pay("o-1", "p-1")
    await until(lambda: market.order_leaf("o-1").state == BILLED, 5)
    (again,) = await market.offices["hospital"].issue(line("o-1"))
    assert isinstance(again, Slot)
    assert again.is_old
    assert isinstance(again.outcome, IssuedAt)
    (other,) = await market.offices["hospital"].issue(line("o-1", payer="王芳"))
    assert getattr(other, "code", "") == "bill.business_number_conflict"


@virtually
async def test_a_reversed_and_reissued_bill_takes_the_lines_over() -> None:
    market = await opened()
    await market.order("o-1")
    await market.pay("o-1", "p-1")
    await until(lambda: market.order_leaf("o-1").state == BILLED, 5)
    name = market.order_leaf("o-1").bill
    intent = BillIntent(replaces=name, reversal_reason="wrong_amount")
    issuing = market.offices["hospital"].services.issuing
    (answer,) = await issuing.issue([line("o-1", remark="again")], 20_000, intent)
    assert isinstance(answer, Slot)
    assert isinstance(answer.outcome, IssuedAt), answer.outcome
    order = market.order_leaf("o-1")
    assert order.state == BILLED
    assert order.owed_fen == 0
    assert order.bill is not None
    assert order.bill.number == answer.outcome.number


@virtually
async def test_an_order_whose_number_has_another_bill_is_cancelled_and_its_money_owed() -> None:
    market = await opened()
    await market.order("o-1")
    desk = market.offices["hospital"].services.desk
    order = market.order_leaf("o-1")
    await market.hand_in("hospital", IssueBill(
        order.place, order.kind, "o-1", "abc123", order.amounts, order.document, order.holder_key,
    ))  # fmt: skip
    assert desk.agency == "hospital"
    await market.pay("o-1", "p-1")
    await until(lambda: market.order_leaf("o-1").state == CANCELLED, 10)
    assert market.order_leaf("o-1").owed_fen == 600
