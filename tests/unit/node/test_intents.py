"""A line becomes an order, a bill that settles one, or a bill in another's place: each once."""

import asyncio
import json

from ledger.bills import REVERSED, Bill, BillName, bill_key
from ledger.orders import BILLED, CHARGE, DEPOSIT, CancelOrder
from ledger.reversal import ReverseBill
from node.intents import BillIntent, Intent, OrderIntent
from node.slots import IssuedAt, OpenedAt, Slot
from node.vault.places import sealed_place
from primitives.errors import HouseError, Refused
from tests.support.market import DAY_MS, Market
from tests.support.office import line
from tests.support.parts import virtually
from tests.support.town import until
from tests.support.world import EPOCH_MS

ORDER = OrderIntent(CHARGE, 1, EPOCH_MS + DAY_MS)


async def opened() -> Market:
    market = Market()
    await market.open()
    return market


async def send(market: Market, text: bytes, intent: Intent) -> Slot | HouseError:
    (answer,) = await market.offices["hospital"].services.issuing.issue([text], 20_000, intent)
    return answer


def code_of(answer: Slot | HouseError) -> str:
    """Return the code of a refusal."""
    error = answer.outcome if isinstance(answer, Slot) else answer
    assert isinstance(error, HouseError), error
    return error.code


def issued(answer: Slot | HouseError) -> IssuedAt:
    """Return the bill of a line."""
    assert isinstance(answer, Slot), answer
    assert isinstance(answer.outcome, IssuedAt), answer.outcome
    return answer.outcome


def leaf(market: Market, code: str, number: int) -> Bill:
    bill = market["hospital"].running.state.leaf(bill_key(code, number), Bill)
    assert bill is not None
    return bill


@virtually
async def test_the_same_line_is_the_same_order_and_another_is_a_conflict() -> None:
    market = await opened()
    first, second = await asyncio.gather(
        send(market, line("o"), ORDER), send(market, line("o"), ORDER)
    )
    third = await send(market, line("o"), ORDER)
    for answer in (first, second, third):
        assert isinstance(answer, Slot)
        assert isinstance(answer.outcome, OpenedAt)
    assert isinstance(third, Slot)
    assert third.is_old
    other = await send(market, line("o", payer="王芳"), ORDER)
    assert code_of(other) == "bill.business_number_conflict"


@virtually
async def test_a_number_that_has_a_bill_opens_no_order_and_one_on_its_way_is_no_bill() -> None:
    market = await opened()
    issued(await send(market, line("b"), BillIntent()))
    assert code_of(await send(market, line("b"), ORDER)) == "bill.business_number_conflict"
    order, bill = await asyncio.gather(
        send(market, line("o"), ORDER), send(market, line("o"), BillIntent())
    )
    assert isinstance(order, Slot)
    assert isinstance(order.outcome, OpenedAt)
    assert code_of(bill) == "bill.business_number_conflict"


@virtually
async def test_a_number_that_no_order_can_have_is_refused_by_name() -> None:
    market = await opened()
    answer = await send(market, line("a/b"), ORDER)
    assert code_of(answer) == "order.malformed_number"
    assert isinstance(answer, Refused)
    assert answer.field == "busNo"
    issued(await send(market, line("a/b"), BillIntent()))


@virtually
async def test_an_order_holds_its_lines_until_it_is_cancelled() -> None:
    market = await opened()
    await send(market, line("o"), ORDER)
    thief = json.loads(line("c"))
    thief["listDetail"][0]["listDetailNo"] = "o-0"
    text = json.dumps(thief).encode()
    assert code_of(await send(market, text, BillIntent())) == "bill.line_number_used"
    assert code_of(await send(market, text, ORDER)) == "bill.line_number_used"
    await market.hand_in("hospital", CancelOrder("hospital", "o", "wrong_person"))
    issued(await send(market, text, BillIntent()))
    late = line("o2", listDetail=thief["listDetail"])
    assert code_of(await send(market, late, ORDER)) == "bill.line_number_used"


