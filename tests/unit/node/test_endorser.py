"""Finance endorses by itself, withholds by a small table of reasons, and lifts again."""

import pytest

from ledger.bills import Face
from ledger.endorsement import Endorsement, endorsement_key, withheld_reason
from ledger.faces import Faces, faces_key
from ledger.units import FreezeUnit
from node.block_bills import faces_of_block
from node.config import FinanceSection
from node.withholding import LIST, Withholding, parse_list
from primitives.errors import Refused
from storage.memory import MemoryDisk, MemoryFiles
from tests.support.market import Market
from tests.support.office import line
from tests.support.parts import virtually
from tests.support.town import until


async def issued(*numbers: str, listed: bytes = b"") -> tuple[Market, int, tuple[Face, ...]]:
    """Issue bills in one block, with a list of finance's; return the block and its bills."""
    market = Market()
    if listed:
        MemoryFiles(market["finance"].disk).write_atomically(LIST, listed)
    await market.open()
    await market.offices["hospital"].issue(*[line(number) for number in numbers])
    await market.level()
    node = market["finance"].running
    height = next(h for h in range(1, node.head.height + 1) if made_bills(market, h))
    return market, height, await faces_of_block(node, height)


def made_bills(market: Market, height: int) -> bool:
    """Tell whether a block has bills."""
    return market["finance"].running.state.leaf(faces_key(height), Faces) is not None


def endorsement(market: Market, height: int) -> Endorsement | None:
    return market["finance"].running.state.leaf(endorsement_key(height), Endorsement)


@virtually
async def test_a_listed_bill_is_withheld_for_its_reason_and_lifted_later() -> None:
    listed = b"# under review\nhospital b under_review\n"
    market, height, bills = await issued("a", "b", "c", listed=listed)
    await until(lambda: endorsement(market, height) is not None, 10)
    found = endorsement(market, height)
    assert found is not None
    reasons = {
        made.business_number: withheld_reason(found, made.code, made.number) for made in bills
    }
    assert reasons == {"a": None, "b": "under_review", "c": None}
    assert market["finance"].journal.named("endorsement.withheld")[0]["count"] == 1
    endorser = market.offices["finance"].services.duties.endorser
    assert endorser is not None
    (name,) = [(m.code, m.number) for m in bills if m.business_number == "b"]
    with pytest.raises(Refused, match=r"endorsement\.not_withheld"):
        await endorser.lift(height, [(name[0], 999)])
    await endorser.lift(height, [name])
    lifted = endorsement(market, height)
    assert lifted is not None
    assert lifted.withheld == ()


@virtually
async def test_the_table_of_reasons_asks_for_the_unit_the_amount_and_the_rate() -> None:
    market, height, bills = await issued("a", "b", "c")
    node, files = market["finance"].running, MemoryFiles(MemoryDisk())

    def reasons(settings: FinanceSection) -> list[str]:
        withheld = Withholding(node, settings, files).withheld(height, bills)
        return [item.reason for item in withheld]

    assert reasons(FinanceSection()) == []
    assert reasons(FinanceSection(withhold_above_fen=2_999)) == ["amount_too_high"] * 3
    assert reasons(FinanceSection(withhold_above_fen=3_000)) == []
    assert reasons(FinanceSection(bills_per_minute_max=2)) == ["rate_too_high"] * 3
    assert reasons(FinanceSection(bills_per_minute_max=3)) == []
    await market.hand_in("finance", FreezeUnit("hospital", "audit"))
    assert reasons(FinanceSection()) == ["unit_frozen"] * 3


@virtually
async def test_the_rate_is_that_of_the_minute_whoever_asks_and_from_where() -> None:
    market, first, _ = await issued("a", "b", "c")
    await market.offices["hospital"].issue(line("d"))
    await market.level()
    node, files = market["finance"].running, MemoryFiles(MemoryDisk())
    second = node.head.height
    while not made_bills(market, second):
        second -= 1
    assert second > first
    settings = FinanceSection(bills_per_minute_max=3)
    bills = await faces_of_block(node, second)
    fresh, steady = Withholding(node, settings, files), Withholding(node, settings, files)
    assert steady.withheld(first, await faces_of_block(node, first)) == ()
    assert [item.reason for item in steady.withheld(second, bills)] == ["rate_too_high"]
    assert fresh.withheld(second, bills) == steady.withheld(second, bills)


def test_a_list_takes_units_whole_and_leaves_what_it_cannot_read() -> None:
    text = b"hospital * audit # all of it\n\nclinic b-1 under_review\nnonsense\n"
    assert parse_list(text) == {
        ("hospital", "*"): "audit",
        ("clinic", "b-1"): "under_review",
    }
