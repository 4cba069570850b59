"""The hospital's node makes and anchors originals; they are the same bytes whenever asked for."""

from hashlib import sha256

import msgspec
import pytest

from exchange.national_xml import is_signed_by, read_national
from ledger.bills import Bill, bill_key
from ledger.endorsement import Endorsement, endorsement_key
from ledger.faces import Faces, faces_key
from ledger.originals import Originals, is_delivered, originals_key, originals_root
from ledger.reversal import ReverseBill
from node.block_bills import bills_of_block
from node.vault.seals import SealShelf
from primitives.errors import NodeFault, Refused
from storage.memory import MemoryFiles
from tests.support.market import Market
from tests.support.office import line
from tests.support.parts import virtually
from tests.support.town import until


async def opened(*numbers: str) -> Market:
    market = Market()
    await market.open()
    await market.offices["hospital"].issue(*[line(number) for number in numbers])
    return market


def anchored(market: Market, height: int) -> Originals | None:
    return market["hospital"].running.state.leaf(originals_key(height, "hospital"), Originals)


def height_of(market: Market, number: str) -> int:
    state = market["hospital"].running.state
    found = state.bill_of("hospital", number)
    assert found is not None
    bill = state.leaf(bill_key(*found), Bill)
    assert bill is not None
    return bill.height


@virtually
async def test_the_hashes_of_a_blocks_originals_are_anchored_and_are_those_given_out() -> None:
    market = await opened("a", "b", "c")
    height = height_of(market, "a")
    await until(lambda: anchored(market, height) is not None, 10)
    originals = market.offices["hospital"].services.duties.originals
    assert originals is not None
    made = await bills_of_block(market["hospital"].running, height)
    documents = [await originals.original_of(item.code, item.number) for item in made]
    leaf = anchored(market, height)
    assert leaf is not None
    assert leaf.count == len(made)
    assert leaf.root == originals_root([sha256(document).digest() for document in documents])
    assert is_delivered(market["hospital"].running.state, made[0].bill)
    desk = market.offices["hospital"].services.desk
    assert is_signed_by(read_national(documents[0]), desk.chain, desk.public_key)


@virtually
async def test_a_red_bill_has_an_original_that_names_its_blue_one() -> None:
    market = await opened("a")
    found = market["hospital"].running.state.bill_of("hospital", "a")
    assert found is not None
    receipt = await market.hand_in("hospital", ReverseBill(*found, "abc123", "wrong_amount"))
    await until(lambda: anchored(market, receipt.height) is not None, 10)
    originals = market.offices["hospital"].services.duties.originals
    assert originals is not None
    document = read_national(await originals.original_of(found[0], found[1] + 1))
    assert (document.bill.related_code, document.bill.related_number) == found
    assert document.bill.total_fen == -3000


@virtually
async def test_a_bill_whose_details_lie_elsewhere_holds_no_other_up() -> None:
    market = await opened()
    stranger = market.hospital.bill("stranger")
    place = {"place": "460000001", "kind": "02"}
    await market.hand_in("hospital", msgspec.structs.replace(stranger, **place))
    await market.offices["hospital"].issue(line("a"))
    await until(lambda: anchored(market, height_of(market, "a")) is not None, 10)
    assert anchored(market, height_of(market, "stranger")) is None
    duties = market.offices["hospital"].services.duties
    assert duties.matters.impossible == {height_of(market, "stranger")}
    assert duties.alarms.late()["originals_impossible"] == 1


@virtually
async def test_an_original_that_is_not_what_was_signed_is_not_given_out() -> None:
    market = await opened("a", "b")
    height = height_of(market, "a")
    await until(lambda: anchored(market, height) is not None, 10)
    shelf = SealShelf(MemoryFiles(market["hospital"].disk))
    seals = shelf.read(height)
    assert seals is not None
    shelf.write(height, msgspec.structs.replace(seals, issuer_name="another"))
    originals = market.offices["hospital"].services.duties.originals
    assert originals is not None
    with pytest.raises(NodeFault, match=r"vault\.damaged"):
        await originals.original_of(seals.originals[0].code, seals.originals[0].number)
    with pytest.raises(Refused, match=r"bill\.unknown"):
        await originals.original_of("46060226", 999)


@virtually
async def test_every_block_with_bills_is_endorsed_and_none_of_the_blocks_that_this_takes() -> None:
    market = await opened("a", "b")
    await market.offices["hospital"].issue(line("c"))
    duties = market.offices["finance"].services.duties
    await until(lambda: len(duties.matters.unendorsed) == 0, 10)
    await until(lambda: anchored(market, height_of(market, "c")) is not None, 10)
    await market.level()
    state, head = market["finance"].running.state, market["finance"].running.head.height
    with_bills = [h for h in range(1, head + 1) if state.leaf(faces_key(h), Faces) is not None]
    endorsed = [h for h in range(1, head + 1) if state.leaf(endorsement_key(h), Endorsement)]
    assert endorsed == with_bills
    assert head <= 1 + 3 * len(with_bills), "endorsing and anchoring ask for nothing themselves"
