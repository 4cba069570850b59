"""Handing in signed transactions and asking after them."""

import json
from base64 import urlsafe_b64encode

import pytest

ID = "01" * 40
PATH = f"/v1/transactions/{ID}"


@pytest.mark.parametrize(
    ("command", "status", "code"),
    [("get", "committed", 0), ("get", "accepted", 0), ("get", "unknown", 6),
     ("wait", "committed", 0), ("wait", "accepted", 6), ("wait", "unknown", 6)],
)  # fmt: skip
def test_the_code_tells_whether_the_outcome_is_known(piaolian, node, command, status, code):
    node.answers[PATH] = {"id": ID, "status": status}
    assert piaolian("tx", command, ID, "--node", node.address).code == code


def test_what_each_operation_brought_about_is_shown(piaolian, node):
    results = [{"operation": "issue_bill", "code": "46060126", "number": "0000000009"}]
    node.answers[PATH] = {"id": ID, "status": "committed", "height": 4, "results": results}
    ran = piaolian("tx", "get", ID, "--node", node.address)
    assert "code 46060126, number 0000000009" in ran.out


@pytest.mark.parametrize("text", ["", "01", "zz" * 40, "01" * 41])
def test_what_is_no_id_is_not_asked_for(piaolian, node, text):
    assert piaolian("tx", "get", text, "--node", node.address).code == 2
    assert node.requests == []


@pytest.mark.parametrize("as_text", [True, False])
def test_a_transaction_is_handed_in_from_bytes_or_from_text(piaolian, node, tmp_path, as_text):
    data = bytes(range(256))
    text = urlsafe_b64encode(data).rstrip(b"=")
    file = tmp_path / "signed"
    file.write_bytes(text + b"\n" if as_text else data)
    node.answers["/v1/transactions"] = {"items": [{"id": ID, "status": "committed", "height": 3}]}
    assert piaolian("tx", "submit", file, "--node", node.address).code == 0
    assert json.loads(node.requests[0][2]) == {"transactions": [text.decode()]}


def test_a_refused_transaction_ends_with_7_and_its_code(piaolian, node, tmp_path):
    (tmp_path / "signed").write_bytes(b"\x00\xff")
    problem = {"code": "transaction.expired", "detail": "sign it anew"}
    items = [{"id": ID, "status": "refused", "problem": problem}]
    node.answers["/v1/transactions"] = {"items": items}
    ran = piaolian("tx", "submit", tmp_path / "signed", "--node", node.address)
    assert ran.code == 7
    assert "transaction.expired: sign it anew" in ran.err


def test_an_empty_file_is_no_transaction(piaolian, node, tmp_path):
    (tmp_path / "signed").touch()
    assert piaolian("tx", "submit", tmp_path / "signed", "--node", node.address).code == 78


def test_many_transactions_go_fifty_at_a_time(piaolian, node, tmp_path):
    (tmp_path / "signed").write_bytes(b"\x00\xff")
    node.answers["/v1/transactions"] = {"items": [{"id": ID, "status": "accepted"}]}
    files = [tmp_path / "signed"] * 120
    ran = piaolian("tx", "submit", *files, "--wait", 0, "--node", node.address)
    assert ran.code == 0
    assert [len(json.loads(body)["transactions"]) for _, _, body in node.requests] == [50, 50, 20]
