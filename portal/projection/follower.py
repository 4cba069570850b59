"""Keeps the projection in step with the node, for as long as the process lives.

Rule: it asks for the block it has last once more, so that a node with another past is noticed at
once. Another chain, another block at our height, or a node that is ready and stands below us:
drop everything and read again from the first block. A block missing in between: ask again, and
when it is missing again, read again from the first block.
"""

import asyncio
from dataclasses import dataclass
from typing import Any, Protocol

from portal.logs import Log
from portal.node_client import NodeClient
from portal.projection.events import read_event
from portal.projection.projection import Projection
from portal.projection.rows import Head
from portal.projection.watchers import Watchers
from portal.pseudonyms import Pseudonyms
from primitives.errors import HouseError, Unavailable

RETRY_FIRST_S = 0.25
RETRY_MAX_S = 10.0
"""Pauses between attempts double up to this."""


class Rest(Protocol):
    """How the follower waits between attempts; `asyncio.sleep` or a test's own."""

    async def __call__(self, delay: float, /) -> None:
        """Wait `delay` seconds."""


@dataclass(slots=True)
class Progress:
    """How the follower is doing; pages ask whether lists are current."""

    is_connected: bool = False
    """The event stream is open."""
    rebuilds: int = 0
    """How often everything was dropped since the start."""


class OtherPastError(Exception):
    """The node's blocks are not the ones we wrote; everything must be read again."""


class Follower:
    """Reads the node's events into the projection.

    Args:
        projection: where rows go.
        node: where they come from.
        pseudonyms: hashes the check codes.
        chain: the chain id we expect, hex.
        log: where it tells what happens.
        rest: how it waits between attempts.
    """

    def __init__(
        self,
        projection: Projection,
        node: NodeClient,
        *,
        pseudonyms: Pseudonyms,
        chain: str,
        log: Log,
        rest: Rest = asyncio.sleep,
    ) -> None:
        self._projection = projection
        self._node = node
        self._pseudonyms = pseudonyms
        self._chain = chain
        self._log = log
        self._rest = rest
        self._gap_height = 0
        self.progress = Progress()
        self.watchers = Watchers()

    async def run(self) -> None:
        """Follow for ever; a node that is away is tried again and again."""
        pause_s = RETRY_FIRST_S
        while True:
            try:
                await self._follow()
            except OtherPastError as error:
                self.progress.rebuilds += 1
                self._log.event("projection.rebuilt", reason=str(error))
                await self._projection.begin(self._chain)
            except HouseError as error:
                if not isinstance(error, Unavailable):
                    self._log.event("projection.stopped", code=error.code)
                    raise
                self._log.debug("projection.node_away", code=error.code)
            pause_s = RETRY_FIRST_S if self.progress.is_connected else pause_s
            self.progress.is_connected = False
            await self._rest(pause_s)
            pause_s = min(pause_s * 2, RETRY_MAX_S)

    async def _follow(self) -> None:
        """Read events until the line ends."""
        head = await self._ready_head()
        async for event in self._node.events(after=max(0, head.height - 1)):
            self.progress.is_connected = True
            head = await self._take(head, event)

    async def _ready_head(self) -> Head:
        """Return our head, sure that the node follows the same chain and is not behind."""
        status = await self._node.status()
        if status.get("chain") != self._chain:
            raise Unavailable("node.other_chain", "the node follows another genesis")
        head = await self._projection.head()
        if head is None:
            await self._projection.begin(self._chain)
            return Head(self._chain, 0, "", 0)
        if head.chain != self._chain:
            raise OtherPastError("other_chain")
        if int(status.get("height", 0)) < head.height:
            if status.get("ready") is True:
                raise OtherPastError("node_behind")
            raise Unavailable("node.syncing", "the node is behind and catching up")
        return head

    async def _take(self, head: Head, event: dict[str, Any]) -> Head:
        """Write one block unless we have it; return the new head."""
        new, news = read_event(event, self._chain, self._pseudonyms)
        if new.height < head.height:
            return head
        if new.height == head.height:
            if new.hash != head.hash:
                raise OtherPastError("other_block")
            return head
        if new.height > head.height + 1:
            is_second_time = self._gap_height == new.height
            self._gap_height = new.height
            if is_second_time:
                raise OtherPastError("gap")
            raise Unavailable("node.gap", "a block is missing in the stream")
        patients = await self._projection.write_block(new, news)
        self.watchers.tell(patients)
        self._log.debug("projection.block_written", height=new.height, bills=len(news.bills))
        return new
