import asyncio
import itertools

from node.gossip import BATCH_S, Gossip
from node.wire import Priority, decode_frame
from tests.support.parts import virtually


def make_gossip(relay_from=lambda _origin: ()):
    """Return a gossip, and what it sent: (time, transactions, priority), or to whom and what."""
    sent = []

    def broadcast(frame, priority):
        sent.append((asyncio.get_running_loop().time(), decode_frame(frame), priority))

    def send(agency, frame, _priority):
        sent.append((agency, decode_frame(frame)))
        return True

    return Gossip(broadcast, send, relay_from), sent


@virtually
async def test_when_it_is_quiet_all_of_a_moment_leaves_at_once_in_one_frame():
    gossip, sent = make_gossip()
    gossip.send(b"a")
    gossip.send(b"b")
    assert sent == []
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert sent == [(0.0, [b"a", b"b"], Priority.TRANSACTIONS)]


@virtually
async def test_under_load_frames_leave_every_twenty_milliseconds():
    gossip, sent = make_gossip()
    for i in range(10):
        gossip.send(bytes([i]))
        await asyncio.sleep(0.005)
    await asyncio.sleep(1)
    times = [time for time, _, _ in sent]
    assert all(b - a >= BATCH_S - 1e-9 for a, b in itertools.pairwise(times))
    assert sum(len(batch) for _, batch, _ in sent) == 10


@virtually
async def test_what_waits_goes_ahead_of_a_proposal_as_urgent_as_it():
    gossip, sent = make_gossip()
    gossip.send(b"a")
    gossip.flush_ahead()
    await asyncio.sleep(1)
    assert [frame[1:] for frame in sent] == [([b"a"], Priority.CONSENSUS)]


@virtually
async def test_a_transaction_is_relayed_to_those_without_a_link_to_its_origin():
    gossip, sent = make_gossip(lambda origin: ("health",) if origin == "finance" else ())
    gossip.relay(b"a", "finance")
    gossip.relay(b"b", "insurance")
    assert sent == [("health", [b"a"])]
