import pytest

from node.mempool import OVERHEAD_BYTES, Mempool
from primitives.errors import Refused, Unavailable
from tests.support.parts import collect
from tests.support.world import EPOCH_MS, Desk, make_genesis

GENESIS = make_genesis()
HOSPITAL = Desk("hospital", GENESIS, 1)
FINANCE = Desk("finance", GENESIS, 1)


def bills(*numbers, expiry_ms=EPOCH_MS):
    return HOSPITAL.bills(list(numbers), expiry_ms)


def room(bytes_max=1 << 20, count_max=100):
    changes, on_change = collect()
    return Mempool(bytes_max, count_max, on_change), changes


def test_work_is_told_when_the_first_comes_and_when_the_last_leaves():
    mempool, changes = room()
    first, second = bills("a"), bills("b")
    mempool.add(first)
    mempool.add(second)
    mempool.remove(first.hash)
    assert changes == [True]
    mempool.remove(second.hash)
    assert changes == [True, False]
    assert mempool.size_bytes == 0


def test_of_two_that_claim_a_business_number_the_first_waits():
    mempool, _ = room()
    mempool.add(bills("a", "b"))
    with pytest.raises(Refused) as caught:
        mempool.add(bills("b"))
    assert caught.value.code == "transaction.name_waiting"
    mempool.remove(mempool.claimant("hospital/b"))
    mempool.add(bills("b"))


def test_the_same_envelope_under_another_signature_does_not_wait_twice():
    from dataclasses import replace

    mempool, _ = room()
    transaction = bills("a")
    mempool.add(transaction)
    with pytest.raises(Refused) as caught:
        mempool.add(replace(transaction, hash=bytes(32)))
    assert caught.value.code == "transaction.signed_twice"
    assert mempool.by_id(transaction.id) == transaction


def test_an_agency_alone_may_fill_half_of_the_room_and_leaves_the_rest_to_others():
    mempool, _ = room(count_max=10)
    for i in range(5):
        mempool.add(bills(f"n{i}"))
    with pytest.raises(Unavailable) as caught:
        mempool.add(bills("one-more"))
    assert caught.value.code == "mempool.quota"
    mempool.add(FINANCE.allot(1, 9, EPOCH_MS))
    assert len(mempool) == 6


def test_the_room_is_bounded_in_bytes():
    size = len(bills("n0").data) + OVERHEAD_BYTES
    mempool, _ = room(bytes_max=4 * size)
    mempool.add(bills("n0"))
    mempool.add(bills("n1"))
    with pytest.raises(Unavailable):
        mempool.add(bills("n2"))
    assert mempool.size_bytes == 2 * size


def test_what_can_no_longer_commit_at_a_ledger_time_is_told_once():
    mempool, _ = room()
    early, late = bills("a", expiry_ms=1_000), bills("b", expiry_ms=2_000)
    mempool.add(late)
    mempool.add(early)
    assert mempool.expired(999) == []
    assert mempool.expired(1_000) == [early.hash]
    assert mempool.expired(1_000) == []


def test_agencies_take_turns_by_operations_not_by_transactions():
    mempool, _ = room()
    packed = [bills(*(f"{i}-{k}" for k in range(3))) for i in range(2)]
    single = [FINANCE.allot(i * 10 + 1, i * 10 + 9, EPOCH_MS) for i in range(4)]
    for transaction in [*packed, *single]:
        mempool.add(transaction)
    order = list(mempool.fair_order())
    assert order == [packed[0], *single[:3], packed[1], single[3]]
