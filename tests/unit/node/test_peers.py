import asyncio

from node.peers import Peers
from node.wire import Hello, Kind, Priority, encode_frame
from tests.support.actors import Impostor
from tests.support.network import certificate_of
from tests.support.parts import make_bench, virtually
from tests.support.world import AGENCIES


class Notes:
    """A receiver that notes what it is told."""

    def __init__(self):
        self.frames = []
        self.up = []

    def received(self, session, frame, _received_ms):
        self.frames.append((session.agency, frame))

    def connected(self, agency):
        self.up.append(agency)


async def make_peers(bench):
    peers = Peers(
        bench.ground.world,
        bench.machine.settings,
        tasks=bench.ground.tasks,
        roster={agency: (certificate_of(agency),) for agency in AGENCIES},
        chain=bench.restored.committed.tip.chain,
        height=lambda: 0,
    )
    notes = Notes()
    await peers.start(notes)
    return peers, notes


@virtually
async def test_a_link_counts_after_its_hello_and_frames_flow_both_ways():
    bench = make_bench("hospital")
    peers, notes = await make_peers(bench)
    other = Impostor("health", bench.machine.network, bench.machine.genesis)
    await other.call("hospital")
    assert peers.connected() == ("health",)
    assert notes.up == ["health"]
    await other.say(encode_frame(Kind.TRANSACTIONS, [b"one"]))
    assert peers.send("health", encode_frame(Kind.TRANSACTIONS, [b"two"]), Priority.TRANSACTIONS)
    await asyncio.sleep(0.1)
    assert notes.frames == [("health", [b"one"])]
    assert other.heard[-1] == [b"two"]
    assert isinstance(other.heard[0], Hello)
    assert not peers.send("finance", b"", Priority.CONSENSUS)


@virtually
async def test_a_silent_peer_is_let_go_and_called_again():
    bench = make_bench("hospital")
    peers, notes = await make_peers(bench)
    other = Impostor("health", bench.machine.network, bench.machine.genesis)
    await other.listen()
    await asyncio.sleep(2)
    assert peers.connected() == ("health",)
    await asyncio.sleep(bench.machine.settings.heartbeat_ms / 1000 + 5)
    assert len(notes.up) >= 2


@virtually
async def test_a_second_link_takes_the_place_of_the_first():
    bench = make_bench("hospital")
    peers, notes = await make_peers(bench)
    other = Impostor("health", bench.machine.network, bench.machine.genesis)
    await other.call("hospital")
    await asyncio.sleep(2)
    await other.call("hospital")
    await asyncio.sleep(1)
    assert notes.up == ["health", "health"]
    assert len(other.links) == 1
    assert peers.connected() == ("health",)


@virtually
async def test_claims_are_kept_and_who_lacks_a_link_is_known():
    bench = make_bench("hospital")
    peers, _ = await make_peers(bench)
    for agency in ("finance", "health"):
        await Impostor(agency, bench.machine.network, bench.machine.genesis).call("hospital")
    peers.claims("finance", 7, ("hospital", "health"))
    peers.claims("health", 3, ("hospital",))
    peers.claims_at_least("health", 2)
    assert peers.claimed("health") == 3
    assert peers.claiming(4) == ["finance"]
    assert peers.not_linked_to("finance") == ("health",)


@virtually
async def test_a_stranger_gets_no_link():
    bench = make_bench("hospital")
    peers, _ = await make_peers(bench)
    other = Impostor("stranger", bench.machine.network, bench.machine.genesis)
    await other.call("hospital")
    await asyncio.sleep(1)
    assert (peers.connected(), other.links) == ((), [])


@virtually
async def test_a_member_that_left_is_let_go_and_gets_no_further_link():
    bench = make_bench("hospital")
    peers, _ = await make_peers(bench)
    other = Impostor("health", bench.machine.network, bench.machine.genesis)
    await other.call("hospital")
    peers.follow({"finance": (certificate_of("finance"),)})
    await asyncio.sleep(1)
    assert (peers.connected(), other.links) == ((), [])
    await other.call("hospital")
    await asyncio.sleep(1)
    assert (peers.connected(), other.links) == ((), [])
    (dropped,) = bench.machine.journal.named("peers.dropped")
    assert (dropped["peer"], dropped["reason"]) == ("health", "member.removed")


@virtually
async def test_a_new_member_is_called_where_the_settings_say_it_is():
    bench = make_bench("hospital")
    peers, notes = await make_peers(bench)
    other = Impostor("health", bench.machine.network, bench.machine.genesis)
    peers.follow({"finance": (certificate_of("finance"),)})
    await other.listen()
    await asyncio.sleep(10)
    assert notes.up == []
    peers.follow({agency: (certificate_of(agency),) for agency in AGENCIES})
    await asyncio.sleep(2)
    assert notes.up == ["health"]
    assert peers.connected() == ("health",)


@virtually
async def test_a_link_ends_with_the_certificate_that_it_was_made_with():
    bench = make_bench("hospital")
    peers, _ = await make_peers(bench)
    other = Impostor("health", bench.machine.network, bench.machine.genesis)
    await other.call("hospital")
    both = {"health": (certificate_of("health"), b"the next")}
    peers.follow(both)
    await asyncio.sleep(1)
    assert peers.connected() == ("health",)
    peers.follow({"health": (b"the next",)})
    await asyncio.sleep(1)
    assert peers.connected() == ()
    assert bench.machine.journal.named("peers.dropped")[0]["reason"] == "member.certificate_over"
