"""What a unit asks finance for: numbers of a code, for a place and kind (领用申请).

Rule: a request is answered once, by an allotment that names it or by a refusal.
"""

from typing import Annotated, Final

import msgspec

from ledger.axes import Axis, No
from ledger.keys import Place
from ledger.parameters import Kind
from ledger.results import Done
from ledger.state import Changes, Context, Facts, Leaves
from primitives.codec import AgencyId, Message, UInt
from primitives.errors import Refused

COUNT_MAX: Final = 100_000_000
RequestId = Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Za-z._-]{1,40}\Z")]
"""The unit's own name of a request."""

REQUESTED: Final = 0
ALLOTTED: Final = 1
DECLINED: Final = 2

_ANSWERED: Final = No("request.answered", "it was answered; make a new request")
REQUEST: Final = Axis(
    "request",
    "领用申请",
    ("REQUESTED 已申请", "ALLOTTED 已分配", "DECLINED 已退回"),
    {
        "RequestNumbers": (
            No("request.exists", "this request was made before"),
            _ANSWERED,
            _ANSWERED,
        ),
        "AllotNumbers": ((ALLOTTED,), _ANSWERED, _ANSWERED),
        "DeclineRequest": ((DECLINED,), _ANSWERED, _ANSWERED),
    },
)
"""The life of a request."""


class RequestNumbers(Message, tag=35):
    """A unit asks for numbers."""

    request: RequestId
    """How the unit names this request; unique for ever."""
    place: Place
    """The issuing point that needs them."""
    kind: Kind
    """The bill kind."""
    count: Annotated[int, msgspec.Meta(ge=1, le=COUNT_MAX)]
    """How many."""


class DeclineRequest(Message, tag=36):
    """Finance gives no numbers for a request."""

    unit: AgencyId
    """Whose request."""
    request: RequestId
    """Which."""


class NumberRequest(Message, tag=12):
    """The leaf `q/<unit>/<request>/`."""

    place: Place
    """The issuing point."""
    kind: Kind
    """The bill kind."""
    count: Annotated[int, msgspec.Meta(ge=1, le=COUNT_MAX)]
    """How many numbers."""
    time_ms: UInt
    """When it was made."""
    state: Annotated[int, msgspec.Meta(ge=REQUESTED, le=DECLINED)]
    """A state of `REQUEST`."""


def request_key(unit: str, request: str) -> bytes:
    """Return the state key of a request."""
    return f"q/{unit}/{request}/".encode()


def check_request_numbers(facts: Facts, operation: RequestNumbers, context: Context) -> Changes:
    """Ask for numbers.

    Raises:
        Refused: as `REQUEST` says.
    """
    key = request_key(context.sender, operation.request)
    known = facts.leaf(key, NumberRequest)
    if known is not None:
        REQUEST.move(known.state, "RequestNumbers", field="request")
    new = NumberRequest(
        operation.place, operation.kind, operation.count, context.time_ms, REQUESTED
    )
    return Changes(((key, new),), Done())


def check_decline_request(facts: Facts, operation: DeclineRequest, context: Context) -> Changes:
    """Give no numbers.

    Raises:
        Refused: `request.unknown` or as `REQUEST` says.
    """
    key, known = _find(facts, operation.unit, operation.request)
    state = REQUEST.move(known.state, "DeclineRequest", field="request")
    return Changes(((key, msgspec.structs.replace(known, state=state)),), Done())


def answered(facts: Facts, unit: str, request: str, *, place: str, kind: str) -> Leaves:
    """Return the leaf of a request that numbers of a place and kind answer.

    Raises:
        Refused: `request.unknown`, `request.differs`, or as `REQUEST` says.
    """
    key, known = _find(facts, unit, request)
    state = REQUEST.move(known.state, "AllotNumbers", field="request")
    if (known.place, known.kind) != (place, kind):
        raise Refused("request.differs", "it asks for another place or kind", "request")
    return ((key, msgspec.structs.replace(known, state=state)),)


def _find(facts: Facts, unit: str, request: str) -> tuple[bytes, NumberRequest]:
    key = request_key(unit, request)
    known = facts.leaf(key, NumberRequest)
    if known is None:
        raise Refused("request.unknown", "the unit made no such request", "request")
    return key, known
