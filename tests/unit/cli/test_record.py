"""Publishing records, finding them, reading one and keeping its receipt."""

import json
import stat

import pytest

from cli.arguments import base64url
from cli.exits import CommandError
from cli.record_text import resource_in
from ledger.bills import DocumentReference
from ledger.documents import commitment, leaves_of
from ledger.publishing import (
    PUBLISHED,
    PublishedDocument,
    document_key,
    read_document_name,
)
from primitives.codec import encode
from proofs.receipt import dump_receipt, load_receipt
from tests.support.receipts import SEED, certified, sample_chain

TEXT = (
    b'{"form":"fhir-visit-1","entry":[{"fullUrl": "urn:uuid:v1", "resource": {"resourceType":'
    b' "Encounter",  "id": "v1"}},{"resource":{"resourceType":"Observation","id":"o1","x":1.50}}]}'
)
NAME = "812-0-3"
KEY = document_key(read_document_name("hospital", NAME))


def item(resource: str = "Encounter/v1", status: str = "committed", **more):
    return {"resource": resource, "kind": "01", "entries": 2, "status": status, **more}


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "bundle.json"
    path.write_bytes(b'{"resourceType":"Bundle"}')
    return path


def test_a_bundle_is_handed_in_as_it_is_with_the_patients_number(piaolian, node, file):
    node.answers["/v1/records"] = {"items": [item(document=NAME), item("Patient/p", "exists")]}
    ran = piaolian(
        "record", "publish", file, "--patient-number", "p-1", "--wait", 2, "--node", node.address
    )
    assert ran.code == 0
    assert node.requests == [
        ("POST", "/v1/records?wait_ms=2000&amend=0", b'{"resourceType":"Bundle"}')
    ]
    assert node.patients == ["p-1"]
    assert NAME in ran.out
    assert "bundle.json" in ran.out


def test_an_amendment_is_asked_for_by_its_flag(piaolian, node, file):
    node.answers["/v1/records"] = {"items": [item(document="9-0-0", supersedes=NAME)]}
    ran = piaolian("record", "publish", file, "--amend", "--node", node.address, "-o", "jsonl")
    assert ran.code == 0
    assert "amend=1" in node.requests[0][1]
    assert ran.objects[0]["supersedes"] == NAME
    assert node.patients == [""]


@pytest.mark.parametrize(
    ("status", "code"), [("committed", 0), ("exists", 0), ("refused", 7), ("unknown", 6)]
)
def test_the_exit_code_tells_what_became_of_the_worst(piaolian, node, file, status, code):
    problem = {"code": "record.differs", "detail": ""} if status == "refused" else None
    node.answers["/v1/records"] = {"items": [item(), item(status=status, problem=problem)]}
    ran = piaolian("record", "publish", file, "--node", node.address)
    assert ran.code == code
    assert ("record.differs -> publish it with amend" in ran.err) == (status == "refused")


def test_a_bundle_too_long_is_refused_without_being_read(piaolian, node, tmp_path):
    file = tmp_path / "long.json"
    with file.open("wb") as stream:
        stream.truncate(200 * 1024**2)
    ran = piaolian("record", "publish", file, "--node", node.address)
    assert ran.code == 7
    assert "record.too_large" in ran.err
    assert node.requests == []


def test_a_file_that_has_no_end_is_read_no_further_than_a_bundle_goes(piaolian, node):
    ran = piaolian("record", "publish", "/dev/zero", "--node", node.address)
    assert (ran.code, "record.too_large" in ran.err) == (7, True)


def test_a_file_that_is_not_there_is_named(piaolian, node, tmp_path):
    ran = piaolian("record", "publish", tmp_path / "none.json", "--node", node.address)
    assert ran.code == 78
    assert "none.json" in ran.err


def test_a_bundle_that_cannot_be_read_is_one_problem(piaolian, node, file):
    told = {"code": "record.not_fhir", "detail": "not one JSON object", "status": 422}
    node.answers["/v1/records"] = (422, told)
    ran = piaolian("record", "publish", file, "--node", node.address)
    assert ran.code == 7
    assert "record.not_fhir" in ran.err


