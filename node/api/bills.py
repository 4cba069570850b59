"""Bills: issue, list, get, prove."""

import asyncio
from collections.abc import Sequence

import msgspec

from ledger.bills import Bill, bill_key
from node.api.answers import Problem
from node.api.bill_answers import Amounts, Face, Faces, IssuedBill, IssuedBills
from node.api.call import Call, Services
from node.api.encoding import base64url, bill_number, from_base64url, not_found
from node.api.problems import problem_of
from node.slots import IssuedAt, OpenedAt, Slot
from primitives.codec import decode
from primitives.errors import HouseError, Refused, Unavailable

LINES_MAX = 1_000
PAGE = 20
PAGE_MAX = 100
SCAN_MAX = 2_000
"""Bills looked at for one page; a page with a filter may hold fewer than it could."""
LEAF_SIZE_MAX = 4_096
NDJSON = "application/x-ndjson"
JSON = "application/json"


async def issue_bills(call: Call) -> IssuedBills:
    """Issue a bill a line of the hospital's system; the same business number never twice."""
    wait_ms = call.wait_ms()
    if call.request.content_type not in (NDJSON, JSON):
        raise Refused("request.wrong_type", f"send {NDJSON}, or {JSON} for one bill")
    body = await call.bytes()
    lines = [body] if call.request.content_type == JSON else _lines(body)
    if not 1 <= len(lines) <= LINES_MAX:
        raise Refused("request.too_many_items", f"send 1 to {LINES_MAX} lines")
    outcomes = await call.services.issuing.issue(lines, wait_ms)
    items = [
        issued_bill(call.services, place, outcome, is_waited=wait_ms > 0)
        for place, outcome in enumerate(outcomes, 1)
    ]
    _raise_if_unavailable(outcomes)
    return IssuedBills(items=items)


async def get_bills(call: Call) -> Faces:
    """Return a page of bills by code and number; filters: issuer, issuer with business number."""
    issuer, business_number = call.text("issuer"), call.text("business_number")
    if business_number:
        return _by_business_number(call.services, issuer, business_number)
    limit = max(1, call.integer("limit", PAGE, PAGE_MAX))
    after = from_base64url(call.text("cursor"), "cursor")
    items: list[Face] = []
    key, seen = b"", 0
    for key, value in call.services.store.leaves(b"b/", after=after, limit=SCAN_MAX):
        seen += 1
        bill = decode(value, Bill, LEAF_SIZE_MAX)
        if not issuer or bill.issuer == issuer:
            items.append(face_of(call.services, *_code_and_number(key), bill))
        if len(items) == limit:
            break
        if seen % 100 == 0:
            await asyncio.sleep(0)
    is_last = seen < SCAN_MAX and len(items) < limit
    return Faces(items=items, next=None if is_last else base64url(key))


async def get_bill(call: Call) -> Face:
    """Return the face of a bill."""
    code, number, bill = find_bill(call)
    return face_of(call.services, code, number, bill)


def find_bill(call: Call) -> tuple[str, int, Bill]:
    """Return the bill that the path names.

    Raises:
        Refused: `bill.not_found`.
    """
    code, number = bill_number(call.path("code"), call.path("number"))
    bill = call.services.view.leaf(bill_key(code, number), Bill)
    if bill is None:
        raise not_found("bill")
    return code, number, bill


def face_of(services: Services, code: str, number: int, bill: Bill) -> Face:
    """Return a bill's face as the API tells it."""
    amounts = bill.amounts
    return Face(
        code=code,
        number=f"{number:010d}",
        check_code=bill.check_code,
        kind=bill.kind,
        issuer=bill.issuer,
        place=bill.place,
        business_number=bill.business_number,
        time_ms=bill.time_ms,
        amounts=Amounts(
            total_fen=amounts.total,
            fund_fen=amounts.fund,
            other_fen=amounts.other,
            account_fen=amounts.account,
            own_fen=amounts.own,
        ),
        commitment=bill.document.commitment.hex(),
        ciphertext_hash=bill.document.ciphertext_hash.hex(),
        holder_key=bill.holder_key.hex(),
        state="issued",
        height=bill.height,
        transaction=services.blocks.transaction_id(bill.height, bill.transaction_index),
    )


def issued_bill(
    services: Services, line: int, outcome: Slot | HouseError, *, is_waited: bool
) -> IssuedBill:
    """Return what became of one line."""
    if isinstance(outcome, HouseError):
        return IssuedBill(
            line=line, business_number="", status="refused", problem=_problem_of(outcome)
        )
    number, result = outcome.business_number, outcome.outcome
    match result:
        case IssuedAt():
            return IssuedBill(
                line=line,
                business_number=number,
                status="exists" if outcome.is_old else "committed",
                code=result.code,
                number=f"{result.number:010d}",
                check_code=result.check_code,
                height=result.height,
                transaction=result.transaction_id or _transaction_of(services, result),
            )
        case HouseError():
            return IssuedBill(
                line=line, business_number=number, status="refused", problem=_problem_of(result)
            )
        case OpenedAt():
            raise AssertionError("a line that becomes a bill opens no order")
        case None:
            return IssuedBill(
                line=line,
                business_number=number,
                status="unknown" if is_waited else "accepted",
                transaction=outcome.transaction_id.hex(),
            )


def _transaction_of(services: Services, issued: IssuedAt) -> str:
    bill = services.view.leaf(bill_key(issued.code, issued.number), Bill)
    assert bill is not None, "an issued bill has its leaf"
    return services.blocks.transaction_id(bill.height, bill.transaction_index)


def _problem_of(error: HouseError) -> Problem:
    problem = problem_of(error)
    if "bill_code" in error.facts:
        number = f"{error.facts['bill_code']}/{error.facts['bill_number']:010d}"
        return msgspec.structs.replace(problem, detail=f"{problem.detail}: {number}")
    return problem


def _lines(body: bytes) -> list[bytes]:
    lines = body.split(b"\n")
    if lines and not lines[-1]:
        lines.pop()
    return [line.removesuffix(b"\r") for line in lines]


def _raise_if_unavailable(outcomes: Sequence[Slot | HouseError]) -> None:
    """Answer 503 when nothing at all could be taken."""
    results = [item.outcome if isinstance(item, Slot) else item for item in outcomes]
    if all(isinstance(result, Unavailable) for result in results):
        assert isinstance(results[0], Unavailable)
        raise results[0]


def _by_business_number(services: Services, issuer: str, business_number: str) -> Faces:
    number = services.view.bill_of(issuer or services.agency, business_number)
    bill = services.view.leaf(bill_key(*number), Bill) if number else None
    if number is None or bill is None:
        return Faces(items=[], next=None)
    return Faces(items=[face_of(services, *number, bill)], next=None)


def _code_and_number(key: bytes) -> tuple[str, int]:
    _, code, number = key.decode("ascii").split("/")
    return code, int(number)
