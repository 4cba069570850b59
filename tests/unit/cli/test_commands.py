"""Every command that changes the ledger hands in exactly one form of what was typed."""

import json
import re
from base64 import urlsafe_b64decode

import click
import pytest

from cli.arguments import base64url
from cli.commands.agency import agency
from cli.commands.agency_key import limits_of
from cli.commands.bill_life import archive, book, reverse, rotate_holder
from cli.commands.claim import claim
from cli.commands.governance import governance, member_of, words_of
from cli.commands.number_range import number_range
from cli.commands.order import order
from cli.commands.paper import paper
from cli.commands.payment import payment
from cli.commands.unit import unit
from ledger.holders import rotation_message
from ledger.operation_json import OPERATIONS, operation_from_json
from ledger.transaction import Envelope, SignedTransaction
from primitives.codec import decode, encode
from primitives.signing import SigningKey, verify

BILL = {"code": "46060126", "number": 12}
RANGE = {"code": "46060126", "first": 1}
KEY = "0f1e2d3c4b5a6978"
KEY_TEXT = base64url(bytes.fromhex(KEY))
PUBLIC = SigningKey(bytes(32)).public_key
HOURS = ("--amount-day", "500", "--bills-day", "9", "--bills-minute", "2", "--hours", "07:30-18:00")
LIMITS = {
    "kinds": ["01"],
    "places": [],
    "amount_day_fen": 50_000,
    "bills_day": 9,
    "bills_minute": 2,
    "from_minute": 450,
    "to_minute": 1080,
}
DAY = "2026-12-31"
DAY_END_MS = 1_798_732_799_999
TWELVE = ("46060126", "12")

DESK = [
    (("bill", "reverse", *TWELVE, "--reason", "refund"), "reverse_bill",
     {**BILL, "reason": "refund", "check_code": re.compile("[0-9a-z]{6}")}),
    (("bill", "book", *TWELVE, "--date", "20260701", "--amount", "2.5"), "book_bill",
     {**BILL, "date": 20260701, "amount_fen": 250}),
    (("bill", "archive", *TWELVE, "--until-year", "2056"), "archive_bill",
     {**BILL, "until_year": 2056}),
    (("claim", "lock", *TWELVE, "--class", "commercial", "--amount", "3", "--until", DAY),
     "lock_claim",
     {**BILL, "payer_class": 3, "purpose": "reimbursement", "amount_fen": 300,
      "until_ms": DAY_END_MS, "grant": None}),
    (("claim", "lock", *TWELVE, "--class", "other", "--amount", "3", "--until", DAY,
      "--grant", "A" * 86, "--grant-until", DAY), "lock_claim",
     {**BILL, "payer_class": 6, "purpose": "reimbursement", "amount_fen": 300,
      "until_ms": DAY_END_MS, "grant": {"until_ms": DAY_END_MS, "signature": "A" * 86}}),
    (("claim", "settle", *TWELVE, "--amount", "2.50", "--reference", "S-1"), "settle_claim",
     {**BILL, "amount_fen": 250, "reference": "S-1"}),
    (("claim", "release", *TWELVE), "release_claim", BILL),
    (("claim", "reverse", *TWELVE, "--reference", "S-1", "--reason", "paid_twice"),
     "reverse_settlement", {**BILL, "reference": "S-1", "reason": "paid_twice"}),
    (("paper", "exchange", *TWELVE, "--paper-code", "P", "--paper-number", "7"),
     "exchange_for_paper", {**BILL, "paper_code": "P", "paper_number": "7"}),
    (("paper", "void", *TWELVE, "--paper-code", "P", "--paper-number", "7"), "void_paper",
     {**BILL, "paper_code": "P", "paper_number": "7"}),
    (("order", "cancel", "hospital", "o-1", "--reason", "wrong"), "cancel_order",
     {"hospital": "hospital", "order": "o-1", "reason": "wrong"}),
    (("range", "request", "--request", "q", "--place", "p", "--kind", "01", "--count", "5"),
     "request_numbers", {"request": "q", "place": "p", "kind": "01", "count": 5}),
    (("range", "decline", "hospital", "q"), "decline_request",
     {"unit": "hospital", "request": "q"}),
    (("range", "allot", "--unit", "hospital", "--place", "p", "--kind", "01", "--code",
      "46060126", "--first", "1", "--last", "9", "--offline", "--request", "q"),
     "allot_numbers",
     {"unit": "hospital", "place": "p", "kind": "01", "code": "46060126", "first": 1, "last": 9,
      "is_offline": True, "request": "q"}),
    (("range", "freeze", "46060126", "1"), "freeze_range", RANGE),
    (("range", "release", "46060126", "1"), "release_range", RANGE),
    (("range", "return", "46060126", "1"), "return_range", RANGE),
    (("range", "write-off", "46060126", "1"), "write_off_range", RANGE),
    (("range", "void-number", "46060126", "1", "17", "--reason", "spoilt"), "void_number",
     {**RANGE, "number": 17, "reason": "spoilt"}),
    (("unit", "freeze", "hospital", "--reason", "audit"), "freeze_unit",
     {"unit": "hospital", "reason": "audit"}),
    (("unit", "release", "hospital"), "release_unit", {"unit": "hospital"}),
]  # fmt: skip

