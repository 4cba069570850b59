"""The API's handlers on a simulated network: what they answer, to whom, and what they leave out."""

import asyncio
import json
from itertools import pairwise

import msgspec
import pytest

from ledger import documents
from node.api.auth import Caller
from node.api.bills import get_bill, get_bills, issue_bills
from node.api.blocks import get_block, get_blocks
from node.api.details import get_contact, get_details, get_portal_details, get_sealed
from node.api.encoding import base64url, bill_number, from_base64url, from_hex, whole_number
from node.api.proof import get_absence, get_proof
from node.api.ranges import allot_numbers, get_ranges
from node.api.status import (
    get_genesis,
    get_livez,
    get_metrics,
    get_peers,
    get_readyz,
    get_status,
    get_validators,
)
from node.api.transactions import get_transaction, submit_transactions
from primitives.errors import Refused, Unavailable
from proofs.receipt import load_receipt
from proofs.verify import verify_receipt
from storage.memory import MemoryFiles
from tests.support.his_lines import good_line
from tests.support.office import Office, line, open_town
from tests.support.virtual_loop import run_virtually

READER = Caller("reader", frozenset({"read"}))


def virtually(story):
    """Tell a story on a virtual loop."""

    def test() -> None:
        run_virtually(story())

    test.__name__ = story.__name__
    return test


@virtually
async def test_status_tells_where_the_node_stands():
    _, office = await open_town()
    status = await office.ask(get_status)
    head = office.services.node.head
    assert (status.agency, status.height) == ("hospital", head.height)
    assert (status.head_hash, status.state_root) == (head.hash.hex(), head.state_root.hex())
    assert (status.validators, status.quorum, status.ready) == (4, 3, True)
    assert (await office.ask(get_livez)).status == "alive"
    assert (await office.ask(get_readyz)).ready
    peers = await office.ask(get_peers)
    assert [peer.agency for peer in peers.items] == ["finance", "insurance", "health"]


@virtually
async def test_validators_are_told_with_what_they_signed():
    _, office = await open_town()
    told = await office.ask(get_validators)
    assert [v.agency for v in told.items] == ["hospital", "finance", "insurance", "health"]
    assert sum(v.signed_last_100 for v in told.items) >= 3 * office.services.node.head.height


@virtually
async def test_genesis_is_told_byte_for_byte_and_metrics_name_nobody():
    town, office = await open_town()
    assert (await office.ask(get_genesis)).body == town.genesis
    await office.ask(issue_bills, "wait_ms=9000", body=line("b"))
    metrics = (await office.ask(get_metrics)).body.decode()
    assert "piaolian_height" in metrics
    assert good_line()["payer"] not in metrics


@virtually
async def test_blocks_are_paged_newest_first_and_linked():
    _, office = await open_town()
    for number in range(4):
        await office.issue(line(f"b{number}"))
    page = await office.ask(get_blocks, "limit=2")
    rest = await office.ask(get_blocks, f"limit=100&cursor={page.next}")
    blocks = [*page.items, *rest.items]
    assert [block.height for block in blocks] == list(range(len(blocks), 0, -1))
    assert all(a.parent_hash == b.hash for a, b in pairwise(blocks))
    assert rest.next is None
    one = await office.ask(get_block, height="2")
    assert one == blocks[-2]
    assert set(one.signers) <= {"hospital", "finance", "insurance", "health"}
    assert (one.transactions, one.operations, len(one.transaction_ids)) == (1, 1, 1)
    with pytest.raises(Refused, match=r"block\.not_found"):
        await office.ask(get_block, height="999")
    with pytest.raises(Refused, match=r"block\.not_found"):
        await office.ask(get_block, height="0")


@virtually
async def test_one_bill_as_json_and_many_as_lines():
    _, office = await open_town()
    one = await office.ask(issue_bills, "wait_ms=9000", body=line("b"))
    (item,) = one.items
    assert (item.line, item.status, item.number) == (1, "committed", "0000000001")
    media = "application/x-ndjson"
    body = line("c") + b"\r\n" + line("b") + b"\nrubbish\n"
    many = await office.ask(issue_bills, "wait_ms=9000", body=body, media=media)
    assert [item.status for item in many.items] == ["committed", "exists", "refused"]
    assert many.items[1].transaction == item.transaction
    later = await office.ask(issue_bills, body=line("d"))
    assert later.items[0].status == "accepted"
    with pytest.raises(Refused, match=r"request\.wrong_type"):
        await office.ask(issue_bills, body=b"x", media="text/plain")