@virtually
async def test_a_reversed_bill_lets_its_lines_go_to_the_one_in_its_place_and_to_no_other() -> None:
    market = await opened()
    first = issued(await send(market, line("b"), BillIntent()))
    name = BillName(first.code, first.number)
    await market.hand_in("hospital", ReverseBill(name.code, name.number, "abc123", "refund"))
    again = issued(await send(market, line("b", remark="again"), BillIntent(replaces=name)))
    assert leaf(market, again.code, again.number).replaces == name
    same = await send(market, line("b", remark="again"), BillIntent(replaces=name))
    assert issued(same).number == again.number
    thief = json.loads(line("c"))
    thief["listDetail"][0]["listDetailNo"] = "b-0"
    stolen = json.dumps(thief).encode()
    assert code_of(await send(market, stolen, BillIntent())) == "bill.line_number_used"


@virtually
async def test_reversal_and_new_bill_are_one_transaction_and_a_refused_one_leaves_both() -> None:
    market = await opened()
    first = issued(await send(market, line("b"), BillIntent()))
    name = BillName(first.code, first.number)
    intent = BillIntent(replaces=name, reversal_reason="wrong_amount")
    wrong = BillIntent(replaces=BillName(first.code, 999), reversal_reason="wrong_amount")
    assert (
        code_of(await send(market, line("b", remark="x"), wrong)) == "bill.business_number_conflict"
    )
    assert leaf(market, first.code, first.number).replaced_by is None
    second = issued(await send(market, line("b", remark="x"), intent))
    blue = leaf(market, first.code, first.number)
    assert blue.validity == REVERSED
    assert blue.counterpart is not None
    assert blue.replaced_by == BillName(second.code, second.number)
    red = leaf(market, blue.counterpart.code, blue.counterpart.number)
    state = market["hospital"].running.state
    assert sealed_place(state, red) == sealed_place(state, blue)
    shelf = market.offices["hospital"].services.vault.shelf
    opened_again = shelf.open(sealed_place(state, red), red.document.commitment)
    assert opened_again.text == line("b")


@virtually
async def test_a_deposit_is_settled_by_a_line_that_names_it_and_the_rest_is_owed_back() -> None:
    market = await opened()
    await send(market, line("d"), OrderIntent(DEPOSIT, 1, EPOCH_MS + DAY_MS))
    await market.pay("d", "p-1", 400)
    await market.pay("d", "p-2", 500)
    await market.level()
    assert not market.offices["hospital"].services.duties.matters.paid
    bill = issued(await send(market, line("stay"), BillIntent(order="d")))
    order = market.order_leaf("d")
    assert (order.state, order.owed_fen) == (BILLED, 300)
    assert leaf(market, bill.code, bill.number).order == "d"
    state = market["hospital"].running.state
    place = sealed_place(state, leaf(market, bill.code, bill.number))
    assert place.height == bill.height


@virtually
async def test_an_order_that_waits_when_power_fails_is_opened_at_the_next_start() -> None:
    market = await opened()
    for agency in ("insurance", "health", "finance"):
        market[agency].crash()
    issuing = market.offices["hospital"].services.issuing
    (answer,) = await issuing.issue([line("o")], 500, ORDER)
    assert isinstance(answer, Slot)
    assert answer.outcome is None
    market["hospital"].crash()
    await market.start()
    await market.staff("hospital")
    again = await send(market, line("o"), ORDER)
    assert isinstance(again, Slot)
    assert isinstance(again.outcome, OpenedAt)
    shelf = market.offices["hospital"].services.vault.shelf
    await until(lambda: shelf.waiting() == [], 5)


@virtually
async def test_a_bill_in_anothers_place_that_waits_is_not_taken_for_one_that_is_too_late() -> None:
    market = await opened()
    first = issued(await send(market, line("b"), BillIntent()))
    name = BillName(first.code, first.number)
    await market.hand_in("hospital", ReverseBill(name.code, name.number, "abc123", "refund"))
    await market.level()
    for agency in ("insurance", "health"):
        market[agency].crash()
    issuing = market.offices["hospital"].services.issuing
    intent = BillIntent(replaces=name)
    (answer,) = await issuing.issue([line("b", remark="again")], 500, intent)
    assert isinstance(answer, Slot)
    assert answer.outcome is None
    market["hospital"].crash()
    for agency in ("insurance", "health", "hospital"):
        await market[agency].start()
    await market.staff("hospital")
    again = issued(await send(market, line("b", remark="again"), intent))
    assert leaf(market, again.code, again.number).replaces == name
    assert market["hospital"].journal.named("issuing.abandoned") == []
