"""Any operation through the API: handed in, tried, or refused with code, field and fix."""

import asyncio
import json

import pytest

from node.api.auth import Caller
from node.api.bills import get_bill
from node.api.operations import submit_operations
from node.api.ranges import get_ranges
from primitives.errors import Refused, Unavailable
from tests.support.office import PLACE, Office, line, open_town
from tests.support.virtual_loop import run_virtually

WAIT = "wait_ms=9000"
CLERK = Caller("clerk", frozenset({"read", "desk"}))
REVERSAL = {
    "operation": "reverse_bill",
    "code": "46060226",
    "number": 1,
    "check_code": "0a1b2c",
    "reason": "refund",
}
ALLOTMENT = {
    "operation": "allot_numbers",
    "unit": "hospital",
    "place": PLACE,
    "kind": "03",
    "code": "46060326",
    "first": 1,
    "last": 9,
}


def virtually(story):
    """Tell a story on a virtual loop."""

    def test() -> None:
        run_virtually(story())

    test.__name__ = story.__name__
    return test


def body_of(*operations, **more):
    return json.dumps({"operations": list(operations), **more}).encode()


async def told(office, *operations, query=WAIT, **asked):
    """Return the one answer to operations."""
    answer = await office.ask(submit_operations, query, body=body_of(*operations), **asked)
    (item,) = answer.items
    return item


async def open_finance():
    """Return town, the hospital's office and finance's."""
    town, office = await open_town()
    finance = Office(town["finance"])
    await finance.open()
    return town, office, finance


@virtually
async def test_operations_take_effect_together_and_are_answered_one_by_one():
    _, office = await open_town()
    await office.issue(line("a"), line("b"))
    item = await told(office, REVERSAL, {**REVERSAL, "number": 2})
    assert item.status == "committed"
    assert [result.number for result in item.results] == ["0000000003", "0000000004"]
    assert item.receipt
    assert item.certificate


@virtually
async def test_a_dry_run_tells_what_would_come_of_it_and_changes_nothing():
    _, office = await open_town()
    await office.issue(line("a"))
    height = office.services.node.head.height
    item = await told(office, REVERSAL, query="dry_run=1")
    assert (item.status, item.id, item.receipt) == ("lawful", "", None)
    assert item.results[0].number == "0000000002"
    assert {"b/46060226/0000000001", "b/46060226/0000000002"} <= set(item.changes)
    assert office.services.node.head.height == height
    twice = await told(office, REVERSAL, REVERSAL, query="dry_run=1")
    assert (twice.status, twice.problem.code) == ("refused", "bill.reversed")
    assert twice.problem.field == "operations[1].number"
    await told(office, REVERSAL)
    refused = await told(office, REVERSAL, query="dry_run=1")
    assert (refused.problem.code, refused.problem.field) == ("bill.reversed", "number")
    assert refused.problem.fix


@virtually
async def test_the_same_key_and_body_answer_with_the_first_transaction():
    _, _, finance = await open_finance()
    first = await told(finance, ALLOTMENT, idempotency="k1")
    again = await told(finance, ALLOTMENT, idempotency="k1")
    assert first.status == "committed"
    assert again == first
    other = {**ALLOTMENT, "first": 10, "last": 20}
    with pytest.raises(Refused, match=r"request\.idempotency_conflict"):
        await told(finance, other, idempotency="k1")
    assert (await told(finance, other, idempotency="k2")).status == "committed"
    ranges = await finance.ask(get_ranges)
    assert [item.first for item in ranges.items if item.code == "46060326"] == [1, 10]
    anew = await told(finance, ALLOTMENT)
    assert anew.problem.code == "range.overlaps"


@virtually
async def test_the_key_holds_after_a_restart_and_for_its_caller_alone():
    town, _, finance = await open_finance()
    first = await told(finance, ALLOTMENT, idempotency="k1")
    again = Office(town["finance"])
    await again.open()
    assert await told(again, ALLOTMENT, idempotency="k1") == first
    other = await told(again, ALLOTMENT, idempotency="k1", caller=CLERK)
    assert other.problem.code == "range.overlaps"


