"""Charge orders: open from lines of the hospital's system, list, get."""

from ledger.checks import parameters_of
from ledger.orders import CHARGE, DEPOSIT, MONEY, OPEN, ORDER, PREPAY, UNPAID, due_fen, order_key
from ledger.orders import Order as OrderLeaf
from node.api.bill_answers import Amounts, Name
from node.api.bills import problem_with_bill, raise_if_unavailable, read_lines
from node.api.call import Call, Services
from node.api.encoding import not_found
from node.api.money_answers import OpenedOrder, OpenedOrders, Order, Orders
from node.api.pages import LEAF_SIZE_MAX, parts_of, read_page, state_of
from node.intents import OrderIntent
from node.slots import OpenedAt, Slot
from primitives.codec import decode
from primitives.errors import HouseError, Refused

_SORTS = {"charge": CHARGE, "deposit": DEPOSIT}
INSTALMENTS_MAX = 100


async def open_orders(call: Call) -> OpenedOrders:
    """Open an order a line of the hospital's system; the same business number never twice.

    Without `expires_ms` an order may be paid as long as the ledger allows.
    """
    wait_ms, services = call.wait_ms(), call.services
    sort = call.text("sort") or "charge"
    if sort not in _SORTS:
        raise Refused("request.wrong_value", "write charge or deposit", "sort")
    # The ledger's clock may be behind this one's: stay a little below what it allows.
    longest = services.clock.now_ms() + parameters_of(services.view).order_life_max_ms - 60_000
    expiry_ms = call.integer("expires_ms", longest, 2**63 - 1)
    instalments = max(1, call.integer("instalments", 1, INSTALMENTS_MAX))
    intent = OrderIntent(_SORTS[sort], instalments, expiry_ms)
    outcomes = await services.issuing.issue(await read_lines(call), wait_ms, intent)
    raise_if_unavailable(outcomes)
    return OpenedOrders(
        items=[
            _opened(place, outcome, is_waited=wait_ms > 0)
            for place, outcome in enumerate(outcomes, 1)
        ]
    )


async def get_orders(call: Call) -> Orders:
    """Return a page of orders; filters: hospital, state, money."""
    hospital, state, money = call.text("hospital"), state_of(call, ORDER), call.text("money")

    def read(key: bytes, value: bytes) -> Order | None:
        told = order_answer(call.services, *_named(key), decode(value, OrderLeaf, LEAF_SIZE_MAX))
        return told if state in ("", told.state) and money in ("", told.money) else None

    prefix = f"d/{hospital}/" if hospital else "d/"
    items, following = await read_page(call, prefix.encode(), read)
    return Orders(items=items, next=following)


async def get_order(call: Call) -> Order:
    """Return one order."""
    hospital, number, view = call.path("hospital"), call.path("order"), call.services.view
    leaf = view.leaf(order_key(hospital, number), OrderLeaf) if "/" not in number else None
    if leaf is None:
        raise not_found("order")
    return order_answer(call.services, hospital, number, leaf)


def order_answer(services: Services, hospital: str, number: str, leaf: OrderLeaf) -> Order:
    """Return an order as the API tells it."""
    amounts = leaf.amounts
    is_unpaid = leaf.state == OPEN and leaf.money in (UNPAID, PREPAY)
    return Order(
        hospital=hospital,
        order=number,
        sort="charge" if leaf.sort == CHARGE else "deposit",
        state=ORDER.state_name(leaf.state),
        money=MONEY.state_name(leaf.money),
        place=leaf.place,
        kind=leaf.kind,
        amounts=Amounts(
            total_fen=amounts.total,
            fund_fen=amounts.fund,
            other_fen=amounts.other,
            account_fen=amounts.account,
            own_fen=amounts.own,
        ),
        due_fen=due_fen(leaf),
        paid_fen=leaf.paid_fen,
        refunded_fen=leaf.refunded_fen,
        owed_fen=leaf.owed_fen,
        payments=leaf.payments,
        instalments=leaf.instalments,
        opened_ms=leaf.opened_ms,
        expiry_ms=leaf.expiry_ms,
        expired=is_unpaid and services.node.head.time_ms > leaf.expiry_ms,
        commitment=leaf.document.commitment.hex(),
        key_id=leaf.key_id.hex(),
        height=leaf.height,
        transaction=services.blocks.transaction_id(leaf.height, leaf.transaction_index),
        paid_ms=leaf.paid_ms or None,
        due_by_ms=leaf.due_by_ms or None,
        bill=None
        if leaf.bill is None
        else Name(code=leaf.bill.code, number=f"{leaf.bill.number:010d}"),
    )


def _named(key: bytes) -> tuple[str, str]:
    hospital, number = parts_of(key)
    return hospital, number


def _opened(line: int, outcome: Slot | HouseError, *, is_waited: bool) -> OpenedOrder:
    """Return what became of one line."""
    if isinstance(outcome, HouseError):
        problem = problem_with_bill(outcome)
        return OpenedOrder(line=line, order="", status="refused", problem=problem)
    number, result = outcome.business_number, outcome.outcome
    match result:
        case OpenedAt():
            return OpenedOrder(
                line=line,
                order=number,
                status="exists" if outcome.is_old else "committed",
                height=result.height,
                transaction=result.transaction_id or None,
            )
        case HouseError():
            problem = problem_with_bill(result)
            return OpenedOrder(line=line, order=number, status="refused", problem=problem)
        case _:
            return OpenedOrder(
                line=line,
                order=number,
                status="unknown" if is_waited else "accepted",
                transaction=outcome.transaction_id.hex(),
            )
