"""What the API tells of the life of the ledger: bills on their axes, members, numbers, reports."""

import asyncio
import json

import pytest

from ledger.books import BookBill
from ledger.claims import LockClaim, ReleaseClaim, SettleClaim
from ledger.governance import Propose
from ledger.keys import KeyLimits
from ledger.membership import SetParameter, SetRoles
from ledger.papers import ExchangeForPaper
from ledger.people import IssueKey, RevokeKey
from ledger.range_control import FreezeRange
from ledger.requests import DeclineRequest, RequestNumbers
from ledger.reversal import ReverseBill
from ledger.units import FreezeUnit
from node.api.auth import Caller
from node.api.bills import get_bill, get_bills
from node.api.blocks import get_body
from node.api.checking import check_bill
from node.api.encoding import from_base64url
from node.api.members import (
    get_agencies,
    get_agency,
    get_bills_of_key,
    get_keys,
    get_parameters,
    get_proposal,
    get_proposals,
    get_units,
)
from node.api.ranges import get_ranges, get_requests
from node.api.reports import get_days_report, get_open_report, get_ranges_report
from primitives.codec import encode
from primitives.errors import Refused
from primitives.signing import SigningKey, key_id
from tests.support.market import BANK, Market
from tests.support.office import PLACE, line
from tests.support.town import until
from tests.support.virtual_loop import run_virtually
from tests.support.world import SeededSigner, seed_bytes

CODE = "46060226"
FIRST = {"code": CODE, "number": "1"}


def virtually(story):
    """Tell a story on a virtual loop."""

    def test() -> None:
        run_virtually(story())

    test.__name__ = story.__name__
    return test


async def open_market():
    """Return a market, and the hospital's and finance's offices."""
    market = Market()
    await market.open()
    return market, market.offices["hospital"], market.offices["finance"]


async def endorsed(market, number):
    """Wait until finance has endorsed a bill and its original is anchored."""
    office = market.offices["hospital"]

    async def face():
        return await office.ask(get_bill, code=CODE, number=number)

    while not ((told := await face()).endorsement == "endorsed" and told.delivered):
        await market.level()

        await asyncio.sleep(0.1)
    return told


@virtually
async def test_a_bill_is_told_on_all_its_axes():
    market, office, _ = await open_market()
    await office.issue(line("a"))
    plain = await endorsed(market, "1")
    assert (plain.validity, plain.claim.state, plain.books.state) == ("issued", "free", "unbooked")
    assert (plain.paper, plain.order, plain.counterpart) == (None, None, None)
    assert not plain.holder_moved
    now_ms = office.services.clock.now_ms()
    lock = LockClaim(CODE, 1, 1, "inpatient", 500, now_ms + 60_000, None)
    await market.hand_in("insurance", lock)
    await market.level()
    held = await office.ask(get_bill, **FIRST)
    assert (held.claim.state, held.claim.lock.payer_class) == ("locked", "basic_insurance")
    assert not held.claim.lock.past_lease
    settle, book = SettleClaim(CODE, 1, 400, "s-1"), BookBill(CODE, 1, 20260102, 400)
    await market.hand_in("insurance", settle, book)
    await market.level()
    paid = await office.ask(get_bill, **FIRST)
    assert (paid.claim.state, paid.claim.settlements[0].amount_fen) == ("settled", 400)
    assert (paid.books.state, paid.books.bookings[0].date) == ("booked", "20260102")


@virtually
async def test_a_reversed_bill_and_its_red_one_name_each_other_and_paper_is_told():
    market, office, _ = await open_market()
    await office.issue(line("a"), line("b"))
    await market.hand_in("hospital", ReverseBill(CODE, 1, "0a1b2c", "refund"))
    await market.hand_in("hospital", ExchangeForPaper(CODE, 2, "P1", "0007"))
    blue = await office.ask(get_bill, **FIRST)
    red = await office.ask(get_bill, code=CODE, number="3")
    assert (blue.validity, blue.counterpart.number) == ("reversed", "0000000003")
    assert (red.validity, red.counterpart.number) == ("red", "0000000001")
    assert red.amounts.total_fen == -blue.amounts.total_fen
    printed = await office.ask(get_bill, code=CODE, number="2")
    assert (printed.paper.state, printed.paper.number) == ("paper_live", "0007")