GOVERNANCE = [
    (("agency", "rotate-key", "--purpose", "desk", "--old", KEY, "--public", PUBLIC.hex(),
      "--overlap-days", "7"), "rotate_key",
     {"purpose": "desk", "old": KEY_TEXT, "public": base64url(PUBLIC), "overlap_ms": 604_800_000}),
    (("agency", "key", "issue", "--public", PUBLIC.hex(), "--staff", "c-17", "--kind", "01",
      *HOURS, "--until", DAY), "issue_key",
     {"purpose": "desk", "public": base64url(PUBLIC), "staff": "c-17", "limits": LIMITS,
      "until_ms": DAY_END_MS}),
    (("agency", "key", "limit", KEY, "--kind", "01", *HOURS, "--until", DAY), "limit_key",
     {"key_id": KEY_TEXT, "limits": LIMITS, "until_ms": DAY_END_MS}),
    (("agency", "key", "revoke", KEY), "revoke_key", {"key_id": KEY_TEXT}),
    (("gov", "vote", "000000000042-0000-0000", "no"), "vote",
     {"proposal": "000000000042-0000-0000", "approves": False}),
]  # fmt: skip

CHANGES = [
    (("suspend", "bank"), {"change": "suspend_agency", "agency": "bank"}, "suspend agency bank"),
    (("restore", "bank"), {"change": "restore_agency", "agency": "bank"}, "restore agency bank"),
    (("remove", "bank"), {"change": "remove_agency", "agency": "bank"}, "remove agency bank"),
    (("set-roles", "bank", "insurer", "provider"),
     {"change": "set_roles", "agency": "bank", "roles": ["insurer", "provider"]},
     "set roles bank (insurer, provider)"),
    (("add-validator", "bank"), {"change": "add_validator", "agency": "bank"},
     "add validator bank"),
    (("remove-validator", "bank"), {"change": "remove_validator", "agency": "bank"},
     "remove validator bank"),
    (("set-parameter", "rounding_fen", "7"),
     {"change": "set_parameter", "name": "rounding_fen", "value": base64url(encode(7))},
     "set parameter rounding_fen to 7"),
    (("set-parameter", "division", "460100"),
     {"change": "set_parameter", "name": "division", "value": base64url(encode(460100))},
     "set parameter division to 460100"),
    (("set-parameter", "division", '"460100"'),
     {"change": "set_parameter", "name": "division", "value": base64url(encode("460100"))},
     'set parameter division to "460100"'),
    (("upgrade", "2"), {"change": "schedule_upgrade", "version": 2}, "schedule upgrade 2"),
]  # fmt: skip


@pytest.fixture
def key_file(tmp_path):
    file = tmp_path / "governance.key"
    file.write_text("11" * 32 + "\n")
    file.chmod(0o600)
    return file


