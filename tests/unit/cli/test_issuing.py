"""A day's bills reach the ledger once each, whatever the node does meanwhile."""

import json

import pytest

from cli.client import NodeClient
from cli.exits import CommandError
from cli.his_file import HisLine
from cli.issuing import Pace, issue_lines
from cli.target import Target
from primitives.errors import HouseError, Unavailable

PACE = Pace(batch_lines=10, in_flight=3, wait_ms=100)


def day(count: int) -> list[HisLine]:
    return [HisLine(n, json.dumps({"busNo": f"n-{n}"}).encode()) for n in range(1, count + 1)]


async def issued(node, lines, pace=PACE, timeout_s=5.0):
    """Return the outcomes and the error that ended the run, if one did."""
    outcomes, error = [], None
    async with NodeClient(Target("x", "http://node", socket=node.socket), timeout_s) as client:
        try:
            async for outcome in issue_lines(client, iter(lines), pace):
                outcomes += [outcome]
        except HouseError as early:
            error = early
    return outcomes, error


async def test_every_line_is_answered_in_the_files_order(node):
    outcomes, error = await issued(node, day(95))
    assert error is None
    assert [outcome.line for outcome in outcomes] == list(range(1, 96))
    assert {outcome.state for outcome in outcomes} == {"issued"}
    assert len(node.bills) == 95


async def test_the_bytes_of_a_line_arrive_as_they_stand(node):
    line = b'{ "busNo":"n-1" , "totalAmt": 136.00,"payer":"\xe9\xa9\xac" }'
    await issued(node, [HisLine(1, line)])
    assert node.bills["n-1"]["text"] == line


async def test_a_second_run_issues_nothing_twice(node):
    first, _ = await issued(node, day(25))
    second, _ = await issued(node, day(25))
    assert {outcome.state for outcome in second} == {"exists"}
    assert [o.answer["number"] for o in first] == [o.answer["number"] for o in second]


async def test_bad_lines_are_told_with_their_number_and_the_rest_is_issued(node):
    lines = day(30)
    lines[4] = HisLine(5, b"{")
    lines[16] = HisLine(17, b'{"busNo": "bad-17"}')
    lines[17] = HisLine(18, None)
    outcomes, error = await issued(node, lines)
    assert error is None
    refused = {o.line: o.answer["problem"]["code"] for o in outcomes if o.state == "refused"}
    expected = {5: "his.malformed", 17: "bill.amounts_do_not_add_up", 18: "his.too_long"}
    assert refused == expected
    assert len(node.bills) == 27


async def test_what_the_node_had_no_room_for_is_handed_in_again(node):
    node.no_room = 1
    node.no_room_for = 4
    outcomes, error = await issued(node, day(20))
    assert error is None
    assert {outcome.state for outcome in outcomes} == {"issued"}


async def test_a_node_that_never_has_room_ends_the_run(node, monkeypatch):
    monkeypatch.setattr("cli.issuing.RETRY_TOTAL_S", 0.2)
    node.no_room = 10**9
    outcomes, error = await issued(node, day(20))
    assert isinstance(error, Unavailable)
    assert {outcome.state for outcome in outcomes} == {"not_taken"}


async def test_a_node_that_goes_away_leaves_unknown_outcomes_and_reads_no_further(node):
    node.hang_up_after = 2
    outcomes, error = await issued(node, day(1000), timeout_s=0.5)
    assert isinstance(error, CommandError)
    assert error.exit_code == 6
    states = [outcome.state for outcome in outcomes]
    assert states.count("issued") == 20
    assert "unknown" in states
    assert len(states) < 100
    assert [outcome.line for outcome in outcomes] == list(range(1, len(states) + 1))


async def test_what_is_not_final_in_time_is_unknown(node):
    node.undecided = True
    outcomes, error = await issued(node, day(3))
    assert error is None
    assert {outcome.state for outcome in outcomes} == {"unknown"}


async def test_a_node_that_answers_fewer_lines_than_it_got_is_not_believed(node):
    node.answers["/v1/bills"] = {"items": []}
    outcomes, error = await issued(node, day(3))
    assert error.code == "answer.malformed"
    assert {outcome.state for outcome in outcomes} == {"not_taken"}


@pytest.mark.parametrize("in_flight", [1, 2, 16])
async def test_any_number_of_batches_under_way_gives_the_same(node, in_flight):
    pace = Pace(batch_lines=7, in_flight=in_flight, wait_ms=100)
    outcomes, _ = await issued(node, day(50), pace)
    assert [outcome.line for outcome in outcomes] == list(range(1, 51))