def test_documents_are_listed_with_what_amends_what(piaolian, node):
    face = {"custodian": "hospital", "document": NAME, "kind": "01", "time_ms": 0}
    face |= {"size_class": 1024, "state": "superseded", "superseded_by": "9-0-0"}
    node.answers["/v1/records"] = {"items": [face], "next": None}
    ran = piaolian("record", "list", "--node", node.address)
    assert ran.code == 0
    assert "9-0-0" in ran.out
    node.answers[f"/v1/records/hospital/{NAME}/history"] = {"items": [face]}
    ran = piaolian("record", "history", f"hospital/{NAME}", "--node", node.address, "-o", "jsonl")
    assert [each["document"] for each in ran.objects] == [NAME]


@pytest.fixture
def kept(node):
    """A node that has one record, with its proof."""
    document = PublishedDocument(
        "01", 1024, DocumentReference(commitment(leaves_of(TEXT), SEED), bytes(32), 15),
        1_790_000_000_000, 812, 0, 3, bytes(8), PUBLISHED, None, None,
    )  # fmt: skip
    chain = certified({**dict(sample_chain(0).values), KEY: encode(document)})
    seed = {"Document-Seed": base64url(SEED)}
    node.answers["/v1/status"] = {"agency": "hospital"}
    node.answers[f"/v1/records/hospital/{NAME}/text"] = (TEXT, seed)
    node.answers[f"/v1/facts/{base64url(KEY)}"] = dump_receipt(chain.fact(KEY))
    return node


def test_a_text_is_shown_and_saved_as_it_was_sealed(piaolian, kept, tmp_path):
    shown = piaolian("record", "get", NAME, "--node", kept.address)
    assert (shown.code, shown.out) == (0, TEXT.decode() + "\n")
    file = tmp_path / "visit.json"
    saved = piaolian("record", "get", f"hospital/{NAME}", "--save", file, "--node", kept.address)
    assert saved.code == 0
    assert file.read_bytes() == TEXT
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "urn:uuid" not in saved.out


def test_one_resource_is_its_bytes_and_another_is_no_part_of_the_record(piaolian, kept, tmp_path):
    file = tmp_path / "resource.json"
    for name, text in (
        ("Encounter/v1", b'{"resourceType": "Encounter",  "id": "v1"}'),
        ("Observation/o1", b'{"resourceType":"Observation","id":"o1","x":1.50}'),
    ):
        command = ("record", "get", NAME, "--resource", name, "--save", file)
        assert piaolian(*command, "--node", kept.address).code == 0
        assert file.read_bytes() == text
    ran = piaolian("record", "get", NAME, "--resource", "Patient/x", "--node", kept.address)
    assert ran.code == 7
    assert "record.no_such_resource" in ran.err


def test_a_receipt_holds_the_whole_text_its_seed_and_the_proof(piaolian, kept, tmp_path):
    file = tmp_path / "receipt.json"
    ran = piaolian("record", "get", NAME, "--receipt", file, "--node", kept.address, "-o", "json")
    assert ran.code == 0
    assert ran.document["receipt"] == str(file)
    receipt = load_receipt(file.read_bytes())
    assert receipt.details is not None
    assert receipt.details.text == TEXT.decode()
    assert receipt.leaf is not None
    assert receipt.leaf.key == KEY
    assert json.loads(file.read_text("utf-8"))["details"]["seed"] == base64url(SEED)


def test_a_resource_comes_out_of_a_text_byte_for_byte():
    assert resource_in(TEXT, "Encounter/v1") == b'{"resourceType": "Encounter",  "id": "v1"}'
    with pytest.raises(CommandError, match=r"record\.no_such_resource"):
        resource_in(TEXT, "Encounter/v2")


@pytest.mark.parametrize("name", ["812-0", "x", "hospital/812-0-03"])
def test_a_name_of_no_documents_form_is_refused(piaolian, kept, name):
    ran = piaolian("record", "get", name, "--node", kept.address)
    assert ran.code == 7


def test_a_record_of_another_custodian_is_asked_of_its_own_node(piaolian, node):
    told = {"code": "record.not_here", "detail": "only the custodian's own node", "status": 422}
    node.answers["/v1/records/clinic/1-0-0/text"] = (422, told)
    ran = piaolian("record", "get", "clinic/1-0-0", "--node", node.address)
    assert (ran.code, "record.not_here" in ran.err) == (7, True)
