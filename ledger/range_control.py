"""Finance's hand on a range: freeze and release, take back, write off (冻结, 解冻, 退回, 核销).

Rule: `RANGE` decides what may follow what. A range is written off when each of its numbers is told
for and nothing of its bills is open.
"""

import msgspec

from ledger.ranges import (
    ACTIVE,
    ALLOTTED,
    NO_TALLY,
    RANGE,
    Code,
    Number,
    closed,
    opened,
    range_key,
    range_of,
)
from ledger.results import Done
from ledger.state import Changes, Context, Facts, Leaves
from primitives.codec import Message
from primitives.errors import Refused


class FreezeRange(Message, tag=3):
    """Finance stops the use of a range (冻结)."""

    code: Code
    """Its code."""
    first: Number
    """Its lowest number."""


class ReturnRange(Message, tag=4):
    """Finance takes back the unused numbers of a range (退回); nobody gets them again."""

    code: Code
    """Its code."""
    first: Number
    """Its lowest number."""


class WriteOffRange(Message, tag=5):
    """Finance closes the books of a range (核销)."""

    code: Code
    """Its code."""
    first: Number
    """Its lowest number."""


class ReleaseRange(Message, tag=34):
    """Finance lets a frozen range be used again (解冻)."""

    code: Code
    """Its code."""
    first: Number
    """Its lowest number."""


def check_freeze_range(facts: Facts, operation: FreezeRange, context: Context) -> Changes:
    """Stop the use of a range.

    Raises:
        Refused: `range.unknown` or as `RANGE` says.
    """
    return _moved(facts, operation, "FreezeRange", None)


def check_release_range(facts: Facts, operation: ReleaseRange, context: Context) -> Changes:
    """Let a frozen range be used again.

    Raises:
        Refused: `range.unknown`, `range.too_many_open` or as `RANGE` says.
    """
    numbers = range_of(facts, operation.code, operation.first)
    is_new = numbers.tally == NO_TALLY
    return _moved(facts, operation, "ReleaseRange", ALLOTTED if is_new else ACTIVE)


def check_return_range(facts: Facts, operation: ReturnRange, context: Context) -> Changes:
    """Take back the unused numbers of a range.

    Raises:
        Refused: `range.unknown` or as `RANGE` says.
    """
    return _moved(facts, operation, "ReturnRange", None)


def check_write_off_range(facts: Facts, operation: WriteOffRange, context: Context) -> Changes:
    """Close the books of a range.

    Raises:
        Refused: `range.unknown`, `range.open_matters` (telling how many of each kind) or as
            `RANGE` says.
    """
    tally = range_of(facts, operation.code, operation.first).tally
    changes = _moved(facts, operation, "WriteOffRange", None)
    if tally.locked or tally.withheld or tally.owing:
        raise Refused(
            "range.open_matters",
            "settle or release its claims, lift what is withheld, pay back what is owed",
            "first",
            locked=tally.locked,
            withheld=tally.withheld,
            owing=tally.owing,
        )
    return changes


def _moved(
    facts: Facts,
    operation: FreezeRange | ReleaseRange | ReturnRange | WriteOffRange,
    event: str,
    to: int | None,
) -> Changes:
    """Move a range along its axis, and in or out of the open ranges."""
    code, first = operation.code, operation.first
    numbers = range_of(facts, code, first)
    state = RANGE.move(numbers.state, event, to, "first")
    moved = msgspec.structs.replace(numbers, state=state)
    leaves: Leaves = ((range_key(code, first), moved),)
    if state in (ALLOTTED, ACTIVE) and not numbers.is_offline:
        leaves += opened(facts, numbers, code, first)
    elif state not in (ALLOTTED, ACTIVE):
        leaves += closed(facts, numbers, code, first)
    return Changes(leaves, Done())
