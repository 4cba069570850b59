"""`piaolian bill issue` for people and for programs."""

import io
import json
import sys

import pytest


@pytest.fixture
def day(tmp_path):
    file = tmp_path / "day.jsonl"

    def write(*numbers: str):
        file.write_text("".join(json.dumps({"busNo": number}) + "\n" for number in numbers))
        return file

    return write


def test_each_line_is_told_and_then_the_sum(piaolian, node, day):
    ran = piaolian("bill", "issue", day("a-1", "bad-2", "a-3"), "--node", node.address)
    assert ran.code == 7
    lines = ran.out.splitlines()
    assert lines[0].split() == ["line", "1", "issued", "46060126", "0000000001", "0a1b2c", "a-1"]
    assert "line      2  refused          bill.amounts_do_not_add_up: totalAmt: " in lines[1]
    assert lines[2].startswith("line      3  issued")
    assert ran.err.startswith("3 lines: 2 issued, 1 refused; ")


def test_all_issued_ends_with_0_and_so_does_the_second_run(piaolian, node, day):
    file = day("a-1", "a-2")
    assert piaolian("bill", "issue", file, "--node", node.address).code == 0
    ran = piaolian("bill", "issue", file, "--node", node.address)
    assert ran.code == 0
    assert ran.err.startswith("2 lines: 2 issued before; ")


def test_the_document_holds_the_lines_and_the_sum(piaolian, node, day):
    ran = piaolian("bill", "issue", day("a-1"), "--node", node.address, "-o", "json")
    item, summary = ran.document["items"][0], ran.document["summary"]
    assert (item["line"], item["status"], item["number"]) == (1, "issued", "0000000001")
    assert (summary["lines"], summary["issued"], summary["refused"]) == (1, 1, 0)


def test_a_program_gets_an_object_a_line_and_nothing_else(piaolian, node, day):
    ran = piaolian("bill", "issue", day("a-1", "bad"), "--node", node.address, "-o", "jsonl")
    assert [item["line"] for item in ran.objects] == [1, 2]
    assert ran.objects[1]["problem"]["field"] == "totalAmt"


def test_undecided_lines_end_with_6_and_say_where_to_ask(piaolian, node, day):
    node.undecided = True
    ran = piaolian("bill", "issue", day("a-1", "bad"), "--node", node.address)
    assert ran.code == 6
    assert "piaolian tx get abab" in ran.out


def test_an_unreachable_node_ends_with_3(piaolian, day, tmp_path):
    ran = piaolian("bill", "issue", day("a-1"), "--node", f"unix:{tmp_path}/none")
    assert ran.code == 3
    assert "1 lines: 1 not handed in" in ran.err


def test_a_node_that_hangs_up_ends_with_6(piaolian, node, day):
    node.hang_up_after = 0
    ran = piaolian("bill", "issue", day("a-1"), "--node", node.address, "--timeout", "0.5",
                   "--wait", "0.1")  # fmt: skip
    assert ran.code == 6
    assert "running the command again is safe" in ran.err


def test_a_dash_reads_standard_input(piaolian, node, monkeypatch):
    data = b'{"busNo": "a-1"}\n'
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    assert piaolian("bill", "issue", "-", "--node", node.address).code == 0
    assert list(node.bills) == ["a-1"]


def test_a_missing_file_is_a_wrong_command_line(piaolian, node, tmp_path):
    assert piaolian("bill", "issue", tmp_path / "none", "--node", node.address).code == 2


def test_an_empty_file_is_done(piaolian, node, day):
    ran = piaolian("bill", "issue", day(), "--node", node.address)
    assert (ran.code, ran.out) == (0, "")
    assert "nothing to issue" in ran.err


def test_a_business_number_cannot_steer_the_terminal(piaolian, node, day):
    ran = piaolian("bill", "issue", day("a\u202e\x1b[2J"), "--node", node.address)
    assert "\x1b" not in ran.out
    assert "\u202e" not in ran.out
