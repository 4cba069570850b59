"""Bills, orders and records on their way: who asked first, and what became of it.

Rule: a business number, or a record's first resource, has one slot from the first request until
its transaction is final or can no longer be; every further request for it waits at the same slot.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from ledger.issuing import IssueBill
from ledger.operations import Operation
from ledger.orders import OpenOrder
from ledger.publishing import DocumentName, PublishDocument, SupersedeDocument
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


@dataclass(frozen=True, slots=True)
class PublishedAt:
    """A record that is on the chain."""

    document: DocumentName
    """Its name."""
    height: int
    """The block."""
    transaction_id: str
    """Hex; empty when it was there before."""


Made = IssuedAt | OpenedAt | PublishedAt
"""What became of a slot that came to its end."""


@dataclass(slots=True)
class Slot:
    """One business number, or one record, on its way."""

    business_number: str
    """Of a record, what `record_key` says."""
    text: bytes
    """The line it was asked with; of a record, a hash of what it says."""
    is_order: bool = False
    """Whether it becomes an order; else a bill."""
    replaces: BillNumber | None = None
    """The reversed bill in whose place it is issued."""
    is_record: bool = False
    """Whether it becomes a record."""
    supersedes: DocumentName | None = None
    """The record that it amends."""
    size: int = 0
    """Bytes of room that a record takes."""
    operation_index: int = 0
    """Its operation in its transaction."""
    transaction_id: bytes = b""
    """Once its transaction is built."""
    check_code: str = ""
    is_old: bool = False
    """Whether the bill was there before this request."""
    outcome: Made | HouseError | None = None
    """None until it is known."""
    done: asyncio.Event = field(default_factory=asyncio.Event)

    def finish(self, outcome: Made | HouseError) -> None:
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


async def wait_for(slots: Sequence[Slot], wait_ms: int) -> None:
    """Wait until all slots are done or the time is over."""
    try:
        async with asyncio.timeout(wait_ms / 1000):
            for slot in slots:
                await slot.done.wait()
    except TimeoutError:
        return


def record_key(resource: bytes) -> str:
    """Return the key of a record's slot: no business number has a blank.

    Args:
        resource: keyed hash of the name of the record's first resource.
    """
    return f"record {resource.hex()}"


def slot_of(operation: Operation, index: int, resource: bytes = b"") -> Slot | None:
    """Return the slot of an operation of ours; None of one that takes no business number.

    Args:
        operation: of a transaction that this node made.
        index: its place there.
        resource: keyed hash of the name of a record's first resource.
    """
    match operation:
        case IssueBill(extras=extras):
            name = extras.replaces if extras is not None else None
            return Slot(
                operation.business_number,
                b"",
                replaces=None if name is None else (name.code, name.number),
                operation_index=index,
                check_code=operation.check_code,
            )
        case OpenOrder():
            return Slot(operation.order, b"", is_order=True, operation_index=index)
        case PublishDocument() | SupersedeDocument():
            old = operation.old if isinstance(operation, SupersedeDocument) else None
            key = record_key(resource)
            return Slot(key, b"", is_record=True, supersedes=old, operation_index=index)
        case _:
            return None
