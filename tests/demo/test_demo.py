"""The demo from the outside: what it prints, what it leaves, and that nothing outlives it."""

import json
import os
import re
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgpack
import pytest

from tests.support.bad_lines import bad_lines
from tests.support.demo_process import (
    DAY,
    PROGRAMS,
    DemoProcess,
    are_gone,
    finished_demo,
    verify_command,
)
from tests.support.needles import personal_data

pytestmark = pytest.mark.slow

LINES = DAY.read_text("utf-8").splitlines()
ISSUE, REVERSE, PAY, REFUND, SETTLE = 2, 8, 13, 14, 16
"""Tags of operations, from docs/formats.md."""


@pytest.fixture(scope="module")
def demo():
    return finished_demo()


def counted(bodies: list[bytes]) -> dict[str, int]:
    """Count what the demo tells, from the bodies of blocks by operations' tags alone."""
    found: dict[int, list[list[Any]]] = {}
    for body in bodies:
        transactions, _certificate = msgpack.unpackb(body)
        for data in transactions:
            for tag, *fields in msgpack.unpackb(msgpack.unpackb(data)[0])[5]:
                found.setdefault(tag, []).append(fields)
    return {
        "orders_paid": len({tuple(fields[:2]) for fields in found[PAY]}),
        "payments": len(found[PAY]),
        "refunds": len({fields[0] for fields in found[REFUND]}),
        "bills_from_orders": sum(bool(extras and extras[2]) for *_, extras in found[ISSUE]),
        "claims_settled": len(found[SETTLE]),
        "reversed": len(found[REVERSE]),
    }


@pytest.fixture
def small_day(tmp_path):
    file = tmp_path / "day.jsonl"
    broken = LINES[7].replace('"totalAmt":"', '"totalAmt":"9')
    assert broken != LINES[7]
    file.write_text("\n".join([*LINES[:5], broken, "not JSON", ""]), "utf-8")
    return file


def test_every_line_of_the_day_is_a_bill_now(demo):
    assert demo.summary["bills_in"] == demo.summary["issued"] == len(LINES) == 1295
    assert demo.summary["refused"] == 0
    assert "finance counts 1,295 bills" in demo.told


def test_the_total_is_that_of_the_input(demo):
    amounts = [json.loads(line)["totalAmt"] for line in LINES]
    total = sum(int(amount.replace(".", "")) for amount in amounts)
    assert demo.summary["total_fen"] == total
    assert f"{total // 100:,}.{total % 100:02d} yuan" in demo.told


def test_five_agencies_have_one_head(demo):
    heads = demo.summary["heads"]
    assert set(heads) == {"hospital", "finance", "insurance", "health", "bank"}
    assert len({json.dumps(head) for head in heads.values()}) == 1
    assert demo.told.count(heads["health"]["hash"][:24]) == 5


def test_the_receipt_is_good_and_a_changed_one_is_not(demo, tmp_path):
    command = [PROGRAMS / "piaolian", "bill", "verify", "--genesis", demo.summary["genesis"]]
    good = subprocess.run([*command, demo.summary["receipt"]], capture_output=True, text=True)
    assert good.returncode == 0
    assert "ok      document" in good.stdout
    receipt = json.loads(Path(demo.summary["receipt"]).read_text("utf-8"))
    receipt["details"]["text"] = receipt["details"]["text"].replace("payer", "payor")
    (tmp_path / "changed.json").write_text(json.dumps(receipt))
    bad = subprocess.run([*command, tmp_path / "changed.json"], capture_output=True, text=True)
    assert bad.returncode == 5
    assert "FAILED  document" in bad.stdout


def test_a_script_that_knows_nothing_of_ours_proves_and_opens_all_bills(demo):
    assert demo.independent.returncode == 0, demo.independent.stdout
    count = 1295 + demo.summary["bills_from_orders"]
    assert demo.independent.stdout == f"{count} bills proved, 0 faults\n"


