"""Peers that do not keep to the rules."""

import asyncio

from node.ports import Link
from node.wire import PROTOCOL_VERSION, BlocksEnd, Frame, Hello, Kind, decode_frame, encode_frame
from primitives.errors import PeerFault
from primitives.hashing import plain_hash
from tests.support.network import MemoryNetwork


class Impostor:
    """Holds an agency's certificate and says what it is told to say."""

    def __init__(self, agency: str, network: MemoryNetwork, genesis: bytes) -> None:
        self.agency = agency
        self.chain = plain_hash(genesis)
        self.height = 0
        self.protocol = PROTOCOL_VERSION
        self.name = agency
        self.heard: list[Frame] = []
        self.links: list[Link] = []
        self._transport = network.transport(agency)

    async def listen(self) -> None:
        """Take calls and greet whoever calls."""
        await self._transport.listen(self._talk)

    async def call(self, agency: str) -> None:
        """Call a node and greet it."""
        link = await self._transport.connect(agency, f"memory:{agency}")
        asyncio.get_running_loop().create_task(self._talk(link))
        await asyncio.sleep(0.1)

    async def say(self, frame: bytes) -> None:
        """Send a frame on every link."""
        for link in self.links:
            await link.send(frame)

    async def _talk(self, link: Link) -> None:
        hello = Hello(self.protocol, self.chain, self.name, self.height)
        try:
            await link.send(encode_frame(Kind.HELLO, hello))
            self.links.append(link)
            while True:
                frame = decode_frame(await link.receive())
                self.heard.append(frame)
                await self.answer(link, frame)
        except PeerFault:
            if link in self.links:
                self.links.remove(link)

    async def answer(self, link: Link, frame: Frame) -> None:
        """Answer a frame; by default nothing."""


class Boaster(Impostor):
    """Claims a height and has nothing to show for it."""

    claims = 10**9

    async def answer(self, link: Link, frame: Frame) -> None:
        """Answer every question for blocks with the end of the answer."""
        if type(frame).__name__ == "GetBlocks":
            end = BlocksEnd(next=frame.first, height=self.claims)  # type: ignore[union-attr]
            await link.send(encode_frame(Kind.BLOCKS_END, end))
