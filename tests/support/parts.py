"""Single parts of a node on a simulated machine, for tests of one part."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from consensus.certificate import CommitCertificate
from consensus.effects import BuildBlock, CheckBlock, Decide
from consensus.inputs import BlockBuilt
from consensus.messages import header_hash
from consensus.sign_bytes import block_vote_bytes
from ledger.transaction import Transaction
from node.admission import Admission
from node.bodies import Bodies
from node.builder import Builder
from node.finalizer import FinalBlock, Finalizer
from node.gossip import Gossip
from node.ground import Ground
from node.mempool import Mempool
from node.start import Restored, load_genesis, restore
from node.tasks import Tasks
from node.verdicts import TransactionVerdicts, VoteVerdicts
from node.wire import decode_frame
from primitives.signing import Signed
from tests.support.network import MemoryNetwork, Weather
from tests.support.virtual_loop import run_virtually
from tests.support.world import AGENCIES, EPOCH_MS, Machine, SeededSigner, make_genesis


@dataclass(frozen=True, slots=True)
class Bench:
    """A machine that is switched on, without a node."""

    machine: Machine
    ground: Ground
    restored: Restored


def make_bench(agency: str = "hospital", machine: Machine | None = None) -> Bench:
    """Open a machine's store as a starting node does; needs a running loop."""
    if machine is None:
        network = MemoryNetwork(1, Weather())
        machine = Machine(agency, network, make_genesis(), seed=1)
    world = machine.world()
    restored = restore(world, load_genesis(machine.genesis))
    ground = Ground(machine.agency, world, restored.store, restored.committed, Tasks())
    return Bench(machine, ground, restored)


def virtually(story: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """Turn an asynchronous test into one that runs on a virtual loop."""

    def test() -> None:
        run_virtually(_to_its_end(story))

    test.__name__ = story.__name__
    return test


async def _to_its_end(story: Callable[[], Awaitable[None]]) -> None:
    await story()


async def soon(seconds: float = 0.05) -> None:
    """Let what is ready, and a little virtual time, pass."""
    await asyncio.sleep(seconds)


def collect() -> tuple[list[Any], Callable[[Any], None]]:
    """Return a list and what puts into it."""
    things: list[Any] = []
    return things, things.append


class Workshop:
    """The parts that make, judge and finalize blocks, on one machine without links."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.ground = bench.ground
        self.sent: list[tuple[str, Any]] = []
        self.told: list[Any] = []
        self.faults: list[tuple[str, str]] = []
        self.final: list[FinalBlock] = []
        chain = bench.restored.committed.tip.chain
        self.mempool = Mempool(1 << 24, 1_000, lambda _has_work: None)
        self.verdicts = TransactionVerdicts(chain)
        self.votes = VoteVerdicts(bench.ground.world.executor)
        self.gossip = Gossip(
            lambda frame, _priority: self.sent.append(("", decode_frame(frame))),
            self.send,
            lambda _origin: (),
        )
        self.admission = Admission(
            bench.restored.committed,
            self.mempool,
            self.verdicts,
            gossip=self.gossip,
            clock=bench.ground.world.clock,
            fault=lambda agency, error: self.faults.append((agency, error.code)),
            arrived=lambda: self.bodies.arrived(),
        )
        self.bodies = Bodies(
            bench.ground,
            self.verdicts,
            self.votes,
            known=self.admission.known,
            send=self.send,
            tell=self.told.append,
        )
        self.builder = Builder(
            bench.ground,
            self.mempool,
            self.admission,
            verdicts=self.verdicts,
            bodies=self.bodies,
            tell=self.told.append,
        )
        self.finalizer = Finalizer(
            bench.ground, took_effect=self.admission.block_took, is_final=self.final.append
        )
        bench.ground.tasks.spawn("inbox", self.admission.run())

    def send(self, agency: str, frame: bytes, _priority: object) -> bool:
        """Note a frame that would go to one peer."""
        self.sent.append((agency, decode_frame(frame)))
        return True

    async def build(self, *transactions: Transaction) -> BlockBuilt:
        """Build the next block of some transactions."""
        for transaction in transactions:
            self.admission.submit(transaction.data)
        height = self.ground.committed.tip.height + 1
        self.builder.build(BuildBlock(height, 0))
        await soon()
        built = self.told.pop()
        assert isinstance(built, BlockBuilt)
        return built

    def certify(self, header: bytes, height: int) -> CommitCertificate:
        """Return a certificate of a block by the first three validators."""
        hash_ = header_hash(header)
        signed = block_vote_bytes(Signed.COMMIT, self.ground.committed.tip.chain, height, 0, hash_)
        seals = [
            (index, SeededSigner(agency).sign_vote(Signed.COMMIT, signed))
            for index, agency in enumerate(AGENCIES[:3])
        ]
        return CommitCertificate(height, 0, hash_, tuple(seals))

    async def finalize(self, built: BlockBuilt) -> None:
        """Let a built block take effect, and wait until it is durable."""
        hash_ = header_hash(built.header)
        checked = self.bodies.checked(hash_)
        assert checked is not None
        certificate = self.certify(built.header, built.height)
        await self.finalizer.finalize(Decide(built.height, 0, hash_, certificate), checked)
        await self.finalizer.written()
        self.bodies.start_height()
        await soon()


def question(built: BlockBuilt, **changes: Any) -> CheckBlock:
    """Return the engine's question about a block that somebody proposed."""
    fields: dict[str, Any] = {
        "height": built.height,
        "round": 0,
        "hash": header_hash(built.header),
        "header": built.header,
        "body": built.body,
        "fresh": True,
        "proposer": "hospital",
        "received_ms": EPOCH_MS,
        "sources": ("finance", "health"),
    }
    return CheckBlock(**{**fields, **changes})
