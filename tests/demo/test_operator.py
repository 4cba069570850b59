"""What an operator at the command line is told while nodes fall and come back."""

import json
import subprocess
from pathlib import Path

import pytest

from bench.load import Desk, bills
from tests.support.demo_process import DAY, PROGRAMS
from tests.support.processes import Network, running_network

pytestmark = pytest.mark.slow

LINES = DAY.read_text("utf-8").splitlines()


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    with running_network(tmp_path_factory.mktemp("net") / "net") as network:
        yield network


@pytest.fixture
def day(tmp_path):
    def write(first: int, last: int) -> Path:
        file = tmp_path / f"{first}.jsonl"
        file.write_text("\n".join(LINES[first:last]), "utf-8")
        return file

    return write


def ask(network: Network, agency: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    node = f"unix:{network[agency].folder}/api.sock"
    return subprocess.run(
        [PROGRAMS / "piaolian", "--node", node, *map(str, arguments)],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def issue(network: Network, file: Path, *options: object) -> tuple[int, dict[str, int]]:
    ran = ask(network, "hospital", "bill", "issue", file, "-o", "json", *options)
    return ran.returncode, json.loads(ran.stdout)["summary"]


def test_with_one_node_down_bills_are_issued(network, day):
    network["insurance"].kill()
    code, summary = issue(network, day(0, 20))
    assert (code, summary["issued"]) == (0, 20)
    network.start()
    network.wait_for_equal_heads()


def test_with_two_nodes_down_the_outcome_is_unknown_and_running_it_again_is_safe(network, day):
    file = day(20, 40)
    network["insurance"].kill()
    network["health"].kill()
    code, summary = issue(network, file, "--wait", 1)
    assert (code, summary["unknown"], summary["issued"]) == (6, 20, 0)
    assert ask(network, "insurance", "status").returncode == 3
    network["health"].start()
    code, summary = issue(network, file)
    assert (code, summary["issued"] + summary["exists"]) == (0, 20)
    network.start()
    network.wait_for_equal_heads()
    listed = ask(network, "health", "bill", "list", "--all", "-o", "jsonl").stdout.splitlines()
    numbers = [json.loads(line)["business_number"] for line in listed]
    assert sorted(numbers) == sorted(json.loads(line)["busNo"] for line in LINES[:40])


def test_every_line_of_a_day_keeps_its_number_when_all_four_are_killed(network, day, tmp_path):
    file = day(40, 60)
    first = ask(network, "hospital", "bill", "issue", file, "-o", "jsonl").stdout.splitlines()
    network.kill_all()
    network.start()
    again = ask(network, "hospital", "bill", "issue", file, "-o", "jsonl").stdout.splitlines()
    before, after = (
        [(item["code"], item["number"], item["check_code"]) for item in map(json.loads, lines)]
        for lines in (first, again)
    )
    assert before == after
    assert {json.loads(line)["status"] for line in again} == {"exists"}


def test_one_node_killed_in_the_middle_of_the_whole_day_stops_nobody_and_catches_up(network):
    before = network["finance"].status()["height"]
    node = f"unix:{network['hospital'].folder}/api.sock"
    command = [PROGRAMS / "piaolian", "--node", node, "bill", "issue", DAY, "-o", "json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as issuing:
        network.wait_until(
            lambda: network["finance"].status()["height"] >= before + 2, "a day under way"
        )
        network["insurance"].kill()
        assert issuing.poll() is None, "it was killed in the middle"
        told, _ = issuing.communicate(timeout=120)
    summary = json.loads(told)["summary"]
    assert (issuing.returncode, summary["issued"] + summary["exists"]) == (0, 1295)
    running = [name for name in network.agencies if name != "insurance"]
    network.wait_until(lambda: len(network.heads(running)) == 1, "three equal heads")
    network.start()
    network.wait_for_equal_heads()
    for agency in ("insurance", "finance"):
        listed = ask(network, agency, "bill", "list", "--all", "-o", "jsonl").stdout.splitlines()
        numbers = sorted(json.loads(line)["business_number"] for line in listed)
        assert numbers == sorted(json.loads(line)["busNo"] for line in LINES)
    signed = ask(network, "insurance", "block", "list", "--limit", "1000", "-o", "jsonl").stdout
    signers = [set(json.loads(line)["signers"]) for line in signed.splitlines()]
    assert set.union(*signers) == set(network.agencies)


def test_a_signed_transaction_is_handed_in_once_and_found_again(network, tmp_path):
    desk, stream = Desk.load(network.out), bills(DAY, "signed")
    transaction = desk.transaction([next(stream)])
    file = tmp_path / "signed.bin"
    file.write_bytes(transaction.data)
    for _ in range(2):
        ran = ask(network, "finance", "tx", "submit", file, "-o", "json")
        assert (ran.returncode, ran.stderr) == (0, "")
        assert json.loads(ran.stdout)["items"][0]["status"] == "committed"
    ran = ask(network, "health", "tx", "wait", transaction.id.hex())
    assert ran.returncode == 0
    assert ran.stdout.count("issue_bill") == 1
    changed = bytearray(desk.transaction([next(stream)]).data)
    changed[-1] ^= 1
    file.write_bytes(changed)
    ran = ask(network, "finance", "tx", "submit", file)
    assert ran.returncode == 7
    assert ask(network, "health", "tx", "get", "00" * 40).returncode == 6


def test_finance_is_told_why_numbers_are_not_allotted_twice(network):
    allotted = json.loads(ask(network, "finance", "range", "list", "-o", "json").stdout)["items"][0]
    options = [f"--{name}={allotted[name]}" for name in ("unit", "place", "kind", "code")]
    numbers = ["--first=1", "--last=5"]
    ran = ask(network, "finance", "range", "allot", *options, *numbers)
    assert (ran.returncode, "range.overlaps" in ran.stderr) == (7, True)
    ran = ask(network, "health", "range", "allot", *options, *numbers)
    assert (ran.returncode, "agency.wrong_role" in ran.stderr) == (7, True)


def test_finance_counts_the_ledger_again_and_blocks_and_books_are_equal(network):
    network.wait_for_equal_heads()
    for agency in ("finance", "health"):
        ran = ask(network, agency, "ledger", "recount")
        assert (ran.returncode, ran.stdout.splitlines()[-1]) == (0, "blocks and books are equal")


def test_a_rule_changes_by_three_votes_under_keys_that_no_node_holds(network):
    def key(agency: str) -> tuple[str, Path]:
        return "--sign-with", network[agency].folder / "keys" / "governance.key"

    asked = ("gov", "propose", "set-parameter", "rounding_fen", "10")
    assert ask(network, "hospital", *asked).returncode == 2
    ran = ask(network, "hospital", *asked, *key("hospital"), "-o", "json")
    proposal = json.loads(ran.stdout)["results"][0]["proposal"]
    vote = ("gov", "vote", proposal, "yes")
    assert ask(network, "health", *vote, *key("finance")).returncode == 7
    for agency in ("finance", "insurance"):
        assert ask(network, agency, *vote, *key(agency)).returncode == 0
    told = json.loads(ask(network, "health", "gov", "get", proposal, "-o", "json").stdout)
    assert told["state"] in ("passed", "done")
    assert [ballot["agency"] for ballot in told["ballots"]] == ["hospital", "finance", "insurance"]


def test_node_owned_commands_are_handed_over(network):
    config = network["hospital"].folder / "node.toml"
    ran = ask(network, "hospital", "config", "check", "--config", config)
    assert (ran.returncode, ran.stdout) == (0, f"{config}: good\n")
