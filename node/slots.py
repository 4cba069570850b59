"""Bills on their way: who asked first, and what became of it.

Rule: a business number has one slot from the first request until its transaction is final or can
no longer be; every further request for it waits at the same slot.
"""

import asyncio
from dataclasses import dataclass, field

from ledger.issuing import IssueBill
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


@dataclass(slots=True)
class Slot:
    """One business number on its way."""

    business_number: str
    text: bytes
    """The line it was asked with."""
    transaction_id: bytes = b""
    """Once its transaction is built."""
    check_code: str = ""
    is_old: bool = False
    """Whether the bill was there before this request."""
    outcome: IssuedAt | HouseError | None = None
    """None until it is known."""
    done: asyncio.Event = field(default_factory=asyncio.Event)

    def finish(self, outcome: IssuedAt | HouseError) -> None:
        """Tell everybody who waits."""
        self.outcome = outcome
        self.done.set()


@dataclass(frozen=True, slots=True)
class Draft:
    """A line that was found lawful by itself and sealed, to be packed with others."""

    slot: Slot
    operation: IssueBill
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
    """By operation."""
    lines: tuple[bytes, ...]
    """Keyed hashes of all its business line numbers."""
