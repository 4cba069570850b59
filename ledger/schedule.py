"""What was voted and waits for its height.

Rule: a change takes effect with the state that its height is judged by; nothing takes effect in the
block that passed it. A validator set is fixed two heights ahead.
"""

from typing import Annotated, Final

import msgspec

from ledger.state import Facts
from primitives.codec import Message, UInt
from primitives.errors import Refused

SCHEDULED_MAX: Final = 64
AHEAD: Final = 2
"""The nearest height at which a change voted in block h may take effect is h + 2."""

ProposalId = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{12}-[0-9]{4}-[0-9]{4}\Z")]
"""Height, place of the transaction and place of the operation that proposed it."""


class Scheduled(Message):
    """One change that was voted."""

    height: UInt
    """The first height judged by it."""
    proposal: ProposalId
    """What was voted."""


class Schedule(Message, tag=21):
    """The leaf `s/`."""

    waiting: Annotated[tuple[Scheduled, ...], msgspec.Meta(max_length=SCHEDULED_MAX)]
    """Ascending by height, then by proposal."""


SCHEDULE_KEY: Final = b"s/"


def schedule_of(facts: Facts) -> Schedule:
    """Return what waits."""
    return facts.leaf(SCHEDULE_KEY, Schedule) or Schedule(())


def scheduled(facts: Facts, height: int, proposal: str) -> tuple[bytes, Message]:
    """Return the leaf with one more change in it.

    Raises:
        Refused: `governance.too_many_waiting`.
    """
    waiting = schedule_of(facts).waiting
    if len(waiting) >= SCHEDULED_MAX:
        raise Refused("governance.too_many_waiting", "wait until some took effect", "proposal")
    more = sorted((*waiting, Scheduled(height, proposal)), key=_ascending)
    return SCHEDULE_KEY, Schedule(tuple(more))


def _ascending(item: Scheduled) -> tuple[int, str]:
    return item.height, item.proposal
