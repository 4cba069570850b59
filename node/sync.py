"""Catching up: final blocks from peers, in order, through the same path as any decision.

Rule: a claimed height is only a reason to ask; who cannot serve it is no longer believed. Each
block is proved by its certificate before it is looked at, and takes effect through the engine (R7).
Source: consensus rules §2.10, R14.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from consensus import certificate as certificates
from consensus.effects import FetchCertificates
from consensus.inputs import Input, Received
from consensus.messages import Decided, header_hash
from consensus.signatures import certificate_signatures
from node.bodies import Bodies
from node.ground import Ground
from node.peers import Peers
from node.verdicts import VoteVerdicts
from node.wire import BLOCKS_MAX, BlocksEnd, FinalBlock, GetBlocks, Kind, Priority, encode_frame
from primitives.errors import PeerFault

PATIENCE_S: Final = 0.3
"""So long a peer may be one block ahead before it is asked: votes usually bring it sooner."""
FAR_BEHIND: Final = 3
"""So many blocks behind, there is nothing to wait for."""
ANSWER_S: Final = 3.0
"""A source that does not send the next block for so long cannot serve, whatever else it sends."""
ANSWER_BYTES_MAX: Final = 16 * 1024 * 1024
"""More is not kept of one answer: honest sources stop at half of it."""
LATE_S: Final = 0.3
"""So long a block may come after the end of its answer."""
EFFECT_S: Final = 10.0
"""So long a proved block may take to take effect."""


class Sync:
    """Fetches what others have decided.

    Args:
        ground: state and journal.
        peers: who claims what.
        bodies: takes the bodies.
        votes: signatures that were checked.
        tell: hands an input to the driver.
    """

    def __init__(
        self,
        ground: Ground,
        peers: Peers,
        bodies: Bodies,
        *,
        votes: VoteVerdicts,
        tell: Callable[[Input], None],
    ) -> None:
        self._ground = ground
        self._peers = peers
        self._bodies = bodies
        self._votes = votes
        self._tell = tell
        self._changed = asyncio.Event()
        self._source = ""
        self._asked = range(0)
        self._blocks: dict[int, FinalBlock] = {}
        self._size = 0
        self._end: BlocksEnd | None = None
        self._arrived = asyncio.Event()
        self._advanced = asyncio.Event()
        self.is_syncing = False
        """Whether blocks are being fetched."""

    def claims_changed(self) -> None:
        """A peer may be ahead."""
        self._changed.set()

    def advanced(self) -> None:
        """The tip moved."""
        self._advanced.set()

    def wanted(self, effect: FetchCertificates) -> None:
        """The engine saw that others are ahead."""
        for agency in effect.sources:
            self._peers.claims_at_least(agency, effect.height)
        self._changed.set()

    def block(self, agency: str, block: FinalBlock) -> None:
        """A final block arrived; only what was asked for, from the source asked, is kept."""
        is_asked = agency == self._source and block.height in self._asked
        if is_asked and block.height not in self._blocks and self._size < ANSWER_BYTES_MAX:
            self._blocks[block.height] = block
            self._size += len(block.header) + len(block.certificate) + len(block.body)
            self._arrived.set()

    def ended(self, agency: str, end: BlocksEnd) -> None:
        """An answer is complete."""
        if agency == self._source:
            self._end = end
            self._arrived.set()

    async def run(self) -> None:
        """Fetch whenever somebody is ahead, for ever."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            if not self._ahead():
                continue
            if not self._peers.claiming(self._height + FAR_BEHIND):
                await asyncio.sleep(PATIENCE_S)
            turn = 0
            while self._ahead():
                self.is_syncing = True
                sources = self._ahead()
                await self._fetch_from(sources[turn % len(sources)])
                turn += 1
            self.is_syncing = False

    @property
    def _height(self) -> int:
        return self._ground.committed.tip.height

    def _ahead(self) -> list[str]:
        return self._peers.claiming(self._height + 1)

    async def _fetch_from(self, agency: str) -> None:
        """Fetch one answer's worth of blocks from one source."""
        first = self._height + 1
        self._source = agency
        self._asked = range(first, first + BLOCKS_MAX)
        self._blocks.clear()
        self._size = 0
        self._end = None
        question = encode_frame(Kind.GET_BLOCKS, GetBlocks(first, BLOCKS_MAX))
        self._peers.send(agency, question, Priority.CONSENSUS)
        try:
            await self._take_answer(agency)
        except PeerFault as error:
            self._peers.fault(agency, error)
            self._peers.claims(agency, self._height)
        except TimeoutError:
            if self._height < first:
                fault = PeerFault("sync.not_served", "it claims blocks that it does not send")
                self._peers.fault(agency, fault)
                self._peers.claims(agency, self._height)
        finally:
            self._source = ""

    async def _take_answer(self, agency: str) -> None:
        """Let the blocks of an answer take effect, one after another.

        Raises:
            PeerFault: a block is not the next one, or not proved; or less is served than claimed.
            TimeoutError: nothing comes, or nothing takes effect.
        """
        first = height = self._height + 1
        while (block := await self._next_block(height)) is not None:
            await self._take_block(agency, block, height)
            height += 1
        if self._end is not None:
            self._peers.claims(agency, self._end.height)
            if height == first and self._end.height >= first:
                raise PeerFault("sync.not_served", "it claims blocks that it does not send")

    async def _next_block(self, height: int) -> FinalBlock | None:
        """Return a block of the answer; None when the answer is over.

        Raises:
            TimeoutError: it does not come.
        """
        async with asyncio.timeout(ANSWER_S):
            while height not in self._blocks:
                if self._end is not None and self._end.next <= height:
                    return None
                self._arrived.clear()
                async with asyncio.timeout(ANSWER_S if self._end is None else LATE_S):
                    await self._arrived.wait()
        return self._blocks.pop(height)

    async def _take_block(self, agency: str, block: FinalBlock, height: int) -> None:
        """Prove one block, hand it to the engine, wait until it took effect."""
        if height <= self._height:
            return
        certificate = certificates.decode(block.certificate)
        hash_ = header_hash(block.header)
        if certificate.height != height or certificate.hash != hash_:
            raise PeerFault("sync.wrong_block", "another block than the next one")
        validators = self._ground.committed.validators(height)
        if not certificates.is_sound(certificate, validators):
            raise PeerFault("certificate.no_quorum", "no quorum of distinct validators sealed it")
        checks = certificate_signatures(certificate, validators, self._ground.committed.tip.chain)
        if not self._votes.all_good(checks):
            raise PeerFault("certificate.bad_signature", "a seal is not good")
        self._bodies.prefetch(hash_, block.header, block.body)
        now_ms = self._ground.now_ms()
        self._tell(Received(Decided(block.header, certificate), agency, now_ms, now_ms))
        async with asyncio.timeout(EFFECT_S):
            while self._height < height:
                self._advanced.clear()
                await self._advanced.wait()
