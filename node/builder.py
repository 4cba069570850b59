"""The proposer's part: out of what waits, the next block.

Rule: executed before it is proposed, its body durable before it is named; what turns out to be
impossible leaves the waiting room. Operations in flight are limited, so that blocks stay small.
"""

import asyncio
from collections.abc import Callable
from itertools import islice
from typing import Final

from consensus.effects import BuildBlock
from consensus.inputs import BlockBuilt, Input
from ledger.apply import build_steps
from ledger.transaction import Transaction
from node.admission import Admission
from node.bodies import Bodies
from node.ground import Ground
from node.mempool import Mempool
from node.slices import sliced
from node.verdicts import TransactionVerdicts

OPERATIONS_MAX: Final = 2_000
OPERATIONS_MIN: Final = 100
"""Bounds of what one block takes here; the rest waits for the next."""
EXECUTION_S: Final = 0.04
"""A block is as large as this machine, as busy as it is, executes in such a time."""
CANDIDATES_MAX: Final = 5_000


class Builder:
    """Answers the engine's `BuildBlock`.

    Args:
        ground: state, clock.
        mempool: what waits.
        admission: told what is impossible.
        verdicts: signatures that were checked.
        bodies: keeps the block.
        tell: hands an input to the driver.
    """

    def __init__(
        self,
        ground: Ground,
        mempool: Mempool,
        admission: Admission,
        *,
        verdicts: TransactionVerdicts,
        bodies: Bodies,
        tell: Callable[[Input], None],
    ) -> None:
        self._ground = ground
        self._mempool = mempool
        self._admission = admission
        self._verdicts = verdicts
        self._bodies = bodies
        self._tell = tell
        self._task: asyncio.Task[None] | None = None
        self._limit = OPERATIONS_MAX

    def build(self, effect: BuildBlock) -> None:
        """Build a block in a task; a build under way for another round is given up."""
        self.stop()
        self._task = self._ground.tasks.spawn("build block", self._build(effect))

    def stop(self) -> None:
        """Give up what is being built."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _build(self, effect: BuildBlock) -> None:
        committed = self._ground.committed
        if effect.height != committed.tip.height + 1:
            return
        candidates = self._candidates()
        time = asyncio.get_running_loop().time
        began = time()
        built = await sliced(
            build_steps(
                committed.view,
                committed.tip,
                proposer=self._ground.agency,
                time_ms=self._ground.now_ms(),
                candidates=candidates,
                parent_certificate=committed.certificate,
                is_signed=self._verdicts.is_signed,
            )
        )
        self._learn(sum(len(t.envelope.operations) for t in candidates), time() - began)
        for transaction, reason in built.refused:
            self._admission.send_away(transaction, reason)
        executed = built.executed.draft.receipts
        chosen = [transaction for transaction in candidates if transaction.id in executed]
        reference = await self._bodies.keep_built(built, chosen)
        self._tell(
            BlockBuilt(
                height=effect.height,
                round=effect.round,
                header=built.header_bytes,
                body=reference,
                now_ms=self._ground.now_ms(),
            )
        )

    def _candidates(self) -> list[Transaction]:
        candidates: list[Transaction] = []
        operations = 0
        for transaction in islice(self._mempool.fair_order(), CANDIDATES_MAX):
            operations += len(transaction.envelope.operations)
            if operations > self._limit and candidates:
                break
            candidates.append(transaction)
        return candidates

    def _learn(self, operations: int, seconds: float) -> None:
        """Adapt the size of the next block to how long this one took."""
        if operations >= OPERATIONS_MIN and seconds > 0:
            fitting = operations / seconds * EXECUTION_S
            smooth = 0.7 * self._limit + 0.3 * fitting
            self._limit = int(min(OPERATIONS_MAX, max(OPERATIONS_MIN, smooth)))
        elif operations < self._limit:
            self._limit = min(OPERATIONS_MAX, self._limit + OPERATIONS_MIN)
