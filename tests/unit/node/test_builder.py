from consensus.effects import BuildBlock
from consensus.messages import header_hash
from node.builder import OPERATIONS_MAX, Builder
from tests.support.parts import Workshop, make_bench, soon, virtually
from tests.support.world import EPOCH_MS, Desk

EXPIRY_MS = EPOCH_MS + 3_000_000


@virtually
async def test_a_built_block_is_durable_before_it_is_told():
    workshop = Workshop(make_bench())
    assert isinstance(workshop.builder, Builder)
    desk = Desk("finance", workshop.bench.machine.genesis, 1)
    built = await workshop.build(desk.allot(1, 1_000, EXPIRY_MS))
    workshop.bench.machine.disk.crash(lambda _path, _unsynced: b"")
    store = make_bench(machine=workshop.bench.machine).ground.store
    assert store.body(1, header_hash(built.header)) is not None


@virtually
async def test_what_turns_out_impossible_fills_no_block_and_leaves_the_line():
    workshop = Workshop(make_bench())
    desk = Desk("finance", workshop.bench.machine.genesis, 1)
    first, second = desk.allot(1, 1_000, EXPIRY_MS), desk.allot(500, 600, EXPIRY_MS)
    built = await workshop.build(first, second)
    assert built.body.transactions == (first.hash,)
    assert workshop.mempool.by_id(second.id) is None
    refusal = workshop.admission.refusal(second.id)
    assert refusal is not None
    assert refusal.code == "range.overlaps"


@virtually
async def test_a_block_takes_no_more_operations_than_are_executed_quickly():
    workshop = Workshop(make_bench())
    finance, hospital = (
        Desk(a, workshop.bench.machine.genesis, 1) for a in ("finance", "hospital")
    )
    await workshop.finalize(await workshop.build(finance.allot(1, 10_000, EXPIRY_MS)))
    packs = [hospital.bills([f"{i}-{k}" for k in range(500)], EXPIRY_MS) for i in range(6)]
    built = await workshop.build(*packs)
    assert len(built.body.transactions) == OPERATIONS_MAX // 500


@virtually
async def test_a_block_for_a_height_that_is_over_is_not_built():
    workshop = Workshop(make_bench())
    workshop.builder.build(BuildBlock(7, 0))
    await soon()
    assert workshop.told == []
