"""Two payers lock one bill in the same block from two nodes: one of them has it, on every node.

Both locks are handed in, each at its payer's own node, before either is in a block. 1,000 races,
a tenth of them without FULL=1.
"""

import asyncio
import random

import msgspec
import pytest

from ledger.bills import Bill, bill_key
from ledger.claims import LockClaim
from ledger.transaction import Transaction
from node.answers import Outcome, Submission
from tests.support.checker import assert_same_heads
from tests.support.market import BANK, DAY_MS, Market
from tests.support.network import Weather
from tests.support.office import PLACE
from tests.support.scale import scaled
from tests.support.town import EXPIRY_MS, until
from tests.support.virtual_loop import run_virtually
from tests.support.world import EPOCH_MS

SEED = 5
RACES = scaled(1_000)
RACES_AT_ONCE = 10
CLASS_OF = {"insurance": 1, BANK: 3}


def lock(number: int, payer: str) -> LockClaim:
    """Return a payer's lock of a bill."""
    return LockClaim(
        "46060226", number, CLASS_OF[payer], "reimburse", 1_000, EPOCH_MS + DAY_MS, None
    )


async def issue_bills(market: Market) -> None:
    """Have as many bills issued and endorsed as there are races."""
    for first in range(0, RACES, 100):
        bills = [
            msgspec.structs.replace(market.hospital.bill(f"b-{n}"), place=PLACE, kind="02")
            for n in range(first, min(first + 100, RACES))
        ]
        transaction = market.hospital.transaction(tuple(bills), EXPIRY_MS)
        await market.commit(transaction, "hospital")
    await market.level()
    matters = market.offices["finance"].services.duties.matters
    await until(lambda: len(matters.unendorsed) == 0, 60)
    await market.level()


async def race(market: Market, number: int, order: list[str]) -> tuple[str, str]:
    """Let two payers lock a bill; return the winner and the code that the loser was told.

    The loser learns the class of who holds the bill, not the name.
    """
    handed: dict[str, Transaction] = {}
    for payer in order:
        desk = market.offices[payer].services.desk
        handed[payer] = desk.transaction([lock(number, payer)])
        answer = market[payer].running.submit(handed[payer].data)
        assert answer.status is Outcome.ACCEPTED, answer
    outcomes = {}
    for payer, transaction in handed.items():
        outcomes[payer] = await decided(market, payer, transaction)
    (winner,) = (p for p, outcome in outcomes.items() if outcome.status is Outcome.COMMITTED)
    (loser,) = (p for p in order if p != winner)
    refusal = outcomes[loser].refusal
    assert refusal is not None
    assert refusal.facts["payer_class"] == CLASS_OF[winner]
    return winner, refusal.code


async def decided(market: Market, payer: str, transaction: Transaction) -> Submission:
    """Wait until a payer's node knows what became of its lock."""
    node = market[payer].running
    await until(lambda: node.outcome(transaction.id).status is not Outcome.ACCEPTED, 20)
    return node.outcome(transaction.id)


async def run_races() -> dict[str, int]:
    """Run all races; return how often who won."""
    market = Market(SEED, weather=Weather(delay_min_ms=0.2, delay_mean_ms=1.0))
    await market.open()
    await issue_bills(market)
    chance = random.Random(f"races {SEED}")
    won = dict.fromkeys(CLASS_OF, 0)
    for first in range(1, RACES + 1, RACES_AT_ONCE):
        numbers = range(first, min(first + RACES_AT_ONCE, RACES + 1))
        orders = [chance.sample(list(CLASS_OF), 2) for _ in numbers]
        results = await asyncio.gather(*(map(race, [market] * len(numbers), numbers, orders)))
        for number, (winner, code) in zip(numbers, results, strict=True):
            assert code == "claim.locked"
            won[winner] += 1
            await market.level()
            for machine in market.all:
                bill = machine.running.state.leaf(bill_key("46060226", number), Bill)
                assert bill is not None
                assert bill.claim is not None
                assert bill.claim.lock is not None
                assert (bill.claim.lock.payer, bill.claim.lock.payer_class) == (
                    winner,
                    CLASS_OF[winner],
                )
    assert_same_heads(market.all)
    return won


@pytest.mark.slow
def test_of_two_payers_who_lock_a_bill_at_once_one_has_it_and_the_other_is_told() -> None:
    won = run_virtually(run_races())
    print(f"{RACES} races, seed {SEED}: {won}")  # noqa: T201
    assert sum(won.values()) == RACES
    assert min(won.values()) > 0
