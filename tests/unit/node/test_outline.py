"""Blocks as their readers see them."""

from node.api.outline import BLOCKS_MAX, BlockReader
from tests.support.council import Council
from tests.support.office import line, open_town
from tests.support.town import EXPIRY_MS, Town, until
from tests.support.virtual_loop import run_virtually


def test_a_block_tells_its_operations_without_reading_them_and_its_transactions_by_id():
    async def story() -> None:
        _, office = await open_town()
        (slot,) = await office.issue(line("b"))
        reader = BlockReader(office.services.node)
        block = reader.block(slot.outcome.height)
        assert block.operations == 1
        assert block.transaction_ids == [slot.outcome.transaction_id]
        assert reader.transaction_id(block.height, 0) == slot.outcome.transaction_id
        assert reader.block(block.height) is block

    run_virtually(story())


def test_there_is_no_block_above_the_head_and_none_at_the_genesis():
    async def story() -> None:
        _, office = await open_town()
        reader = BlockReader(office.services.node)
        head = office.services.node.head.height
        assert reader.block(head + 1) is None
        assert reader.block(0) is None
        assert reader.certificate(head).height == head
        assert BLOCKS_MAX > 0

    run_virtually(story())


def test_the_signers_of_a_block_are_those_of_its_own_height():
    async def story() -> None:
        town = Town(candidates=("bank",))
        await town.start()
        await town.allot()
        await town.start("bank")
        council = Council(town)
        await council.seat("bank")
        voters = ("finance", "insurance", "health", "bank")
        decided = await council.unseat("hospital", voters)
        node = town["bank"].running
        await until(lambda: node.head.height > decided)
        await town.commit(town.finance.allot(2_000_001, 2_000_009, EXPIRY_MS), "bank")
        reader = BlockReader(node)
        assert "hospital" not in reader.block(node.head.height).signers
        signers = {name for height in range(1, 4) for name in reader.block(height).signers}
        assert "hospital" in signers
        assert "bank" not in signers

    run_virtually(story())
