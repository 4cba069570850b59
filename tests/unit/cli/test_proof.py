"""Any fact is shown with what proves it, and its absence, too."""

from cli.arguments import base64url
from cli.commands.proof import proof
from ledger.bills import bill_key
from proofs.receipt import dump_receipt
from tests.support.receipts import CODE, NUMBER, genesis_file, sample_chain


def served(node, key, data):
    node.answers[f"/v1/facts/{base64url(key)}"] = data


def test_a_fact_is_shown_by_its_fields_and_its_proof_is_saved(piaolian, node, tmp_path):
    key = bill_key(CODE, NUMBER)
    served(node, key, dump_receipt(sample_chain().fact(key)))
    file, genesis = tmp_path / "bill.json", tmp_path / "genesis.json"
    genesis.write_bytes(genesis_file())
    line = ("proof", "get", f"b/{CODE}/{NUMBER}", "--save", file, "--node", node.address)
    ran = piaolian(*line, "-o", "json")
    assert ran.code == 0
    assert (ran.document["present"], ran.document["kind"]) == (True, "Bill")
    assert ran.document["fact"]["issuer"]
    assert file.stat().st_mode & 0o777 == 0o600
    told = piaolian("proof", "verify", file, "--genesis", genesis)
    assert (told.code, "VERIFIED" in told.out) == (0, True)
    assert '"issuer"' in piaolian(*line).out


def test_an_absence_is_shown_as_one(piaolian, node):
    served(node, b"a/nobody/", dump_receipt(sample_chain().fact(b"a/nobody/")))
    ran = piaolian("proof", "get", "a/nobody", "--node", node.address, "-o", "json")
    assert ran.document == {"key": "a/nobody/", "present": False}
    assert set(proof.commands) == {"get", "verify"}
