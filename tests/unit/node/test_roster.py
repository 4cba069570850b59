"""The member list of links is the ledger's: who was added, who was removed, which certificates."""

from collections.abc import KeysView, Sequence

from msgspec.structs import replace

from ledger.agencies import (
    REGISTER_KEY,
    REMOVED,
    SUSPENDED,
    Agency,
    AgencyCertificate,
    Register,
    agency_key,
)
from node.peers import Peers
from node.roster import RosterKeeper, next_end, roster_of
from primitives.codec import Message
from tests.support.network import MemoryNetwork, Weather
from tests.support.parts import make_bench, virtually
from tests.support.world import AGENCIES, agency_of

OLD, NEW = b"old", b"new"


class Facts:
    """Leaves in a dictionary."""

    def __init__(self, **agencies: Agency) -> None:
        self.leaves: dict[bytes, Message] = {REGISTER_KEY: Register(tuple(agencies))}
        self.leaves |= {agency_key(name): agency for name, agency in agencies.items()}

    def leaf(self, key, _type):
        return self.leaves.get(key)

    def bill_of(self, _issuer, _number):
        return None


def member(*certificates: AgencyCertificate, standing: int = 0) -> Agency:
    return replace(agency_of("health", 0), certificates=certificates, standing=standing)


def test_during_a_change_both_certificates_count_and_after_it_one():
    facts = Facts(health=member(AgencyCertificate(OLD, 100), AgencyCertificate(NEW)))
    assert roster_of(facts, 99) == {"health": [OLD, NEW]}
    assert next_end(facts, 99) == 100
    assert roster_of(facts, 100) == {"health": [NEW]}
    assert next_end(facts, 100) is None


def test_a_suspended_member_stays_linked_and_a_removed_one_does_not():
    certificate = AgencyCertificate(OLD)
    facts = Facts(
        suspended=member(certificate, standing=SUSPENDED),
        removed=member(certificate, standing=REMOVED),
    )
    assert list(roster_of(facts, 0)) == ["suspended"]


def keys(*changed: bytes) -> KeysView[bytes]:
    return dict.fromkeys(changed, b"").keys()


class Told:
    """A transport that notes whom it is to trust."""

    def __init__(self) -> None:
        self.rosters: list[dict[str, Sequence[bytes]]] = []

    async def trust(self, roster):
        self.rosters.append(dict(roster))


def keeper() -> tuple[RosterKeeper, Told, Peers]:
    bench = make_bench("hospital")
    peers = Peers(
        bench.ground.world,
        bench.machine.settings,
        tasks=bench.ground.tasks,
        roster={},
        chain=bytes(32),
        height=lambda: 0,
    )
    told = Told()
    return RosterKeeper(told, peers), told, peers


@virtually
async def test_transport_and_peers_learn_the_same_list():
    made, told, peers = keeper()
    made.follow(Facts(health=member(AgencyCertificate(OLD))), 0)
    await made.settle()
    assert told.rosters == [{"health": [OLD]}]
    assert [peer.agency for peer in peers.statuses()] == ["health"]


@virtually
async def test_the_list_is_read_only_when_a_block_touched_it_or_a_certificate_ended():
    made, told, _ = keeper()
    facts = Facts(health=member(AgencyCertificate(OLD, 100), AgencyCertificate(NEW)))
    made.follow(facts, 10)
    await made.settle()
    unread = Facts()
    made.follow(unread, 50, keys(b"b/46010126/0000000001", b"p/"))
    await made.settle()
    assert told.rosters[-1] == {"health": [OLD, NEW]}
    made.follow(facts, 100, keys())
    await made.settle()
    assert told.rosters[-1] == {"health": [NEW]}
    made.follow(unread, 101, keys(agency_key("health")))
    await made.settle()
    assert told.rosters[-1] == {}


def test_the_simulated_network_knows_the_same_agencies():
    network = MemoryNetwork(1, Weather())
    assert [network.transport(name).certificate for name in AGENCIES] == [
        b"certificate of " + name.encode() for name in AGENCIES
    ]
