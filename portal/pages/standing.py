"""Where a bill or an order stands, as marks that a page puts into words.

Rule: a mark is a key of the catalogue and a tone; what depends on time is judged here, with the
portal's clock, never stored.
"""

from dataclasses import dataclass
from typing import Final

from portal.projection.rows import BillRow, OrderRow, PaymentRow

GOOD: Final = "good"
WARN: Final = "warn"
BAD: Final = "bad"
PLAIN: Final = "plain"

TO_PAY: Final = ("to_pay", "part_paid")
"""States in which an order may be paid."""
CLOSED: Final = ("cancelled", "expired", "returned", "bill_reversed", "billed")
"""States in which nothing more is to come."""

_ORDER_TONES: Final = {
    "to_pay": WARN,
    "part_paid": WARN,
    "paid": GOOD,
    "deposit_held": GOOD,
    "billed": GOOD,
    "returning": WARN,
}


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing to say of a bill."""

    key: str
    """What: `state.issued`."""
    tone: str
    """GOOD, WARN, BAD or PLAIN."""
    classes: tuple[str, ...] = ()
    """Payer classes that the sentence names."""
    bill: str = ""
    """`code/number` of the bill it is about; empty without one."""
    is_short: bool = True
    """Whether the list says it too."""


def bill_marks(row: BillRow, now_ms: int) -> tuple[Mark, ...]:
    """Return all there is to say of where a bill stands, the most important first."""
    marks = [_validity(row)]
    if row.replaced_by:
        marks.append(Mark("state.replaced_by", PLAIN, bill=row.replaced_by, is_short=False))
    if row.replaces:
        marks.append(Mark("state.replaces", PLAIN, bill=row.replaces, is_short=False))
    if row.is_on_paper:
        marks.append(Mark("state.on_paper", WARN))
    if row.claimed:
        marks.append(Mark("state.claimed", GOOD, tuple(row.claimed.split())))
    if row.lock_class and now_ms < row.lock_until_ms:
        marks.append(Mark("state.being_claimed", WARN, (row.lock_class,)))
    if row.books in ("booked", "archived"):
        marks.append(Mark(f"state.{row.books}", GOOD))
    return (*marks, *_passage(row))


def _validity(row: BillRow) -> Mark:
    if row.validity == "reversed":
        return Mark("state.reversed", BAD, bill=row.counterpart)
    if row.validity == "red":
        return Mark("state.red", BAD, bill=row.counterpart)
    return Mark("state.issued", GOOD)


def _passage(row: BillRow) -> tuple[Mark, ...]:
    """Return how far a bill came on its way to the patient."""
    if row.endorsement == "withheld":
        endorsed = Mark("state.withheld", WARN)
    elif row.endorsement == "endorsed":
        endorsed = Mark("state.endorsed", GOOD, is_short=False)
    else:
        endorsed = Mark("state.not_endorsed", PLAIN, is_short=False)
    key, tone = ("state.delivered", GOOD) if row.is_delivered else ("state.on_the_way", PLAIN)
    return endorsed, Mark(key, tone, is_short=False)


def order_state(row: OrderRow, now_ms: int) -> str:
    """Return in which state an order is for its patient: a key of the group `order`."""
    if row.state == "open":
        return _open_state(row, now_ms)
    if row.state == "billed":
        return "billed"
    if row.owed_fen:
        return "returning"
    if row.refunded_fen:
        return "returned"
    return "cancelled" if row.state == "cancelled" else "bill_reversed"


def order_tone(state: str) -> str:
    """Return the tone of an order's state."""
    return _ORDER_TONES.get(state, PLAIN)


def is_payable(row: OrderRow, now_ms: int) -> bool:
    """Tell whether an order may be paid now."""
    return order_state(row, now_ms) in TO_PAY and row.left_fen > 0


def strays(payments: tuple[PaymentRow, ...]) -> tuple[PaymentRow, ...]:
    """Return the payments that found no place on their order: they go back by themselves."""
    return tuple(payment for payment in payments if not payment.is_applied)


def _open_state(row: OrderRow, now_ms: int) -> str:
    if row.money == "paid":
        return "paid"
    if row.sort == "deposit" and row.paid_fen and not row.left_fen:
        return "deposit_held"
    if now_ms > row.expiry_ms:
        return "returning" if row.paid_fen else "expired"
    return "part_paid" if row.paid_fen else "to_pay"
