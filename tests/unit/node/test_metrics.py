from prometheus_client import generate_latest

from node.metrics import Metrics
from tests.support.parts import virtually
from tests.support.town import Town


@virtually
async def test_counters_and_gauges_tell_what_the_node_did():
    town = Town()
    await town.start()
    await town.allot()
    await town.issue("a", "b", "c")
    node = town["hospital"].running
    text = generate_latest(node.metrics).decode()
    values = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert values["piaolian_operations_total"] == "4.0"
    assert values["piaolian_height"] == f"{node.head.height}.0"
    assert values["piaolian_commit_seconds_count"] == "1.0"
    assert values['piaolian_peer_score{agency="health"}'] == "100.0"
    assert values["piaolian_ready"] == "1.0"


@virtually
async def test_each_node_has_a_registry_of_its_own():
    town = Town()
    await town.start()
    first, second = (Metrics(town[a].running) for a in ("hospital", "finance"))
    first.blocks.inc()
    assert second.registry.get_sample_value("piaolian_blocks_total") == 0
