"""Four real nodes: bills are issued once, proved, opened, and survive whoever falls."""

import base64
import copy
import json
from typing import Any

import pytest

from ledger import documents
from primitives.hashing import keyed_hash
from proofs.receipt import load_receipt
from proofs.verify import verify_receipt
from tests.support.his_lines import good_line, hospital_day
from tests.support.processes import AGENCIES, make_network, run_program, running_network

pytestmark = pytest.mark.slow


def line(number: str, **changes: Any) -> bytes:
    """Return a good bill line with its own numbers."""
    bill = copy.deepcopy(good_line()) | {"busNo": number} | changes
    for place, item in enumerate(bill["listDetail"]):
        item["listDetailNo"] = f"{number}-{place}"
    return json.dumps(bill, ensure_ascii=False).encode()


def lines(prefix: str, count: int) -> list[bytes]:
    return [line(f"{prefix}-{place}") for place in range(count)]


def unpadded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    with running_network(tmp_path_factory.mktemp("net") / "net") as network:
        yield network


def test_a_hospital_issues_its_lines_and_all_four_agree(network):
    day = hospital_day()[:300]
    answers = network["hospital"].issue(day)
    assert [answer["status"] for answer in answers] == ["committed"] * 300
    assert [answer["line"] for answer in answers] == list(range(1, 301))
    numbers = {(answer["code"], answer["number"]) for answer in answers}
    assert len(numbers) == 300
    network.wait_for_equal_heads()
    again = network["hospital"].issue(day)
    assert {answer["status"] for answer in again} == {"exists"}
    for first, second in zip(answers, again, strict=True):
        same = ("business_number", "code", "number", "check_code", "height", "transaction")
        assert {key: first[key] for key in same} == {key: second[key] for key in same}


def test_two_equal_requests_at_once_issue_once(network):
    wanted = lines("twin", 20)
    answers = network["hospital"].issue([*wanted, *wanted])
    assert {answer["status"] for answer in answers} == {"committed"}
    numbers = [(answer["code"], answer["number"]) for answer in answers]
    assert numbers[:20] == numbers[20:]
    assert len(set(numbers)) == 20


def test_the_same_business_number_with_other_content_is_a_conflict(network):
    network["hospital"].issue([line("conflict")])
    (answer,) = network["hospital"].issue([line("conflict", payer="王芳")])
    assert answer["status"] == "refused"
    assert answer["problem"]["code"] == "bill.business_number_conflict"
    assert answer["problem"]["status"] == 409
    both = network["hospital"].issue([line("both"), line("both", payer="王芳")])
    assert [answer["status"] for answer in both] == ["committed", "refused"]


def test_bad_lines_are_refused_by_number_field_and_code_and_the_rest_issued(network):
    spoiled = [
        line("good-1"),
        line("bad-1", totalAmt="31.00"),
        b'{"busNo":"x","busNo":"y"}',
        line("bad-2", idCardNo="110105194912310021"),
        line("bad-3", totalAmt=1e3),
        b"nonsense",
        line("bad-4", payer="a\u202eb"),
        line("good-2"),
    ]
    answers = network["hospital"].issue(spoiled)
    statuses = [answer["status"] for answer in answers]
    assert statuses == ["committed", *["refused"] * 6, "committed"]
    problems = [answer["problem"] for answer in answers[1:-1]]
    assert all(problem["code"].split(".")[0] in ("his", "figure") for problem in problems)
    assert problems[0]["field"]
    assert problems[2]["field"] == "idCardNo"


def test_a_list_line_is_billed_once(network):
    network["hospital"].issue([line("lines-1")])
    bill = json.loads(line("lines-2"))
    bill["listDetail"][1]["listDetailNo"] = "lines-1-0"
    (answer,) = network["hospital"].issue([json.dumps(bill).encode()])
    assert answer["problem"]["code"] == "bill.line_number_used"
    assert answer["problem"]["field"] == "listDetail[1].listDetailNo"


