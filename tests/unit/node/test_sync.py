import asyncio
from dataclasses import dataclass

import msgspec
import pytest

from consensus import certificate as certificates
from node.sync import FAR_BEHIND
from node.wire import BlocksEnd, FinalBlock, GetBlocks, Kind, Standing, encode_frame
from primitives import codec
from tests.support.actors import Impostor
from tests.support.parts import virtually
from tests.support.town import Town, until


@dataclass(frozen=True, slots=True)
class Stock:
    """Real final blocks, to be spoilt."""

    blocks: dict
    height: int


async def make_stock():
    town = Town()
    await town.start()
    await town.allot()
    for i in range(FAR_BEHIND + 2):
        await town.issue(f"n{i}")
    node = town["hospital"].running
    blocks = {}
    for height in range(1, node.head.height + 1):
        header, certificate = node.store.header(height), node.store.certificate(height)
        body = node.store.body(height, certificates.decode(certificate).hash)
        blocks[height] = FinalBlock(height, header, certificate, body)
    return town, Stock(blocks, node.head.height)


class Source(Impostor):
    """Serves blocks from stock, after spoiling them."""

    stock: Stock

    def spoil(self, block):
        return block

    async def answer(self, link, frame):
        if isinstance(frame, GetBlocks):
            heights = range(frame.first, self.stock.height + 1)
            for height in heights:
                block = self.spoil(self.stock.blocks[height])
                await link.send(encode_frame(Kind.BLOCK, block))
            end = BlocksEnd(self.stock.height + 1, self.stock.height)
            await link.send(encode_frame(Kind.BLOCKS_END, end))


async def served_by(spoil, kind=Source):
    """Let an empty hospital meet one source; return machine and node."""
    town, stock = await make_stock()
    for machine in town.all:
        machine.crash()
    fresh = Town(seed=2)
    fresh["hospital"].network = fresh.network
    await fresh.start("hospital")
    source = kind("health", fresh.network, fresh.genesis)
    source.stock, source.height = stock, stock.height
    source.spoil = spoil
    await source.call("hospital")
    await source.say(encode_frame(Kind.STANDING, Standing(stock.height, ())))
    return fresh["hospital"], stock


@virtually
async def test_an_empty_node_takes_proved_blocks_from_a_single_source():
    machine, stock = await served_by(lambda block: block)
    await until(lambda: machine.running.head.height == stock.height, 30)
    assert not machine.journal.named("peers.fault_seen")


def fewer_seals(block):
    certificate = certificates.decode(block.certificate)
    weak = msgspec.structs.replace(certificate, seals=certificate.seals[:2])
    return msgspec.structs.replace(block, certificate=codec.encode(weak))


def forged_seal(block):
    certificate = certificates.decode(block.certificate)
    (signer, _), *others = certificate.seals
    forged = msgspec.structs.replace(certificate, seals=((signer, bytes(64)), *others))
    return msgspec.structs.replace(block, certificate=codec.encode(forged))


def other_header(block):
    return msgspec.structs.replace(block, header=block.header + b"\x00")


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (fewer_seals, "certificate.no_quorum"),
        (forged_seal, "certificate.bad_signature"),
        (other_header, "sync.wrong_block"),
    ],
)
def test_what_is_not_proved_is_not_taken_and_costs_its_source(spoil, code):
    @virtually
    async def story():
        machine, _ = await served_by(spoil)
        await until(lambda: bool(machine.journal.named("peers.fault_seen")), 10)
        assert machine.journal.named("peers.fault_seen")[0]["code"] == code
        await asyncio.sleep(5)
        assert machine.running.head.height == 0

    story()


@virtually
async def test_a_body_that_does_not_fit_its_header_takes_no_effect():
    machine, _ = await served_by(
        lambda block: msgspec.structs.replace(block, body=b"\x92\x90\xc4\x00")
    )
    await asyncio.sleep(20)
    assert machine.running.head.height == 0
    assert machine.error is None


class Rambler(Source):
    """Answers with blocks of heights that nobody asked for, without end."""

    async def answer(self, link, frame):
        if isinstance(frame, GetBlocks):
            for height in range(10**6, 10**6 + 200):
                block = msgspec.structs.replace(self.stock.blocks[1], height=height)
                await link.send(encode_frame(Kind.BLOCK, block))
                await asyncio.sleep(0.5)


@virtually
async def test_a_source_that_sends_ever_other_blocks_is_not_waited_for():
    machine, _ = await served_by(lambda block: block, kind=Rambler)
    await until(lambda: bool(machine.journal.named("peers.fault_seen")), 10)
    assert machine.journal.named("peers.fault_seen")[0]["code"] == "sync.not_served"
    assert machine.running.head.height == 0