@virtually
async def test_a_conflict_is_told_with_the_bill_it_conflicts_with():
    _, office = await open_town()
    await office.issue(line("b"))
    told = await office.ask(issue_bills, "wait_ms=9000", body=line("b", payer="王芳"))
    problem = told.items[0].problem
    assert (problem.status, problem.code) == (409, "bill.business_number_conflict")
    assert "46060226/0000000001" in problem.detail


@virtually
async def test_when_nothing_can_be_taken_the_whole_request_is_unavailable():
    town, office = await open_town()
    town["hospital"].disk.free = 0
    await asyncio.sleep(60)
    with pytest.raises(Unavailable):
        await office.ask(issue_bills, "wait_ms=2000", body=line("b"))
    assert office.services.settling.slots == {}


@virtually
async def test_faces_are_listed_found_and_hold_nothing_personal():
    _, office = await open_town()
    await office.issue(*[line(f"b{number}") for number in range(5)])
    page = await office.ask(get_bills, "limit=2")
    rest = await office.ask(get_bills, f"limit=9&cursor={page.next}")
    faces = [*page.items, *rest.items]
    assert [face.number for face in faces] == [f"{number:010d}" for number in range(1, 6)]
    assert rest.next is None
    found = await office.ask(get_bills, "business_number=b3")
    assert [face.business_number for face in found.items] == ["b3"]
    assert (await office.ask(get_bills, "business_number=nothing")).items == []
    assert (await office.ask(get_bills, "issuer=finance")).items == []
    face = await office.ask(get_bill, code="46060226", number="4")
    assert face == faces[3]
    text = msgspec.json.encode(face).decode()
    assert not any(value in text for value in ("马娜", good_line()["tel"], "listDetail"))
    with pytest.raises(Refused, match=r"bill\.not_found"):
        await office.ask(get_bill, code="46060226", number="99")


@virtually
async def test_details_are_opened_for_the_issuer_after_the_opening_is_recorded():
    town, office = await open_town()
    await office.issue(line("b"))
    place = {"code": "46060226", "number": "1"}
    details = await office.ask(get_details, **place)
    assert details.text.encode() == line("b")
    sealed = await office.ask(get_sealed, **place)
    key = from_base64url(sealed.key, "key")
    opened = documents.open_document(from_base64url(sealed.ciphertext, "c"), key)
    assert opened.text == line("b")
    journal = MemoryFiles(town["hospital"].disk).read("vault/openings.jsonl").splitlines()
    assert [json.loads(entry)["what"] for entry in journal] == ["details", "sealed"]
    assert {json.loads(entry)["who"] for entry in journal} == {"operator"}
    other = Office(town["finance"])
    await town.level()
    await other.open()
    with pytest.raises(Refused, match=r"details\.not_found"):
        await other.ask(get_details, **place)
    assert MemoryFiles(town["finance"].disk).read("vault/openings.jsonl") == b""


@virtually
async def test_a_portal_session_opens_so_many_details_and_no_more():
    _, office = await open_town()
    await office.issue(line("b"))
    place = {"code": "46060226", "number": "1"}
    for _ in range(3):
        assert await office.ask(get_portal_details, "session=abc", **place)
    with pytest.raises(Refused, match=r"vault\.too_many_openings"):
        await office.ask(get_portal_details, "session=abc", **place)
    assert await office.ask(get_portal_details, "session=other", **place)
    with pytest.raises(Refused, match=r"request\.wrong_value"):
        await office.ask(get_portal_details, **place)


@virtually
async def test_the_contact_is_the_phone_of_the_sealed_details():
    _, office = await open_town()
    await office.issue(line("b"), line("c", tel=""))
    body = b'{"code":"46060226","number":"0000000001"}'
    assert (await office.ask(get_contact, body=body)).phone == good_line()["tel"]
    with pytest.raises(Refused, match=r"bill\.not_found"):
        await office.ask(get_contact, body=b'{"code":"46060226","number":"9"}')


