"""A bill goes out in every format with its endorsement and status; a withheld one is lifted."""

import json

import pytest

from exchange.archive_xml import read_archive
from exchange.csv_ledger import read_csv
from exchange.national_xml import original_hash, read_national
from exchange.signatures import verify_endorsement
from ledger.bills import Bill, bill_key, face_of
from ledger.originals import Originals, originals_key, originals_root
from node.api.bills import get_bill
from node.api.exports import FORMATS, export_bill, get_portal_pdf, lift_withheld
from node.api.reports import get_open_report
from node.exchange_bill import status_of
from node.withholding import LIST
from primitives.errors import Refused
from storage.memory import MemoryFiles
from tests.support.market import Market
from tests.support.office import line
from tests.support.parts import virtually
from tests.support.town import until
from tests.support.world import SeededSigner

CODE = "46060226"
FIRST = {"code": CODE, "number": "1"}


async def opened(*, withheld: str = "") -> Market:
    """Return a market with a bill whose block finance has looked at and whose original is made."""
    market = Market()
    await market.open()
    if withheld:
        MemoryFiles(market["finance"].disk).write_atomically(LIST, withheld.encode())
    office = market.offices["hospital"]
    await office.issue(line("a"))
    bill = office.services.view.leaf(bill_key(CODE, 1), Bill)
    assert bill is not None
    leaf = b"e/%012d" % bill.height
    at = originals_key(bill.height, "hospital")
    await until(lambda: office.services.view.value(leaf) is not None)
    await until(lambda: office.services.view.leaf(at, Originals) is not None)
    return market


@virtually
async def test_the_national_document_carries_both_signatures_and_is_what_was_anchored() -> None:
    market = await opened()
    office = market.offices["hospital"]
    answer = await office.ask(export_bill, **FIRST)
    assert answer.content_type == "application/xml"
    document = read_national(answer.body)
    view = office.services.view
    bill = view.leaf(bill_key(CODE, 1), Bill)
    anchored = view.leaf(originals_key(bill.height, "hospital"), Originals)
    assert originals_root([original_hash(document)]) == anchored.root
    chain, finance = office.services.desk.chain, SeededSigner("finance").public_key("desk")
    assert verify_endorsement(document.supervisor, chain, face_of(bill, CODE, 1), finance)
    what = MemoryFiles(market["hospital"].disk).read("vault/openings.jsonl").splitlines()
    assert [json.loads(entry)["what"] for entry in what] == ["export"]


@virtually
async def test_the_other_formats_say_the_same_bill() -> None:
    market = await opened()
    office = market.offices["hospital"]
    files = {}
    for name, form in FORMATS.items():
        answer = await office.ask(export_bill, f"format={name}", **FIRST)
        assert answer.content_type == form.media
        assert f'{CODE}-0000000001.{form.ending}"' in answer.headers["Content-Disposition"]
        files[name] = answer.body
    archived = read_archive(files["archive"])
    assert archived.document.bill.status.is_endorsed
    (row,) = read_csv(files["csv"])
    assert (row.code, row.number) == (CODE, 1)
    assert json.loads(files["fhir"])["resourceType"] == "Bundle"
    assert files["pdf"].startswith(b"%PDF")
    with pytest.raises(Refused, match=r"request\.wrong_value"):
        await office.ask(export_bill, "format=ofd", **FIRST)
    with pytest.raises(Refused, match=r"details\.not_found"):
        await market.offices["finance"].ask(export_bill, **FIRST)


@virtually
async def test_a_withheld_bill_is_told_everywhere_and_lifted_by_finance() -> None:
    market = await opened(withheld="hospital a wrong_kind\n")
    office, finance = market.offices["hospital"], market.offices["finance"]
    face = await office.ask(get_bill, **FIRST)
    assert (face.endorsement, face.withheld_reason) == ("withheld", "wrong_kind")
    document = read_national((await office.ask(export_bill, **FIRST)).body)
    assert document.supervisor is None
    (matter,) = (await finance.ask(get_open_report)).items
    assert (matter.matter, matter.number, matter.reason) == (
        "withheld",
        "0000000001",
        "wrong_kind",
    )
    body = json.dumps({"bills": [{"code": CODE, "number": "0000000001"}]}).encode()
    with pytest.raises(Refused, match=r"agency\.wrong_role"):
        await office.ask(lift_withheld, body=body)
    lifted = await finance.ask(lift_withheld, body=body)
    assert lifted.status == "committed"
    await market.level()
    assert (await office.ask(get_bill, **FIRST)).endorsement == "endorsed"
    with pytest.raises(Refused, match=r"endorsement\.not_withheld"):
        await finance.ask(lift_withheld, body=body)
    unknown = json.dumps({"bills": [{"code": CODE, "number": "7"}]}).encode()
    with pytest.raises(Refused, match=r"bill\.unknown"):
        await finance.ask(lift_withheld, body=unknown)
    bill = office.services.view.leaf(bill_key(CODE, 1), Bill)
    assert not status_of(bill, is_endorsed=False).is_reversed


@virtually
async def test_a_patients_pdf_is_recorded_for_their_session_and_limited() -> None:
    market = await opened()
    office = market.offices["hospital"]
    for _ in range(3):
        answer = await office.ask(get_portal_pdf, "session=s1", **FIRST)
        assert answer.body.startswith(b"%PDF")
    with pytest.raises(Refused, match=r"vault\.too_many_openings"):
        await office.ask(get_portal_pdf, "session=s1", **FIRST)
    with pytest.raises(Refused, match=r"request\.wrong_value"):
        await office.ask(get_portal_pdf, **FIRST)
    lines = MemoryFiles(market["hospital"].disk).read("vault/openings.jsonl").splitlines()
    told = [json.loads(line) for line in lines]
    assert [(entry["what"], entry["number"]) for entry in told] == [("export", 1)] * 3
    assert len({entry["session"] for entry in told} - {"", "s1"}) == 1
