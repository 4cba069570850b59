"""A network in memory: links that lose, delay, reorder, duplicate and cut."""

import asyncio
import hashlib
import random
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from node.ports import Link, Roster
from primitives.errors import PeerFault
from tests.support.virtual_loop import machine


@dataclass(slots=True)
class Weather:
    """How bad the network is; may change while it runs."""

    loss: float = 0.0
    """Share of frames that vanish."""
    duplication: float = 0.0
    """Share of frames that come twice."""
    delay_min_ms: float = 0.5
    """The fastest a frame can be."""
    delay_mean_ms: float = 2.0
    """How much slower frames are on average."""


class MemoryNetwork:
    """All links between simulated machines.

    Args:
        seed: of every delay and loss.
        weather: how bad it is.
    """

    def __init__(self, seed: int, weather: Weather) -> None:
        self.weather = weather
        self.trace = hashlib.sha256()
        self.frames = 0
        self.on_send: Callable[[str, str, bytes], None] = lambda _from, _to, _frame: None
        self._random = random.Random(f"network {seed}")
        self._listeners: dict[str, MemoryTransport] = {}
        self._links: dict[MemoryLink, None] = {}
        self._cuts: set[tuple[str, str]] = set()

    def transport(self, agency: str, *more: bytes) -> "MemoryTransport":
        """Return the transport of a machine that just started.

        Args:
            agency: whose machine.
            more: certificates that follow its first one, those of rotations.
        """
        return MemoryTransport(self, agency, (certificate_of(agency), *more))

    def cut(self, first: str, second: str) -> None:
        """Let nothing pass between two machines any more, in both directions."""
        self._cuts |= {(first, second), (second, first)}

    def heal(self) -> None:
        """Undo all cuts."""
        self._cuts.clear()

    def isolate(self, agency: str, others: list[str]) -> None:
        """Cut one machine off from all others."""
        for other in others:
            if other != agency:
                self.cut(agency, other)

    def unplug(self, agency: str) -> None:
        """A machine died: it hears nothing more, its links break."""
        self._listeners.pop(agency, None)
        self.reset(agency)

    def reset(self, agency: str) -> None:
        """All links of a machine break; it may be reached again at once."""
        for link in list(self._links):
            if link.owner == agency:
                link.abort()

    def note(self, *parts: object) -> None:
        """Add an event to the trace."""
        time = asyncio.get_running_loop().time()
        self.trace.update(repr((round(time, 6), *parts)).encode())

    def is_cut(self, from_: str, to: str) -> bool:
        """Tell whether nothing passes."""
        return (from_, to) in self._cuts

    def delay_s(self) -> float:
        """Return how long the next frame takes."""
        weather = self.weather
        spread = self._random.expovariate(1.0) * weather.delay_mean_ms
        return (weather.delay_min_ms + spread) / 1000

    def carry(self, link: "MemoryLink", frame: bytes) -> None:
        """Take one frame to the other end, or lose it."""
        other = link.other
        self.frames += 1
        self.on_send(link.owner, other.owner, frame)
        digest = hashlib.sha256(frame).digest()[:8]
        self.note("send", link.owner, other.owner, digest)
        lost = self._random.random() < self.weather.loss
        copies = 2 if self._random.random() < self.weather.duplication else 1
        if lost or self.is_cut(link.owner, other.owner):
            return
        for _ in range(copies):
            asyncio.get_running_loop().call_later(self.delay_s(), other.deliver, frame)

    async def connect(self, caller: "MemoryTransport", to: str) -> "MemoryLink":
        """Open a link, as `Transport.connect` does."""
        await asyncio.sleep(self.delay_s())
        from_, listener = caller.agency, self._listeners.get(to)
        if listener is None or self.is_cut(from_, to):
            raise PeerFault("link.refused", "nobody answers")
        if not (caller.trusts(listener) and listener.trusts(caller)):
            raise PeerFault("link.refused", "the handshake failed")
        ours = MemoryLink(self, from_, to, listener.certificate)
        theirs = MemoryLink(self, to, from_, caller.certificate)
        ours.other, theirs.other = theirs, ours
        self._links[ours] = self._links[theirs] = None
        listener.accept(theirs)
        return ours

    def listen(self, transport: "MemoryTransport") -> None:
        """Let others reach a machine."""
        self._listeners[transport.agency] = transport

    def forget(self, link: "MemoryLink") -> None:
        """A link ended."""
        self._links.pop(link, None)

    def ignore(self, transport: "MemoryTransport") -> None:
        """A machine no longer listens."""
        if self._listeners.get(transport.agency) is transport:
            del self._listeners[transport.agency]


