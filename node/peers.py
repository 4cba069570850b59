"""The other members: calling them, knowing them, judging them.

Rule: a link counts after its hello; then there is one link a member. A fault costs score and is
journaled; at zero, or for what no honest node says (another chain, another protocol), the member
is banned for a while, and the reason stays visible. What a peer claims is kept as a claim.
"""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Final, Protocol

from node.answers import PeerStatus
from node.links import Session
from node.members import Member
from node.ports import Link, Roster, World
from node.settings import NodeSettings
from node.tasks import Tasks
from node.wire import (
    PROTOCOL_VERSION,
    Frame,
    Hello,
    Kind,
    Priority,
    decode_frame,
    encode_frame,
)
from primitives.errors import PeerFault

CALL_AGAIN_S: Final = (0.25, 0.5, 1.0, 2.0, 4.0)
"""Pauses between calls that fail."""
EARLY_FRAMES_MAX: Final = 64
"""Frames before a hello, from a peer that had its own hello sooner."""
YIELD_S: Final = 0.5
"""The member with the greater id waits so long before it calls, so that links rarely cross."""


class Receiver(Protocol):
    """What the node does with what peers send."""

    def received(self, session: Session, frame: Frame, received_ms: int) -> None:
        """Take one frame of a peer; raises PeerFault when it breaks the protocol."""

    def connected(self, agency: str) -> None:
        """A link to `agency` is up."""


