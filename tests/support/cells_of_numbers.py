"""How each cell of requests, ranges, numbers and units is executed."""

import msgspec

from ledger.agencies import Agency, agency_key
from ledger.bills import Bill, bill_key
from ledger.numbering import BURNT, FREE, NUMBER, USED, VoidedNumber, voided_number_key
from ledger.range_control import FreezeRange, ReleaseRange, ReturnRange, WriteOffRange
from ledger.ranges import RANGE
from ledger.requests import (
    REQUEST,
    DeclineRequest,
    NumberRequest,
    RequestNumbers,
    request_key,
)
from ledger.units import FROZEN, ISSUES, UNIT, FreezeUnit, ReleaseUnit
from tests.support.cells import Extra, Life, offering
from tests.support.ledgers import Chain, allot, issue
from tests.support.lives import (
    OFFLINE_CODE,
    PLACE,
    issue_offline,
    issued,
    offline_range,
    open_order,
    range_at,
    reverse,
    void_number,
)

ASKED = RequestNumbers("r-1", PLACE, "01", 10)
DECLINE = DeclineRequest("hospital", "r-1")


def asked(chain: Chain) -> None:
    chain.accept("hospital", ASKED)


def answer(first: int) -> object:
    return msgspec.structs.replace(allot(first, first + 9), request="r-1")


def answered(chain: Chain) -> None:
    asked(chain)
    chain.accept("finance", answer(2001))


def declined(chain: Chain) -> None:
    asked(chain)
    chain.accept("finance", DECLINE)


REQUESTS = Life(
    REQUEST,
    lambda chain, _: chain.fact(request_key("hospital", "r-1"), NumberRequest).state,
    {"requested": asked, "allotted": answered, "declined": declined},
    {
        "RequestNumbers": offering("hospital", lambda _chain, _: ASKED),
        "AllotNumbers": offering("finance", lambda _chain, _: answer(3001)),
        "DeclineRequest": offering("finance", lambda _chain, _: DECLINE),
    },
)

FREEZE = FreezeRange(OFFLINE_CODE, 1)
RETURN = ReturnRange(OFFLINE_CODE, 1)


def range_to(last: int, used: int = 0, *operations: object):
    """Return the way to an offline range of so many numbers, the first of them used."""

    def way(chain: Chain) -> None:
        offline_range(chain, 1, last)
        for number in range(1, used + 1):
            chain.accept("hospital", issue_offline(f"b-{number}", number))
        for operation in operations:
            chain.accept("finance", operation)

    return way


RANGES = Life(
    RANGE,
    lambda chain, _: range_at(chain, 1, OFFLINE_CODE).state,
    {
        "allotted": range_to(2),
        "active": range_to(2, 1),
        "exhausted": range_to(2, 2),
        "frozen": range_to(2, 0, FREEZE),
        "returned": range_to(2, 1, RETURN),
        "written_off": range_to(2, 1, RETURN, WriteOffRange(OFFLINE_CODE, 1)),
    },
    {
        "TakeNumber": offering("hospital", lambda _chain, _: issue_offline("z", 2)),
        "FreezeRange": offering("finance", lambda _chain, _: FREEZE),
        "ReleaseRange": offering("finance", lambda _chain, _: ReleaseRange(OFFLINE_CODE, 1)),
        "ReturnRange": offering("finance", lambda _chain, _: RETURN),
        "WriteOffRange": offering("finance", lambda _chain, _: WriteOffRange(OFFLINE_CODE, 1)),
    },
    (
        Extra(
            "allotted",
            "TakeNumber",
            range_to(1),
            offering("hospital", lambda _chain, _: void_number(1)),
            instead=False,
        ),
        Extra("active", "TakeNumber", range_to(3, 1), instead=False),
        Extra("frozen", "ReleaseRange", range_to(2, 1, FREEZE), instead=False),
    ),
)


def number_state(chain: Chain, _: None) -> int:
    if chain.view.leaf(bill_key(OFFLINE_CODE, 5), Bill) is not None:
        return USED
    is_burnt = chain.view.leaf(voided_number_key(OFFLINE_CODE, 5), VoidedNumber) is not None
    return BURNT if is_burnt else FREE


def used(chain: Chain) -> None:
    offline_range(chain)
    chain.accept("hospital", issue_offline("a", 5))


def burnt(chain: Chain) -> None:
    offline_range(chain)
    chain.accept("hospital", void_number(5))


NUMBERS = Life(
    NUMBER,
    number_state,
    {"free": offline_range, "used": used, "burnt": burnt},
    {
        "TakeNumber": offering("hospital", lambda _chain, _: issue_offline("z", 5)),
        "VoidNumber": offering("hospital", lambda _chain, _: void_number(5)),
    },
)


def issues(chain: Chain) -> None:
    issued(chain, issue("a"))


def frozen(chain: Chain) -> None:
    issues(chain)
    chain.accept("finance", FreezeUnit("hospital", "rate_too_high"))


def unit_state(chain: Chain, _: None) -> int:
    return FROZEN if chain.fact(agency_key("hospital"), Agency).is_frozen else ISSUES


UNITS = Life(
    UNIT,
    unit_state,
    {"issues": issues, "frozen": frozen},
    {
        "FreezeUnit": offering("finance", lambda _chain, _: FreezeUnit("hospital", "audit")),
        "ReleaseUnit": offering("finance", lambda _chain, _: ReleaseUnit("hospital")),
        "IssueBill": offering("hospital", lambda _chain, _: issue("z")),
        "OpenOrder": offering("hospital", lambda chain, _: open_order(chain, "o-1")),
        "ReverseBill": offering("hospital", lambda _chain, _: reverse(1)),
    },
)
