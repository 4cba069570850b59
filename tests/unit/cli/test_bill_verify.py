"""A receipt is checked offline; the code says whether it proves its bill."""

import pytest

from proofs.chain import Checkpoint, dump_checkpoint
from proofs.jsonfile import Base64Url
from proofs.receipt import NamedValidator, dump_receipt
from proofs.verify import STEPS
from tests.support.document_receipts import document_receipt, documents_chain
from tests.support.receipts import AGENCIES, CODE, NUMBER, genesis_file, signing_key, whole_text
from tests.support.tampering import forgeries, good_receipts

FORGERIES = forgeries()
GOOD = good_receipts()


@pytest.fixture
def genesis(tmp_path):
    file = tmp_path / "genesis.json"
    file.write_bytes(genesis_file())
    return file


@pytest.fixture
def receipt(tmp_path):
    def write(data: bytes):
        file = tmp_path / "receipt.json"
        file.write_bytes(data)
        return file

    return write


@pytest.mark.parametrize(("name", "data"), GOOD, ids=[name for name, _ in GOOD])
def test_an_honest_receipt_ends_with_0(piaolian, receipt, genesis, name, data):
    ran = piaolian("bill", "verify", receipt(data), "--genesis", genesis)
    assert ran.code == 0
    assert "VERIFIED" in ran.out
    assert "FAILED" not in ran.out


@pytest.mark.parametrize("forgery", FORGERIES, ids=[forgery.name for forgery in FORGERIES])
def test_a_forged_receipt_ends_with_5_and_names_the_check(piaolian, receipt, tmp_path, forgery):
    genesis = tmp_path / "genesis.json"
    genesis.write_bytes(forgery.genesis)
    file = receipt(forgery.receipt)
    step = "receipt" if forgery.is_malformed else forgery.step
    ran = piaolian("bill", "verify", file, "--genesis", genesis, "-o", "json")
    assert ran.code == 5
    assert (ran.document["verified"], ran.document["step"]) == (False, step)
    ran = piaolian("bill", "verify", file, "--genesis", genesis)
    assert ran.code == 5
    assert f"FAILED  {step} " in ran.out
    assert "NOT VERIFIED" in ran.out


def test_a_program_gets_what_was_proved(piaolian, receipt, genesis):
    data = dict(GOOD)["with the whole text"]
    ran = piaolian("bill", "verify", receipt(data), "--genesis", genesis, "-o", "json")
    document = ran.document
    assert (document["verified"], document["code"]) == (True, CODE)
    assert document["number"] == f"{NUMBER:010d}"
    assert document["total_fen"] == 8202
    assert document["steps"] == list(STEPS)


def test_long_details_are_shown_in_part_and_the_rest_is_counted(piaolian, receipt, genesis):
    data = dict(GOOD)["with 353 lines"]
    ran = piaolian("bill", "verify", receipt(data), "--genesis", genesis)
    shown = [line for line in ran.out.splitlines() if line.startswith("  listDetail/")]
    assert f"… and {353 - len(shown)} more" in ran.out


def test_a_document_is_told_in_words_with_what_superseded_it(piaolian, receipt, genesis):
    data = dict(GOOD)["a superseded document with its text"]
    ran = piaolian("bill", "verify", receipt(data), "--genesis", genesis)
    words = " ".join(ran.out.split())
    assert "VERIFIED: hospital published document 1-0-3, kind 01, on 2026-09-21" in words
    assert "to be kept 15 years." in words
    assert "SUPERSEDED: it is not in force; 1-0-4 took its place." in words
    assert "entry/1: " in words
    data = dict(GOOD)["an amendment with one line"]
    ran = piaolian("bill", "verify", receipt(data), "--genesis", genesis)
    assert "It amends 1-0-3." in ran.out
    assert "SUPERSEDED" not in ran.out


def test_a_program_gets_the_document_that_was_proved(piaolian, receipt, genesis):
    data = dict(GOOD)["a document with its text"]
    ran = piaolian("bill", "verify", receipt(data), "--genesis", genesis, "-o", "json")
    told = ran.document["document"]
    commitment = told.pop("commitment")
    assert len(commitment) == 43
    assert told == {
        "custodian": "hospital",
        "name": "1-0-5",
        "kind": "01",
        "published_ms": 1_790_000_000_050,
        "retention_years": 15,
        "state": "published",
        "supersedes": None,
        "superseded_by": None,
    }
    assert [line["path"] for line in ran.document["shown"]][:2] == ["form", "entry/0"]


def test_a_long_value_is_shown_in_part_to_people_and_whole_to_programs(piaolian, receipt, genesis):
    text = '{"entry":["' + "x" * 5000 + '"]}'
    file = receipt(
        dump_receipt(document_receipt(whole_text(text), chain=documents_chain(text=text)))
    )
    ran = piaolian("bill", "verify", file, "--genesis", genesis)
    assert "… and 4002 characters more" in ran.out
    ran = piaolian("bill", "verify", file, "--genesis", genesis, "-o", "json")
    assert len(ran.document["shown"][0]["value"]) == 5002


def test_a_checkpoint_serves_instead_of_the_genesis(piaolian, receipt, genesis, tmp_path):
    data = GOOD[0][1]
    proved = piaolian("bill", "verify", receipt(data), "--genesis", genesis, "-o", "json").document
    validators = tuple(
        NamedValidator(agency, 1, Base64Url(signing_key(f"{agency}/validator").public_key))
        for agency, *_ in AGENCIES
    )
    checkpoint = Checkpoint(
        format="piaolian-checkpoint-1",
        chain=Base64Url(bytes.fromhex(proved["chain"])),
        height=proved["height"],
        header_hash=Base64Url(bytes.fromhex(proved["header_hash"])),
        validators=validators,
        date="2026-09-21",
    )
    file = tmp_path / "checkpoint.json"
    file.write_bytes(dump_checkpoint(checkpoint))
    ran = piaolian("bill", "verify", receipt(data), "--checkpoint", file, "-o", "json")
    assert (ran.code, ran.document["trust"]) == (0, "checkpoint")


@pytest.mark.parametrize("options", [(), ("--genesis", "a", "--checkpoint", "b")])
def test_trust_starts_at_one_place(piaolian, receipt, options):
    assert piaolian("bill", "verify", receipt(GOOD[0][1]), *options).code == 2


def test_a_missing_file_ends_with_78(piaolian, genesis, tmp_path):
    assert piaolian("bill", "verify", tmp_path / "none", "--genesis", genesis).code == 78


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[" * 100_000, b'{"format":1,"format":2}', b"\xff", b"NaN"]
)
def test_what_is_no_receipt_proves_nothing(piaolian, receipt, genesis, data):
    ran = piaolian("bill", "verify", receipt(data), "--genesis", genesis)
    assert ran.code == 5
    assert "FAILED  receipt " in ran.out
