"""What is open is known from the blocks as they come, and from the leaves, alike."""

from ledger.agencies import Agency, agency_key
from ledger.claims import LockClaim, ReleaseClaim
from ledger.orders import CHARGE, DEPOSIT, CancelOrder
from ledger.reversal import ReverseBill
from node.open_matters import OpenMatters, OrderName, PaymentName
from tests.support.market import BANK, DAY_MS, DUE_FEN, Market
from tests.support.office import line
from tests.support.parts import virtually
from tests.support.town import until
from tests.support.world import EPOCH_MS


async def opened() -> Market:
    market = Market()
    await market.open()
    return market


def known(matters: OpenMatters) -> tuple[object, ...]:
    """Return all that is open."""
    return (
        matters.orders,
        matters.paid,
        matters.owing,
        matters.unapplied,
        matters.locks,
        matters.withheld,
        matters.unendorsed.lowest(999),
        matters.unanchored.lowest(999),
    )


async def lively(market: Market) -> None:
    """Leave something open of every kind."""
    await market.order("open", "paid", "owed", "lapsing")
    await market.order("deposit", sort=DEPOSIT)
    await market.pay("paid", "p-1")
    await market.pay("owed", "p-2")
    await market.pay("nothing", "p-3")
    await market.pay("deposit", "p-4")
    state = market["hospital"].running.state
    await until(lambda: market["hospital"].running.state.bill_of("hospital", "owed") is not None, 9)
    bill = market.order_leaf("owed").bill
    assert bill is not None
    await market.hand_in("hospital", ReverseBill(bill.code, bill.number, "abc123", "refund"))
    await market.offices["hospital"].issue(line("claimed"))
    state = market["hospital"].running.state
    found = state.bill_of("hospital", "claimed")
    assert found is not None
    for agency in ("finance", "insurance"):
        matters = market.offices[agency].services.duties.matters
        await until(lambda m=matters: len(m.unendorsed) == 0, 9)
    lock = LockClaim(*found, 1, "reimburse", 1_000, EPOCH_MS + DAY_MS, None)
    await market.level()
    await market.hand_in("insurance", lock)
    await market.level()


@virtually
async def test_an_index_built_anew_from_the_leaves_is_the_one_that_followed_the_blocks() -> None:
    market = await opened()
    await lively(market)
    for agency in ("hospital", "finance", "insurance", BANK):
        services = market.offices[agency].services
        leaf = services.duties.matters
        fresh = OpenMatters(market[agency].running, agency, roles_of(market, agency))
        await fresh.build()
        assert known(fresh) == known(leaf), agency
        assert fresh.is_complete


def roles_of(market: Market, agency: str) -> tuple[str, ...]:
    """Return an agency's roles as the ledger has them."""
    leaf = market[agency].running.state.leaf(agency_key(agency), Agency)
    assert leaf is not None
    return leaf.roles


@virtually
async def test_each_sees_what_concerns_it_and_who_owes_what_by_when() -> None:
    market = await opened()
    await lively(market)
    hospital = market.offices["hospital"].services.duties.matters
    assert set(hospital.orders) == {
        OrderName("hospital", number) for number in ("open", "owed", "lapsing", "deposit")
    }
    owed = hospital.orders[OrderName("hospital", "owed")]
    assert (owed.owed_fen, owed.due_by_ms > EPOCH_MS) == (DUE_FEN, True)
    assert hospital.providers_of(OrderName("hospital", "owed")) == [PaymentName(BANK, "p-2")]
    (unapplied,) = hospital.unapplied.values()
    assert (unapplied.order, unapplied.reason) == ("nothing", "order_unknown")
    insurance = market.offices["insurance"].services.duties.matters
    assert len(insurance.locks) == 1
    await market.hand_in("insurance", ReleaseClaim(*next(iter(insurance.locks))))
    assert insurance.locks == {}


@virtually
async def test_what_is_settled_is_open_no_more() -> None:
    market = await opened()
    await lively(market)
    await market.refund("p-2", DUE_FEN)
    await market.refund("p-3", DUE_FEN)
    await market.hand_in("hospital", CancelOrder("hospital", "open", "wrong_person"))
    await market.level()
    matters = market.offices["hospital"].services.duties.matters
    assert not matters.owing
    assert not matters.unapplied
    assert set(matters.orders) == {
        OrderName("hospital", "lapsing"),
        OrderName("hospital", "deposit"),
    }


@virtually
async def test_orders_lapse_in_the_order_of_their_ends_unless_money_is_on_them() -> None:
    market = await opened()
    await market.order("late", life_ms=50_000)
    await market.order("early", life_ms=40_000)
    await market.order("paying", life_ms=40_000, instalments=2)
    await market.order("deposit", sort=DEPOSIT, life_ms=40_000)
    await market.pay("deposit", "p-1")
    await market.pay("paying", "p-2", 100)
    await market.level()
    matters = market.offices["hospital"].services.duties.matters
    now_ms = market["hospital"].clock.now_ms()
    assert matters.expired(now_ms, 9) == []
    names = [name.order for name in matters.expired(now_ms + 60_000, 9)]
    assert names == ["early", "paying", "late"]
    assert matters.expired(now_ms + 60_000, 9), "they stay until they are cancelled"
    assert [name.order for name in matters.expired(now_ms + 60_000, 1)] == ["early"]
    assert matters.orders[OrderName("hospital", "late")].sort == CHARGE