@virtually
async def test_members_are_told_with_their_keys():
    _, office, _ = await open_market()
    told = await office.ask(get_agencies)
    assert [item.id for item in told.items] == ["hospital", "finance", "insurance", BANK]
    hospital = await office.ask(get_agency, agency="hospital")
    assert (hospital.standing, hospital.is_validator, hospital.is_frozen) == ("active", True, False)
    desk = SeededSigner("hospital").public_key("desk")
    assert (key_id(desk).hex(), "desk") in {(key.key_id, key.purpose) for key in hospital.keys}
    with pytest.raises(Refused, match=r"agency\.not_found"):
        await office.ask(get_agency, agency="nobody")


@virtually
async def test_a_persons_key_is_told_with_its_limits_and_the_bills_it_made():
    market, office, _ = await open_market()
    person = SigningKey(seed_bytes("clerk"))
    limits = KeyLimits(("02",), (), 10**9, 50, 5, 0, 1440)
    until_ms = office.services.clock.now_ms() + 10**9
    await govern(market, "hospital", IssueKey("desk", person.public_key, "c-17", limits, until_ms))
    (key,) = (await office.ask(get_keys)).items
    assert (key.staff, key.state, key.kinds, key.bills_minute) == ("c-17", "counts", ["02"], 5)
    await office.issue(line("a"), line("b"))
    desk = key_id(SeededSigner("hospital").public_key("desk")).hex()
    made = await office.ask(get_bills_of_key, key_id=desk)
    assert [item.number for item in made.items] == ["0000000001", "0000000002"]
    assert (await office.ask(get_bills_of_key, key_id=key.key_id)).items == []
    await govern(market, "hospital", RevokeKey(key_id(person.public_key)))
    (key,) = (await office.ask(get_keys, "agency=hospital")).items
    assert (key.state, key.revoked_ms is None) == ("withdrawn", False)


async def govern(market, agency, operation):
    """Have a governance key sign an operation."""
    await market.hand_in(agency, operation, purpose="governance")


@virtually
async def test_proposals_are_told_with_what_they_change_and_who_voted():
    market, office, _ = await open_market()
    now_ms = office.services.clock.now_ms()
    await govern(market, "hospital", Propose(SetRoles(BANK, ("provider",)), 0, now_ms + 60_000))
    change = SetParameter("rounding_fen", encode(7))
    await govern(market, "hospital", Propose(change, 0, now_ms + 60_000))
    page = await office.ask(get_proposals, "state=open&limit=1")
    told = {"change": "set_roles", "agency": BANK, "roles": ["provider"]}
    assert page.items[0].change == told
    (second,) = (await office.ask(get_proposals, f"cursor={page.next}")).items
    one = await office.ask(get_proposal, proposal=second.id)
    assert (one.change["name"], one.state, one.needed) == ("rounding_fen", "open", 3)
    assert [(ballot.agency, ballot.approves) for ballot in one.ballots] == [("hospital", True)]
    values = {item.name: item.value for item in (await office.ask(get_parameters)).items}
    assert values["rounding_fen"] == 5
    assert ["insurance", 1] in [list(pair) for pair in values["statutory_payers"]]
    with pytest.raises(Refused, match=r"proposal\.not_found"):
        await office.ask(get_proposal, proposal="0-0-0")


@virtually
async def test_requests_units_and_ranges_are_told_by_their_states():
    market, _, finance = await open_market()
    await market.hand_in("hospital", RequestNumbers("q1", PLACE, "02", 500))
    await market.hand_in("hospital", RequestNumbers("q2", PLACE, "03", 500))
    await market.level()
    await market.hand_in("finance", DeclineRequest("hospital", "q1"))
    await market.hand_in("finance", FreezeUnit("hospital", "audit"), FreezeRange(CODE, 1))
    asked = await finance.ask(get_requests, "unit=hospital&state=requested")
    assert [(item.request, item.count) for item in asked.items] == [("q2", 500)]
    (unit,) = (await finance.ask(get_units)).items
    assert (unit.unit, unit.state, unit.open_ranges) == ("hospital", "frozen", 0)
    (frozen,) = (await finance.ask(get_ranges, "state=frozen&unit=hospital")).items
    assert frozen.first == 1
    assert (await finance.ask(get_ranges, "unit=clinic")).items == []