@virtually
async def test_two_tries_at_the_same_time_are_one():
    _, _, finance = await open_finance()
    both = await asyncio.gather(
        told(finance, ALLOTMENT, idempotency="k"), told(finance, ALLOTMENT, idempotency="k")
    )
    assert both[0] == both[1]
    assert both[0].status == "committed"


@virtually
async def test_a_refused_request_leaves_its_key_free():
    _, office, _ = await open_finance()
    early = await told(office, REVERSAL, idempotency="k")
    assert (early.status, early.problem.code) == ("refused", "bill.unknown")
    await office.issue(line("a"))
    assert (await told(office, REVERSAL, idempotency="k")).status == "committed"


@virtually
async def test_a_request_that_finds_no_room_leaves_its_key_free():
    town, office, _ = await open_finance()
    await office.issue(line("a"))
    town["hospital"].disk.free = 0
    await asyncio.sleep(60)
    with pytest.raises(Unavailable):
        await told(office, REVERSAL, idempotency="k")
    assert office.services.requests.find("k") is None


@pytest.mark.parametrize("key", ["x" * 201, "票", "a\tb"])
def test_a_key_has_a_form(key):
    async def story():
        _, office = await open_town()
        with pytest.raises(Refused) as caught:
            await told(office, REVERSAL, idempotency=key)
        assert caught.value.field == "Idempotency-Key"

    run_virtually(story())


@virtually
async def test_who_may_not_is_told_why():
    town, office, finance = await open_finance()
    await office.issue(line("a"))
    await town.level()
    wrong_role = await told(finance, REVERSAL)
    assert (wrong_role.problem.code, wrong_role.problem.status) == ("agency.wrong_role", 422)
    assert wrong_role.problem.fix
    unknown = await told(office, {**REVERSAL, "number": 99})
    assert (unknown.problem.code, unknown.problem.field) == ("bill.unknown", "number")
    proposal = {
        "operation": "propose",
        "change": {"change": "suspend_agency", "agency": "health"},
        "effective_height": 0,
        "until_ms": office.services.clock.now_ms() + 60_000,
    }
    governed = await told(office, proposal)
    assert (governed.problem.code, governed.problem.field) == (
        "agency.wrong_key_purpose",
        "key_id",
    )
    bought = await office.ask(
        submit_operations, body=body_of(REVERSAL, purpose="provider"), caller=office_owner()
    )
    assert bought.items[0].problem.code == "agency.unknown_key"
    with pytest.raises(Refused, match=r"auth\.missing_scope"):
        await office.ask(
            submit_operations, body=body_of(REVERSAL, purpose="provider"), caller=CLERK
        )


def office_owner():
    return Caller("owner", frozenset({"read", "desk", "payments"}))


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        (b"[]", "request.malformed", ""),
        (b"{", "request.malformed", ""),
        (b'{"operations":[],"operations":[]}', "request.duplicate_key", ""),
        (body_of(), "request.wrong_value", "operations"),
        (body_of(REVERSAL, purpose="governance"), "request.wrong_value", "purpose"),
        (body_of(REVERSAL, key="x"), "operation.unknown_field", "key"),
        (body_of({**REVERSAL, "n": 1}), "operation.unknown_field", "operations[0].n"),
        (body_of({**REVERSAL, "number": 1.0}), "operation.wrong_value", "operations[0].number"),
        (body_of({**REVERSAL, "reason": 1.5}), "operation.wrong_value", "operations[0].reason"),
        (body_of(REVERSAL, {}), "operation.missing_field", "operations[1].operation"),
    ],
)
def test_what_is_no_request_is_refused_with_its_place(body, code, field):
    async def story():
        _, office = await open_town()
        with pytest.raises(Refused) as caught:
            await office.ask(submit_operations, body=body)
        assert (caught.value.code, caught.value.field) == (code, field)

    run_virtually(story())


@virtually
async def test_a_bill_of_another_unit_is_left_alone():
    town, office, _ = await open_finance()
    await office.issue(line("a"))
    await town.level()
    insurer = Office(town["insurance"])
    await insurer.open()
    assert (await told(insurer, REVERSAL)).problem.code == "agency.wrong_role"
    face = await insurer.ask(get_bill, code="46060226", number="1")
    assert face.validity == "issued"