class MemoryLink:
    """One end of a link: the port `Link`."""

    other: "MemoryLink"

    def __init__(self, network: MemoryNetwork, owner: str, agency: str, certificate: bytes) -> None:
        self.owner = owner
        self.agency = agency
        self.certificate = certificate
        self.address = f"memory:{agency}"
        self._network = network
        self._frames: deque[bytes] = deque()
        self._arrived = asyncio.Event()
        self._closed = False

    async def send(self, frame: bytes) -> None:
        """See `Link.send`."""
        if self._closed:
            raise PeerFault("link.closed", "the connection is gone")
        self._network.carry(self, frame)

    async def receive(self) -> bytes:
        """See `Link.receive`."""
        while not self._frames:
            if self._closed:
                raise PeerFault("link.closed", "the connection is gone")
            self._arrived.clear()
            await self._arrived.wait()
        return self._frames.popleft()

    async def close(self) -> None:
        """See `Link.close`."""
        self.abort()

    def deliver(self, frame: bytes) -> None:
        """A frame arrives."""
        if not self._closed:
            self._frames.append(frame)
            self._arrived.set()

    def abort(self) -> None:
        """Break the link; the other side notices a little later."""
        if not self._closed:
            self.broken()
            loop = asyncio.get_running_loop()
            loop.call_later(self._network.delay_s(), self.other.broken)

    def broken(self) -> None:
        """The link is gone at this end."""
        self._closed = True
        self._frames.clear()
        self._arrived.set()
        self._network.forget(self)


def certificate_of(agency: str) -> bytes:
    """Return what a simulated agency is known by from the genesis on."""
    return b"certificate of " + agency.encode()


class MemoryTransport:
    """The port `Transport` of one machine, until it crashes.

    Whom it trusts before it is told is not asked: an impostor keeps no member list.
    """

    def __init__(
        self, network: MemoryNetwork, agency: str, certificates: tuple[bytes, ...]
    ) -> None:
        self.agency = agency
        self.certificate = certificates[0]
        self._certificates = certificates
        self._roster: Roster | None = None
        self._network = network
        self._accept: Callable[[Link], Awaitable[None]] | None = None
        self._tasks: dict[asyncio.Task[None], None] = {}

    async def trust(self, roster: Roster) -> None:
        """See `Transport.trust`."""
        self._roster = roster
        own = [c for c in roster.get(self.agency, ()) if c in self._certificates]
        self.certificate = own[-1] if own else self._certificates[0]

    def trusts(self, other: "MemoryTransport") -> bool:
        """Tell whether a handshake with another machine succeeds on this side."""
        return self._roster is None or other.certificate in self._roster.get(other.agency, ())

    async def listen(self, accept: Callable[[Link], Awaitable[None]]) -> None:
        """See `Transport.listen`."""
        self._accept = accept
        self._network.listen(self)

    async def connect(self, agency: str, address: str) -> Link:
        """See `Transport.connect`."""
        assert address == f"memory:{agency}"
        return await self._network.connect(self, agency)

    async def close(self) -> None:
        """See `Transport.close`."""
        self._network.ignore(self)

    def accept(self, link: MemoryLink) -> None:
        """Somebody called."""
        name = machine.set(self.agency)
        try:
            task = asyncio.get_running_loop().create_task(self._use(link))
        finally:
            machine.reset(name)
        self._tasks[task] = None
        task.add_done_callback(self._tasks.pop)

    async def _use(self, link: MemoryLink) -> None:
        assert self._accept is not None
        try:
            await self._accept(link)
        finally:
            await link.close()
