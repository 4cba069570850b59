"""Issuing on a simulated network: each business number once, whatever falls in between."""

import asyncio
import json

import pytest

from node.issuing import BILLS_PER_TRANSACTION, is_same_text, make_check_code
from node.settling import Settling
from node.slots import IssuedAt, Slot
from primitives.errors import NodeFault, Refused
from storage.memory import MemoryFiles
from tests.support.office import Office, line, open_town
from tests.support.virtual_loop import run_virtually


def issued(outcome: object) -> IssuedAt:
    """Return the bill of a line that was issued."""
    assert isinstance(outcome, Slot), outcome
    assert isinstance(outcome.outcome, IssuedAt), outcome.outcome
    return outcome.outcome


def refused(outcome: object) -> str:
    """Return the code of a line that was refused."""
    error = outcome.outcome if isinstance(outcome, Slot) else outcome
    assert isinstance(error, Refused), error
    return error.code


def test_lines_become_bills_in_their_order_and_their_details_open():
    async def story() -> None:
        _, office = await open_town()
        outcomes = await office.issue(*[line(f"b{place}") for place in range(30)])
        assert [issued(outcome).number for outcome in outcomes] == list(range(1, 31))
        assert office.services.settling.slots == {}
        assert office.services.vault.shelf.waiting() == []

    run_virtually(story())


def test_more_lines_than_one_transaction_takes_are_packed_into_several():
    async def story() -> None:
        _, office = await open_town()
        count = BILLS_PER_TRANSACTION + 10
        outcomes = await office.issue(*[line(f"b{place}") for place in range(count)])
        transactions = {issued(outcome).transaction_id for outcome in outcomes}
        assert len(transactions) == 2
        assert {issued(outcome).number for outcome in outcomes} == set(range(1, count + 1))

    run_virtually(story())


def test_two_requests_at_once_share_one_bill_and_a_third_finds_it():
    async def story() -> None:
        _, office = await open_town()
        first, second = await asyncio.gather(office.issue(line("b")), office.issue(line("b")))
        third = await office.issue(line("b"))
        assert issued(first[0]) == issued(second[0])
        assert issued(third[0]).number == issued(first[0]).number
        assert isinstance(third[0], Slot)
        assert third[0].is_old

    run_virtually(story())


def test_other_content_conflicts_on_its_way_and_on_the_chain():
    async def story() -> None:
        _, office = await open_town()
        good, bad = await office.issue(line("b"), line("b", payer="王芳"))
        assert issued(good).number == 1
        assert refused(bad) == "bill.business_number_conflict"
        (later,) = await office.issue(line("b", payer="王芳"))
        assert refused(later) == "bill.business_number_conflict"
        assert later.facts["bill_number"] == 1

    run_virtually(story())


def test_the_same_content_in_another_order_of_keys_is_the_same_bill():
    async def story() -> None:
        _, office = await open_town()
        text = line("b")
        turned = json.dumps(dict(reversed(json.loads(text).items()))).encode()
        assert turned != text
        first, second = await office.issue(text, turned)
        assert issued(first) == issued(second)

    run_virtually(story())


def test_figures_written_differently_are_other_content():
    assert is_same_text(b'{"a":1,"b":2.50}', b'{"b":2.50,"a":1}')
    assert not is_same_text(b'{"b":2.50}', b'{"b":2.5}')
    assert not is_same_text(b'{"b":2.50}', b"no json")


def test_case_02_a_list_line_on_two_bills_is_refused_in_one_request_and_later():
    async def story() -> None:
        _, office = await open_town()
        thief = json.loads(line("c"))
        thief["listDetail"][0]["listDetailNo"] = "b-1"
        stolen = json.dumps(thief).encode()
        first, second = await office.issue(line("b"), stolen)
        assert issued(first).number == 1
        assert refused(second) == "bill.line_number_used"
        (later,) = await office.issue(stolen)
        assert refused(later) == "bill.line_number_used"

    run_virtually(story())


def test_lines_of_a_refused_bill_are_free_again():
    async def story() -> None:
        _, office = await open_town(last=1)
        first, second = await office.issue(line("b"), line("c"))
        assert issued(first).number == 1
        assert refused(second) == "bill.no_open_range"
        (again,) = await office.issue(line("c"))
        assert refused(again) == "bill.no_open_range"
        assert office.services.settling.slots == {}

    run_virtually(story())


