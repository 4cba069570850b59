"""One seed, one story: four nodes, a bad network, bills, crashes; at the end all is there."""

import asyncio
import random
from dataclasses import dataclass, field

from ledger.parameters import Parameters
from primitives.errors import HouseError
from tests.support.checker import Checker, assert_each_once, assert_same_heads
from tests.support.network import MemoryNetwork, Weather
from tests.support.virtual_loop import run_virtually
from tests.support.world import AGENCIES, EPOCH_MS, Desk, Machine, make_genesis

BILLS_PER_TRANSACTION = 5
PATIENCE_MS = 2_000
LIMIT_S = 600.0
NOT_YET = ("bill.no_open_range",)
"""Refusals by a node that is behind."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What happens in a run; everything else follows from the seed."""

    seed: int
    bills: int = 200
    loss: float = 0.10
    power_failure: bool = False
    """All machines lose power at once; else one crashes."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to."""

    trace: str
    """Hash over every frame, start, crash and final block."""
    height: int
    frames: int
    virtual_s: float
    rounds: int
    """Highest round that decided."""


@dataclass(slots=True)
class Campaign:
    """A run under way."""

    plan: Plan
    network: MemoryNetwork
    machines: list[Machine]
    genesis: bytes
    checker: Checker
    random: random.Random
    acknowledged: list[str] = field(default_factory=list)
    rounds: int = 0

    def running(self) -> list[Machine]:
        """Return the machines whose node runs."""
        return [machine for machine in self.machines if machine.node is not None]

    async def commit(self, data: bytes, transaction_id: bytes, first: int) -> None:
        """Hand a transaction in until it is committed, as an adapter would."""
        turn = first
        while True:
            machine = self.machines[turn % len(self.machines)]
            turn += 1
            node = machine.node
            if machine.error is not None:
                raise machine.error
            if node is None:
                await asyncio.sleep(0.1)
                continue
            try:
                submission = node.submit(data)
                if submission.refusal is not None:
                    assert submission.refusal.code in NOT_YET, submission.refusal
                    await asyncio.sleep(0.1)
                elif await node.wait(transaction_id, PATIENCE_MS) is not None:
                    return
            except HouseError:
                await asyncio.sleep(0.1)

    async def issue(self, desk: Desk, place: int) -> None:
        """Issue one transaction's bills at some node; note them when they are acknowledged."""
        numbers = [f"{place}-{i}" for i in range(BILLS_PER_TRANSACTION)]
        transaction = desk.bills(numbers, EPOCH_MS + 3_500_000)
        hospital_first = self.random.random() < 0.7
        first = 0 if hospital_first else self.random.randrange(len(self.machines))
        await self.commit(transaction.data, transaction.id, first)
        self.acknowledged += numbers

    async def work(self) -> None:
        """Allot numbers, then issue all bills, some at the same time."""
        finance, hospital = (Desk(a, self.genesis, self.plan.seed) for a in ("finance", "hospital"))
        allotment = finance.allot(1, 1_000_000, EPOCH_MS + 3_500_000)
        await self.commit(allotment.data, allotment.id, 1)
        async with asyncio.TaskGroup() as group:
            for place in range(self.plan.bills // BILLS_PER_TRANSACTION):
                group.create_task(self.issue(hospital, place))
                await asyncio.sleep(self.random.expovariate(1.0) * 0.05)

    async def crash(self) -> None:
        """Somewhere in the middle one machine loses power, or all do, and come back."""
        await asyncio.sleep(self.random.uniform(0.05, 2.5))
        victims = self.machines if self.plan.power_failure else [self.random.choice(self.machines)]
        acknowledged = list(self.acknowledged)
        for machine in victims:
            machine.crash()
        for machine in self.random.sample(victims, len(victims)):
            await asyncio.sleep(self.random.uniform(0.01, 1.5))
            await machine.start()
            self.checker.restarted(machine.agency, machine.running.head.height)
        if self.plan.power_failure:
            await self.settle()
            assert_each_once(self.random.choice(self.machines), acknowledged)

    async def disturb(self) -> None:
        """Now and then a machine is cut off, a pair is, or links break; it always passes."""
        network, chance = self.network, random.Random(f"disturbances {self.plan.seed}")
        for _ in range(chance.randint(0, 3)):
            await asyncio.sleep(chance.uniform(0.1, 1.5))
            first, second = chance.sample(AGENCIES, 2)
            kind = chance.choice((network.reset, network.cut, network.isolate))
            network.note(kind.__name__, first, second)
            if kind == network.reset:
                network.reset(first)
            elif kind == network.cut:
                network.cut(first, second)
            else:
                network.isolate(first, list(AGENCIES))
            await asyncio.sleep(chance.uniform(0.1, 2.0))
            network.heal()

    async def settle(self) -> None:
        """Wait until all nodes have the same head."""
        while True:
            heads = {machine.running.head.hash for machine in self.machines}
            if len(heads) == 1:
                return
            await asyncio.sleep(0.05)

    def watch(self, machine: Machine) -> None:
        """Let the checker see the blocks of a machine."""

        def is_final(name: str, keys: dict[str, str | int | bool]) -> None:
            if name == "blocks.decided":
                self.rounds = max(self.rounds, int(keys["round"]))
            if name == "blocks.final":
                height, hash_ = int(keys["height"]), str(keys["hash"])
                self.network.note("final", machine.agency, height, hash_)
                self.checker.is_final(machine.agency, height, hash_)

        machine.journal.listener = is_final


async def play(plan: Plan) -> Outcome:
    """Run one seed to its end and check everything."""
    campaign = begin(plan)
    async with asyncio.timeout(LIMIT_S):
        for machine in campaign.machines:
            await machine.start()
        async with asyncio.TaskGroup() as group:
            group.create_task(campaign.work())
            group.create_task(campaign.crash())
            group.create_task(campaign.disturb())
        await campaign.settle()
    assert_same_heads(campaign.machines)
    for machine in campaign.machines:
        assert_each_once(machine, campaign.acknowledged)
    assert len(campaign.acknowledged) == plan.bills
    return Outcome(
        trace=campaign.network.trace.hexdigest(),
        height=campaign.machines[0].running.head.height,
        frames=campaign.network.frames,
        virtual_s=round(asyncio.get_running_loop().time(), 3),
        rounds=campaign.rounds,
    )


def begin(plan: Plan) -> Campaign:
    """Return a run with its machines switched off."""
    chance = random.Random(f"campaign {plan.seed} {plan.power_failure}")
    weather = Weather(
        loss=plan.loss,
        duplication=chance.choice((0.0, 0.02)),
        delay_min_ms=chance.uniform(0.2, 2.0),
        delay_mean_ms=chance.choice((1.0, 4.0, 12.0)),
    )
    network = MemoryNetwork(plan.seed, weather)
    genesis = make_genesis(Parameters(round_timeout_ms=500))
    machines = [
        Machine(a, network, genesis, seed=plan.seed, offset_ms=chance.randint(-150, 150))
        for a in AGENCIES
    ]
    sync_ms = chance.choice((0.2, 1.0, 8.0))
    for machine in machines:
        machine.sync_ms = sync_ms
    checker = Checker()
    network.on_send = checker.sent
    campaign = Campaign(plan, network, machines, genesis, checker, chance)
    for machine in machines:
        campaign.watch(machine)
    return campaign


def run_seed(plan: Plan) -> Outcome:
    """Run one seed on a virtual loop of its own."""
    return run_virtually(play(plan))
