"""The projection follows the node, survives its absence and starts anew on another past."""

import asyncio
import dataclasses
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from portal.config import load_config
from portal.logs import Log
from portal.node_client import NodeClient
from portal.projection.follower import Follower
from portal.projection.projection import Projection
from portal.projection.rows import BillRow, Head, News
from portal.pseudonyms import Pseudonyms
from primitives.errors import NodeFault
from tests.support.portal_node import CODE, PortalNode, his_line, write_agency
from tests.support.portal_process import GENESIS, PORTAL_KEY, STUCK_S, EventStream, SetClock

PATIENT = "11010519491231002X"
PSEUDONYMS = Pseudonyms(PORTAL_KEY)


class Rounds:
    """How the follower rests: it stands still until the test lets it try again."""

    def __init__(self) -> None:
        self.rested = asyncio.Event()
        self._go = asyncio.Event()

    async def __call__(self, delay: float, /) -> None:
        self.rested.set()
        await self._go.wait()
        self._go.clear()

    async def until_rest(self) -> None:
        await self.rested.wait()

    async def next(self) -> None:
        """Let the follower try once more and wait until it rests again."""
        self.rested.clear()
        self._go.set()
        await self.rested.wait()


@dataclass
class Following:
    node: PortalNode
    projection: Projection
    follower: Follower
    rounds: Rounds
    log: EventStream

    async def numbers(self) -> list[str]:
        patient = PSEUDONYMS.patient(PATIENT)
        page = await self.projection.page(patient, number=1, size=50)
        return [bill.number for bill in page.bills]


@asynccontextmanager
async def following(folder: Path, *lines: int) -> AsyncIterator[Following]:
    """A follower on a node that ends each stream; `lines` bills in each block."""
    node = PortalNode(PORTAL_KEY, GENESIS, closes_streams=True)
    await node.start()
    for count in lines:
        node.issue(*[his_line() for _ in range(count)])
    config = load_config(write_agency(folder, node))
    projection = Projection(folder / "projection.sqlite")
    rounds, stream = Rounds(), EventStream()
    async with asyncio.timeout(STUCK_S), NodeClient(config.node) as client:
        follower = Follower(
            projection,
            client,
            pseudonyms=PSEUDONYMS,
            chain=node.chain,
            log=Log(SetClock(), "debug", stream),
            rest=rounds,
        )
        task = asyncio.create_task(follower.run())
        try:
            await rounds.until_rest()
            yield Following(node, projection, follower, rounds, stream)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            projection.close()
            await node.stop()


async def test_every_block_of_the_stream_is_written_with_its_height(tmp_path: Path) -> None:
    async with following(tmp_path, 2, 0, 1) as it:
        head = await it.projection.head()
        assert head is not None
        assert (head.height, head.hash) == (3, it.node.blocks[-1]["hash"])
        assert await it.numbers() == ["0000000003", "0000000002", "0000000001"]


async def test_a_stream_that_breaks_is_resumed_without_writing_twice(tmp_path: Path) -> None:
    async with following(tmp_path, 1) as it:
        it.node.issue(his_line())
        await it.rounds.next()
        assert await it.numbers() == ["0000000002", "0000000001"]
        assert it.follower.progress.rebuilds == 0


async def test_a_node_with_another_block_at_our_height_makes_us_read_all_again(
    tmp_path: Path,
) -> None:
    async with following(tmp_path, 1, 1) as it:
        it.node.blocks.pop()
        it.node.bills.popitem()
        it.node.issue(his_line(), his_line(), salt="another past")
        await it.rounds.next()
        assert it.follower.progress.rebuilds == 1
        await it.rounds.next()
        assert await it.numbers() == ["0000000003", "0000000002", "0000000001"]


async def test_a_ready_node_below_our_height_makes_us_read_all_again(tmp_path: Path) -> None:
    async with following(tmp_path, 1, 1) as it:
        it.node.blocks.pop()
        await it.rounds.next()
        await it.rounds.next()
        assert await it.numbers() == ["0000000001"]


async def test_a_node_that_is_still_catching_up_is_waited_for(tmp_path: Path) -> None:
    async with following(tmp_path, 1, 1) as it:
        it.node.is_ready = False
        kept = it.node.blocks.pop()
        await it.rounds.next()
        assert it.follower.progress.rebuilds == 0
        it.node.blocks.append(kept)
        await it.rounds.next()
        assert await it.numbers() == ["0000000002", "0000000001"]