class Peers:
    """All other members of the chain, and the links to them.

    Args:
        world: transport, clock, journal.
        settings: whom to call.
        tasks: where the tasks of links run.
        roster: the members and their certificates.
        chain: the chain id each hello must name.
        height: returns our newest final height, for our hello.
    """

    def __init__(
        self,
        world: World,
        settings: NodeSettings,
        *,
        tasks: Tasks,
        roster: Roster,
        chain: bytes,
        height: Callable[[], int],
    ) -> None:
        self._world = world
        self._settings = settings
        self._tasks = tasks
        self._chain = chain
        self._height = height
        self._addresses = dict(settings.peers)
        self._members: dict[str, Member] = {}
        self._receiver: Receiver | None = None
        self.follow(roster)

    async def start(self, receiver: Receiver) -> None:
        """Listen, and call everyone whose address is known.

        Raises:
            NodeFault: the address to listen on is taken.
        """
        self._receiver = receiver
        await self._world.transport.listen(self._accept)
        for member in self._members.values():
            self._keep_calling(member)

    def follow(self, roster: Roster) -> None:
        """Know exactly these members from now on, each by these certificates alone.

        A link to whoever is no member any more, or known by another certificate, is dropped.
        """
        before = self._members
        self._members = {
            agency: before.get(agency) or Member(agency, self._addresses.get(agency, ""))
            for agency in roster
            if agency != self._settings.agency
        }
        for agency, member in before.items():
            session = member.session
            is_known = agency in self._members
            if session is not None and session.link.certificate not in roster.get(agency, ()):
                code = "member.certificate_over" if is_known else "member.removed"
                self._world.journal.event("peers.dropped", peer=agency, reason=code)
                self._drop(member)
        for agency, member in self._members.items():
            if agency not in before and self._receiver is not None:
                self._world.journal.event("peers.joined", peer=agency, address=member.address)
                self._keep_calling(member)

    def send(self, agency: str, frame: bytes, priority: Priority) -> bool:
        """Let a frame go to one member; False when there is no link to it."""
        member = self._members.get(agency)
        if member is None or member.session is None:
            return False
        member.session.outbox.put(frame, priority)
        return True

    def broadcast(self, frame: bytes, priority: Priority) -> None:
        """Let one frame, encoded once, go to every member there is a link to."""
        for member in self._members.values():
            if member.session is not None:
                member.session.outbox.put(frame, priority)

    def connected(self) -> tuple[str, ...]:
        """Return the agencies there are links to, in register order."""
        return tuple(m.agency for m in self._members.values() if m.session is not None)

    def not_linked_to(self, agency: str) -> tuple[str, ...]:
        """Return linked members that claim no link to `agency`: its votes are relayed to them."""
        return tuple(
            m.agency
            for m in self._members.values()
            if m.session is not None
            and m.agency != agency
            and m.connected
            and agency not in m.connected
        )

    def claims(self, agency: str, height: int, connected: tuple[str, ...] | None = None) -> None:
        """Keep what a member claims of itself."""
        member = self._members.get(agency)
        if member is not None:
            member.height = height
            if connected is not None:
                member.connected = connected

    def claims_at_least(self, agency: str, height: int) -> None:
        """Keep that what a member sent speaks for a height."""
        member = self._members.get(agency)
        if member is not None:
            member.height = max(member.height, height)

    def claimed(self, agency: str) -> int:
        """Return the height a member claims."""
        member = self._members.get(agency)
        return 0 if member is None else member.height

    def claiming(self, height: int) -> list[str]:
        """Return the linked members that claim at least `height`, in register order."""
        return [
            m.agency for m in self._members.values() if m.session is not None and m.height >= height
        ]

    def fault(self, agency: str, error: PeerFault) -> None:
        """Let a fault of a member cost what it costs; it may end the link and ban the member."""
        member = self._members.get(agency)
        if member is None:
            return
        now = asyncio.get_running_loop().time()
        journal = self._world.journal
        if member.lose(error.code, now) == 0:
            journal.debug("peers.link_ended", peer=agency, code=error.code)
            return
        journal.event("peers.fault_seen", peer=agency, code=error.code, detail=error.detail)
        if member.score <= 0:
            seconds = member.ban(now)
            journal.event("peers.banned", peer=agency, code=error.code, seconds=int(seconds))
            self._drop(member)

    def statuses(self) -> list[PeerStatus]:
        """Return what is known of each member, in register order."""
        now, now_ms = asyncio.get_running_loop().time(), self._world.clock.now_ms()
        return [member.status(now, now_ms) for member in self._members.values()]

    def _keep_calling(self, member: Member) -> None:
        if member.address:
            self._tasks.spawn(f"call {member.agency}", self._call(member))

    def _drop(self, member: Member) -> None:
        session = member.let_go()
        if session is not None:
            self._tasks.spawn(f"close {member.agency}", session.link.close())

    async def _call(self, member: Member) -> None:
        """Keep a link to one member as long as it is one and is not banned."""
        failures = 0
        if self._settings.agency > member.agency:
            await asyncio.sleep(YIELD_S)
        while self._members.get(member.agency) is member:
            began = asyncio.get_running_loop().time()
            may_call = member.call_after <= began and not self._is_banned(member)
            if member.session is None and may_call:
                try:
                    async with asyncio.timeout(self._settings.connect_timeout_ms / 1000):
                        link = await self._world.transport.connect(member.agency, member.address)
                except PeerFault as error:
                    self.fault(member.agency, error)
                except TimeoutError:
                    self.fault(member.agency, PeerFault("link.timeout"))
                else:
                    await self._use(link, "out")
                lasted = asyncio.get_running_loop().time() - began
                failures = 0 if lasted > CALL_AGAIN_S[-1] else failures + 1
            await asyncio.sleep(CALL_AGAIN_S[min(failures, len(CALL_AGAIN_S) - 1)])

    async def _accept(self, link: Link) -> None:
        member = self._members.get(link.agency)
        if member is None or self._is_banned(member) or self._tasks.is_over:
            await link.close()
            return
        task = self._tasks.spawn(f"link from {link.agency}", self._use(link, "in"))
        try:
            await asyncio.wait([task])
        finally:
            task.cancel()

    async def _use(self, link: Link, direction: str) -> None:
        """Use a link until it ends; whatever the peer does ends at most the link."""
        session = Session(link, direction)
        member = self._members.get(link.agency)
        if member is None:  # removed since the handshake
            await link.close()
            return
        try:
            await self._greet(session, member)
            if self._takes(session, member):
                await self._converse(session, member)
        except PeerFault as error:
            self.fault(link.agency, error)
        except TimeoutError:
            self.fault(link.agency, PeerFault("link.timeout", "nothing came in time"))
        finally:
            if member.session is session:
                self._drop(member)
            with contextlib.suppress(PeerFault):
                await link.close()

    async def _greet(self, session: Session, member: Member) -> None:
        """Exchange hellos.

        Raises:
            PeerFault: `hello.*` when the peer cannot be talked to.
            TimeoutError: it said nothing.
        """
        hello = Hello(PROTOCOL_VERSION, self._chain, self._settings.agency, self._height())
        timeout_ms = self._settings.connect_timeout_ms
        async with asyncio.timeout(timeout_ms / 1000):
            await session.link.send(encode_frame(Kind.HELLO, hello))
        greeting = await self._hear(session, timeout_ms)
        if greeting.protocol != PROTOCOL_VERSION:
            raise PeerFault(
                "hello.wrong_protocol", f"it speaks {greeting.protocol}, we {PROTOCOL_VERSION}"
            )
        if greeting.chain != self._chain:
            raise PeerFault("hello.wrong_chain", "it has another genesis")
        if greeting.agency != session.agency:
            raise PeerFault("hello.wrong_agency", "it gives another name than its certificate")
        member.height = greeting.height

    async def _hear(self, session: Session, timeout_ms: int) -> Hello:
        """Return the peer's hello; a few frames before it are ignored.

        Raises:
            PeerFault: `hello.missing`.
            TimeoutError: nothing came.
        """
        for _ in range(EARLY_FRAMES_MAX):
            frame = await session.receive(timeout_ms)
            if frame[:1] == bytes([Kind.HELLO]):
                hello = decode_frame(frame)
                assert isinstance(hello, Hello)
                return hello
        raise PeerFault("hello.missing", "it says no hello")

    def _takes(self, session: Session, member: Member) -> bool:
        """Make this the member's link, unless a crossing one is to stay."""
        if self._is_banned(member) or self._members.get(member.agency) is not member:
            return False
        old = member.session
        caller = self._settings.agency if session.direction == "out" else session.agency
        if old is not None:
            is_young = session.opened_at - old.opened_at < YIELD_S
            if is_young and caller != min(self._settings.agency, session.agency):
                return False
            self._drop(member)
        member.session = session
        self._world.journal.event(
            "peers.connected",
            peer=session.agency,
            address=session.address,
            direction=session.direction,
            height=member.height,
        )
        return True

    async def _converse(self, session: Session, member: Member) -> None:
        """Read and write until the link ends or is replaced.

        Raises:
            PeerFault: `link.closed`, `link.malformed`.
            TimeoutError: the peer fell silent, or takes nothing.
        """
        assert self._receiver is not None
        writer = asyncio.get_running_loop().create_task(
            session.write(self._settings.heartbeat_ms), name=f"write {session.agency}"
        )
        try:
            self._receiver.connected(session.agency)
            while member.session is session:
                frame = await session.receive(self._settings.heartbeat_ms)
                received_ms = self._world.clock.now_ms()
                try:
                    self._receiver.received(session, decode_frame(frame), received_ms)
                except PeerFault as error:
                    self.fault(session.agency, error)
                if writer.done():
                    writer.result()
        finally:
            writer.cancel()
            await asyncio.wait([writer])
            if not writer.cancelled():
                writer.exception()

    def _is_banned(self, member: Member) -> bool:
        return member.is_banned(asyncio.get_running_loop().time())
