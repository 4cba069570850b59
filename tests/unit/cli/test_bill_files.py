"""A bill outside the ledger: checked by five elements, exported, and read from a file."""

import json
from dataclasses import replace

import pytest

from cli.bill_file import shown_file
from cli.commands.bill_files import FORMATS
from cli.exits import CommandError
from cli.files import write_private
from exchange.archive_xml import ArchiveDocument, write_archive
from exchange.csv_ledger import write_csv
from exchange.national_xml import NationalDocument, sign_national, write_national
from ledger.genesis import read_genesis
from primitives.errors import Refused
from primitives.signing import SigningKey
from tests.support.exchange_bills import good_bill
from tests.support.ledgers import genesis_bytes, key_pair

ELEMENTS = ("46060126", "12", "0a1b2c", "20260701", "13.05")


@pytest.fixture(scope="module")
def genesis():
    return genesis_bytes()


def test_five_elements_are_checked(piaolian, node):
    good = {"consistent": True, "reversed": True, "on_paper": False, "claimed": False}
    node.answers["/v1/check"] = good
    ran = piaolian("bill", "check", *ELEMENTS, "--node", node.address)
    assert ran.code == 0
    assert "reversed" in ran.out
    assert json.loads(node.requests[0][2])["amount"] == "13.05"
    assert piaolian("bill", "check", *ELEMENTS[:4], "13", "--node", node.address).code == 0
    assert json.loads(node.requests[1][2])["amount"] == "13.00"
    node.answers["/v1/check"] = {"consistent": False}
    ran = piaolian("bill", "check", *ELEMENTS, "--node", node.address)
    assert ran.code == 5
    assert "reversed" not in ran.out
    assert piaolian("bill", "check", *ELEMENTS[:4], "13,05", "--node", node.address).code == 2


def test_an_export_is_saved_for_its_owner_alone(piaolian, node, tmp_path):
    file = tmp_path / "bill.pdf"
    node.answers["/v1/bills/46060126/12/export"] = b"%PDF-1.4"
    line = ("bill", "export", "46060126", "12", "--format", "pdf", "--save", file)
    assert piaolian(*line, "--node", node.address).code == 0
    assert file.read_bytes() == b"%PDF-1.4"
    assert file.stat().st_mode & 0o777 == 0o600
    assert node.requests[0][1].endswith("format=pdf")
    assert set(FORMATS) == {"xml", "archive", "fhir", "pdf", "csv"}
    with pytest.raises(CommandError, match=r"file\.unwritable"):
        write_private(tmp_path / "none" / "bill.pdf", b"")


def test_a_signed_document_is_verified_by_the_genesis(piaolian, genesis, tmp_path):
    chain = read_genesis(genesis).chain
    hospital = dict(read_genesis(genesis).agencies)["hospital"]
    key = key_pair("hospital", "desk")
    bill = replace(good_bill(), issuer_uscc=hospital.uscc)
    document = sign_national(bill, chain, key.public_key, key.sign)
    files = {
        "good.xml": write_national(document),
        "archive.xml": write_archive(ArchiveDocument(document)),
        "draft.xml": write_national(NationalDocument(bill)),
        "genesis.json": genesis,
    }
    stranger = SigningKey(bytes(32))
    files["stranger.xml"] = write_national(
        sign_national(bill, chain, stranger.public_key, stranger.sign)
    )
    forged = NationalDocument(replace(bill, check_code="zzzzzz"), document.unit)
    files["forged.xml"] = write_national(forged)
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    start = ("--genesis", tmp_path / "genesis.json")
    for name, code, words in (
        ("good.xml", 0, "good: hospital signed it"),
        ("archive.xml", 0, "good: hospital signed it"),
        ("forged.xml", 5, "BAD: hospital did not sign this"),
        ("stranger.xml", 5, "the genesis does not know the key"),
        ("draft.xml", 5, "a draft"),
    ):
        ran = piaolian("bill", "import", tmp_path / name, *start)
        assert (ran.code, words in ran.out) == (code, True), name
    ran = piaolian("bill", "import", tmp_path / "good.xml")
    assert (ran.code, "not verified: name the genesis" in ran.out) == (0, True)
    told = piaolian("bill", "import", tmp_path / "good.xml", *start, "-o", "json").document
    assert told["number"] == f"{bill.number:010d}"


def test_tables_and_rubbish_are_told_apart(piaolian, tmp_path):
    document, rows, is_good = shown_file(write_csv([good_bill()]), None)
    assert (document["format"], is_good, len(rows)) == ("table of bills", True, 3)
    with pytest.raises(Refused, match=r"xml\."):
        shown_file(b"<a/>", None)
    with pytest.raises(Refused, match=r"fhir\."):
        shown_file(b'{"resourceType":"Patient"}', None)
    with pytest.raises(Refused, match=r"csv\."):
        shown_file(b"rubbish", None)
    ran = piaolian("bill", "import", tmp_path / "none.xml")
    assert (ran.code, "file.unreadable" in ran.err) == (78, True)
