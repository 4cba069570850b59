"""From a decision to a final block: effect, write, announcement, in this order.

Rule: header, receipts, state, indexes and certificate are one synced batch, then the head marker;
only then is the block announced and anything acknowledged. The write overlaps the next execution,
and whatever is signed for the next height waits behind it in the worker's line.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from consensus.effects import Decide
from ledger.apply import Tip
from ledger.execution import Executed
from ledger.transaction import Transaction
from node.bodies import Checked
from node.ground import Ground
from storage.database import Row
from storage.head import Head


@dataclass(frozen=True, slots=True)
class FinalBlock:
    """One block whose batch is durable."""

    tip: Tip
    """Height, hash, time, state root."""
    round: int
    """Round of its certificate."""
    transactions: tuple[Transaction, ...]
    """In block order."""
    executed: Executed
    """Receipts, faces."""


class Finalizer:
    """Lets decided blocks take effect, one after another.

    Args:
        ground: state, store, worker.
        took_effect: told at once, before the write.
        is_final: told when the block is durable.
    """

    def __init__(
        self,
        ground: Ground,
        *,
        took_effect: Callable[[Sequence[Transaction], Executed], None],
        is_final: Callable[[FinalBlock], None],
    ) -> None:
        self._ground = ground
        self._took_effect = took_effect
        self._is_final = is_final
        self._writing: asyncio.Task[None] | None = None

    async def finalize(self, decide: Decide, checked: Checked) -> None:
        """Let a block take effect and begin to write it; waits for the one before.

        Args:
            decide: height, hash and certificate.
            checked: the block, executed and lawful.
        """
        assert checked.executed is not None
        await self.written()
        ground, block = self._ground, checked.block
        rows = ground.committed.advance(
            checked.executed, header=block.header, certificate=decide.certificate
        )
        assert ground.committed.tip.hash == decide.hash
        final = FinalBlock(ground.committed.tip, decide.round, block.transactions, checked.executed)
        head = ground.committed.head
        self._writing = ground.tasks.spawn("write block", self._write(head, rows, final))
        self._took_effect(block.transactions, checked.executed)

    async def written(self) -> None:
        """Return when everything decided is durable."""
        if self._writing is not None and not self._writing.done():
            await asyncio.wait([self._writing])

    async def _write(self, head: Head, rows: list[Row], final: FinalBlock) -> None:
        """Write a block.

        Raises:
            NodeFault: the disk failed; the node ends.
        """
        store = self._ground.store
        await self._ground.world.executor.run(lambda: store.write_block(head, rows))
        self._ground.committed.settle(rows)
        self._is_final(final)
