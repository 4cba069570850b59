"""Orders and payments, counted from operations one after another.

Rule: a payment found its order if the order was open, in time, and the sum fitted; else it is
unapplied and owed back.
"""

from dataclasses import dataclass, field
from typing import Final

from cli.recount.blocks import RawOperation
from primitives.units import AMOUNT_FEN_MAX

DEPOSIT: Final = 1


@dataclass(slots=True)
class CountedOrder:
    """One order."""

    is_deposit: bool
    """Whether it takes any payment until its bill."""
    due_fen: int
    """What must be paid."""
    instalments: int
    """How many payments may make it."""
    expiry_ms: int
    """The last time it may be paid."""
    state: str = "open"
    """`open`, `cancelled`, `billed` or `reversed`."""
    payments: int = 0
    """How many were applied."""
    paid_fen: int = 0
    """Their sum."""
    refunded_fen: int = 0
    """What went back."""
    owed_fen: int = 0
    """What is owed back."""


@dataclass(slots=True)
class CountedPayment:
    """One payment."""

    order: tuple[str, str]
    """Hospital and order."""
    amount_fen: int
    """How much."""
    is_applied: bool
    """Whether it found its order."""
    refunded_fen: int = 0
    """What went back."""

    @property
    def owed_fen(self) -> int:
        """What is owed back of it while it is unapplied."""
        return 0 if self.is_applied else self.amount_fen - self.refunded_fen


@dataclass(slots=True)
class MoneyCount:
    """All orders and payments."""

    orders: dict[tuple[str, str], CountedOrder] = field(default_factory=dict)
    """By hospital and order."""
    payments: dict[tuple[str, str], CountedPayment] = field(default_factory=dict)
    """By provider and reference."""

    @property
    def unapplied(self) -> list[CountedPayment]:
        """The payments of which something is owed back because they fit no order."""
        return [payment for payment in self.payments.values() if payment.owed_fen]

    def count(self, operation: RawOperation, time_ms: int) -> None:
        """Count an operation about money."""
        match operation.fields:
            case [11, order, sort, _, _, amounts, _, _, instalments, expiry_ms]:
                new = CountedOrder(sort == DEPOSIT, amounts[4], instalments, expiry_ms)
                self.orders[operation.sender, order] = new
            case [12, hospital, order, _]:
                found = self.orders[hospital, order]
                found.state = "cancelled"
                found.owed_fen = found.paid_fen - found.refunded_fen
            case [13, payee, order, amount, reference, paid_ms, _]:
                is_applied = self._apply((payee, order), amount, paid_ms)
                payment = CountedPayment((payee, order), amount, is_applied)
                self.payments[operation.sender, reference] = payment
            case [14, payment_reference, _, amount, _, _]:
                self._refund(self.payments[operation.sender, payment_reference], amount)
            case _:
                raise AssertionError("no operation about money")

    def billed(self, hospital: str, order: str, own_fen: int) -> None:
        """An order has its bill."""
        found = self.orders[hospital, order]
        found.state = "billed"
        found.owed_fen = found.paid_fen - found.refunded_fen - own_fen

    def reversed(self, hospital: str, order: str) -> None:
        """An order's bill was taken back."""
        found = self.orders[hospital, order]
        found.state = "reversed"
        found.owed_fen = found.paid_fen - found.refunded_fen

    def _apply(self, name: tuple[str, str], amount_fen: int, paid_ms: int) -> bool:
        order = self.orders.get(name)
        if order is None or order.state != "open" or paid_ms > order.expiry_ms:
            return False
        left = order.due_fen - order.paid_fen
        is_part = 0 < amount_fen < left and order.payments + 1 < order.instalments
        if order.is_deposit:
            fits = order.paid_fen + amount_fen <= AMOUNT_FEN_MAX
        else:
            fits = is_part or 0 < amount_fen == left
        if not fits:
            return False
        order.payments += 1
        order.paid_fen += amount_fen
        return True

    def _refund(self, payment: CountedPayment, amount_fen: int) -> None:
        payment.refunded_fen += amount_fen
        if payment.is_applied:
            order = self.orders[payment.order]
            order.refunded_fen += amount_fen
            order.owed_fen -= amount_fen
