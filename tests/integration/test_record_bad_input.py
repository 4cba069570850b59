"""A bundle that is wrong is told in one problem, and nothing of it is left: no pack, no document.

Each case is given to a real node by the command line and by the API; neither answer, nor the log,
nor a path says anything of what stood there.
"""

import contextlib
import http.client
import json
import socket
import ssl
from pathlib import Path
from typing import Any

import pytest

from tests.support.processes import run_program
from tests.support.record_bundles import (
    RESIDENT_SYSTEM,
    bundle,
    encounter,
    entry,
    given_records,
    observation,
    written,
)
from tests.support.ward import Ward, open_ward

pytestmark = pytest.mark.slow

NUMBER, MAN = given_records()[1]
PERSON = {
    "id": "3923d493-0cbf-722e-b3fd-8e257ce39c23",
    "identifier": [],
    "gender": "male",
    "birthDate": "1949-11-22",
}
"""The patient of `MAN`."""
SECRET = "Goodwin-never-to-be-told"
"""Stands in every bad bundle."""
MIB = 1024 * 1024
ENDLESS = 200 * MIB


@pytest.fixture(scope="module")
def ward(tmp_path_factory):
    with open_ward(tmp_path_factory.mktemp("ward") / "net") as ward:
        yield ward


@pytest.fixture(scope="module")
def known(ward) -> list[dict[str, Any]]:
    """What became of the records of the first patient and of `MAN`."""
    return [*ward.publish(given_records()[0][0]), *ward.publish(NUMBER)]