def test_a_receipt_proves_a_bill_with_nothing_but_the_genesis(network):
    (issued,) = network["hospital"].issue([line("proof")])
    network.wait_for_equal_heads()
    genesis = network["finance"].request("GET", "/v1/genesis").body
    assert genesis == (network.out / "genesis.json").read_bytes()
    place = f"/v1/bills/{issued['code']}/{issued['number']}"
    bare = network["finance"].request("GET", f"{place}/proof").body
    verify_receipt(load_receipt(bare), genesis)
    full = network["hospital"].request("GET", f"{place}/proof?details=1").body
    receipt = load_receipt(full)
    verify_receipt(receipt, genesis)
    assert json.loads(receipt.details.text)["busNo"] == "proof"
    absent = network["health"].request("GET", "/v1/absence?code=46060199&number=7").body
    verify_receipt(load_receipt(absent), genesis)


def test_sealed_details_open_for_the_issuer_alone_and_match_the_chain(network):
    text = line("sealed")
    (issued,) = network["hospital"].issue([text])
    network.wait_for_equal_heads()  # a bill final at one node may be a moment away at another
    place = f"/v1/bills/{issued['code']}/{issued['number']}"
    face = network["health"].get(place)
    details = network["hospital"].get(f"{place}/details")
    assert details["text"].encode() == text
    sealed = network["hospital"].get(f"{place}/sealed")
    opened = documents.open_document(unpadded(sealed["ciphertext"]), unpadded(sealed["key"]))
    assert opened.text == text
    leaves = documents.leaves_of(opened.text)
    assert documents.commitment(leaves, opened.seed).hex() == face["commitment"]
    assert network["finance"].request("GET", f"{place}/details").status == 404
    journal = (network.out / "hospital/data/vault/openings.jsonl").read_text().splitlines()
    assert json.loads(journal[-1])["what"] == "sealed"


def test_the_portal_hears_of_own_bills_by_keyed_hash(network):
    (issued,) = network["hospital"].issue([line("portal")])
    before = issued["height"] - 1
    event = first_event(network["hospital"], f"/v1/portal/events?from={before}")
    (bill,) = event["bills"]
    key = bytes.fromhex((network.out / "hospital/keys/portal.key").read_text())
    assert unpadded(bill["patient"]) == keyed_hash(key, good_line()["idCardNo"].encode())
    assert bill["number"] == issued["number"]
    body = json.dumps({"code": issued["code"], "number": issued["number"]}).encode()
    contact = network["hospital"].request("POST", "/v1/portal/contact", body=body)
    assert contact.json == {"phone": good_line()["tel"]}


def test_events_resume_from_any_height(network):
    network["hospital"].issue([line("events")])
    first = first_event(network["finance"], "/v1/events?from=0")
    assert first["height"] == 1
    header = {"Last-Event-ID": str(first["height"])}
    assert first_event(network["finance"], "/v1/events?from=0", header)["height"] == 2


def first_event(agency, path: str, headers: dict[str, str] | None = None) -> dict[str, Any]:
    """Return the data of the first event of a stream."""
    from tests.support.processes import UnixConnection

    connection = UnixConnection(agency.folder / "api.sock", 20)
    try:
        connection.request("GET", path, headers=headers or {})
        response = connection.getresponse()
        assert response.status == 200
        while True:
            text = response.readline()
            if text.startswith(b"data: "):
                return json.loads(text.removeprefix(b"data: "))
    finally:
        connection.close()


def test_every_agency_signs_and_blocks_lead_back_to_the_genesis(network):
    network["hospital"].issue(lines("signs", 3))
    network.wait_for_equal_heads()
    validators = network["health"].get("/v1/validators")["items"]
    assert [validator["agency"] for validator in validators] == list(AGENCIES)
    assert all(validator["signed_last_100"] > 0 for validator in validators)
    page = network["finance"].get("/v1/blocks?limit=3")
    assert len(page["items"]) == 3
    assert page["items"][0]["parent_hash"] == page["items"][1]["hash"]
    following = network["finance"].get(f"/v1/blocks?limit=3&cursor={page['next']}")
    assert page["items"][2]["parent_hash"] == following["items"][0]["hash"]


def test_killing_one_stops_nobody_and_it_catches_up(network):
    network["health"].kill()
    answers = network["hospital"].issue(lines("one-down", 100))
    assert {answer["status"] for answer in answers} == {"committed"}
    network.start()
    network.wait_for_equal_heads()
    last = answers[-1]
    place = f"/v1/bills/{last['code']}/{last['number']}"
    assert network["health"].get(place) == network["finance"].get(place)


