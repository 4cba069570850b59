"""Cases 11, 12, 13 and 19 of the nasty ones, and money that never gets lost on any path."""

import random

import pytest

from ledger.apply import check_steps, run
from ledger.bills import BillName
from ledger.orders import (
    BILLED,
    CANCELLED,
    CHARGE,
    DEPOSIT,
    OPEN,
    REVERSED,
    CancelOrder,
    held_fen,
)
from ledger.payments import UNAPPLIED, Refund, refund_key
from ledger.ranges import NumberRange
from ledger.state import View
from ledger.transaction import decode_transaction
from primitives.codec import decode
from tests.support.ledgers import CODE, Chain, DictState, is_signed
from tests.support.money import (
    MINUTE_MS,
    bill_at,
    bill_of,
    endorsed_bill,
    granted,
    lock,
    new_town,
    order_at,
    order_of,
    pay,
    payment_at,
    refund,
    release,
    reverse,
    settle,
    tally_at,
)
from tests.support.scale import scaled


@pytest.fixture
def town() -> Chain:
    return new_town()


def test_case_11_a_second_claim_after_settlement_is_refused_by_class_and_by_burden(
    town: Chain,
) -> None:
    number = endorsed_bill(town, "b1", own=6110)
    town.accept("insurance", lock(town, number, 6110))
    town.accept("insurance", settle(number, 6110, "original"))
    copy = town.refuse("insurance", lock(town, number, 6110))
    assert (copy.code, copy.field) == ("claim.class_settled", "payer_class")
    elsewhere = lock(town, number, 1, payer_class=3, grant=granted(town, number))
    assert town.refuse("mutual", elsewhere).code == "claim.exceeds_burden"
    assert town.refuse("insurance", lock(town, number, 1, payer_class=2)).code == (
        "claim.exceeds_burden"
    )


@pytest.mark.parametrize("first", ["insurance", "mutual"])
def test_case_12_of_two_locks_in_one_block_every_node_lets_the_same_one_win(
    town: Chain, first: str
) -> None:
    number = endorsed_bill(town, "b1")
    locks = {
        "insurance": town.sign("insurance", lock(town, number, 100)),
        "mutual": town.sign(
            "mutual", lock(town, number, 100, payer_class=3, grant=granted(town, number))
        ),
    }
    winner = locks.pop(first)
    (loser,) = locks.values()
    built = town.build(winner, loser)
    ((_, refusal),) = built.refused
    classes = {"insurance": 1, "mutual": 3}
    assert refusal.code == "claim.locked"
    assert refusal.facts == {"payer_class": classes[first], "operation": 0}
    assert "insurance" not in str(refusal)
    for _ in range(3):
        replica = View(DictState(list(town.state.rows.items())), town.tip.state_root)
        executed = run(
            check_steps(
                replica,
                town.tip,
                header=built.header,
                transactions=[
                    decode_transaction(data, town.genesis.chain) for data in built.body.transactions
                ],
                parent_certificate=built.body.parent_certificate,
                is_signed=is_signed,
            )
        )
        assert executed.state_root == built.header.state_root
    town.write(built.executed, built.header_bytes)
    claim = bill_at(town, number).claim
    assert claim is not None
    assert claim.lock is not None
    assert claim.lock.payer == first
    assert town.refuse(loser.envelope.agency, *loser.envelope.operations).code == "claim.locked"


def test_case_13_a_lock_whose_holder_never_answers_ends_with_its_lease(town: Chain) -> None:
    number = endorsed_bill(town, "b1")
    operation = lock(town, number, 100)
    town.accept("insurance", operation)
    end_ms = operation.until_ms
    waiting = lock(
        town, number, 100, payer_class=3, lease_ms=9 * MINUTE_MS, grant=granted(town, number)
    )
    assert town.refuse("mutual", waiting, time_ms=end_ms - 1).code == "claim.locked"
    late = town.refuse("insurance", settle(number, 100, "s1"), time_ms=end_ms)
    assert late.code == "claim.lease_over"
    town.accept("mutual", waiting, time_ms=end_ms)
    town.accept("mutual", settle(number, 100, "m1"))
    assert town.refuse("insurance", settle(number, 100, "s1")).code == "claim.not_locked"
    assert tally_at(town).locked == 0


