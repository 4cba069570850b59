"""Units that issue: finance may stop one at once, and let it go on (停用, 启用开票).

Rule: a frozen unit issues nothing and opens no orders; what it must still do, such as reversing,
it does.
"""

from typing import Annotated, Final

import msgspec

from ledger.agencies import HOSPITAL, Agency, agency_key
from ledger.axes import Axis, No
from ledger.results import Done
from ledger.state import Changes, Context, Facts
from primitives.codec import AgencyId, Message
from primitives.errors import Refused

ISSUES: Final = 0
FROZEN: Final = 1

_FROZEN: Final = No("unit.frozen", "finance stopped this unit; ask for its release")
UNIT: Final = Axis(
    "unit",
    "开票单位",
    ("ISSUES 可开票", "FROZEN 已停用"),
    {
        "FreezeUnit": ((FROZEN,), _FROZEN),
        "ReleaseUnit": (No("unit.not_frozen", "it may issue already"), (ISSUES,)),
        "IssueBill": ((ISSUES,), _FROZEN),
        "OpenOrder": ((ISSUES,), _FROZEN),
        "ReverseBill": ((ISSUES,), (FROZEN,)),
    },
)
"""Whether a unit may issue."""

Reason = Annotated[str, msgspec.Meta(pattern=r"^[a-z_]{1,40}\Z")]
"""Why, in a code's form: `rate_too_high`; never free text, which could name a person."""


class FreezeUnit(Message, tag=37):
    """Finance stops a unit."""

    unit: AgencyId
    """The hospital."""
    reason: Reason
    """Why."""


class ReleaseUnit(Message, tag=38):
    """Finance lets a unit go on."""

    unit: AgencyId
    """The hospital."""


def check_freeze_unit(facts: Facts, operation: FreezeUnit, context: Context) -> Changes:
    """Stop a unit.

    Raises:
        Refused: `unit.unknown` or as `UNIT` says.
    """
    return _moved(facts, operation.unit, "FreezeUnit")


def check_release_unit(facts: Facts, operation: ReleaseUnit, context: Context) -> Changes:
    """Let a unit go on.

    Raises:
        Refused: `unit.unknown` or as `UNIT` says.
    """
    return _moved(facts, operation.unit, "ReleaseUnit")


def require_issuing(agency: Agency, event: str) -> None:
    """Refuse with `unit.frozen` what a frozen unit may not do."""
    UNIT.move(_state(agency), event)


def _moved(facts: Facts, unit: str, event: str) -> Changes:
    key = agency_key(unit)
    agency = facts.leaf(key, Agency)
    if agency is None or HOSPITAL not in agency.roles:
        raise Refused("unit.unknown", "no hospital has this id", "unit")
    state = UNIT.move(_state(agency), event, field="unit")
    return Changes(((key, msgspec.structs.replace(agency, is_frozen=state == FROZEN)),), Done())


def _state(agency: Agency) -> int:
    return FROZEN if agency.is_frozen else ISSUES
