"""Finance's node endorses the bills of each block by itself (财政监制签名).

Rule: every block with bills gets one endorsement, in the order of the blocks; what is behind after
an outage is found in the chain and made up. One transaction is under way at a time and carries
all blocks that wait, so that endorsing never takes more blocks than issuing. Its own blocks hold no
bills and ask for nothing.
"""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Final

from ledger.endorsement import (
    EndorseBills,
    Endorsement,
    Withheld,
    endorsement_key,
    endorsement_message,
)
from ledger.faces import Faces, faces_key
from node.answers import CommittedReceipt
from node.block_bills import faces_of_block
from node.desk import Desk
from node.errands import Errands
from node.node import Node
from node.open_matters import OpenMatters
from node.ports import Journal
from node.withholding import Withholding
from primitives.errors import Refused, Unavailable

HEIGHTS_PER_TRANSACTION: Final = 50
"""Blocks endorsed at once when the node is behind."""
RETRY_S: Final = 5.0
"""Until a refused endorsement is tried again."""


class Endorser:
    """The supervising side of finance's node.

    Args:
        node: has the chain.
        matters: tells which blocks wait.
        errands: takes the transactions.
        desk: signs.
        withholding: decides.
        journal: for what an operator wants to know.
    """

    def __init__(
        self,
        node: Node,
        matters: OpenMatters,
        *,
        errands: Errands,
        desk: Desk,
        withholding: Withholding,
        journal: Journal,
    ) -> None:
        self._node = node
        self._matters = matters
        self._errands = errands
        self._desk = desk
        self._withholding = withholding
        self._journal = journal

    async def run(self) -> None:
        """Endorse what waits and what comes, until the node stops."""
        async for _ in self._node.subscribe(after=max(0, self._node.head.height - 1)):
            while len(self._matters.unendorsed):
                if not await self._endorse_waiting():
                    await asyncio.sleep(RETRY_S)

    async def lift(self, height: int, names: Iterable[tuple[str, int]]) -> CommittedReceipt:
        """Endorse bills of a block that were withheld.

        Args:
            height: the block.
            names: code and number of each.

        Returns:
            The receipt of the block's new endorsement.

        Raises:
            Refused: `endorsement.not_withheld` when one of them is not withheld, or as the ledger.
            Unavailable: the outcome is not known yet.
        """
        before = self._node.state.leaf(endorsement_key(height), Endorsement)
        lifted = set(names)
        withheld = before.withheld if before is not None else ()
        if not lifted or not lifted <= {(item.code, item.number) for item in withheld}:
            raise Refused("endorsement.not_withheld", "only a withheld bill is lifted", "bills")
        rest = tuple(item for item in withheld if (item.code, item.number) not in lifted)
        return await self._errands.run([self._operation(height, rest)])

    async def _endorse_waiting(self) -> bool:
        """Endorse the oldest blocks that wait; tell whether the ledger took it."""
        operations = []
        for height in self._matters.unendorsed.lowest(HEIGHTS_PER_TRANSACTION):
            faces = await faces_of_block(self._node, height)
            withheld = self._withholding.withheld(height, faces)
            try:
                operations.append(self._operation(height, withheld))
            except Refused as error:
                # This node holds no key to endorse with.
                self._journal.event("endorsement.refused", code=error.code)
                return False
            if withheld:
                self._journal.event("endorsement.withheld", height=height, count=len(withheld))
        return await self._send(operations)

    async def _send(self, operations: Sequence[EndorseBills]) -> bool:
        """Hand endorsements in; one that is refused holds none of the others up."""
        is_whole = True
        while operations:
            try:
                await self._errands.run(operations)
            except Refused as error:
                if error.code == "transaction.too_long" and len(operations) > 1:
                    operations = operations[: len(operations) // 2]
                    continue
                # A twin of an earlier life may have endorsed some of them meanwhile.
                place = error.facts.get("operation")
                self._journal.event("endorsement.refused", code=error.code)
                is_whole = False
                if not isinstance(place, int):
                    return False
                operations = [*operations[:place], *operations[place + 1 :]]
            except Unavailable as error:
                self._journal.event("endorsement.delayed", code=error.code)
                return False
            else:
                return is_whole
        return False

    def _operation(self, height: int, withheld: tuple[Withheld, ...]) -> EndorseBills:
        faces = self._node.state.leaf(faces_key(height), Faces)
        assert faces is not None, "a block with bills has its leaf of faces"
        message = endorsement_message(self._desk.chain, height, faces.root, withheld)
        return EndorseBills(height, faces.root, withheld, self._desk.sign(message))
