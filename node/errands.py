"""Transactions that the node makes by itself, each seen to its end.

Rule: an errand may be run again after a crash or a doubt, whatever became of the first try: what
it asks for, the ledger lets happen once.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

from ledger.operations import Operation
from node.answers import CommittedReceipt, Outcome
from node.desk import Desk
from node.node import Node
from primitives.errors import Unavailable

PATIENCE_MS: Final = 2_000
"""How long to wait before asking again what became of a transaction."""
PAUSE_S: Final = 0.5
"""Between two tries while the node takes no work."""


class Errands:
    """Hands transactions in and waits for them.

    Args:
        node: takes them.
        desk: signs them.
    """

    def __init__(self, node: Node, desk: Desk) -> None:
        self._node = node
        self._desk = desk

    async def run(self, operations: Sequence[Operation]) -> CommittedReceipt:
        """Return the receipt of a transaction of these operations, all of which took effect.

        Raises:
            Refused: the ledger does not let it happen, at least not now; the place of the
                operation at fault is the fact `operation`.
            Unavailable: `errand.undecided` when its time is over and nobody knows its outcome.
        """
        await self._until_ready()
        transaction = self._desk.transaction(operations)
        expiry_ms = transaction.envelope.expiry_ms
        while self._node.head.time_ms <= expiry_ms:
            try:
                submission = self._node.submit(transaction.data)
            except Unavailable:
                await asyncio.sleep(PAUSE_S)
                continue
            if submission.refusal is not None:
                raise submission.refusal
            receipt = await self._node.wait(transaction.id, PATIENCE_MS)
            if receipt is not None:
                return receipt
            outcome = self._node.outcome(transaction.id)
            if outcome.status is Outcome.REFUSED and outcome.refusal is not None:
                raise outcome.refusal
        raise Unavailable("errand.undecided", "it did not commit in time; it is tried again")

    async def _until_ready(self) -> None:
        """Wait while blocks are fetched: what an errand asks for may be done in one of them."""
        while True:
            if self._node.status().ready:
                return
            await asyncio.sleep(PAUSE_S)
