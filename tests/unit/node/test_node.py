import asyncio
from dataclasses import replace

import pytest

from ledger.receipt import decode_receipt
from node.answers import Head, Outcome, Submission
from node.core import FACES_KEPT
from node.node import Node
from primitives.errors import Unavailable
from tests.support.parts import virtually
from tests.support.town import EXPIRY_MS, Town


async def working_town():
    town = Town()
    await town.start()
    await town.allot()
    return town, town["hospital"].running


@virtually
async def test_accepted_and_committed_never_blur():
    town, node = await working_town()
    transaction = town.hospital.bills(["a"], EXPIRY_MS)
    assert node.outcome(transaction.id) == Submission(transaction.id, Outcome.UNKNOWN)
    assert node.submit(transaction.data) == Submission(transaction.id, Outcome.ACCEPTED)
    assert node.submit(transaction.data).status == "accepted"
    assert node.outcome(transaction.id).status == "accepted"
    receipt = await node.wait(transaction.id, 5_000)
    assert receipt is not None
    assert receipt.height <= node.head.height
    again = node.submit(transaction.data)
    assert (again.status, again.receipt) == ("committed", receipt)
    assert decode_receipt(receipt.receipt).transaction_id == transaction.id


@virtually
async def test_a_refusal_tells_code_and_field():
    town, node = await working_town()
    answer = node.submit(town.finance.allot(1, 5, EXPIRY_MS).data)
    assert answer.status == "refused"
    assert answer.refusal is not None
    assert (answer.refusal.code, answer.refusal.field) == ("range.overlaps", "first")
    garbage = node.submit(b"garbage")
    assert garbage.refusal is not None
    assert (garbage.id, garbage.refusal.code) == (b"", "codec.malformed")


@virtually
async def test_head_and_state_are_of_the_same_durable_block():
    town, node = await working_town()
    for i in range(5):
        await town.issue(f"n{i}")
        assert isinstance(node.head, Head)
        assert node.state.state_root == node.head.state_root
        assert node.state.bill_of("hospital", f"n{i}") is not None


@virtually
async def test_a_subscriber_gets_each_height_and_can_start_in_the_past():
    town, node = await working_town()
    await town.issue("a")
    await town.issue("b")
    past = node.subscribe(after=0)
    heights = [await anext(past) for _ in range(node.head.height)]
    assert heights == list(range(1, node.head.height + 1))
    upcoming = asyncio.ensure_future(anext(node.subscribe()))
    height = await town.issue("c")
    assert await upcoming == height
    past.close()


@virtually
async def test_the_faces_of_recent_blocks_are_at_hand():
    town, node = await working_town()
    height = await town.issue("a", "b")
    faces = node.faces(height)
    assert faces is not None
    assert [face.business_number for face in faces] == ["a", "b"]
    assert [face.number for face in faces] == [1, 2]
    for i in range(FACES_KEPT):
        await town.issue(f"n{i}")
    assert node.faces(height) is None


@virtually
async def test_status_and_peers_tell_where_the_node_stands():
    town, node = await working_town()
    await town.issue("a")
    status = node.status()
    assert (status.agency, status.validators, status.quorum) == ("hospital", 4, 3)
    assert (status.is_validator, status.ready, status.syncing) == (True, True, False)
    assert (status.sign_from, status.peers_connected) == (None, 3)
    assert [peer.agency for peer in node.peers()] == ["finance", "insurance", "health"]
    assert all(peer.connected and peer.score == 100 for peer in node.peers())


@virtually
async def test_with_fewer_than_a_quorum_linked_a_node_is_not_ready():
    town, node = await working_town()
    town["health"].crash()
    await asyncio.sleep(2)
    assert (node.status().peers_connected, node.status().ready) == (2, True)
    town["insurance"].crash()
    await asyncio.sleep(2)
    assert (node.status().peers_connected, node.status().ready) == (1, False)
    await town["insurance"].start()
    await asyncio.sleep(5)
    assert node.status().ready


@virtually
async def test_a_node_that_has_not_started_or_has_stopped_takes_no_work():
    town = Town()
    await town.start("finance")
    sleeping = Node(town["hospital"].world(), town.genesis, town["hospital"].settings)
    with pytest.raises(Unavailable) as caught:
        sleeping.submit(b"")
    assert caught.value.code == "node.not_ready"
    node = town["finance"].running
    waiting = asyncio.ensure_future(node.wait(bytes(40), 60_000))
    await asyncio.sleep(0.1)
    await town["finance"].stop()
    assert await waiting is None
    with pytest.raises(Unavailable):
        node.submit(b"")
    await node.run()


@virtually
async def test_a_node_of_an_agency_that_is_no_member_yet_starts_and_waits():
    town = Town()
    settings = replace(town["hospital"].settings, agency="stranger")
    node = Node(town["hospital"].world(), town.genesis, settings)
    await node.start()
    status = node.status()
    assert (status.is_member, status.is_validator, status.ready) == (False, False, False)
    assert town["hospital"].journal.named("node.not_yet_a_member")
    await node.stop()
