"""A node's receipts are proved by the genesis alone, whatever became of the validators."""

import pytest

from ledger.agencies import agency_key
from ledger.parameters import PARAMETERS_KEY
from node.proving import prove
from primitives.errors import Unavailable
from proofs.jsonfile import Base64Url
from proofs.receipt import LeafFact, NoBillFact, NoLeafFact, dump_receipt, load_receipt
from proofs.verify import verify_receipt
from tests.independent import verify_receipt as independent
from tests.support.council import Council
from tests.support.parts import virtually
from tests.support.town import Town, until
from tests.support.world import CODE, SeededSigner


@virtually
async def test_facts_and_absences_are_proved_across_changes_of_the_validators():
    town = Town(candidates=("bank",))
    town["health"].signer = SeededSigner("health", "second")
    await town.start()
    await town.allot()
    await town.start("bank")
    council = Council(town)
    await council.seat("bank")
    decided = await council.rotate_validator_key("health", town["health"].signer, 1)
    node = town["bank"].running
    await until(lambda: node.head.height > decided)
    await town.issue("after-both")
    await town.level()
    facts = (
        LeafFact(Base64Url(PARAMETERS_KEY)),
        LeafFact(Base64Url(agency_key("bank"))),
        NoLeafFact(Base64Url(agency_key("nobody"))),
        NoBillFact(CODE, 999_999),
    )
    for fact in facts:
        file = dump_receipt(prove(node, fact))
        assert file.count(b'"certificate"') == 3
        verified = verify_receipt(load_receipt(file), town.genesis)
        assert (verified.fact, verified.height) == (fact, node.head.height)
        assert independent.verify(file, town.genesis)[-1] == "leaf"


@virtually
async def test_before_the_first_block_nothing_is_proved():
    town = Town()
    await town.start()
    with pytest.raises(Unavailable) as caught:
        prove(town["hospital"].running, LeafFact(Base64Url(PARAMETERS_KEY)))
    assert caught.value.code == "proof.no_block_yet"
