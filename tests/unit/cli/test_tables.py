"""What a stranger reads in the tables of orders, money, members, votes and reports."""

import pytest

from cli.commands.bill_table import COLUMNS, endorsement_of
from cli.commands.ledger_report import report
from cli.commands.order import sentence
from cli.commands.param import param

ORDER = {
    "hospital": "hospital",
    "order": "o-1",
    "sort": "charge",
    "state": "open",
    "money": "unpaid",
    "place": "p",
    "kind": "01",
    "due_fen": 120_050,
    "paid_fen": 0,
    "refunded_fen": 0,
    "owed_fen": 0,
    "opened_ms": 0,
    "expiry_ms": 0,
    "expired": False,
    "transaction": "cd",
}
PAYMENT = {
    "provider": "bank",
    "reference": "p-1",
    "payee": "hospital",
    "order": "o-1",
    "amount_fen": 120_050,
    "refunded_fen": 0,
    "state": "unapplied",
    "reason": "order_expired",
    "paid_ms": 0,
    "recorded_ms": 0,
    "reconciled": False,
}
PROPOSAL = {
    "id": "000000000042-0000-0000",
    "proposer": "finance",
    "change": {"change": "set_roles", "agency": "bank", "roles": ["provider"]},
    "state": "open",
    "effective_height": 0,
    "until_ms": 0,
    "needed": 3,
    "ballots": [{"agency": "finance", "approves": True}, {"agency": "health", "approves": False}],
}
AGENCY = {
    "id": "bank",
    "name": "银行",
    "uscc": "1" * 18,
    "roles": ["provider"],
    "standing": "active",
    "is_validator": False,
    "is_frozen": False,
    "keys": [{"purpose": "desk", "key_id": "0f" * 8, "until_ms": 1_780_000_000_000}],
    "certificates": [{"sha256": "ab" * 32}],
}
KEY = {
    "agency": "hospital",
    "key_id": "0f" * 8,
    "staff": "c-17",
    "purpose": "desk",
    "state": "withdrawn",
    "kinds": [],
    "places": ["p"],
    "amount_day_fen": 100,
    "bills_day": 5,
    "bills_minute": 1,
    "from_minute": 450,
    "to_minute": 1080,
    "until_ms": 0,
}
SUMS = {
    "allotted": 100,
    "blue": 5,
    "red": 1,
    "void": 2,
    "unused": 92,
    "gaps": 3,
    "blue_fen": 120_050,
    "red_fen": -120_050,
    "locked": 1,
    "withheld": 2,
    "owing": 3,
}
MATTER = {
    "matter": "withheld",
    "key": "e/000000000003",
    "agency": "finance",
    "since_ms": 0,
    "late": False,
    "code": "46060126",
    "number": "0000000012",
    "reason": "wrong_kind",
}


def page(*items):
    return {"items": list(items), "next": None}


@pytest.mark.parametrize(
    ("line", "path", "answer", "told"),
    [
        (("order", "list"), "/v1/orders", page(ORDER), ["1,200.50", "unpaid", "o-1"]),
        (("order", "get", "hospital", "o-1"), "/v1/orders/hospital/o-1", ORDER, ["1,200.50"]),
        (
            ("order", "pay-state", "hospital", "o-1"),
            "/v1/orders/hospital/o-1",
            ORDER,
            ["nothing is paid; it has no bill yet"],
        ),
        (("payment", "list"), "/v1/payments", page(PAYMENT), ["unapplied", "order_expired"]),
        (
            ("payment", "owed"),
            "/v1/refunds/owed",
            page({"payment": "p-1", "amount_fen": 120_050, "due_by_ms": 0, "reason": "x"}),
            ["1,200.50", "p-1"],
        ),
        (("gov", "list"), "/v1/proposals", page(PROPOSAL), ["set roles bank (provider)", "open"]),
        (
            ("gov", "get", PROPOSAL["id"]),
            f"/v1/proposals/{PROPOSAL['id']}",
            PROPOSAL,
            ["finance", "yes", "health", "no"],
        ),
        (("agency", "list"), "/v1/agencies", page(AGENCY), ["银行", "active", "provider"]),
        (("agency", "get", "bank"), "/v1/agencies/bank", AGENCY, ["desk key", "until 2026-05"]),
        (("agency", "key", "list"), "/v1/keys", page(KEY), ["c-17", "withdrawn", "07:30-18:00"]),
        (
            ("unit", "list"),
            "/v1/units",
            page({"unit": "hospital", "name": "医院", "state": "frozen", "open_ranges": 2}),
            ["医院", "no"],
        ),
        (
            ("param", "list"),
            "/v1/parameters",
            page({"name": "rounding_fen", "value": 5}),
            ["rounding_fen  5"],
        ),
        (
            ("param", "get", "statutory_payers"),
            "/v1/parameters",
            page({"name": "statutory_payers", "value": [["insurance", 1]]}),
            ['[["insurance", 1]]'],
        ),
        (
            ("ledger", "report", "ranges"),
            "/v1/reports/ranges",
            {"items": [{**SUMS, "unit": "hospital", "code": "46060126", "first": 1}], "units": []},
            ["0000000001", "-1,200.50", " 92 "],
        ),
        (
            ("ledger", "report", "ranges", "--by-unit"),
            "/v1/reports/ranges",
            {"items": [], "units": [{**SUMS, "unit": "hospital", "ranges": 4}]},
            ["hospital", " 4 "],
        ),
        (
            ("ledger", "report", "days"),
            "/v1/reports/days",
            page({"unit": "hospital", "date": "20260101", "blue": 5, "red": 1, "blue_fen": 100}),
            ["20260101", "1.00"],
        ),
        (
            ("ledger", "report", "open"),
            "/v1/reports/open",
            page(MATTER, {**MATTER, "matter": "refund_due", "number": None, "reference": "o-1"}),
            ["endorsement withheld", "bill 46060126 0000000012", "refund owed", "wrong_kind"],
        ),
    ],
)
def test_a_table_speaks_in_words(piaolian, node, line, path, answer, told):
    node.answers[path] = answer
    ran = piaolian(*line, "--node", node.address)
    assert (ran.code, ran.err) == (0, "")
    for words in told:
        assert words in ran.out
    as_json = piaolian(*line, "--node", node.address, "-o", "json")
    assert as_json.code == 0
    assert as_json.document