def test_with_two_killed_the_outcome_is_unknown_and_with_one_back_it_commits(network):
    network["health"].kill()
    network["insurance"].kill()
    wanted = lines("two-down", 10)
    answers = network["hospital"].issue(wanted, wait_ms=1_500)
    assert {answer["status"] for answer in answers} == {"unknown"}
    known = network["hospital"].get(f"/v1/transactions/{answers[0]['transaction']}")
    assert known["status"] == "accepted"
    network["health"].start()
    answers = network["hospital"].issue(wanted, wait_ms=30_000)
    assert {answer["status"] for answer in answers} == {"committed"}
    network.start()
    network.wait_for_equal_heads()


def test_what_was_accepted_survives_a_killed_issuer_and_is_issued_once(network):
    for name in ("health", "insurance", "finance"):
        network[name].kill()
    wanted = lines("orphan", 5)
    network["hospital"].issue(wanted, wait_ms=200)
    network["hospital"].kill()
    network.start()
    answers = network["hospital"].issue(wanted, wait_ms=30_000)
    assert {answer["status"] for answer in answers} <= {"committed", "exists"}
    numbers = {(answer["code"], answer["number"]) for answer in answers}
    assert len(numbers) == 5
    again = network["hospital"].issue(wanted)
    assert {(answer["code"], answer["number"]) for answer in again} == numbers


def test_a_committed_bill_survives_kill_9_of_all_four_at_once(network):
    wanted = lines("all-down", 50)
    answers = network["hospital"].issue(wanted)
    network.kill_all()
    network.start()
    again = network["hospital"].issue(wanted)
    assert {answer["status"] for answer in again} == {"exists"}
    for first, second in zip(answers, again, strict=True):
        assert (first["code"], first["number"]) == (second["code"], second["number"])


def test_metrics_and_probes_need_no_token_and_name_nobody(network):
    metrics = network["hospital"].request("GET", "/metrics").body.decode()
    assert "piaolian_api_requests_total" in metrics
    for secret in (good_line()["payer"], good_line()["tel"], good_line()["idCardNo"]):
        assert secret not in metrics
    assert network["hospital"].get("/livez") == {"status": "alive"}


def test_logs_hold_no_personal_data(network):
    for name in AGENCIES:
        log = (network.out / f"logs/{name}.log").read_text()
        for secret in (good_line()["payer"], good_line()["tel"], good_line()["idCardNo"]):
            assert secret not in log


def test_a_store_set_aside_is_fetched_again_and_its_vault_still_opens(network):
    text = line("aside")
    (issued,) = network["hospital"].issue([text])
    folder = network["hospital"].folder
    network["hospital"].stop()
    (folder / "aside").mkdir()
    for name in ("blocks", "state", "votes", "head"):
        (folder / "data" / name).rename(folder / "aside" / name)
    made = run_program("store", "create", "--config", str(folder / "node.toml"))
    assert made.returncode == 0, made.stderr
    network.start()
    network.wait_for_equal_heads()
    place = f"/v1/bills/{issued['code']}/{issued['number']}/details"
    assert network["hospital"].get(place)["text"].encode() == text
    (again,) = network["hospital"].issue([text])
    assert again["status"] == "exists"
    assert network["hospital"].issue([line("after-aside")])[0]["status"] == "committed"


def test_stopped_in_order_every_store_is_sound(network):
    assert [network[name].stop() for name in AGENCIES] == [0, 0, 0, 0]
    for name in AGENCIES:
        checked = run_program("store", "verify", "--config", str(network.out / name / "node.toml"))
        assert checked.returncode == 0, checked.stdout
    network.start()
    network.wait_for_equal_heads()


def test_a_flipped_byte_in_a_vault_pack_is_found(tmp_path):
    network = make_network(tmp_path / "net")
    try:
        network.start()
        network.allot()
        network["hospital"].issue([line("flip")])
    finally:
        network.kill_all()
    config = str(tmp_path / "net/hospital/node.toml")
    assert run_program("store", "verify", "--config", config).returncode == 0
    (pack,) = (tmp_path / "net/hospital/data/vault/packs").glob("*.pack")
    data = bytearray(pack.read_bytes())
    data[len(data) // 2] ^= 1
    pack.write_bytes(data)
    checked = run_program("store", "verify", "--config", config)
    assert checked.returncode == 5
    assert "vault/packs" in checked.stdout
