"""`store verify` on a store with a whole life in it: orders, red bills, bills in their places."""

from pathlib import Path

import pytest

from ledger.bills import BillName
from ledger.orders import BILLED
from ledger.reversal import ReverseBill
from node.intents import BillIntent
from node.store_verify import VerifyReport, verify_store
from tests.support.laid_out import Rows, lay_out
from tests.support.market import DUE_FEN, Market
from tests.support.office import line
from tests.support.town import until
from tests.support.virtual_loop import run_virtually
from tests.support.world import Machine


@pytest.fixture(scope="module")
def hospital() -> Machine:
    """A stopped hospital with a paid order, a reversed bill and one in its place, a refund."""
    kept = []

    async def story() -> None:
        market = Market()
        await market.open()
        await market.order("paid", "reversed", "open")
        await market.pay("paid", "p-1")
        await market.pay("reversed", "p-2")
        await market.pay("nothing", "p-3")
        await until(lambda: all(o.state == BILLED for o in market.order_leaves(("paid",))), 9)
        await until(lambda: market.order_leaf("reversed").state == BILLED, 9)
        name = market.order_leaf("reversed").bill
        assert name is not None
        await market.hand_in("hospital", ReverseBill(name.code, name.number, "abc123", "refund"))
        intent = BillIntent(replaces=BillName(name.code, name.number))
        await market.send_lines([line("reversed", remark="again")], intent)
        await market.send_lines([line("plain")])
        plain = market["hospital"].running.state.bill_of("hospital", "plain")
        assert plain is not None
        await market.hand_in("hospital", ReverseBill(*plain, "abc123", "refund"))
        await market.refund("p-3", DUE_FEN)
        matters = market.offices["hospital"].services.duties.matters
        await until(lambda: not len(matters.unanchored) and not len(matters.unendorsed), 9)
        await market.level()
        for machine in market.all:
            await machine.stop()
        kept.append(market["hospital"])

    run_virtually(story())
    return kept[0]


def verified(hospital: Machine, folder: Path, change=lambda _blocks, _state: None) -> VerifyReport:
    return verify_store(lay_out(hospital, folder, change))


def test_a_store_with_a_whole_life_in_it_is_sound_and_every_document_opens(hospital, tmp_path):
    report = verified(hospital, tmp_path)
    assert report.is_sound, report.table()
    assert report.counts["bills"] == 6, "three blue, one in another's place, two red"
    assert report.counts["own orders"] == 3
    assert report.counts["payments"] == 3
    assert report.counts["details opened"] == 3 + 2
    assert report.counts["own bills, orders and records not here"] == 0
    assert report.counts["originals' signatures"] == 6


def lost(prefix: bytes):
    def change(_blocks: Rows, state: Rows) -> None:
        del state[min(key for key in state if key.startswith(prefix))]

    return change


def turned_back(_blocks: Rows, state: Rows) -> None:
    """Let a business number lead to the bill that was reversed and replaced."""
    state[b"nhospital/reversed"] = b"%b" % min(
        state[b"nhospital/paid"], state[b"nhospital/reversed"]
    )


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lost(b"p"), id="an order's payment"),
        pytest.param(lost(b"nhospital/plain"), id="the number of a reversed bill"),
        pytest.param(turned_back, id="a number that leads to the bill before"),
        pytest.param(lost(b"sd/"), id="an order"),
        pytest.param(lost(b"sy/"), id="a payment"),
        pytest.param(lost(b"se/"), id="an endorsement"),
        pytest.param(lost(b"so/"), id="originals"),
    ],
)
def test_every_lie_about_a_life_is_found(hospital, tmp_path, change):
    report = verified(hospital, tmp_path, change)
    assert not report.is_sound


def test_a_pack_of_orders_that_is_lost_is_counted(hospital, tmp_path):
    config = lay_out(hospital, tmp_path, lambda _blocks, _state: None)
    packs = (tmp_path / "data" / "vault" / "packs").iterdir()
    max(packs, key=lambda pack: pack.stat().st_size).unlink()
    assert verify_store(config).counts["own bills, orders and records not here"] == 3


def test_changed_signatures_of_originals_are_found(hospital, tmp_path):
    config = lay_out(hospital, tmp_path, lambda _blocks, _state: None)
    some = min((tmp_path / "data" / "vault" / "originals").iterdir())
    data = some.read_bytes()
    some.write_bytes(data[:-40] + bytes([data[-40] ^ 1]) + data[-39:])
    (finding,) = verify_store(config).findings
    assert finding.file == f"vault/originals/{some.name}"
