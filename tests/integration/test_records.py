"""Records on a real network: published by the command line, read back byte for byte, corrected."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.recording import correct
from tests.support.demo_process import ROOT
from tests.support.processes import run_program
from tests.support.record_bundles import bundle, encounter, entry, given_records, written
from tests.support.ward import open_ward

pytestmark = pytest.mark.slow

CHECK_RECORDS = ROOT / "tests/independent/check_records.py"
NUMBER, MAN = given_records()[1]
"""Number and bundle of the patient whose result is corrected."""


@pytest.fixture(scope="module")
def ward(tmp_path_factory):
    with open_ward(tmp_path_factory.mktemp("ward") / "net") as ward:
        yield ward


@pytest.fixture(scope="module")
def published(ward):
    """What became of each record of the three bundles, when they were published first."""
    return ward.publish_all()


@pytest.fixture(scope="module")
def checked(ward, published, tmp_path_factory):
    """What the outside script said of what was read back, before anything was corrected."""
    assert published
    folder = tmp_path_factory.mktemp("texts") / "texts"
    faces = ward.save(folder)
    files = sorted(ward.bundles.iterdir())
    ran = subprocess.run(
        [sys.executable, CHECK_RECORDS, folder, *files], capture_output=True, text=True, check=False
    )
    print(ran.stdout)  # noqa: T201
    return faces, ran


@pytest.fixture(scope="module")
def amended(ward, checked, tmp_path_factory):
    """What became of each record of a corrected copy of one bundle."""
    assert checked
    file = tmp_path_factory.mktemp("corrected") / "man.json"
    file.write_bytes(correct(MAN))
    return ward.publish(NUMBER, file, "--amend")


def test_every_visit_is_a_record_and_so_is_the_rest_of_each_bundle(published):
    assert {item["status"] for item in published} == {"committed"}
    kinds = [item["kind"] for item in published]
    assert (len(kinds), kinds.count("03"), kinds.count("02")) == (40, 3, 1)
    assert sum(item["entries"] for item in published) == 578


def test_every_resource_comes_back_byte_for_byte_and_is_counted(checked):
    faces, ran = checked
    assert ran.returncode == 0, ran.stdout
    assert ran.stdout.splitlines()[-1] == "578 resources, 0 faults"
    counts = {name: int(count) for count, name in (x.split() for x in ran.stdout.splitlines()[:-1])}
    assert counts == counted(data for _, data in given_records())
    assert len(faces) == 40


def counted(bundles) -> dict[str, int]:
    """Count the resources of bundles by their types."""
    types = [
        entry["resource"]["resourceType"] for data in bundles for entry in json.loads(data)["entry"]
    ]
    return {name: types.count(name) for name in set(types)}


def test_one_resource_is_read_by_its_name(ward, published):
    visit = next(item for item in published if item["resource"].startswith("Encounter/"))
    ran = ward.ask("record", "get", visit["document"], "--resource", visit["resource"])
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)["id"] == visit["resource"].partition("/")[2]
    missing = ward.ask("record", "get", visit["document"], "--resource", "Encounter/none")
    assert (missing.returncode, "record.no_such_resource" in missing.stderr) == (7, True)


def test_a_receipt_proves_a_record_to_whoever_has_the_genesis(ward, published, tmp_path):
    file, genesis = tmp_path / "receipt.json", ward.network.out / "genesis.json"
    name = published[0]["document"]
    saved = ward.ask("record", "get", f"hospital/{name}", "--receipt", file)
    assert saved.returncode == 0, saved.stderr
    good = ward.ask("record", "verify", file, "--genesis", genesis)
    assert good.returncode == 0, good.stderr + good.stdout
    receipt = json.loads(file.read_text("utf-8"))
    text = receipt["details"]["text"]
    receipt["details"]["text"] = text.replace('"resourceType"', '"resourceTypo"', 1)
    assert receipt["details"]["text"] != text
    file.write_text(json.dumps(receipt), "utf-8")
    bad = ward.ask("record", "verify", file, "--genesis", genesis)
    assert bad.returncode == 5, bad.stdout


def test_published_again_every_record_is_there_already(ward, checked):
    faces, _ = checked
    again = ward.publish_all()
    assert {item["status"] for item in again} == {"exists"}
    assert [item["document"] for item in again] == [face["document"] for face in faces]


def test_what_is_not_meant_as_an_amendment_is_refused_and_changes_nothing(ward, checked, tmp_path):
    file = tmp_path / "man.json"
    file.write_bytes(correct(MAN))
    ran = ward.ask("record", "publish", file, "--patient-number", NUMBER, "-o", "jsonl")
    assert ran.returncode == 7
    items = [json.loads(line) for line in ran.stdout.splitlines()]
    refused = [item for item in items if item["status"] == "refused"]
    assert [item["problem"]["code"] for item in refused] == ["record.differs"]
    assert len(ward.told("record", "list", "--limit", 1000)) >= len(checked[0])


def test_an_amendment_is_linked_both_ways_and_both_can_be_read(ward, amended):
    (new,) = [item for item in amended if item["status"] == "committed"]
    assert {item["status"] for item in amended} == {"committed", "exists"}
    old = new["supersedes"]
    for name in (old, new["document"]):
        history = ward.told("record", "history", name)
        assert [face["document"] for face in history] == [old, new["document"]]
        assert history[0]["superseded_by"] == new["document"]
        assert history[1]["supersedes"] == old
        assert [face["state"] for face in history] == ["superseded", "published"]
        assert ward.ask("record", "get", name).returncode == 0


def test_what_was_corrected_comes_back_as_it_was_corrected(ward, amended, tmp_path):
    assert amended
    faces = ward.save(tmp_path / "texts")
    assert sum(face["state"] == "superseded" for face in faces) == 1
    files = [ward.bundles / f"{number}.json" for number, _ in given_records()]
    files[1] = tmp_path / "corrected.json"
    files[1].write_bytes(correct(MAN))
    command = [sys.executable, str(CHECK_RECORDS), str(tmp_path / "texts"), *map(str, files)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout
    files[1].write_bytes(MAN)
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout.splitlines()[-1]) == (5, "577 resources, 1 faults")


def test_the_other_agencies_nodes_know_the_records_and_hold_none(ward, amended):
    assert amended
    ward.network.wait_for_equal_heads()
    own = ward.network["hospital"].get("/v1/records?limit=100")["items"]
    name = own[0]["document"]
    for agency in ("finance", "insurance"):
        node = ward.network[agency]
        assert node.get(f"/v1/records/hospital/{name}") == own[0]
        assert node.get("/v1/records")["items"] == []
        answer = node.request("GET", f"/v1/records/hospital/{name}/text")
        assert (answer.status, answer.json["code"]) == (422, "record.not_here")


def test_a_record_of_fifteen_megabytes_comes_back_and_costs_the_node_little(
    ward, amended, tmp_path
):
    assert amended
    scan = {
        "resourceType": "DocumentReference",
        "id": "scan",
        "encounter": {"reference": "Encounter/scanned"},
        "content": [{"attachment": {"data": "QUJD" * (15 * 1024**2 // 4)}}],
    }
    whose = {"reference": "Patient/person-1"}
    patient = json.loads(bundle({}, identifier=[], gender="male", birthDate="1949-11-22"))
    body = written([*patient["entry"], entry(encounter("scanned", subject=whose)), entry(scan)])
    file = tmp_path / "scan.json"
    file.write_bytes(body)
    before = peak_kib(ward)
    (visit, _) = ward.publish(NUMBER, file, "--amend")
    assert (visit["status"], visit["entries"]) == ("committed", 2)
    assert ward.publish(NUMBER, file)[0]["status"] == "exists"
    saved = ward.ask("record", "get", visit["document"], "--save", tmp_path / "text.json")
    assert saved.returncode == 0, saved.stderr
    text = (tmp_path / "text.json").read_bytes()
    assert len(text) > 15 * 1024**2
    assert json.loads(text)["entry"][1]["resource"] == scan
    print(f"the node's memory grew by {(peak_kib(ward) - before) // 1024} MiB")  # noqa: T201
    assert peak_kib(ward) - before < 80 * 1024


def peak_kib(ward) -> int:
    """Return how much memory the hospital's node has had at most."""
    status = Path(f"/proc/{ward.network['hospital'].process.pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0])


def test_the_stores_are_sound_when_all_have_stopped(ward, amended):
    assert amended
    for agency in ward.network.agencies.values():
        assert agency.stop() == 0
        config = str(agency.folder / "node.toml")
        checked = run_program("store", "verify", "--json", "--config", config, timeout=120)
        assert checked.returncode == 0, checked.stdout
        counts = json.loads(checked.stdout)["checked"]
        assert counts["own records"] == (43 if agency.name == "hospital" else 0)