def test_case_13_a_lapsed_lock_that_nobody_wants_is_cleared_by_finance(town: Chain) -> None:
    number = endorsed_bill(town, "b1")
    operation = lock(town, number, 100)
    town.accept("insurance", operation)
    town.accept("finance", release(number), time_ms=operation.until_ms)
    assert tally_at(town).locked == 0
    town.accept("hospital", reverse(number))


def test_case_19_the_second_payment_of_an_order_is_refunded_once_however_often_it_is_tried(
    town: Chain,
) -> None:
    town.accept("hospital", order_of("o1", 500))
    parent, child = pay("o1", 500, "wx-parent"), pay("o1", 500, "wx-child")
    town.commit(town.sign("bank", parent), town.sign("bank", child))
    second = payment_at(town, "wx-child")
    assert (second.state, second.reason, second.owed_fen) == (UNAPPLIED, "order_paid", 500)
    back = refund("wx-child", 500, "wx-child-r1")
    town.accept("bank", back)
    for again in (back, refund("wx-child", 500, "wx-child-r1")):
        assert town.refuse("bank", again).code == "refund.recorded"
    assert town.refuse("bank", refund("wx-child", 1, "wx-child-r2")).code == (
        "refund.exceeds_payment"
    )
    assert payment_at(town, "wx-child").refunded_fen == 500
    assert town.fact(refund_key("bank", "wx-child-r1"), Refund).amount_fen == 500
    town.accept("hospital", bill_of("o1", 500))
    assert order_at(town, "o1").owed_fen == 0


def test_case_19_both_payments_in_one_transaction_are_told_apart(town: Chain) -> None:
    town.accept("hospital", order_of("o1", 500))
    results = town.accept("bank", pay("o1", 500, "one"), pay("o1", 500, "two"))
    assert [result.reason for result in results] == ["", "order_paid"]