def test_only_what_is_late_is_told_when_asked(piaolian, node):
    node.answers["/v1/reports/open"] = page(
        MATTER, {**MATTER, "late": True, "number": "0000000013"}
    )
    out = piaolian("ledger", "report", "open", "--late", "--node", node.address).out
    assert "0000000013" in out
    assert "0000000012" not in out


def test_an_unknown_parameter_is_told(piaolian, node):
    node.answers["/v1/parameters"] = page()
    ran = piaolian("param", "get", "nothing", "--node", node.address)
    assert (ran.code, "parameter.unknown" in ran.err) == (7, True)


def test_the_money_of_an_order_is_told_in_a_sentence():
    assert sentence({**ORDER, "expired": True}).startswith("past its time, nothing was paid")
    part = {**ORDER, "money": "prepay", "paid_fen": 5_000}
    assert sentence(part).startswith("50.00 of 1,200.50 yuan is paid")
    billed = {**ORDER, "money": "paid", "paid_fen": 120_050, "state": "billed"}
    billed["bill"] = {"code": "46060126", "number": "0000000012"}
    assert sentence(billed) == "1,200.50 yuan is paid; its bill is 46060126 0000000012"
    owed = {**ORDER, "money": "paid", "state": "cancelled", "owed_fen": 100, "due_by_ms": 0}
    assert "it is cancelled; 1.00 yuan is owed back until 1970-01-01" in sentence(owed)


def test_orders_are_opened_from_a_file_line_by_line(piaolian, node, tmp_path):
    file = tmp_path / "orders.jsonl"
    file.write_text('{"busNo":"a"}\n{"busNo":"b"}\n')
    problem = {"code": "order.nothing_due", "detail": "x"}
    node.answers["/v1/orders"] = {
        "items": [
            {"line": 1, "order": "a", "status": "committed", "height": 3},
            {"line": 2, "order": "b", "status": "refused", "problem": problem},
        ]
    }
    ran = piaolian("order", "open", file, "--until", "30d", "--node", node.address)
    assert ran.code == 7
    assert "order.nothing_due" in ran.out
    assert "order.nothing_due -> " in ran.err
    assert "sort=charge" in node.requests[0][1]
    assert node.requests[0][2] == b'{"busNo":"a"}\n{"busNo":"b"}\n'


def test_claims_are_found_among_the_bills(piaolian, node):
    lock = {"payer": "insurance", "payer_class": "basic_insurance", "until_ms": 0}
    lock["past_lease"] = True
    held = {"state": "free", "lock": lock, "settlements": []}
    plain = {"code": "46060126", "number": "0000000001", "claim": {"state": "free"}}
    node.answers["/v1/bills"] = page(plain, {**plain, "number": "0000000002", "claim": held})
    out = piaolian("claim", "list", "--node", node.address).out
    assert "0000000002" in out
    assert "0000000001" not in out
    assert "0000000001" in piaolian("claim", "list", "--all", "--node", node.address).out


def test_a_withheld_bill_is_told_with_its_reason():
    assert endorsement_of({"endorsement": "withheld", "withheld_reason": "x"}) == "withheld: x"
    assert endorsement_of({"endorsement": "pending"}) == "pending"
    assert "endorsement" in {column.title for column in COLUMNS}
    assert {report.name, param.name} == {"report", "param"}
