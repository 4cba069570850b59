"""Bills: issue, list, get, prove."""

from collections.abc import Sequence

import msgspec

from ledger.bills import Bill, bill_key
from node.api.answers import Problem
from node.api.bill_answers import Face, Faces, IssuedBill, IssuedBills
from node.api.bill_face import face_of
from node.api.call import Call, Services
from node.api.encoding import bill_number, not_found
from node.api.pages import LEAF_SIZE_MAX, parts_of, read_page
from node.api.problems import problem_of
from node.slots import IssuedAt, OpenedAt, PublishedAt, Slot
from primitives.codec import decode
from primitives.errors import HouseError, Refused, Unavailable

LINES_MAX = 1_000
NDJSON = "application/x-ndjson"
JSON = "application/json"


async def issue_bills(call: Call) -> IssuedBills:
    """Issue a bill a line of the hospital's system; the same business number never twice."""
    wait_ms = call.wait_ms()
    lines = await read_lines(call)
    outcomes = await call.services.issuing.issue(lines, wait_ms)
    items = [
        issued_bill(call.services, place, outcome, is_waited=wait_ms > 0)
        for place, outcome in enumerate(outcomes, 1)
    ]
    raise_if_unavailable(outcomes)
    return IssuedBills(items=items)


async def read_lines(call: Call) -> list[bytes]:
    """Return the lines of a request's body: one as JSON, or up to 1,000 as NDJSON.

    Raises:
        Refused: `request.wrong_type`, `request.too_many_items`.
    """
    if call.request.content_type not in (NDJSON, JSON):
        raise Refused("request.wrong_type", f"send {NDJSON}, or {JSON} for one line")
    body = await call.bytes()
    lines = [body] if call.request.content_type == JSON else _lines(body)
    if not 1 <= len(lines) <= LINES_MAX:
        raise Refused("request.too_many_items", f"send 1 to {LINES_MAX} lines")
    return lines


async def get_bills(call: Call) -> Faces:
    """Return a page of bills by code and number; filters: issuer, issuer with business number."""
    issuer, business_number = call.text("issuer"), call.text("business_number")
    if business_number:
        return _by_business_number(call.services, issuer, business_number)
    services = call.services

    def read(key: bytes, value: bytes) -> Face | None:
        bill = decode(value, Bill, LEAF_SIZE_MAX)
        if issuer and bill.issuer != issuer:
            return None
        code, number = parts_of(key)
        return face_of(services, code, int(number), bill)

    items, following = await read_page(call, b"b/", read)
    return Faces(items=items, next=following)


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


def issued_bill(
    services: Services, line: int, outcome: Slot | HouseError, *, is_waited: bool
) -> IssuedBill:
    """Return what became of one line."""
    if isinstance(outcome, HouseError):
        return IssuedBill(
            line=line, business_number="", status="refused", problem=problem_with_bill(outcome)
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
                line=line,
                business_number=number,
                status="refused",
                problem=problem_with_bill(result),
            )
        case OpenedAt() | PublishedAt():
            raise AssertionError("a line that becomes a bill is nothing else")
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


def problem_with_bill(error: HouseError) -> Problem:
    """Return the problem of a line, with the bill that it conflicts with."""
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


def raise_if_unavailable(outcomes: Sequence[Slot | HouseError]) -> None:
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
