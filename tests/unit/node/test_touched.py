"""Whatever a block does to a bill or an order, the block is known to have touched it."""

from ledger.orders import BILLED
from ledger.reversal import ReverseBill
from node.open_matters import OrderName, PaymentName
from node.touched import touched_by
from tests.support.market import BANK, DUE_FEN, Market
from tests.support.parts import virtually
from tests.support.town import until


@virtually
async def test_the_life_of_an_order_touches_it_again_and_again() -> None:
    market = Market()
    await market.open()
    node = market["hospital"].running
    await market.order("o-1")
    opened = market.order_leaf("o-1").height
    name = OrderName("hospital", "o-1")
    assert list((await touched_by(node, opened)).orders) == [name]
    await market.pay("o-1", "p-1")
    await until(lambda: market.order_leaf("o-1").state == BILLED, 5)
    bill = market.order_leaf("o-1").bill
    assert bill is not None
    receipt = await market.hand_in("hospital", ReverseBill(bill.code, bill.number, "abc123", "x"))
    touched = await touched_by(node, receipt.height)
    assert list(touched.bills) == [(bill.code, bill.number + 1), (bill.code, bill.number)]
    assert list(touched.orders) == [name]
    await market.refund("p-1", DUE_FEN)
    heights = range(opened, node.head.height + 1)
    all_touched = [await touched_by(node, height) for height in heights]
    assert sum(name in item.orders for item in all_touched) == 5
    assert sum(PaymentName(BANK, "p-1") in item.payments for item in all_touched) == 2
    assert sum(bool(item.heights) for item in all_touched) >= 2


@virtually
async def test_an_empty_block_touches_nothing() -> None:
    market = Market()
    await market.open()
    node = market["hospital"].running
    height = node.head.height
    await until(lambda: node.head.height > height, 70)
    touched = await touched_by(node, height + 1)
    assert not touched.bills
    assert not touched.orders
    assert not touched.heights