@virtually
async def test_receipts_prove_presence_and_absence_from_the_genesis():
    town, office = await open_town()
    await office.issue(line("b"))
    place = {"code": "46060226", "number": "1"}
    bare = load_receipt((await office.ask(get_proof, caller=READER, **place)).body)
    verify_receipt(bare, town.genesis)
    assert bare.details is None
    with pytest.raises(Refused, match=r"auth\.missing_scope"):
        await office.ask(get_proof, "details=1", caller=READER, **place)
    full = load_receipt((await office.ask(get_proof, "details=1", **place)).body)
    verify_receipt(full, town.genesis)
    assert full.details.text.encode() == line("b")
    absent = await office.ask(get_absence, "code=46060226&number=2")
    verify_receipt(load_receipt(absent.body), town.genesis)
    with pytest.raises(Refused, match=r"absence\.bill_exists"):
        await office.ask(get_absence, "code=46060226&number=1")


@virtually
async def test_ranges_are_allotted_by_finance_and_told_by_everybody():
    town, office = await open_town()
    finance = Office(town["finance"])
    await finance.open()
    asked = {"unit": "hospital", "place": "p", "kind": "03", "code": "46060326"}
    body = json.dumps(asked | {"first": 1, "last": 9}).encode()
    answer = await finance.ask(allot_numbers, body=body)
    assert (answer.status, answer.results[0].last) == ("committed", 9)
    with pytest.raises(Refused, match=r"range\.overlaps"):
        await finance.ask(allot_numbers, body=body)
    with pytest.raises(Refused, match=r"agency\.wrong_role"):
        await office.ask(allot_numbers, body=body.replace(b'"first": 1', b'"first": 5'))
    await town.level()
    ranges = await office.ask(get_ranges)
    assert [(r.code, r.next, r.state) for r in ranges.items] == [
        ("46060226", 1, "allotted"),
        ("46060326", 1, "allotted"),
    ]


@virtually
async def test_signed_transactions_are_handed_in_waited_for_and_found():
    town, office = await open_town()
    transaction = town.hospital.bills(["x"], office.services.clock.now_ms() + 60_000)
    text = base64url(transaction.data)
    body = json.dumps({"transactions": [text, "AAAA"]}).encode()
    told = await office.ask(submit_transactions, "wait_ms=9000", body=body)
    assert [item.status for item in told.items] == ["refused", "refused"]
    own = office.services.desk
    (slot,) = await office.issue(line("b"))
    known = await office.ask(get_transaction, id=slot.outcome.transaction_id)
    assert (known.status, known.results[0].number) == ("committed", "0000000001")
    unknown = await office.ask(get_transaction, "wait_ms=100", id="00" * 40)
    assert unknown.status == "unknown"
    assert own.agency == "hospital"


def test_numbers_and_bytes_in_urls_have_one_form():
    assert whole_number("7", "n", 9) == 7
    assert bill_number("46060126", "0000000001") == ("46060126", 1)
    for wrong in ("", "-1", "+1", "1e3", "10", "１", "0x1", " 1"):
        with pytest.raises(Refused):
            whole_number(wrong, "n", 9)
    assert from_base64url(base64url(b"\xff\x00a"), "x") == b"\xff\x00a"
    for wrong in ("=", "AA==", "A", "AB", "票"):
        with pytest.raises(Refused):
            from_base64url(wrong, "x")
    assert from_hex("00ff", "x", 2) == b"\x00\xff"
    for wrong in ("00FF", "00f", "zz00", "00ff00"):
        with pytest.raises(Refused):
            from_hex(wrong, "x", 2)


@pytest.mark.parametrize("number", ["", "0", "0000000000", "12345678901", "1e3", "-1", "１"])
def test_what_is_no_bills_number_is_refused_before_anything_is_proved_of_it(number):
    with pytest.raises(Refused) as caught:
        bill_number("46060126", number)
    assert (caught.value.code, caught.value.field) == ("request.wrong_value", "number")