def deep(depth: int) -> bytes:
    """Return a bundle with an extension in an extension, and so on."""
    inner: dict[str, Any] = {"url": "a", "valueString": SECRET}
    for _ in range(depth // 2):
        inner = {"url": "a", "extension": [inner]}
    return bundle({}, **PERSON, extension=[inner])


def with_entries(*resources: dict[str, Any]) -> bytes:
    """Return a bundle of `PERSON` with these resources."""
    patient = {"resourceType": "Patient", **PERSON, "name": [{"text": SECRET}]}
    return written([entry(patient), *(entry(resource) for resource in resources)])


def of_visit(name: str = "v1", **changes: Any) -> dict[str, Any]:
    return encounter(name, subject={"reference": f"urn:uuid:{PERSON['id']}"}, **changes)


def result(name: str, **changes: Any) -> dict[str, Any]:
    whose = {"reference": f"urn:uuid:{PERSON['id']}"}
    return observation(name, "v1", SECRET, subject=whose) | changes


def part_of(name: str, other: str) -> dict[str, Any]:
    return result(name, partOf=[{"reference": f"Observation/{other}"}])


def named(**changes: Any) -> bytes:
    """Return a bundle of a person who is not quite `PERSON`."""
    return bundle({}, **(PERSON | {"name": [{"text": SECRET}]} | changes))


SCRIPT = f'<div xmlns="http://www.w3.org/1999/xhtml"><script>steal("{SECRET}")</script></div>'
BAD = {
    "no JSON": (SECRET.encode(), NUMBER, "record.not_fhir"),
    "half of it": (MAN[: len(MAN) // 2], NUMBER, "record.not_fhir"),
    "another encoding": (MAN[:100] + b"\xff\xfe" + MAN[100:], NUMBER, "record.not_fhir"),
    "no bundle": (b'{"resourceType":"Patient","id":"' + SECRET.encode() + b'"}', NUMBER,
                  "record.not_fhir"),
    "depth 500": (deep(500), NUMBER, "record.too_deep"),
    "depth 100,000": (b'{"resourceType":"Bundle","type":"batch","entry":' + b"[" * 100_000,
                      NUMBER, "record.too_deep"),
    "an id twice": (with_entries(of_visit(), of_visit()), NUMBER, "record.duplicate_id"),
    "a key twice": (bundle({}, **PERSON).replace(b'"gender":', b'"gender": "male",\n"gender":'),
                    NUMBER, "record.not_fhir"),
    "parts in a circle": (
        with_entries(of_visit(), part_of("a", "b"), part_of("b", "c"), part_of("c", "a")),
        NUMBER, "record.circular_reference",
    ),
    "a script": (
        with_entries(of_visit(), result("a", text={"status": "generated", "div": SCRIPT})),
        NUMBER, "record.active_narrative",
    ),
    "nobody": (bundle({}, **PERSON).replace(b'"Patient"', b'"Group"'), NUMBER,
               "record.not_one_patient"),
    "somebody else's result": (
        with_entries(of_visit(), result("a", subject={"reference": "Patient/x"})),
        NUMBER, "record.mixed_patients",
    ),
    "another birth date": (named(birthDate="1949-11-23"), NUMBER, "record.other_patient"),
    "another sex": (named(gender="female"), NUMBER, "record.other_patient"),
    "an unknown number": (named(), SECRET[:20], "record.unknown_patient"),
    "a wrong resident id": (
        named(identifier=[{"system": RESIDENT_SYSTEM, "value": "469023194911223510"}]),
        NUMBER, "record.bad_resident_id",
    ),
    "somebody else's resident id": (
        named(identifier=[{"system": RESIDENT_SYSTEM, "value": "11010519491231002X"}]),
        NUMBER, "record.other_patient",
    ),
    "no such time": (
        with_entries(of_visit(period={"start": "2026-02-30T10:00:00+08:00"})), NUMBER,
        "record.bad_time",
    ),
}  # fmt: skip
"""By name: the bundle, the patient's number that is told, the code."""


def footprint(ward: Ward) -> tuple[object, ...]:
    """Return what a bundle that was refused must not change."""
    vault = ward.network["hospital"].folder / "data" / "vault"
    index = (vault / "lines.index").stat().st_size
    packs = sorted(path.name for path in (vault / "packs").iterdir())
    waiting = vault / "waiting"
    waits = sorted(path.name for path in waiting.iterdir()) if waiting.exists() else []
    drafts = [path.stat().st_size for path in vault.parent.glob("drafts/*")]
    return index, packs, waits, drafts, len(ward.told("record", "list", "--limit", 1000))


@pytest.mark.parametrize("name", BAD)
def test_a_bad_bundle_is_one_problem_and_leaves_nothing(ward, known, tmp_path, name):
    assert known
    body, number, code = BAD[name]
    before = footprint(ward)
    file = tmp_path / "bundle.json"
    file.write_bytes(body)
    told = ward.ask("record", "publish", file, "--patient-number", number, "--amend")
    assert told.returncode == 7, told.stderr
    assert f"piaolian: {code}" in told.stderr
    path, headers = "/v1/records?wait_ms=1000&amend=1", {"Patient-Number": number}
    answer = ward.network["hospital"].request("POST", path, body=body, headers=headers)
    assert (answer.status, answer.json["code"]) == (422, code)
    assert footprint(ward) == before
    shown = told.stderr + told.stdout + answer.body.decode()
    log = ward.network["hospital"].log.read_text("utf-8")
    assert not any(text in shown + log for text in (SECRET, SECRET[:20], PERSON["birthDate"]))


def resident_kib(ward: Ward) -> int:
    """Return how much memory the hospital's node has had at most."""
    process = ward.network["hospital"].process
    assert process is not None
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0])


def test_two_hundred_megabytes_are_refused_by_their_size(ward, known, tmp_path):
    assert known
    before, memory = footprint(ward), resident_kib(ward)
    file = tmp_path / "long.json"
    with file.open("wb") as stream:
        stream.truncate(ENDLESS)
    told = ward.ask("record", "publish", file, "--patient-number", NUMBER)
    assert told.returncode == 7
    assert "piaolian: record.too_large" in told.stderr
    told_length = pour(ward, f"Content-Length: {ENDLESS}", b"", 0)
    assert told_length.startswith(b"HTTP/1.1 413 ")
    assert b'"code":"request.too_large"' in told_length
    chunk = f"{MIB:x}\r\n".encode() + b" " * MIB + b"\r\n"
    assert b"record.too_large" in pour(ward, "Transfer-Encoding: chunked", chunk, 200)
    assert footprint(ward) == before
    assert resident_kib(ward) - memory < 64 * 1024


def pour(ward: Ward, how: str, chunk: bytes, times: int) -> bytes:
    """Send a body of many chunks until the node answers; return the answer's beginning."""
    with socket.socket(socket.AF_UNIX) as link:
        link.settimeout(30)
        link.connect(str(ward.network["hospital"].folder / "api.sock"))
        head = f"POST /v1/records HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{how}"
        link.sendall(head.encode() + b"\r\n\r\n")
        with contextlib.suppress(OSError):
            for _ in range(times):
                link.sendall(chunk)
        return link.recv(4096)


def test_nobody_amends_what_is_another_patients(ward, known):
    (encounter_id,) = {item["resource"] for item in known[:1]}
    visit = of_visit(encounter_id.partition("/")[2])
    before = footprint(ward)
    path, headers = "/v1/records?wait_ms=5000&amend=1", {"Patient-Number": NUMBER}
    body = written([entry({"resourceType": "Patient", **PERSON}), entry(visit)])
    stolen, _ = (
        ward.network["hospital"].request("POST", path, body=body, headers=headers).json["items"]
    )
    assert (stolen["status"], stolen["problem"]["code"]) == ("refused", "record.other_patient")
    assert "document" not in stolen
    history = ward.told("record", "history", known[0]["document"])
    assert [face["state"] for face in history] == ["published"]
    assert footprint(ward)[2] == before[2] == []


def test_nobody_amends_what_is_another_agencys(ward, known, tmp_path):
    file = tmp_path / "bundle.json"
    file.write_bytes(MAN)
    finance = ward.network["finance"]
    headers = {"Patient-Number": NUMBER}
    answer = finance.request("POST", "/v1/records?amend=1", body=MAN, headers=headers)
    assert (answer.status, answer.json["code"]) == (422, "record.unknown_patient")
    assert finance.get("/v1/records")["items"] == []
    history = ward.told("record", "history", known[0]["document"])
    assert [face["state"] for face in history] == ["published"]


def test_a_token_of_another_scope_reads_and_publishes_nothing(ward, known):
    hospital = ward.network["hospital"]
    tokens = hospital.folder / "tokens"
    before = tokens.read_text()
    name = known[0]["document"]
    asked = {
        "desk": ("GET", f"/v1/records/hospital/{name}/text"),
        "read": ("GET", f"/v1/records/hospital/{name}/text"),
        "details": ("GET", f"/v1/portal/records/{name}?session=x"),
        "portal": ("POST", "/v1/records"),
    }
    try:
        for scope, (method, path) in asked.items():
            tokens.write_text(before.replace("read,desk,payments,details,portal,admin", scope))
            status, body = ask_over_tls(hospital.folder, method, path)
            assert (status, body["code"]) == (403, "auth.missing_scope"), scope
        tokens.write_text("# withdrawn\n")
        assert ask_over_tls(hospital.folder, "GET", "/v1/records")[0] == 401
    finally:
        tokens.write_text(before)


def ask_over_tls(folder: Path, method: str, path: str) -> tuple[int, Any]:
    """Ask the agency's TLS listener with the owner's token."""
    address = (folder / "node.toml").read_text().split("[api]")[1].split('listen = "')[1]
    host, _, port = address.split('"')[0].rpartition(":")
    context = ssl.create_default_context(cadata=(folder / "keys/node.crt").read_bytes())
    context.check_hostname = False
    link = http.client.HTTPSConnection(host, int(port), timeout=10, context=context)
    token = (folder / "api.token").read_text().strip()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    link.request(method, path, body=b"{}" if method == "POST" else None, headers=headers)
    with contextlib.closing(link), link.getresponse() as answer:
        return answer.status, json.loads(answer.read())


@pytest.mark.parametrize("damage", ["cut", "swapped", "gone"])
def test_a_damaged_pack_is_named_by_the_node_and_by_store_verify(ward, known, damage):
    hospital = ward.network["hospital"]
    names = [item["document"] for item in known]
    place = names[-1].rpartition("-")[0]
    packs = hospital.folder / "data" / "vault" / "packs"
    pack = packs / f"{place}.pack"
    whole, other = pack.read_bytes(), packs / f"{names[0].rpartition('-')[0]}.pack"
    spoiled = {"cut": whole[: len(whole) // 2], "swapped": other.read_bytes(), "gone": b""}
    try:
        pack.write_bytes(spoiled[damage])
        if damage == "gone":
            pack.unlink()
        answer = hospital.request("GET", f"/v1/records/hospital/{names[-1]}/text")
        assert (answer.status, answer.json["code"]) == (500, "vault.damaged")
        assert answer.json["field"] == f"vault/packs/{place}.pack"
        assert b"resourceType" not in answer.body
        told = ward.ask("record", "get", names[-1])
        assert told.returncode != 0
        assert f"{place}.pack" in told.stderr
        good = hospital.request("GET", f"/v1/records/hospital/{names[0]}/text")
        assert good.status == 200
        assert f"vault/packs/{place}.pack" in hospital.log.read_text("utf-8")
        assert hospital.stop() == 0
        config = str(hospital.folder / "node.toml")
        verified = run_program("store", "verify", "--json", "--config", config, timeout=120)
        assert verified.returncode != 0
        files = {finding["file"] for finding in json.loads(verified.stdout)["findings"]}
        assert files == {f"vault/packs/{place}.pack"}
    finally:
        pack.write_bytes(whole)
        if hospital.process is None:
            hospital.start()
            ward.network.wait_until(hospital.is_ready, "ready again")
    assert hospital.request("GET", f"/v1/records/hospital/{names[-1]}/text").status == 200