async def test_a_block_missing_twice_makes_us_read_all_again(tmp_path: Path) -> None:
    async with following(tmp_path, 1, 1) as it:
        it.node.issue(his_line())
        gap = it.node.issue(his_line())
        missing = it.node.blocks.pop(2)
        await it.rounds.next()
        assert await it.numbers() == ["0000000002", "0000000001"]
        await it.rounds.next()
        assert it.follower.progress.rebuilds == 1
        it.node.blocks.insert(2, missing)
        await it.rounds.next()
        assert gap[0]["number"] in await it.numbers()


async def test_a_node_of_another_chain_is_not_followed(tmp_path: Path) -> None:
    async with following(tmp_path, 1) as it:
        it.node.chain = "00" * 32
        it.node.issue(his_line())
        await it.rounds.next()
        assert await it.numbers() == ["0000000001"]
        assert "node.other_chain" in it.log.getvalue()


async def test_a_projection_of_another_chain_is_dropped(tmp_path: Path) -> None:
    projection = Projection(tmp_path / "projection.sqlite")
    await projection.begin("other")
    await projection.write_block(Head("other", 1, "h", 1), News((row("0000000009"),)))
    projection.close()
    async with following(tmp_path, 1) as it:
        await it.rounds.next()
        assert await it.numbers() == ["0000000001"]


async def test_a_block_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    projection = Projection(tmp_path / "p.sqlite")
    await projection.begin("chain")
    await projection.write_block(Head("chain", 1, "h1", 1), News((row("0000000001"),)))
    bad = dataclasses.replace(row("0000000003"), validity=None)  # type: ignore[arg-type]
    with pytest.raises(NodeFault):
        await projection.write_block(Head("chain", 2, "h2", 2), News((row("0000000002"), bad)))
    head = await projection.head()
    assert head is not None
    assert head.height == 1
    assert (await projection.page(b"patient", number=1, size=10)).count == 1
    projection.close()


async def test_a_patient_sees_no_bill_of_another(tmp_path: Path) -> None:
    projection = Projection(tmp_path / "p.sqlite")
    await projection.begin("chain")
    await projection.write_block(Head("chain", 1, "h1", 1), News((row("0000000001"),)))
    assert await projection.bill(b"patient", CODE, "0000000001") is not None
    assert await projection.bill(b"other", CODE, "0000000001") is None
    projection.close()


async def test_the_list_is_paged_newest_first(tmp_path: Path) -> None:
    projection = Projection(tmp_path / "p.sqlite")
    await projection.begin("chain")
    rows = tuple(row(f"{number:010d}") for number in range(1, 8))
    await projection.write_block(Head("chain", 1, "h1", 1), News(rows))
    page = await projection.page(b"patient", number=99, size=3)
    assert (page.number, page.pages, page.count) == (3, 3, 7)
    assert [bill.number for bill in page.bills] == ["0000000001"]
    projection.close()


async def test_the_file_holds_no_id_phone_name_or_check_code(tmp_path: Path) -> None:
    async with following(tmp_path, 1) as it:
        check_code = it.node.check_code("0000000001")
        line = his_line()
        assert await it.numbers() == ["0000000001"]
    data = files_of(tmp_path)
    for secret in (line["idCardNo"], line["tel"], line["payer"], check_code):
        assert secret.encode() not in data
    assert (tmp_path / "projection.sqlite").stat().st_mode & 0o077 == 0


def test_a_file_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "p.sqlite")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(NodeFault, match=r"database\.newer"):
        Projection(tmp_path / "p.sqlite")


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "p.sqlite").write_bytes(b"not a database" * 100)
    with pytest.raises(NodeFault, match=r"database\.unusable"):
        Projection(tmp_path / "p.sqlite")


def row(number: str) -> BillRow:
    return BillRow(
        patient=b"patient",
        code=CODE,
        number=number,
        check_code=b"hash",
        kind="01",
        issuer="hospital",
        place="460000001",
        time_ms=int(number),
        total_fen=1305,
        own_fen=1305,
        height=1,
        validity="issued",
        endorsement="pending",
        is_delivered=0,
        is_on_paper=0,
        lock_class="",
        lock_until_ms=0,
        claimed="",
        books="unbooked",
        counterpart="",
        replaces="",
        replaced_by="",
        order_number="",
        visit=b"",
    )


def files_of(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.glob("projection.sqlite*"))
