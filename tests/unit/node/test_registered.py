"""What the ledger does not know of a node's agency is told, and never refused."""

from node.registered import is_member, note_unregistered
from tests.support.parts import make_bench, virtually
from tests.support.world import SeededSigner


@virtually
async def test_an_agency_of_the_genesis_is_a_member_and_a_stranger_is_not():
    bench = make_bench("hospital")
    view, time_ms = bench.ground.committed.view, bench.ground.committed.tip.time_ms
    assert is_member(view, "hospital")
    assert not is_member(view, "stranger")
    note_unregistered(bench.ground.world, view, "hospital", time_ms)
    assert bench.machine.journal.events == []
    note_unregistered(bench.ground.world, view, "stranger", time_ms)
    assert bench.machine.journal.named("node.not_yet_a_member")[0]["agency"] == "stranger"


@virtually
async def test_a_desk_key_that_is_not_registered_is_named():
    bench = make_bench("hospital")
    bench.machine.signer = SeededSigner("somebody else")
    world, committed = bench.machine.world(), bench.ground.committed
    note_unregistered(world, committed.view, "hospital", committed.tip.time_ms)
    (told,) = bench.machine.journal.named("keys.not_registered")
    assert told["reason"] == "desk"
