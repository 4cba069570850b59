"""Executing a cell of an axis: bring a thing into a state, offer an operation, see what comes.

Rule: a cell counts as executed when a chain stood in its state and a real transaction (or block)
met it there; what is seen is the leaf before and after, or the refusal's code.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ledger.axes import Axis, Never, No
from ledger.operations import Operation
from ledger.payments import UNAPPLIED, PaymentRecorded
from ledger.receipt import decode_receipt
from tests.support.ledgers import Chain
from tests.support.lives import province

Way = Callable[[Chain], Any]
"""Brings a thing into a state and returns what names it."""
Offer = Callable[[Chain, Any], str | None]
"""Offers an operation on that thing; returns the refusal's code, or None when it took effect."""


class Cell(NamedTuple):
    """One outcome of one cell."""

    axis: str
    """The axis."""
    state: str
    """The state before: `part_refunded`."""
    event: str
    """The row."""
    outcome: str
    """The state after, or the code of the refusal."""


class Extra(NamedTuple):
    """Another way or offer for a cell: where the common one does not fit, or leads elsewhere."""

    state: str
    """The state before."""
    event: str
    """The row."""
    way: Way
    """How to get there."""
    offer: Offer | None = None
    """What to offer; the row's common one when left out."""
    instead: bool = True
    """Whether it stands in the place of the common case, or beside it."""


@dataclass(frozen=True, slots=True)
class Life:
    """How each cell of one axis is executed."""

    axis: Axis
    """The axis."""
    read: Callable[[Chain, Any], int]
    """Tells a thing's state from its leaf."""
    ways: Mapping[str, Way]
    """By state."""
    offers: Mapping[str, Offer]
    """By row."""
    extras: tuple[Extra, ...] = field(default=())
    """Where those do not fit, or do not show all."""

    def executed(self) -> Iterator[Cell]:
        """Execute each cell that can be met, and tell what was seen."""
        replaced = {(it.state, it.event) for it in self.extras if it.instead}
        for event, row in self.axis.cells.items():
            for number, cell in enumerate(row):
                state = self.axis.state_name(number)
                if not isinstance(cell, Never) and (state, event) not in replaced:
                    yield self._executed(state, event, self.ways[state], self.offers[event])
        for extra in self.extras:
            offer = extra.offer or self.offers[extra.event]
            yield self._executed(extra.state, extra.event, extra.way, offer)

    def _executed(self, state: str, event: str, way: Way, offer: Offer) -> Cell:
        chain = province()
        thing = way(chain)
        before = self.read(chain, thing)
        seen = self.axis.state_name(before)
        assert seen == state, f"{self.axis.name}/{event} was tried in {seen}, not in {state}"
        code = offer(chain, thing)
        after = self.read(chain, thing)
        if code is not None:
            assert after == before, f"{self.axis.name}/{event} was refused and moved"
            return Cell(self.axis.name, state, event, code)
        return Cell(self.axis.name, state, event, self.axis.state_name(after))


def cells_of(axis: Axis) -> Iterator[Cell]:
    """Return all outcomes that the table of an axis knows, those that are never met left out."""
    for event, row in axis.cells.items():
        for number, cell in enumerate(row):
            state = axis.state_name(number)
            if isinstance(cell, No):
                yield Cell(axis.name, state, event, cell.code)
            elif not isinstance(cell, Never):
                for after in cell:
                    yield Cell(axis.name, state, event, axis.state_name(after))


def tries(chain: Chain, agency: str, operation: Operation) -> str | None:
    """Offer one operation to the next block; return the code of its refusal.

    A payment that fits no order is recorded as unapplied: the reason is the refusal of its cell.
    """
    built = chain.build(chain.sign(agency, operation))
    for _, refusal in built.refused:
        return refusal.code
    chain.write(built.executed, built.header_bytes)
    [result] = decode_receipt(built.executed.receipts[0]).results
    if isinstance(result, PaymentRecorded) and result.state == UNAPPLIED:
        return result.reason.replace("_", ".", 1)
    return None


def offering(agency: str, make: Callable[[Chain, Any], Operation]) -> Offer:
    """Return the offer of an agency's operation."""
    return lambda chain, thing: tries(chain, agency, make(chain, thing))
