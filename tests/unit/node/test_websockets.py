"""Real links over loopback: members reach each other, strangers reach nobody."""

import asyncio
import socket
from contextlib import asynccontextmanager

import pytest

from node.ports import FRAME_SIZE_MAX, Link
from node.websockets import LinkSettings, WebsocketTransport
from primitives.errors import NodeFault, PeerFault
from tests.support.folders import identity_of, write_identity, write_next_identity

AGENCIES = ("hospital", "finance", "health")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def transport(folder, agency, members, port) -> WebsocketTransport:
    settings = LinkSettings("node.toml", "127.0.0.1", port, 2_000, 10_000)
    return WebsocketTransport(identity_of(folder / agency, agency, members), settings)


class Net:
    """A listening hospital and what it accepted."""

    def __init__(self, folder) -> None:
        self.folder = folder
        self.members = {name: write_identity(folder / name, name) for name in AGENCIES}
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.accepted: asyncio.Queue[Link] = asyncio.Queue()
        self.hold = asyncio.Event()
        self.open: list[WebsocketTransport] = []
        self.links: list[Link] = []

    def transport(self, agency, members=None) -> WebsocketTransport:
        made = transport(self.folder, agency, members or self.members, self.port)
        self.open.append(made)
        return made

    async def accept(self, link: Link) -> None:
        self.accepted.put_nowait(link)
        await self.hold.wait()


@asynccontextmanager
async def listening_hospital(folder):
    net = Net(folder)
    await net.transport("hospital").listen(net.accept)
    try:
        yield net
    finally:
        net.hold.set()
        for made in net.open:
            await made.close()


async def test_members_exchange_whole_frames_and_know_each_other(tmp_path):
    async with listening_hospital(tmp_path) as net:
        caller = await net.transport("finance").connect("hospital", net.address)
        callee = await net.accepted.get()
        assert (caller.agency, callee.agency) == ("hospital", "finance")
        large = bytes(FRAME_SIZE_MAX - 16)
        await caller.send(b"one")
        await caller.send(large)
        assert await callee.receive() == b"one"
        assert await callee.receive() == large
        await callee.send(b"two")
        assert await caller.receive() == b"two"


async def test_a_frame_above_the_limit_ends_the_link(tmp_path):
    async with listening_hospital(tmp_path) as net:
        caller = await net.transport("finance").connect("hospital", net.address)
        callee = await net.accepted.get()
        sending = asyncio.create_task(caller.send(bytes(FRAME_SIZE_MAX + 1)))
        with pytest.raises(PeerFault):
            await callee.receive()
        await asyncio.gather(sending, return_exceptions=True)


async def test_a_closed_link_says_so_on_both_sides(tmp_path):
    async with listening_hospital(tmp_path) as net:
        caller = await net.transport("finance").connect("hospital", net.address)
        callee = await net.accepted.get()
        await asyncio.gather(caller.close(), asyncio.wait_for(_drain(callee), 5))
        with pytest.raises(PeerFault, match=r"link\.closed"):
            await caller.send(b"late")


async def _connect_and_receive(maker: WebsocketTransport, address: str) -> None:
    link = await maker.connect("hospital", address)
    await link.receive()


async def _drain(link: Link) -> None:
    with pytest.raises(PeerFault, match=r"link\.closed"):
        await link.receive()


async def test_calling_one_agency_and_meeting_another_is_a_wrong_key(tmp_path):
    async with listening_hospital(tmp_path) as net:
        with pytest.raises(PeerFault, match=r"link\.wrong_key"):
            await net.transport("finance").connect("health", net.address)


async def test_a_stranger_with_its_own_member_list_gets_no_link(tmp_path):
    async with listening_hospital(tmp_path) as net:
        stranger = write_identity(tmp_path / "stranger", "stranger")
        members = {**net.members, "stranger": stranger}
        maker = net.transport("stranger", members)
        with pytest.raises(PeerFault):
            await _connect_and_receive(maker, net.address)
        assert net.accepted.empty()


async def test_nobody_at_the_address_is_a_refused_link(tmp_path):
    async with listening_hospital(tmp_path) as net:
        with pytest.raises(PeerFault, match=r"link\.refused"):
            await net.transport("finance").connect("hospital", f"127.0.0.1:{free_port()}")


async def test_a_port_in_use_names_address_key_and_file(tmp_path):
    async with listening_hospital(tmp_path) as net:
        with pytest.raises(NodeFault) as caught:
            await net.transport("finance").listen(net.accept)
        assert caught.value.exit_code == 78
        for part in ("node.toml", "links.listen", net.address):
            assert part in caught.value.detail


async def test_a_new_member_links_without_a_restart_and_a_removed_one_does_not(tmp_path):
    async with listening_hospital(tmp_path) as net:
        clinic = write_identity(tmp_path / "clinic", "clinic")
        roster = {name: [der] for name, der in {**net.members, "clinic": clinic}.items()}
        maker = net.transport("clinic", {**net.members, "clinic": clinic})
        with pytest.raises(PeerFault):
            await _connect_and_receive(maker, net.address)
        hospital = net.open[0]
        await hospital.trust(roster)
        net.links.append(await maker.connect("hospital", net.address))
        assert (await net.accepted.get()).agency == "clinic"
        del roster["clinic"]
        await hospital.trust(roster)
        with pytest.raises(PeerFault):
            await _connect_and_receive(maker, net.address)


async def test_a_link_outlives_a_change_of_the_member_list(tmp_path):
    async with listening_hospital(tmp_path) as net:
        caller = await net.transport("finance").connect("hospital", net.address)
        callee = await net.accepted.get()
        await net.open[0].trust({name: [der] for name, der in net.members.items()})
        await caller.send(b"still here")
        assert await callee.receive() == b"still here"


async def test_during_a_change_a_member_links_with_either_certificate(tmp_path):
    async with listening_hospital(tmp_path) as net:
        following = write_next_identity(tmp_path / "finance", "finance")
        roster = {name: [der] for name, der in net.members.items()}
        both = {**roster, "finance": [*roster["finance"], following]}
        maker = net.transport("finance")
        await net.open[0].trust(both)
        net.links.append(await maker.connect("hospital", net.address))
        assert (await net.accepted.get()).certificate == net.members["finance"]
        await maker.trust(both)
        net.links.append(await maker.connect("hospital", net.address))
        assert (await net.accepted.get()).certificate == following
        await net.open[0].trust({**roster, "finance": [following]})
        net.links.append(await maker.connect("hospital", net.address))
        assert (await net.accepted.get()).certificate == following


async def test_whoever_listens_shows_its_new_certificate_to_the_next_caller(tmp_path):
    async with listening_hospital(tmp_path) as net:
        following = write_next_identity(tmp_path / "hospital", "hospital")
        roster = {name: [der] for name, der in net.members.items()}
        both = {**roster, "hospital": [*roster["hospital"], following]}
        caller = net.transport("finance")
        await caller.trust(both)
        net.links.append(await caller.connect("hospital", net.address))
        await net.open[0].trust(both)
        net.links.append(await caller.connect("hospital", net.address))
        shown = [link.certificate for link in net.links]
        assert shown == [roster["hospital"][0], following]