def matches(expected, found):
    """Tell whether two operations are equal; a pattern stands for what is random."""
    return set(expected) == set(found) and all(
        bool(want.fullmatch(found[name])) if isinstance(want, re.Pattern) else want == found[name]
        for name, want in expected.items()
    )


@pytest.mark.parametrize(("line", "name", "fields"), DESK)
def test_a_command_hands_in_its_operation(piaolian, node, line, name, fields):
    node.answers["/v1/operations"] = {"items": [{"id": "ab", "status": "committed", "height": 2}]}
    ran = piaolian(*line, "--node", node.address)
    assert (ran.code, ran.err) == (0, "")
    (method, path, body) = node.requests[-1]
    assert (method, path.split("?")[0]) == ("POST", "/v1/operations")
    request = json.loads(body)
    (operation,) = request["operations"]
    assert matches({"operation": name, **fields}, operation)
    assert request["purpose"] == "desk"
    assert operation_from_json(operation, "operations[0]")


@pytest.mark.parametrize(("line", "name", "fields"), GOVERNANCE)
def test_a_governance_key_signs_here_what_no_node_can(piaolian, node, key_file, line, name, fields):
    operation = signed_operation(piaolian, node, key_file, line)
    assert operation == operation_from_json({"operation": name, **fields}, "operations[0]")
    refused = piaolian(*line, "--node", node.address)
    assert refused.code == 2
    assert "--sign-with" in refused.err


@pytest.mark.parametrize(("line", "change", "words"), CHANGES)
def test_a_proposal_names_its_change(piaolian, node, key_file, line, change, words):
    asked = ("gov", "propose", *line, "--votes-until", DAY, "--from-height", "40")
    operation = signed_operation(piaolian, node, key_file, asked)
    told = {"operation": "propose", "change": change}
    expected = {**told, "effective_height": 40, "until_ms": DAY_END_MS}
    assert operation == operation_from_json(expected, "operations[0]")
    assert words_of(change) == words


def signed_operation(piaolian, node, key_file, line):
    """Run a command that signs here; return the operation that was handed in."""
    node.answers["/v1/status"] = {"chain": "22" * 32, "agency": "hospital"}
    node.answers["/v1/transactions"] = {"items": [{"id": "ab", "status": "committed"}]}
    ran = piaolian(*line, "--sign-with", key_file, "--node", node.address)
    assert (ran.code, ran.err) == (0, "")
    text = json.loads(node.requests[-1][2])["transactions"][0]
    data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    envelope = decode(decode(data, SignedTransaction, 2**20).envelope, Envelope, 2**20)
    assert (envelope.chain, envelope.agency) == (b"\x22" * 32, "hospital")
    (operation,) = envelope.operations
    return operation


def test_payments_are_signed_with_the_providers_key(piaolian, node, tmp_path):
    notice = tmp_path / "notice.json"
    notice.write_bytes(b"notice")
    node.answers["/v1/operations"] = {"items": [{"id": "ab", "status": "committed", "height": 2}]}
    pay = ("--payee", "hospital", "--order", "o", "--amount", "1", "--reference", "p")
    assert (
        piaolian(
            *("payment", "record", *pay, "--notice", notice, "--paid", DAY, "--node", node.address)
        ).code
        == 0
    )
    back = ("--payment", "p", "--amount", "1", "--reference", "r", "--notice", notice)
    assert piaolian("payment", "refund", *back, "--node", node.address).code == 0
    marked = ("payment", "reconcile", *[f"p{place}" for place in range(501)])
    assert piaolian(*marked, "--statement", notice, "--node", node.address).code == 0
    record, refund, reconcile = [json.loads(body) for _, _, body in node.requests]
    assert {request["purpose"] for request in (record, refund, reconcile)} == {"provider"}
    assert record["operations"][0]["paid_ms"] == DAY_END_MS
    assert len(record["operations"][0]["notice_hash"]) == 43
    assert refund["operations"][0]["amount_fen"] == 100
    assert [len(item["references"]) for item in reconcile["operations"]] == [500, 1]
    for request in (record, refund, reconcile):
        for operation in request["operations"]:
            assert operation_from_json(operation, "operations[0]")


