from node.committed import Committed, PendingRows, SnapshotState
from storage import keys
from storage.store import Store
from tests.support.parts import Workshop, make_bench, virtually
from tests.support.world import EPOCH_MS, Desk

EXPIRY_MS = EPOCH_MS + 3_000_000


@virtually
async def test_rows_under_way_are_seen_until_the_store_has_them():
    store = make_bench().ground.store
    assert isinstance(store, Store)
    rows = PendingRows(store)
    key = keys.leaf_key(b"b/somewhere")
    first, second = [(key, b"old")], [(key, b"new")]
    rows.put(first)
    assert rows.get(b"b/somewhere") == b"old"
    rows.put(second)
    rows.settle(first)
    assert rows.get(b"b/somewhere") == b"new"
    rows.settle(second)
    assert rows.get(b"b/somewhere") is None


@virtually
async def test_a_snapshot_shows_its_own_block_while_the_next_is_written():
    workshop = Workshop(make_bench())
    desk = Desk("finance", workshop.bench.machine.genesis, 1)
    store = workshop.ground.store
    before = SnapshotState(store.snapshot())
    transaction = desk.allot(1, 1_000, EXPIRY_MS)
    await workshop.finalize(await workshop.build(transaction))
    assert before.receipt_of(transaction.id) is None
    assert SnapshotState(store.snapshot()).receipt_of(transaction.id) is not None


@virtually
async def test_the_validators_of_the_next_heights_and_the_timing_come_from_the_state():
    committed = make_bench().restored.committed
    assert isinstance(committed, Committed)
    assert [v.agency for v in committed.validators(1)] == [
        "hospital",
        "finance",
        "insurance",
        "health",
    ]
    assert committed.validators(10**6) is committed.validators(2)
    assert committed.timing().heartbeat_ms == committed.parameters.heartbeat_ms
