import pytest

from consensus.messages import header_hash
from node.finalizer import Finalizer
from primitives.errors import NodeFault
from tests.support.parts import Workshop, make_bench, virtually
from tests.support.world import EPOCH_MS, Desk

EXPIRY_MS = EPOCH_MS + 3_000_000


@virtually
async def test_a_block_is_told_final_only_when_it_survives_a_crash():
    workshop = Workshop(make_bench())
    assert isinstance(workshop.finalizer, Finalizer)
    desk = Desk("finance", workshop.bench.machine.genesis, 1)
    transaction = desk.allot(1, 1_000, EXPIRY_MS)
    built = await workshop.build(transaction)
    await workshop.finalize(built)
    assert [block.tip.height for block in workshop.final] == [1]
    machine = workshop.bench.machine
    machine.disk.crash(lambda _path, _unsynced: b"")
    restored = make_bench(machine=machine).restored
    assert restored.committed.tip.hash == header_hash(built.header)
    assert restored.store.receipt(transaction.id) is not None
    assert restored.committed.certificate == workshop.ground.committed.certificate


@virtually
async def test_a_block_takes_effect_before_it_is_durable_and_is_told_after():
    workshop = Workshop(make_bench())
    desk = Desk("finance", workshop.bench.machine.genesis, 1)
    transaction = desk.allot(1, 1_000, EXPIRY_MS)
    built = await workshop.build(transaction)
    workshop.bench.machine.sync_ms = 100
    await workshop.finalize(built)
    committed = workshop.ground.committed
    assert committed.tip.height == 1
    assert committed.view.receipt_of(transaction.id) is not None
    assert committed.view.state_root == committed.tip.state_root


@virtually
async def test_a_failed_write_ends_the_node_and_nothing_is_told():
    workshop = Workshop(make_bench())
    desk = Desk("finance", workshop.bench.machine.genesis, 1)
    built = await workshop.build(desk.allot(1, 1_000, EXPIRY_MS))
    workshop.bench.machine.disk.fault = lambda _place, _size: 0
    await workshop.finalize(built)
    with pytest.raises(NodeFault) as caught:
        await workshop.ground.tasks.over()
    assert caught.value.code == "storage.write_failed"
    assert workshop.final == []