@virtually
async def test_finances_report_tells_what_became_of_every_number():
    market, office, finance = await open_market()
    await office.issue(*[line(f"b{place}") for place in range(4)])
    await market.hand_in("hospital", ReverseBill(CODE, 2, "0a1b2c", "refund"))
    await market.level()
    report = await finance.ask(get_ranges_report)
    (numbers,) = report.items
    assert (numbers.blue, numbers.red, numbers.void, numbers.gaps) == (4, 1, 0, 0)
    assert numbers.allotted == numbers.blue + numbers.red + numbers.void + numbers.unused
    total = (await office.ask(get_bill, **FIRST)).amounts.total_fen
    assert (numbers.blue_fen, numbers.red_fen) == (4 * total, -total)
    (unit,) = report.units
    assert (unit.unit, unit.ranges, unit.blue, unit.blue_fen) == ("hospital", 1, 4, 4 * total)
    assert (await finance.ask(get_ranges_report, "unit=clinic")).units == []
    (day,) = (await finance.ask(get_days_report, "unit=hospital")).items
    assert (day.date, day.blue, day.red, day.blue_fen) == ("20260101", 4, 1, 4 * total)
    assert (await finance.ask(get_days_report, "first=20260102")).items == []


@virtually
async def test_the_open_report_tells_what_somebody_must_still_settle():
    market, office, finance = await open_market()
    bank = market.offices[BANK]
    await office.issue(line("a"))
    await endorsed(market, "1")
    until_ms = office.services.clock.now_ms() + 2_000
    await market.hand_in("insurance", LockClaim(CODE, 1, 1, "inpatient", 5, until_ms, None))
    await market.pay("none", "p-3", 70)
    await until(lambda: finance.services.node.head.time_ms > until_ms)
    found = []
    cursor = ""
    while cursor is not None:
        page = await finance.ask(get_open_report, f"limit=1&cursor={cursor}")
        found += page.items
        cursor = page.next
    assert [(item.matter, item.agency, item.late) for item in found] == [
        ("lock_past_lease", "insurance", True),
        ("payment_unapplied", BANK, False),
    ]
    assert found[0].key == f"b/{CODE}/0000000001"
    held = await office.ask(get_bill, **FIRST)
    assert (held.claim.state, held.claim.lock.past_lease) == ("free", True)
    await market.hand_in("insurance", ReleaseClaim(CODE, 1))
    await market.refund("p-3", 70)
    await market.level()
    assert (await bank.ask(get_open_report)).items == []


@virtually
async def test_case_10_five_elements_are_checked_and_one_wrong_tells_nothing():
    market, office, _ = await open_market()
    await office.issue(line("a"))
    face = await office.ask(get_bill, **FIRST)
    yuan = f"{face.amounts.total_fen // 100}.{face.amounts.total_fen % 100:02d}"
    good = {"code": CODE, "number": face.number, "check_code": face.check_code}
    good |= {"date": "20260101", "amount": yuan}

    async def checked(caller="reader", **changes):
        reader = Caller(caller, frozenset({"read"}))
        return await office.ask(check_bill, body=json.dumps(good | changes).encode(), caller=reader)

    told = await checked()
    assert (told.consistent, told.reversed, told.on_paper, told.claimed) == (
        True,
        False,
        False,
        False,
    )
    nothing = await checked(number="99")
    for name, wrong in (
        *(("code", "46060126"), ("check_code", "zzzzzz"), ("date", "20260102")),
        *(("amount", "0.01"), ("number", "0")),
    ):
        assert await checked(**{name: wrong}) == nothing
    assert (nothing.consistent, nothing.reversed) == (False, None)
    await market.hand_in("hospital", ReverseBill(CODE, 1, "0a1b2c", "refund"))
    assert (await checked()).reversed
    with pytest.raises(Refused, match=r"request\.wrong_value"):
        await checked(amount="13,05")
    for _ in range(600):
        await checked(caller="curious")
    with pytest.raises(Refused, match=r"check\.too_many"):
        await checked(caller="curious")
    assert (await checked()).consistent


@virtually
async def test_a_block_is_told_byte_for_byte():
    _, office, _ = await open_market()
    store, head = office.services.store, office.services.node.head
    answer = await office.ask(get_body, height=str(head.height))
    assert answer.body == store.body(head.height, head.hash)
    assert from_base64url(answer.headers["Piaolian-Header"], "h") == store.header(head.height)
    certificate = from_base64url(answer.headers["Piaolian-Certificate"], "c")
    assert certificate == store.certificate(head.height)
    for height in ("0", "99999"):
        with pytest.raises(Refused, match=r"block\.not_found"):
            await office.ask(get_body, height=height)
    assert (await office.ask(get_bills)).items == []
