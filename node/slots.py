"""Bills and orders on their way: who asked first, and what became of it.

Rule: a business number has one slot from the first request until its transaction is final or can
no longer be; every further request for it waits at the same slot.
"""

import asyncio
from dataclasses import dataclass, field

from ledger.issuing import IssueBill
from ledger.operations import Operation
from ledger.orders import OpenOrder
from ledger.state import BillNumber
from node.vault.store import SealedDetails
from primitives.errors import HouseError


@dataclass(frozen=True, slots=True)
class IssuedAt:
    """A bill that is on the chain."""

    code: str
    """票据代码."""
    number: int
    """票据号码."""
    check_code: str
    """校验码."""
    height: int
    """The block."""
    transaction_id: str
    """Hex."""


@dataclass(frozen=True, slots=True)
class OpenedAt:
    """An order that is on the chain."""

    order: str
    """Its number."""
    height: int
    """The block."""
    transaction_id: str
    """Hex; empty when it was there before."""


@dataclass(slots=True)
class Slot:
    """One business number on its way."""

    business_number: str
    text: bytes
    """The line it was asked with."""
    is_order: bool = False
    """Whether it becomes an order; else a bill."""
    replaces: BillNumber | None = None
    """The reversed bill in whose place it is issued."""
    operation_index: int = 0
    """Its operation in its transaction."""
    transaction_id: bytes = b""
    """Once its transaction is built."""
    check_code: str = ""
    is_old: bool = False
    """Whether the bill was there before this request."""
    outcome: IssuedAt | OpenedAt | HouseError | None = None
    """None until it is known."""
    done: asyncio.Event = field(default_factory=asyncio.Event)

    def finish(self, outcome: IssuedAt | OpenedAt | HouseError) -> None:
        """Tell everybody who waits."""
        self.outcome = outcome
        self.done.set()


@dataclass(frozen=True, slots=True)
class Draft:
    """A line that was found lawful by itself and sealed, to be packed with others."""

    slot: Slot
    operations: tuple[Operation, ...]
    """The last is the one that it is sealed for."""
    sealed: SealedDetails


@dataclass(frozen=True, slots=True)
class OnTheWay:
    """One transaction whose outcome is not known yet."""

    id: bytes
    """Transaction id."""
    data: bytes
    """Its whole signed bytes."""
    expiry_ms: int
    """The last ledger time at which it may commit."""
    slots: tuple[Slot, ...]
    """One for each bill it issues and order it opens, by operation."""
    lines: tuple[bytes, ...]
    """Keyed hashes of all its business line numbers."""


def slot_of(operation: Operation, index: int, text: bytes = b"") -> Slot | None:
    """Return the slot of an operation of ours; None of one that takes no business number.

    Args:
        operation: of a transaction that this node made.
        index: its place there.
        text: the line, if it is known.
    """
    match operation:
        case IssueBill(extras=extras):
            name = extras.replaces if extras is not None else None
            return Slot(
                operation.business_number,
                text,
                replaces=None if name is None else (name.code, name.number),
                operation_index=index,
                check_code=operation.check_code,
            )
        case OpenOrder():
            return Slot(operation.order, text, is_order=True, operation_index=index)
        case _:
            return None
