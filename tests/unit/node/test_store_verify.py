"""`store verify` finds every row that is not what the chain says, and names it."""

import os

import pytest

from ledger.genesis import read_genesis
from ledger.ranges import HighestNumber, highest_number_key
from node.store_verify import verify_store
from node.verify_chain import BlockCheck
from primitives.codec import encode
from storage import keys
from storage.leveldb import LevelDatabases
from storage.store import StateView
from tests.support.laid_out import Rows, lay_out
from tests.support.office import line, open_town
from tests.support.virtual_loop import run_virtually
from tests.support.world import Machine


@pytest.fixture(scope="module")
def hospital() -> Machine:
    """A stopped hospital that issued three bills in two transactions."""
    kept = []

    async def story() -> None:
        town, office = await open_town()
        await office.issue(line("b1"), line("b2"))
        await office.issue(line("b3"))
        await town.level()
        for machine in town.all:
            await machine.stop()
        kept.append(town["hospital"])

    run_virtually(story())
    return kept[0]


def first(rows: Rows, prefix: bytes, place: int = 0) -> bytes:
    return sorted(key for key in rows if key.startswith(prefix))[place]


def nothing(_blocks: Rows, _state: Rows) -> None:
    return


def test_an_untouched_store_is_sound_and_everything_in_it_was_looked_at(hospital, tmp_path):
    steps: list[str] = []
    report = verify_store(lay_out(hospital, tmp_path, nothing), steps.append)
    assert report.is_sound, report.table()
    assert report.counts["bills"] == report.counts["details opened"] == 3
    assert report.counts["blocks"] == report.counts["rows state/h"]
    assert report.counts["transactions"] == 3
    assert len(steps) == 5
    assert report.document()["sound"] is True


def lost(prefix: bytes, place: int = 0, *, blocks: bool = False):
    def change(block_rows: Rows, state: Rows) -> None:
        rows = block_rows if blocks else state
        del rows[first(rows, prefix, place)]

    return change


def flipped(prefix: bytes, place: int = 0, *, blocks: bool = False, at: int = -1):
    def change(block_rows: Rows, state: Rows) -> None:
        rows = block_rows if blocks else state
        key = first(rows, prefix, place)
        value = bytearray(rows[key])
        value[at] ^= 1
        rows[key] = bytes(value)

    return change


def swapped(prefix: bytes):
    def change(_blocks: Rows, state: Rows) -> None:
        one, other = first(state, prefix, 0), first(state, prefix, 1)
        state[one], state[other] = state[other], state[one]

    return change


def added(key: bytes, value: bytes):
    def change(_blocks: Rows, state: Rows) -> None:
        state[key] = value

    return change


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lost(b"sb/"), id="a bill"),
        pytest.param(lost(b"sr/"), id="a range"),
        pytest.param(flipped(b"sb/"), id="a changed bill"),
        pytest.param(swapped(b"sb/"), id="two bills in each other's place"),
        pytest.param(flipped(b"sp/", at=-4), id="a changed parameter"),
        pytest.param(flipped(b"sf/"), id="a changed leaf of faces"),
        pytest.param(lost(b"t", 1), id="a trie record"),
        pytest.param(flipped(b"t", 1, at=5), id="a changed trie record"),
        pytest.param(added(b"t" + bytes(60), b"x"), id="a trie record too many"),
        pytest.param(
            added(b"s" + highest_number_key("99999999"), encode(HighestNumber(7))),
            id="a leaf too many",
        ),
        pytest.param(added(b"t" + bytes([15]) * 60, b"x"), id="a trie record after all others"),
        pytest.param(added(b"sz/", b"x"), id="a leaf after all others"),
        pytest.param(lost(b"n"), id="a business number"),
        pytest.param(added(b"nhospital/x", b"460602260000000001"), id="a number too many"),
        pytest.param(swapped(b"n"), id="two business numbers of each other"),
        pytest.param(lost(b"x"), id="a receipt"),
        pytest.param(flipped(b"x"), id="a changed receipt"),
        pytest.param(swapped(b"x"), id="two receipts of each other"),
        pytest.param(lost(b"c"), id="a certificate"),
        pytest.param(flipped(b"c"), id="a forged signature"),
        pytest.param(swapped(b"c"), id="two certificates of each other"),
        pytest.param(lost(b"h"), id="a header"),
        pytest.param(flipped(b"h", 1), id="a changed header"),
        pytest.param(lost(b"b", blocks=True), id="a body"),
        pytest.param(flipped(b"b", 1, blocks=True), id="a changed header beside a body"),
        pytest.param(flipped(b"b", 2, blocks=True, at=40), id="a changed body"),
    ],
)
def test_every_lie_in_a_row_is_found(hospital, tmp_path, change):
    report = verify_store(lay_out(hospital, tmp_path, change))
    assert not report.is_sound
    assert "DAMAGED" in report.table()
    assert report.document()["findings"]


def test_a_changed_pack_a_foreign_pack_and_a_damaged_waiting_one_are_found(hospital, tmp_path):
    config = lay_out(hospital, tmp_path, nothing)
    packs = tmp_path / "data" / "vault" / "packs"
    some = min(packs.iterdir())
    data = some.read_bytes()
    (packs / "999-0.pack").write_bytes(data)
    waiting = tmp_path / "data" / "vault" / "waiting"
    waiting.mkdir(exist_ok=True)
    (waiting / f"{os.urandom(40).hex()}.pack").write_bytes(b"half")
    some.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    places = [finding.file for finding in verify_store(config).findings]
    assert len(places) >= 3
    assert f"vault/packs/{some.name}" in places
    assert "vault/packs/999-0.pack" in places
    assert any(place.startswith("vault/waiting/") for place in places)


def test_a_block_that_is_not_there_is_told_without_looking_further(hospital, tmp_path):
    lay_out(hospital, tmp_path, nothing)
    state = LevelDatabases(tmp_path / "data").open(keys.STATE)
    blocks = LevelDatabases(tmp_path / "data").open(keys.BLOCKS)
    found: list[tuple[str, str]] = []
    genesis = read_genesis(hospital.genesis)
    check = BlockCheck(genesis, StateView(state), blocks, lambda *told: found.append(told))
    check.block(999)
    assert found == [("blocks", "height 999: block.missing: header or certificate is missing")]
    assert check.documents_of(999, 0) == []
    state.close()
    blocks.close()


def test_a_lost_pack_is_counted(hospital, tmp_path):
    config = lay_out(hospital, tmp_path, nothing)
    for pack in (tmp_path / "data" / "vault" / "packs").iterdir():
        pack.unlink()
    report = verify_store(config)
    assert report.counts["own bills, orders and records not here"] == 3