def test_without_numbers_every_line_is_refused_and_nothing_waits():
    async def story() -> None:
        _, office = await open_town(kind="09")
        outcomes = await office.issue(*[line(f"b{place}") for place in range(5)])
        assert {refused(outcome) for outcome in outcomes} == {"bill.no_open_range"}
        assert office.services.vault.shelf.waiting() == []

    run_virtually(story())


def test_without_a_quorum_the_outcome_is_unknown_until_one_is_back():
    async def story() -> None:
        town, office = await open_town()
        town["insurance"].crash()
        town["health"].crash()
        (outcome,) = await office.issue(line("b"), wait_ms=1_000)
        assert isinstance(outcome, Slot)
        assert outcome.outcome is None
        await town["health"].start()
        (outcome,) = await office.issue(line("b"), wait_ms=60_000)
        assert issued(outcome).number == 1

    run_virtually(story())


def test_a_crashed_issuer_finds_its_waiting_pack_and_issues_once():
    async def story() -> None:
        town, office = await open_town()
        for agency in ("insurance", "health", "finance"):
            town[agency].crash()
        (outcome,) = await office.issue(line("b"), wait_ms=500)
        assert isinstance(outcome, Slot)
        town["hospital"].crash()
        await town.start()
        again = Office(town["hospital"])
        await again.open()
        (outcome,) = await again.issue(line("b"), wait_ms=60_000)
        assert issued(outcome).number == 1
        (other,) = await again.issue(line("b", payer="王芳"))
        assert refused(other) == "bill.business_number_conflict"
        assert again.services.vault.shelf.waiting() == []

    run_virtually(story())


def test_other_content_for_a_waiting_pack_of_an_earlier_run_conflicts():
    async def story() -> None:
        town, office = await open_town()
        for agency in ("insurance", "health", "finance"):
            town[agency].crash()
        await office.issue(line("b"), wait_ms=500)
        town["hospital"].crash()
        await town["hospital"].start()
        again = Office(town["hospital"])
        await again.open()
        (other,) = await again.issue(line("b", payer="王芳"), wait_ms=100)
        assert refused(other) == "bill.business_number_conflict"

    run_virtually(story())


def test_a_commit_that_the_issuer_did_not_live_to_see_is_settled_at_its_next_start():
    async def story() -> None:
        town, office = await open_town()
        (outcome,) = await office.issue(line("b"), wait_ms=0)
        assert isinstance(outcome, Slot)
        await asyncio.sleep(0.01)
        town["hospital"].crash()
        await asyncio.sleep(5)
        await town["hospital"].start()
        await town.level()
        again = Office(town["hospital"])
        await again.open()
        (outcome,) = await again.issue(line("b"), wait_ms=60_000)
        assert issued(outcome).number == 1
        assert MemoryFiles(town["hospital"].disk).list("vault/waiting/") == []
        assert len(MemoryFiles(town["hospital"].disk).list("vault/packs/")) == 1

    run_virtually(story())


def test_a_transaction_that_expired_is_dropped_and_its_lines_can_be_handed_in_again():
    async def story() -> None:
        town, office = await open_town()
        for agency in ("insurance", "health", "finance"):
            town[agency].crash()
        (outcome,) = await office.issue(line("b"), wait_ms=0)
        await asyncio.sleep(700)
        town["hospital"].crash()
        await town.start()
        again = Office(town["hospital"])
        await again.open()
        async with asyncio.timeout(600):
            while again.services.settling.slots:  # noqa: ASYNC110
                await asyncio.sleep(1)
        (outcome,) = await again.issue(line("b"), wait_ms=60_000)
        assert issued(outcome).number == 1
        assert isinstance(again.services.settling, Settling)

    run_virtually(story())


def test_a_failed_write_leaves_no_number_taken():
    async def story() -> None:
        town, office = await open_town()
        town["hospital"].disk.fault = lambda place, _: 0 if "vault/" in place else None
        with pytest.raises(NodeFault, match=r"storage\.write_failed"):
            await office.issue(line("b"))
        assert office.services.settling.slots == {}

    run_virtually(story())


def test_check_codes_are_fair_and_of_the_lawful_alphabet():
    bytes_given = iter([bytes(range(244, 256)), bytes(range(12))])
    assert make_check_code(lambda _: next(bytes_given)) == "stuvwx"
    assert make_check_code(lambda count: b"\xff" * 11 + b"\x00" * (count - 11)) == "000000"