class Wanderer:
    """Walks orders along lawful and unlawful paths and keeps its own books of the money."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.town = new_town()
        self.orders: list[str] = []
        self.references: list[str] = []
        self.count = 0
        self.moves: set[str] = set()

    def name(self) -> str:
        self.count += 1
        return f"n{self.count}"

    def some_order(self) -> str:
        return self.random.choice(self.orders) if self.orders else "nothing"

    def step(self) -> None:
        """Try something on some order; what is refused changes nothing."""
        draw = self.random
        order = self.some_order()
        own = draw.choice((1, 2, 3, 5, 8))
        newest = order_at(self.town, order).bill if self.orders else None
        sort, instalments = draw.choice((CHARGE, DEPOSIT)), draw.choice((1, 3))
        opening = order_of(self.name(), own, sort=sort, instalments=instalments)
        asked = own
        if self.orders and newest is None and draw.random() < 0.5:
            asked = order_at(self.town, order).amounts.own
        issue = bill_of(order, asked, business_number=self.name(), replaces=newest)
        back = refund(draw.choice(self.references or ["none"]), own, self.name())
        moves = {
            "open": ("hospital", opening),
            "pay": ("bank", pay(order, own, self.name())),
            "bill": ("hospital", issue),
            "cancel": ("hospital", CancelOrder("hospital", order, "not_needed")),
            "reverse": ("hospital", reverse(newest.number if newest else 1)),
            "refund": ("bank", back),
        }
        move = draw.choice(("open", "pay", "pay", "bill", "bill", "cancel", "reverse", "refund"))
        sender, operation = moves[move]
        before = self.town.tip.state_root
        if self.town.commit(self.town.sign(sender, operation)).refused:
            assert self.town.tip.state_root == before
            return
        self.moves.add(move)
        if move == "open":
            self.orders.append(operation.order)  # type: ignore[union-attr]
        elif move == "pay":
            self.references.append(operation.reference)  # type: ignore[union-attr]

    def check(self) -> None:
        """Compare every order, payment and range with the books."""
        owing = 0
        paid: dict[str, int] = {}
        back: dict[str, int] = {}
        for reference in self.references:
            payment = payment_at(self.town, reference)
            if payment.state == UNAPPLIED:
                assert payment.amount_fen == payment.refunded_fen + payment.owed_fen
            else:
                paid[payment.order] = paid.get(payment.order, 0) + payment.amount_fen
                back[payment.order] = back.get(payment.order, 0) + payment.refunded_fen
        for name in self.orders:
            order = order_at(self.town, name)
            assert order.paid_fen == paid.get(name, 0)
            assert order.refunded_fen == back.get(name, 0)
            live = 0
            if order.state == BILLED:
                assert order.bill is not None
                live = bill_at(self.town, order.bill.number).amounts.own
            on_hand = order.paid_fen if order.state == OPEN else 0
            assert order.paid_fen == on_hand + live + order.owed_fen + order.refunded_fen
            assert (order.due_by_ms > 0) == (order.owed_fen > 0)
            if order.state in (CANCELLED, REVERSED):
                assert order.owed_fen == held_fen(order)
            owing += order.owed_fen > 0 and order.bill is not None
        assert self.tallies() == owing

    def tallies(self) -> int:
        """Return the sum of what all ranges have owing, each of them at least 0."""
        rows = self.town.state.rows.items()
        ranges = [decode(v, NumberRange, 4096) for k, v in rows if k.startswith(b"sr/")]
        assert all(item.tally.owing >= 0 for item in ranges)
        return sum(item.tally.owing for item in ranges)

    def pay_all_back(self) -> None:
        """Refund whatever is owed, and see that nothing is left."""
        for reference in self.references:
            payment = payment_at(self.town, reference)
            rest = payment.amount_fen - payment.refunded_fen
            if payment.state != UNAPPLIED:
                rest = min(rest, order_at(self.town, payment.order).owed_fen)
            if rest:
                self.town.accept("bank", refund(reference, rest, self.name()))
        assert all(order_at(self.town, name).owed_fen == 0 for name in self.orders)
        assert self.tallies() == 0


@pytest.mark.parametrize("seed", range(scaled(60)))
def test_on_every_path_what_was_paid_is_held_by_a_live_bill_owed_or_refunded(seed: int) -> None:
    walk = Wanderer(seed)
    for _ in range(80):
        walk.step()
        walk.check()
    walk.pay_all_back()
    walk.check()


def test_the_paths_lead_through_every_move() -> None:
    moves: set[str] = set()
    for seed in range(3):
        walk = Wanderer(seed)
        for _ in range(80):
            walk.step()
        moves |= walk.moves
    assert moves == {"open", "pay", "bill", "cancel", "reverse", "refund"}


def test_a_chain_of_reversals_and_shrinking_bills_owes_each_difference_once(town: Chain) -> None:
    town.accept("hospital", order_of("o1", 1000))
    town.accept("bank", pay("o1", 1000, "p"))
    town.accept("hospital", bill_of("o1", 1000))
    number, rest = 1, 1000
    for smaller in (900, 900, 500, 1):
        again = bill_of("o1", smaller, replaces=BillName(CODE, number))
        _, issued = town.accept("hospital", reverse(number), again)
        number = issued.number
        if smaller < rest:
            town.accept("bank", refund("p", rest - smaller, f"r{number}"))
        rest = smaller
        assert (order_at(town, "o1").owed_fen, tally_at(town).owing) == (0, 0)
    assert payment_at(town, "p").refunded_fen == 999
