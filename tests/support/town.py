"""Four agencies on a good network, for stories told step by step."""

import asyncio
from collections.abc import Callable

from ledger.parameters import Parameters
from ledger.transaction import Transaction
from node.answers import CommittedReceipt
from tests.support.checker import Checker
from tests.support.network import MemoryNetwork, Weather
from tests.support.world import AGENCIES, EPOCH_MS, Desk, Machine, make_genesis

EXPIRY_MS = EPOCH_MS + 3_500_000


class Town:
    """Machines, a network and two desks; nothing runs before `start`."""

    def __init__(
        self,
        seed: int = 1,
        *,
        weather: Weather | None = None,
        parameters: Parameters | None = None,
        genesis: bytes = b"",
        candidates: tuple[str, ...] = (),
    ) -> None:
        self.network = MemoryNetwork(seed, weather or Weather())
        self.genesis = genesis or make_genesis(parameters or Parameters(round_timeout_ms=500))
        self.machines = {
            agency: Machine(agency, self.network, self.genesis, seed=seed)
            for agency in (*AGENCIES, *candidates)
        }
        self.checker = Checker()
        self.network.on_send = self.checker.sent
        self.finance = Desk("finance", self.genesis, seed)
        self.hospital = Desk("hospital", self.genesis, seed)

    def __getitem__(self, agency: str) -> Machine:
        return self.machines[agency]

    @property
    def all(self) -> list[Machine]:
        """All machines."""
        return list(self.machines.values())

    def desk(self, agency: str, *seed: object) -> Desk:
        """Return somebody at an agency who makes transactions."""
        return Desk(agency, self.genesis, *seed)

    async def start(self, *agencies: str) -> None:
        """Start some machines, or all that the genesis names."""
        for agency in agencies or AGENCIES:
            await self.machines[agency].start()

    async def commit(self, transaction: Transaction, at: str, timeout_ms: int = 20_000) -> int:
        """Hand a transaction in and return the height at which it is final."""
        node = self.machines[at].running
        submission = node.submit(transaction.data)
        assert submission.refusal is None, submission.refusal
        receipt = await node.wait(transaction.id, timeout_ms)
        assert isinstance(receipt, CommittedReceipt), "it is not final in time"
        return receipt.height

    async def allot(self) -> None:
        """Give the hospital numbers, and wait until every running node knows."""
        await self.commit(self.finance.allot(1, 1_000_000, EXPIRY_MS), "finance")
        await self.level()

    async def issue(self, *numbers: str, at: str = "hospital") -> int:
        """Issue bills in one transaction; return their height."""
        return await self.commit(self.hospital.bills(list(numbers), EXPIRY_MS), at)

    async def level(self, limit_s: float = 60.0) -> int:
        """Wait until all running nodes have the same head; return its height."""
        running = [m for m in self.all if m.node is not None]
        await until(lambda: len({m.running.head.hash for m in running}) == 1, limit_s)
        return running[0].running.head.height


async def until(holds: Callable[[], bool], limit_s: float = 60.0) -> None:
    """Let virtual time pass until something holds."""
    async with asyncio.timeout(limit_s):
        while not holds():  # noqa: ASYNC110 (a story looks at nodes from outside)
            await asyncio.sleep(0.01)
