"""What an operator is told of an operation: tried, done, refused, or not known yet."""

import json
from base64 import urlsafe_b64decode

from ledger.transaction import SignedTransaction, decode_transaction
from primitives.codec import decode

LINE = ("bill", "reverse", "46060126", "12", "--reason", "refund")
RED = {"operation": "reverse_bill", "code": "46060126", "number": "0000000013"}


def answered(node, **item):
    node.answers["/v1/operations"] = {"items": [item]}


def test_what_is_done_is_told_with_its_block_and_result(piaolian, node):
    answered(node, id="ab", status="committed", height=7, results=[RED])
    ran = piaolian(*LINE, "--wait", "5", "--node", node.address)
    assert ran.code == 0
    for told in ("reverse bill", "done, final in block 7", "red bill", "46060126 0000000013", "ab"):
        assert told in ran.out
    assert node.requests[0][1] == "/v1/operations?wait_ms=5000"
    document = piaolian(*LINE, "--node", node.address, "-o", "json").document
    assert document["results"] == [RED]


def test_a_dry_run_hands_nothing_in(piaolian, node):
    answered(node, id="", status="lawful", results=[RED], changes=["b/46060126/0000000012"])
    ran = piaolian(*LINE, "--dry-run", "--node", node.address)
    assert ran.code == 0
    assert "dry_run=1" in node.requests[0][1]
    assert "it would take effect now" in ran.out
    assert "would change" in ran.out
    assert "b/46060126/0000000012" in ran.out


def test_a_refusal_tells_code_field_and_what_to_do(piaolian, node):
    problem = {"code": "bill.locked", "detail": "a payer reviews this bill", "field": "number"}
    answered(node, id="", status="refused", problem=problem)
    ran = piaolian(*LINE, "--node", node.address)
    assert ran.code == 7
    assert ran.err.startswith("piaolian: bill.locked (number): a payer reviews this bill\n  -> ")
    told = json.loads(piaolian(*LINE, "--node", node.address, "-o", "jsonl").err)["error"]
    assert (told["code"], told["field"]) == ("bill.locked", "number")
    assert told["fix"]


def test_what_is_not_final_in_time_ends_with_6(piaolian, node):
    answered(node, id="ab", status="unknown")
    ran = piaolian(*LINE, "--node", node.address)
    assert ran.code == 6
    assert "ask later" in ran.out
    answered(node, id="ab", status="accepted")
    assert piaolian(*LINE, "--wait", "0", "--node", node.address).code == 0


def test_a_key_of_its_own_travels_as_a_header(piaolian, node):
    answered(node, id="ab", status="committed", height=7)
    assert piaolian(*LINE, "--idempotency-key", "k-1", "--node", node.address).code == 0
    assert node.keys == ["k-1"]
    node.answers["/v1/operations"] = (
        409,
        {"code": "request.idempotency_conflict", "detail": "used with another body"},
    )
    assert piaolian(*LINE, "--idempotency-key", "k-1", "--node", node.address).code == 7


def test_a_persons_transaction_carries_a_checkers_approval(piaolian, node, tmp_path):
    files = []
    for name in ("person", "checker"):
        file = tmp_path / f"{name}.key"
        file.write_text(name.encode().hex().ljust(64, "0"))
        file.chmod(0o600)
        files.append(file)
    node.answers["/v1/status"] = {"chain": "22" * 32, "agency": "hospital"}
    node.answers["/v1/transactions"] = {"items": [{"id": "", "status": "lawful"}]}
    signed = ("--sign-with", files[0], "--approve-with", files[1])
    assert piaolian(*LINE, *signed, "--dry-run", "--node", node.address).code == 0
    assert "dry_run=1" in node.requests[-1][1]
    text = json.loads(node.requests[-1][2])["transactions"][0]
    data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    assert len(decode(data, SignedTransaction, 2**20).approvals) == 1
    assert decode_transaction(data, b"\x22" * 32).envelope.agency == "hospital"


def test_options_that_do_not_go_together_are_told(piaolian, node, tmp_path):
    file = tmp_path / "a.key"
    for wrong in (
        ("--approve-with", file),
        ("--sign-with", file, "--idempotency-key", "k"),
    ):
        assert piaolian(*LINE, *wrong, "--node", node.address).code == 2
    assert node.requests == []
