"""The command line as a whole: codes, options, and how failures are told."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(sys.executable).with_name("piaolian")

STATUS = {"agency": "hospital", "ready": True, "height": 7, "head_time_ms": 1_780_000_000_123}


def test_a_ready_node_ends_with_0_and_its_status_is_shown(piaolian, node):
    node.answers["/v1/status"] = STATUS
    ran = piaolian("status", "--node", node.address)
    assert ran.code == 0
    assert "hospital" in ran.out
    assert "2026-05-29 04:26:40.123" in ran.out


def test_a_node_that_is_not_ready_ends_with_4(piaolian, node):
    node.answers["/v1/status"] = {**STATUS, "ready": False}
    assert piaolian("status", "--node", node.address).code == 4


def test_without_a_node_the_usage_is_wrong(piaolian):
    ran = piaolian("status")
    assert ran.code == 2
    assert "--node" in ran.err


@pytest.mark.parametrize("arguments", [("stauts",), ("block", "get", "x"), ("bill", "get")])
def test_a_wrong_command_line_ends_with_2(piaolian, arguments):
    assert piaolian(*arguments, "--node", "unix:/nowhere").code == 2


def test_where_no_node_answers_it_ends_with_3(piaolian, tmp_path):
    ran = piaolian("status", "--node", f"unix:{tmp_path}/none.sock")
    assert ran.code == 3
    assert "is it running" in ran.err


def test_what_the_ledger_refuses_ends_with_7_and_shows_the_code(piaolian, node):
    node.answers["/v1/blocks/9"] = (404, {"code": "block.not_found", "detail": "no such block"})
    ran = piaolian("block", "get", "9", "--node", node.address)
    assert ran.code == 7
    assert ran.err.splitlines() == [
        "piaolian: block.not_found: no such block",
        "  -> check the height; a syncing node knows fewer",
    ]


def test_the_fix_is_told_in_the_language_of_the_terminal(piaolian, node, monkeypatch):
    node.answers["/v1/blocks/9"] = (404, {"code": "block.not_found", "detail": "no such block"})
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    ran = piaolian("block", "get", "9", "--node", node.address)
    assert ran.err.splitlines()[1] == "  -> 请核对高度；同步中的节点区块较少"
    ran = piaolian("block", "get", "9", "--node", node.address, "-o", "json")
    assert json.loads(ran.err)["error"]["fix"] == "请核对高度；同步中的节点区块较少"


def test_a_missing_scope_ends_with_77(piaolian, node):
    node.answers["/v1/peers"] = (403, {"code": "auth.missing_scope", "detail": "needs read"})
    assert piaolian("peers", "--node", node.address).code == 77


def test_a_node_without_room_ends_with_4(piaolian, node):
    node.no_room = 1
    assert piaolian("peers", "--node", node.address).code == 4


def test_what_does_not_speak_like_a_node_ends_with_1(piaolian, node):
    node.answers["/v1/status"] = (200, ["not", "an", "object"])
    assert piaolian("status", "--node", node.address).code == 1


def test_programs_get_failures_as_json(piaolian, node):
    ran = piaolian("block", "get", "9", "--node", node.address, "-o", "json")
    error = json.loads(ran.err)["error"]
    assert error["code"] == "request.no_such_path"
    assert ran.out == ""


def test_options_work_before_and_behind_the_command_and_the_nearer_counts(piaolian, node):
    node.answers["/v1/status"] = STATUS
    assert piaolian("--node", node.address, "-o", "json", "status").document["height"] == 7
    ran = piaolian("--node", "unix:/nowhere", "status", "--node", node.address)
    assert ran.code == 0


def test_the_environment_names_the_node(piaolian, node, monkeypatch):
    node.answers["/v1/status"] = STATUS
    monkeypatch.setenv("PIAOLIAN_NODE", node.address)
    assert piaolian("status").code == 0


@pytest.mark.slow
def test_a_reader_that_has_seen_enough_is_no_accident(node):
    node.answers["/v1/peers"] = {"items": [{"agency": "a" * 100}] * 5000}
    command = f"{PROGRAM} peers --node {node.address} -o jsonl | head -1"
    ran = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=60)
    assert ran.stderr == ""
    assert len(ran.stdout.splitlines()) == 1
