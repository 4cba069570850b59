"""Stories of four agencies, each about one thing that goes wrong."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from ledger.parameters import Parameters
from node.wire import Kind, Standing, encode_frame
from primitives.errors import NodeFault, Unavailable
from storage.votes import COPIES
from tests.support.actors import Boaster, Impostor
from tests.support.checker import assert_each_once, assert_same_heads, issued_bills
from tests.support.network import Weather
from tests.support.town import EXPIRY_MS, Town, until
from tests.support.virtual_loop import run_virtually
from tests.support.world import AGENCIES, make_genesis

Story = Callable[[], Awaitable[None]]


def virtually(story: Story) -> Callable[[], None]:
    """Tell a story on a virtual loop."""

    def test() -> None:
        run_virtually(story())  # type: ignore[arg-type]

    test.__name__ = story.__name__
    test.__doc__ = story.__doc__
    return test


@virtually
async def test_an_idle_chain_makes_a_block_each_heartbeat_and_changes_no_round() -> None:
    town = Town(parameters=Parameters(round_timeout_ms=500, heartbeat_ms=10_000))
    await town.start()
    await asyncio.sleep(105)
    assert await town.level() == 10
    for machine in town.all:
        assert all(e["round"] == 0 for e in machine.journal.named("blocks.decided"))


@virtually
async def test_a_single_bill_is_final_within_a_few_network_delays() -> None:
    town = Town()
    await town.start()
    await town.allot()
    await asyncio.sleep(5)
    before = asyncio.get_running_loop().time()
    await town.issue("one")
    assert asyncio.get_running_loop().time() - before < 0.05


@virtually
async def test_with_two_of_four_gone_nothing_commits_and_with_one_back_it_goes_on() -> None:
    town = Town()
    await town.start()
    await town.allot()
    town["insurance"].crash()
    town["health"].crash()
    transaction = town.hospital.bills(["waits"], EXPIRY_MS)
    node = town["hospital"].running
    assert node.submit(transaction.data).status == "accepted"
    assert await node.wait(transaction.id, 30_000) is None
    assert node.outcome(transaction.id).status == "accepted"
    await town["health"].start()
    assert await node.wait(transaction.id, 30_000) is not None
    await town["insurance"].start()
    await town.level()
    assert_same_heads(town.all)


@virtually
async def test_a_node_that_missed_fifty_blocks_catches_up_and_votes_again() -> None:
    town = Town()
    await town.start()
    await town.allot()
    town["health"].crash()
    for i in range(50):
        await town.issue(f"missed-{i}")
    height = town["hospital"].running.head.height
    assert height > 50
    await town["health"].start()
    await until(lambda: town["health"].running.head.height >= height, 30)
    town["finance"].crash()
    await town.issue("with-its-vote")
    assert_each_once(town["health"], [f"missed-{i}" for i in range(50)])


@virtually
async def test_a_claimed_height_that_nobody_can_serve_is_dropped_and_costs_the_liar() -> None:
    town = Town()
    await town.start("hospital", "finance", "insurance")
    liar = Boaster("health", town.network, town.genesis)
    liar.height = 10**9
    await liar.listen()
    await town.allot()
    for _ in range(20):
        await liar.say(encode_frame(Kind.STANDING, Standing(10**9, ())))
        await asyncio.sleep(0.5)
    await town.issue("still-works")
    peer = next(p for p in town["hospital"].running.peers() if p.agency == "health")
    assert peer.ban_reason == "sync.not_served"
    assert peer.banned_until_ms > 0
    assert not town["hospital"].running.status().syncing


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda peer: setattr(peer, "chain", bytes(32)), "hello.wrong_chain"),
        (lambda peer: setattr(peer, "protocol", 9), "hello.wrong_protocol"),
        (lambda peer: setattr(peer, "name", "finance"), "hello.wrong_agency"),
        (lambda peer: setattr(peer, "height", 2**60), "frame.absurd_height"),
    ],
)
def test_a_peer_that_greets_wrongly_is_banned_with_its_reason(
    change: Callable[[Impostor], None], code: str
) -> None:
    async def story() -> None:
        town = Town()
        await town.start("hospital", "finance", "insurance")
        peer = Impostor("health", town.network, town.genesis)
        change(peer)
        await peer.call("hospital")
        await until(lambda: bool(town["hospital"].journal.named("peers.banned")), 5)
        status = next(p for p in town["hospital"].running.peers() if p.agency == "health")
        assert (status.ban_reason, status.connected) == (code, False)
        assert status.banned_until_ms > town["hospital"].clock.now_ms()
        faults = town["hospital"].journal.named("peers.fault_seen")
        assert [fault["code"] for fault in faults] == [code]
        await town.allot()
        await town.issue("the-others-go-on")

    run_virtually(story())


@virtually
async def test_a_node_with_another_genesis_finds_no_peers_and_says_why() -> None:
    town = Town()
    town.machines["health"].genesis = make_genesis(name="another chain")
    town["health"].disk.databases.clear()
    town["health"].disk.contents.clear()
    town["health"].create_store()
    await town.start()
    await town.commit(town.finance.allot(1, 1_000, EXPIRY_MS), "finance")
    await asyncio.sleep(1)
    await town.issue("three-are-enough")
    reasons = {p.ban_reason for p in town["health"].running.peers()}
    assert reasons == {"hello.wrong_chain"}
    assert town["health"].running.head.height == 0


@virtually
async def test_garbage_from_a_peer_costs_the_peer_and_never_the_node() -> None:
    town = Town()
    await town.start("hospital", "finance", "insurance")
    town.checker.liars.add("health")
    peer = Impostor("health", town.network, town.genesis)
    await peer.call("hospital")
    for frame in (b"", b"\xff", b"\x02", b"\x02\x93\x01", b"\x03\x91\xc0", b"\x04" + bytes(99)):
        await peer.say(frame)
        await asyncio.sleep(0.01)
    await town.allot()
    await town.issue("unmoved")
    status = next(p for p in town["hospital"].running.peers() if p.agency == "health")
    assert status.banned_until_ms > 0


@virtually
async def test_a_transaction_whose_gossip_was_lost_is_sent_again_until_it_commits() -> None:
    town = Town()
    await town.start()
    await town.allot()
    await asyncio.sleep(1)
    town.network.weather.loss = 1.0
    transaction = town.hospital.bills(["lost"], EXPIRY_MS)
    node = town["hospital"].running
    assert node.submit(transaction.data).status == "accepted"
    await asyncio.sleep(0.5)
    town.network.weather.loss = 0.0
    assert await node.wait(transaction.id, 10_000) is not None


@virtually
async def test_the_same_bytes_again_get_the_first_receipt() -> None:
    town = Town()
    await town.start()
    await town.allot()
    transaction = town.hospital.bills(["once"], EXPIRY_MS)
    height = await town.commit(transaction, "hospital")
    await town.level()
    for machine in town.all:
        answer = machine.running.submit(transaction.data)
        assert answer.status == "committed"
        assert answer.receipt is not None
        assert answer.receipt.height == height
    assert issued_bills(town["health"]) == ["once"]


@virtually
async def test_of_two_transactions_with_one_business_number_one_commits() -> None:
    town = Town()
    await town.start()
    await town.allot()
    first = town.hospital.bills(["twice"], EXPIRY_MS)
    second = town.hospital.bills(["twice"], EXPIRY_MS)
    assert town["hospital"].running.submit(first.data).status == "accepted"
    assert town["health"].running.submit(second.data).status == "accepted"
    await asyncio.sleep(3)
    await town.level()
    outcomes = {
        town["hospital"].running.outcome(first.id).status,
        town["health"].running.outcome(second.id).status,
    }
    assert outcomes == {"committed", "refused"}
    assert issued_bills(town["finance"]) == ["twice"]
    assert town["health"].running.status().pending_transactions == 0


@virtually
async def test_a_node_that_stopped_in_order_goes_on_where_it_was() -> None:
    town = Town()
    await town.start()
    await town.allot()
    await town["health"].stop()
    await town.issue("without-it")
    await town["health"].start()
    await town.issue("with-it")
    await town.level()
    assert_same_heads(town.all)


@virtually
async def test_a_validator_that_lost_its_vote_log_signs_only_three_blocks_past_the_others() -> None:
    town = Town()
    await town.start()
    await town.allot()
    await town.issue("before")
    height = await town.level()
    town["health"].crash()
    for path in COPIES:
        del town["health"].disk.contents[path]
    town.checker.forget("health")
    await town["health"].start()
    assert town["health"].running.status().sign_from == -1
    await until(lambda: town["health"].running.status().sign_from == height + 3, 10)
    for i in range(6):
        await town.issue(f"after-{i}")
    await until(lambda: town["health"].running.status().sign_from is None, 10)
    signed = [h for (_, h, _, owner) in town.checker.sent_votes if owner == "health" and h > height]
    assert min(signed) == height + 3


@virtually
async def test_a_vote_log_rolled_back_is_noticed_because_the_others_remember() -> None:
    town = Town()
    await town.start()
    await town.allot()
    await town.level()
    town["insurance"].crash()
    town["finance"].crash()
    saved = {p: bytes(town["health"].disk.contents[p].durable) for p in COPIES}
    transaction = town.hospital.bills(["stuck"], EXPIRY_MS)
    town["hospital"].running.submit(transaction.data)
    await asyncio.sleep(5)
    assert any(owner == "health" for (_, h, _, owner) in town.checker.sent_votes if h == 2)
    town["health"].crash()
    for path, data in saved.items():
        town["health"].disk.contents[path].durable[:] = data
    await town["health"].start()
    await until(lambda: bool(town["health"].journal.named("votes.lost")), 5)
    assert town["health"].running.status().sign_from is not None


@virtually
async def test_a_write_error_ends_the_node_and_the_others_go_on() -> None:
    town = Town()
    await town.start()
    await town.allot()
    town["health"].disk.fault = lambda _place, _size: 0
    await town.issue("written-elsewhere")
    await until(lambda: town["health"].error is not None, 10)
    error = town["health"].error
    assert isinstance(error, NodeFault)
    assert error.code == "storage.write_failed"
    town["health"].disk.fault = lambda _place, _size: None
    town["health"].error = None
    town["health"].crash()
    await town["health"].start()
    await town.level()
    assert_same_heads(town.all)


@virtually
async def test_a_nearly_full_disk_takes_no_work_and_then_signs_nothing() -> None:
    town = Town()
    await town.start()
    await town.allot()
    health = town["health"]
    health.disk.free = health.settings.disk_free_min_bytes - 1
    await asyncio.sleep(2)
    with pytest.raises(Unavailable) as caught:
        health.running.submit(town.hospital.bills(["no-room"], EXPIRY_MS).data)
    assert caught.value.code == "node.disk_full"
    health.disk.free = 0
    await asyncio.sleep(2)
    await town.issue("a")
    height = await town.issue("b")
    await town.issue("c")
    votes = [h for (_, h, _, owner) in town.checker.sent_votes if owner == "health"]
    assert max(votes) < height
    await town.level()


@virtually
async def test_a_validator_cut_off_from_one_other_still_counts_through_relays() -> None:
    town = Town()
    await town.start()
    await town.allot()
    await asyncio.sleep(3)
    town.network.cut("hospital", "health")
    await asyncio.sleep(12)
    town["insurance"].crash()
    for i in range(3):
        await town.issue(f"relayed-{i}")


@virtually
async def test_all_lose_power_between_prepare_and_commit_and_the_locked_block_survives() -> None:
    town = Town(weather=Weather(delay_mean_ms=0.5))
    await town.start()
    await town.allot()
    transaction = town.hospital.bills(["locked"], EXPIRY_MS)
    town["hospital"].running.submit(transaction.data)
    await until(lambda: any(k == 3 and h == 2 for (k, h, _, _) in town.checker.sent_votes), 5)
    for machine in town.all:
        machine.crash()
    for agency in AGENCIES[:3]:
        await town[agency].start()
    await until(lambda: town["hospital"].running.head.height >= 2, 60)