def test_the_counts_of_orders_claims_and_reversals_are_those_of_the_raw_blocks(demo):
    count = counted(demo.bodies)
    assert {name: demo.summary[name] for name in count} == count
    assert count == {
        "orders_paid": 12,
        "payments": 13,
        "refunds": 2,
        "bills_from_orders": 12,
        "claims_settled": 1,
        "reversed": 1,
    }
    assert demo.summary["claims_refused"] == 1
    assert "a second claim was refused: claim.class_settled" in demo.told


def test_finance_recounted_and_found_blocks_and_books_equal(demo):
    assert "blocks and books are equal" in demo.told
    assert re.search(r"46060126 0000000001 +written_off +100 ", demo.told)


def test_every_bill_was_endorsed_and_delivered(demo):
    count = 1295 + demo.summary["bills_from_orders"] + demo.summary["reversed"]
    told = f"finance's node endorsed {count:,} bills, the hospital's anchored {count:,} signed"
    assert told in demo.told


def test_a_fifth_validator_was_voted_in_and_signs(demo):
    signers = [set(block["signers"]) for block in demo.blocks["health"]]
    first = next(place for place, names in enumerate(reversed(signers)) if "bank" in names)
    assert first > 0, "it had no vote at first"
    assert "five validators vote, four decide" in demo.told


def test_an_order_is_left_for_the_person_at_the_keyboard(demo):
    login = demo.summary["login"]
    assert f"/orders/{login['order']}" in demo.told
    assert f'action="/orders/{login["order"]}/pay"' in demo.order_page


def test_the_public_check_knows_the_bill_that_is_printed(demo):
    assert 'data-consistent="yes"' in demo.check_page


def test_three_patients_have_records_and_one_result_was_corrected(demo):
    counts = {name: demo.summary[name] for name in demo.summary if name.startswith("record")}
    assert counts == {"records_published": 40, "record_resources": 578, "records_amended": 1}
    assert len(demo.records) == 41
    (old,) = [face for face in demo.records if face["state"] == "superseded"]
    (new,) = [face for face in demo.records if face["supersedes"]]
    assert (old["superseded_by"], new["supersedes"]) == (new["document"], old["document"])
    assert f"record {new['document']} takes the place of {old['document']}" in demo.told


def test_the_login_that_is_printed_is_of_somebody_with_records(demo):
    assert demo.summary["login"]["patient_number"] == "3923d493"
    assert f"{demo.summary['portal_url']}records" in demo.told


def test_a_record_is_not_published_twice_nor_for_somebody_else(demo):
    again, other, differs, nobody, unfit, *_ = demo.record_runs
    assert (again.returncode, again.stdout.count("exists")) == (0, 5)
    assert (other.returncode, "record.other_patient" in other.stderr) == (7, True)
    assert (differs.returncode, differs.stdout.count("record.differs")) == (7, 1)
    assert (nobody.returncode, "record.unknown_patient" in nobody.stderr) == (7, True)
    assert unfit.returncode == 7


def test_every_nodes_signature_stands_in_certificates(demo):
    assert set(demo.blocks) == set(demo.summary["heads"])
    chains = [[block["hash"] for block in blocks] for blocks in demo.blocks.values()]
    shortest = min(map(len, chains))
    assert shortest >= demo.summary["heads"]["finance"]["height"]
    assert len({tuple(chain[-shortest:]) for chain in chains}) == 1
    signers = [set(block["signers"]) for blocks in demo.blocks.values() for block in blocks]
    assert all(len(names) >= 3 for names in signers)
    assert set.union(*signers) == set(demo.summary["heads"])


def test_the_store_of_every_agency_is_sound_when_the_demo_has_stopped(demo):
    for agency in demo.summary["heads"]:
        found = verify_command(demo.folder / agency / "node.toml")
        assert found.returncode == 0, found.stdout
        checked = json.loads(found.stdout)["checked"]
        blue = 1295 + demo.summary["bills_from_orders"]
        count = blue + demo.summary["reversed"]
        assert (checked["bills"], checked["own bills, orders and records not here"]) == (count, 0)
        own = agency == "hospital"
        assert checked["own records"] == (len(demo.records) if own else 0)
        assert checked["details opened"] == (count + len(demo.records) if own else 0)


