"""Finding bills and saving receipts."""

import stat

import pytest

from tests.support.stand_in import CODE, face


def test_a_saved_receipt_is_for_its_owner_only(tmp_path, piaolian, node):
    node.answers[f"/v1/bills/{CODE}/1"] = face("0000000001", "a-1")
    node.answers["/v1/bills/46060126/0000000001/proof"] = {"format": "piaolian-receipt-1"}
    file = tmp_path / "receipt.json"
    ran = piaolian("bill", "get", "46060126", "1", "--save", file, "--node", node.address)
    assert ran.code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.fixture
def full(node):
    for place in range(1, 251):
        node.bills[f"n-{place}"] = {"number": f"{place:010d}", "text": b""}
    return node


def test_a_bill_is_shown_with_amounts_in_yuan(piaolian, node):
    node.answers[f"/v1/bills/{CODE}/1"] = face("0000000001", "a-1")
    ran = piaolian("bill", "get", CODE, "1", "--node", node.address)
    assert ran.code == 0
    assert "1,202,677.12 yuan" in ran.out


def test_a_bill_is_found_by_its_business_number(piaolian, node):
    node.answers["/v1/bills"] = {"items": [face("0000000001", "a-1")], "next": None}
    ran = piaolian("bill", "get", "--business-number", "a-1", "--node", node.address, "-o", "json")
    assert ran.document["number"] == "0000000001"
    assert "business_number=a-1" in node.requests[0][1]


def test_a_business_number_without_a_bill_ends_with_7(piaolian, node):
    node.answers["/v1/bills"] = {"items": [], "next": None}
    ran = piaolian("bill", "get", "--business-number", "a-1", "--node", node.address)
    assert ran.code == 7
    assert "bill.not_found" in ran.err


@pytest.mark.parametrize(
    "arguments",
    [(CODE,), (CODE, "1", "--business-number", "a"), (CODE, "x"), (CODE, "1", "--details")],
)
def test_a_bill_is_named_in_one_way(piaolian, node, arguments):
    assert piaolian("bill", "get", *arguments, "--node", node.address).code == 2


def test_a_receipt_that_cannot_be_written_ends_with_78(piaolian, node, tmp_path):
    node.answers[f"/v1/bills/{CODE}/1"] = face("0000000001", "a-1")
    node.answers[f"/v1/bills/{CODE}/0000000001/proof"] = {}
    file = tmp_path / "none" / "receipt.json"
    ran = piaolian("bill", "get", CODE, "1", "--save", file, "--node", node.address)
    assert ran.code == 78


def test_a_list_stops_at_its_limit(piaolian, full):
    ran = piaolian("bill", "list", "--limit", 120, "--node", full.address, "-o", "jsonl")
    assert [item["number"] for item in ran.objects] == [f"{n:010d}" for n in range(1, 121)]


def test_all_means_all_pages(piaolian, full):
    ran = piaolian("bill", "list", "--all", "--node", full.address, "-o", "json")
    assert len(ran.document["items"]) == 250
    assert len(full.requests) == 3


def test_the_table_has_a_row_a_bill(piaolian, full):
    ran = piaolian("bill", "list", "--node", full.address)
    assert len(ran.out.splitlines()) == 21