def test_a_new_member_is_proposed_from_what_init_printed(piaolian, node, key_file, tmp_path):
    entry = tmp_path / "clinic.json"
    member = {"id": "clinic", "name": "诊所", "uscc": "12460000428205197D", "roles": ["hospital"]}
    keys = [{"purpose": "desk", "suite": 1, "public": base64url(PUBLIC)}]
    entry.write_text(json.dumps({**member, "certificate": "AAAA", "keys": keys}))
    line = ("gov", "propose", "add-agency", "--entry", entry, "--votes-until", DAY)
    operation = signed_operation(piaolian, node, key_file, line)
    assert (operation.change.agency, operation.change.name) == ("clinic", "诊所")
    assert member_of(entry)["keys"] == [{"purpose": "desk", "public": base64url(PUBLIC)}]
    entry.write_text("{}")
    ran = piaolian(*line, "--sign-with", key_file, "--node", node.address)
    assert ran.code == 78
    assert "entry.malformed" in ran.err


def test_every_operation_a_person_asks_for_has_its_command(piaolian, node):
    by_hand = {name for _, name, _ in (*DESK, *GOVERNANCE)}
    by_hand |= {"propose", "record_payment", "record_refund", "reconcile_payments"}
    by_hand |= {"rotate_certificate", "rotate_holder"}
    by_the_node = {"issue_bill", "open_order", "endorse_bills", "anchor_originals"}
    by_the_node |= {"publish_document", "supersede_document"}
    assert by_hand | by_the_node | {"signal_readiness"} == set(OPERATIONS)


GROUPS = (agency, claim, governance, number_range, order, paper, payment, unit)


def operating(command, names):
    """Return the names of the commands below one that hand something in."""
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            yield from operating(below, (*names, name))
    elif any(option.name == "dry_run" for option in command.params):
        yield names


def test_every_command_that_changes_the_ledger_is_tried_here():
    tried = {line for line, *_ in (*DESK, *GOVERNANCE)}
    tried |= {("gov", "propose", *line) for line, *_ in CHANGES}
    known = {("gov", "propose", "add-agency"), ("agency", "rotate-certificate")}
    known |= {("payment", name) for name in ("record", "refund", "reconcile")}
    known |= {line[:size] for line in tried for size in (2, 3)}
    for group in GROUPS:
        for names in operating(group, (group.name,)):
            assert names in known, names
    for command in (archive, book, reverse, rotate_holder):
        assert list(operating(command, (command.name,)))


def test_a_nodes_new_certificate_is_handed_in_as_it_is(piaolian, node, key_file, tmp_path):
    file = tmp_path / "node.crt"
    file.write_bytes(b"\x30\x82")
    line = ("agency", "rotate-certificate", file, "--overlap-days", "1")
    operation = signed_operation(piaolian, node, key_file, line)
    assert (operation.certificate, operation.overlap_ms) == (b"\x30\x82", 86_400_000)


def test_a_holder_moves_a_bill_with_a_word_that_names_it(piaolian, node, key_file):
    node.answers["/v1/status"] = {"chain": "22" * 32, "agency": "hospital"}
    node.answers["/v1/operations"] = {"items": [{"id": "ab", "status": "committed"}]}
    keys = ("--holder-key", key_file, "--new-key", PUBLIC.hex(), "--until", DAY)
    assert piaolian("bill", "rotate-holder", *TWELVE, *keys, "--node", node.address).code == 0
    (asked,) = json.loads(node.requests[-1][2])["operations"]
    read = operation_from_json(asked, "operations[0]")
    message = rotation_message(b"\x22" * 32, "46060126", 12, new_key=PUBLIC, until_ms=DAY_END_MS)
    assert verify(SigningKey(b"\x11" * 32).public_key, message, read.signature)


@pytest.mark.parametrize("hours", ["", "7:30-18:00", "07:30", "25:00-26:00", "07:60-18:00"])
def test_hours_have_one_form(hours):
    asked = {"kinds": (), "places": (), "amount_day": 1, "bills_day": 1, "bills_minute": 1}
    with pytest.raises(click.BadParameter):
        limits_of({**asked, "hours": hours})