def test_the_login_that_is_printed_opens_the_patients_bills(demo):
    assert demo.summary["login"]["check_code"] in demo.told
    assert re.search(r'href="/bills/[0-9]{8}/[0-9]{10}"', demo.bills_page)


def test_a_second_run_over_the_day_issues_nothing_twice(demo):
    assert demo.second_run.returncode == 0
    summary = json.loads(demo.second_run.stdout)["summary"]
    assert (summary["issued"], summary["exists"]) == (0, 1295)


def test_bad_lines_are_named_with_field_and_code_and_without_what_stood_there(demo):
    assert demo.bad_run.returncode == 7
    document = json.loads(demo.bad_run.stdout)
    told = [
        (item["line"], item["status"], item["problem"].get("field", ""), item["problem"]["code"])
        for item in document["items"]
    ]
    assert told == [
        (place, "refused", bad.field, bad.code) for place, bad in enumerate(bad_lines(), 1)
    ]
    details = " ".join(item["problem"]["detail"] for item in document["items"])
    assert not any(value in details for value in personal_data(DAY))


def test_what_holds_a_login_is_for_its_owner_only(demo):
    for name in ("summary.json", "receipt.json"):
        assert stat.S_IMODE((demo.folder / name).stat().st_mode) == 0o600


def test_nothing_outlives_a_demo_that_was_told_to_stop(demo):
    assert demo.exit_code == 0
    assert demo.gone


def test_bad_lines_do_not_stop_a_demo_that_ends_by_itself(tmp_path, small_day):
    demo = DemoProcess.start(tmp_path / "demo", HIS=str(small_day), DEMO_EXIT="1")
    assert demo.process.wait(600) == 0, demo.told
    summary = json.loads((demo.folder / "summary.json").read_text())
    counts = (summary["bills_in"], summary["issued"], summary["refused"])
    assert counts == (7, 5, 2)
    assert summary["orders_paid"] == summary["bills_from_orders"]
    assert summary["reversed"] == 1
    assert "line 6: " in demo.told
    assert "line 7: " in demo.told
    assert are_gone(summary["pids"])


def test_nothing_outlives_a_demo_that_is_killed_and_a_second_one_says_so(tmp_path, small_day):
    demo = DemoProcess.start(tmp_path / "demo", HIS=str(small_day))
    summary = demo.summary()
    second = subprocess.run(
        [sys.executable, "-m", "scripts.demo"], capture_output=True, text=True, check=False,
        env={**os.environ, "DEMO_DIR": str(demo.folder)}, cwd=DAY.parents[2],
    )  # fmt: skip
    assert second.returncode == 1
    assert "a demo runs in" in second.stderr
    demo.end(signal.SIGKILL)
    assert are_gone(summary["pids"])


def test_a_node_that_dies_is_named_with_the_end_of_its_log(tmp_path, small_day):
    demo = DemoProcess.start(tmp_path / "demo", HIS=str(small_day))
    summary = demo.summary()
    os.kill(summary["pids"]["health's node"], signal.SIGKILL)
    assert demo.process.wait(60) == 1
    assert "health's node was killed by SIGKILL" in demo.told
    assert "node.started" in demo.told
    assert are_gone(summary["pids"])


def test_a_folder_that_is_no_demos_is_left_alone(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter").write_text("dear")
    demo = DemoProcess.start(tmp_path / "mine")
    assert demo.process.wait(30) == 1
    assert "holds other things" in demo.told
    assert (tmp_path / "mine" / "letter").read_text() == "dear"


def test_a_missing_file_is_named_before_anything_starts(tmp_path):
    demo = DemoProcess.start(tmp_path / "demo", HIS=str(tmp_path / "none.jsonl"))
    assert demo.process.wait(30) == 1
    assert "none.jsonl: No such file" in demo.told
