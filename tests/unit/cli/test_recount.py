"""The recount from raw blocks: equal to what the ledger keeps, and blind to none of its faults."""

from collections import Counter
from random import Random

import msgpack
import pytest

from cli.recount.blocks import read_block
from cli.recount.counting import Counting
from ledger.day_totals import DayTotal
from primitives.codec import decode
from primitives.errors import PeerFault
from tests.model.twice import KINDS, Twice
from tests.support.refusals import refused
from tests.support.scale import scaled
from tests.support.seeds import told_seed

STEPS = 300


def some_province(seed: int) -> Twice:
    """Return a province in which much has happened."""
    twice = Twice(Counter())
    twice.prelude(seed)
    random = Random(seed)
    for _ in range(STEPS):
        twice.step(random.choice(KINDS), random.randrange(2**32))
    return twice


def recounted(twice: Twice) -> Counting:
    counting = Counting()
    for header, body in twice.ledger.blocks:
        counting.block(read_block(header, body))
    return counting


def test_ranges_days_claims_and_money_are_what_the_ledger_keeps():
    seed = told_seed("recount")
    for run in range(scaled(30)):
        twice = some_province(seed + run)
        counting = recounted(twice)
        seen = twice.seen
        for (code, first), r in counting.ranges.items():
            state = seen["range", code, first]
            counts = (r.blue, r.red, r.void, r.blue_fen, r.red_fen, r.locked, r.withheld)
            assert (r.unit, r.place, r.kind, r.last, r.next) == state[:5]
            assert counts == state[7][:7]
        assert len(counting.ranges) == sum(name[0] == "range" for name in seen)
        for name, order in counting.money.orders.items():
            state = seen["order", *name]
            sums = (order.payments, order.paid_fen, order.owed_fen, order.refunded_fen)
            assert (order.state, *sums) == (state[4], state[6], state[7], state[9], state[10])
        for name, payment in counting.money.payments.items():
            state = seen["payment", *name]
            assert (payment.is_applied, payment.owed_fen) == (state[3], state[5])
        assert counting.bills.keys() == {name[1:] for name in seen if name[0] == "bill"}


def test_days_are_what_the_ledger_keeps():
    twice = some_province(told_seed("recount"))
    for (unit, date), day in recounted(twice).days.items():
        value = twice.ledger.chain.view.value(f"t/{unit}/{date}".encode())
        assert value is not None
        total = decode(value, DayTotal, 1_000)
        assert (total.blue, total.red) == (day.blue, day.red)
        assert (total.blue_fen, total.red_fen) == (day.blue_fen, day.red_fen)


def test_a_body_that_is_not_its_headers_is_refused():
    twice = some_province(1)
    (header, _), (_, other) = twice.ledger.blocks[:2]
    with refused("recount.wrong_body", error=PeerFault):
        read_block(header, other)


@pytest.mark.parametrize("body", [b"", b"\xc0", msgpack.packb([[b"\xc0"], b""])])
def test_what_is_no_block_is_refused(body: bytes):
    header = some_province(1).ledger.blocks[0][0]
    with refused("recount.malformed", error=PeerFault):
        read_block(header, body)
