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

OPERATIONS_IN_FLIGHT: Final = 2_000
"""More wait for the next block: a long execution would hold everybody up."""
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
            if operations > OPERATIONS_IN_FLIGHT and candidates:
                break
            candidates.append(transaction)
        return candidates
