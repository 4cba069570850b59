from consensus.effects import TimerKind
from consensus.inputs import Received, TimerFired
from consensus.messages import Status
from consensus.recovery import recover
from ledger.parameters import Parameters
from node.driver import INPUTS_MAX, Driver
from tests.support.parts import make_bench, virtually
from tests.support.town import EXPIRY_MS, Town, until


@virtually
async def test_messages_of_peers_beyond_the_bound_are_dropped_and_own_inputs_never():
    driver = Driver(make_bench().ground, recover(()))
    for i in range(INPUTS_MAX + 5):
        driver.tell(Received(Status(i, 0), "health", 0, 0))
    assert driver.dropped == 5
    driver.tell(TimerFired(TimerKind.ROUND, 1, 0, 0))
    driver.tell(Received(Status(1, 0), "hospital", 0, 0))
    assert driver.dropped == 5


@virtually
async def test_a_dead_proposer_costs_one_round_and_the_next_one_proposes():
    town = Town(parameters=Parameters(round_timeout_ms=500))
    await town.start()
    await town.allot()
    proposer_of_2 = "insurance"
    town[proposer_of_2].crash()
    transaction = town.hospital.bills(["a"], EXPIRY_MS)
    node = town["hospital"].running
    node.submit(transaction.data)
    await until(lambda: node.head.height == 2, 1.0)
    decided = town["hospital"].journal.named("blocks.decided")
    assert [(event["height"], event["round"]) for event in decided] == [(1, 0), (2, 1)]
    assert node.status().round == 0
