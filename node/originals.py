"""The hospital's node makes the signed originals (电子票据原件) of its bills and anchors them.

Rule: the hashes of a block's originals are anchored together, once; a bill counts as delivered
from then on. Under load they lag behind issuing, and what lags is found in the chain.
"""

import asyncio
from typing import Final

from exchange.national_xml import write_national
from ledger.originals import AnchorOriginals, originals_root
from node.errands import Errands
from node.node import Node
from node.open_matters import OpenMatters
from node.original_making import OriginalMaker
from node.ports import Journal
from node.settling import Settling
from primitives.errors import HouseError, NodeFault, Refused, Unavailable

HEIGHTS_PER_TRANSACTION: Final = 50
"""Blocks anchored at once when the node is behind."""
BILLS_PER_TRANSACTION: Final = 500
"""Originals made before they are anchored, unless one block has more."""
RETRY_S: Final = 5.0
"""Until a refused anchoring is tried again."""


class Originals:
    """The delivering side of a hospital's node.

    Args:
        node: has the chain.
        matters: tells which blocks wait.
        maker: makes them.
        settling: tells when the vault has followed the chain.
        errands: takes the transactions.
        journal: for what an operator wants to know.
    """

    def __init__(
        self,
        node: Node,
        matters: OpenMatters,
        *,
        maker: OriginalMaker,
        settling: Settling,
        errands: Errands,
        journal: Journal,
    ) -> None:
        self._node = node
        self._matters = matters
        self.maker = maker
        """Makes the originals that are asked for, too."""
        self._settling = settling
        self._errands = errands
        self._journal = journal

    async def run(self) -> None:
        """Make and anchor what waits and what comes, until the node stops."""
        async for _ in self._node.subscribe(after=max(0, self._node.head.height - 1)):
            while len(self._matters.unanchored):
                if not await self._anchor_waiting():
                    await asyncio.sleep(RETRY_S)

    async def original_of(self, code: str, number: int) -> bytes:
        """Return the signed original of an own bill: the very bytes whose hash is anchored.

        Raises:
            Refused: `bill.unknown`; `original.not_made` when it is not made yet, or not here;
                `details.not_found`.
            NodeFault: `vault.damaged`.
        """
        return write_national(await self.maker.document_of(code, number))

    async def _anchor_waiting(self) -> bool:
        """Anchor the oldest blocks that wait; tell whether the ledger took it."""
        operations: list[AnchorOriginals] = []
        count = 0
        for height in self._matters.unanchored.lowest(HEIGHTS_PER_TRANSACTION):
            if count >= BILLS_PER_TRANSACTION:
                break
            try:
                hashes = await self._hashes(height)
            except HouseError as error:
                if isinstance(error, NodeFault) and not error.code.startswith("vault."):
                    raise
                self._matters.give_up(height)
                self._journal.event("originals.impossible", height=height, code=error.code)
                continue
            count += len(hashes)
            operations.append(AnchorOriginals(height, originals_root(hashes), len(hashes)))
        return not operations or await self._send(operations)

    async def _send(self, operations: list[AnchorOriginals]) -> bool:
        """Hand anchors in; one that is refused holds none of the others up."""
        is_whole = True
        while operations:
            try:
                await self._errands.run(operations)
            except Refused as error:
                # A twin of an earlier life may have anchored some of them meanwhile.
                place = error.facts.get("operation")
                self._journal.event("originals.delayed", code=error.code)
                is_whole = False
                if not isinstance(place, int):
                    return False
                del operations[place]
            except Unavailable as error:
                self._journal.event("originals.delayed", code=error.code)
                return False
            else:
                return is_whole
        return False

    async def _hashes(self, height: int) -> list[bytes]:
        await self._settling.settled(height)
        return await self.maker.hashes(height)
