"""The path of validators: from a trusted set to the one of the header, link by link."""

import pytest

from ledger.block import header_hash
from proofs.chain import Checkpoint, trust_checkpoint, trust_genesis
from proofs.errors import VerificationFailed
from proofs.jsonfile import Base64Url
from proofs.receipt import named_validators
from proofs.validators import follow_validators
from proofs.verify import verify_receipt
from tests.support.receipts import genesis_file, sample_receipt
from tests.support.validator_paths import (
    FIRST,
    SECOND,
    THIRD,
    change,
    changed_chain,
    entries,
    honest_path,
)


def receipt_of(*changes):
    return sample_receipt(changed_chain(changes))


def checkpoint(height, names, hash_=None):
    """Return a checkpoint; at height 2 by default of the honest block there."""
    honest = header_hash(honest_path()[1].header)
    return Checkpoint(
        format="piaolian-checkpoint-1",
        chain=receipt_of().chain,
        height=height,
        header_hash=Base64Url(hash_ or honest),
        validators=named_validators(entries(names)),
        date="2026-11-23",
    )


def agencies(receipt, trust):
    return [validator.agency for validator in follow_validators(receipt, trust)]


def refusal(receipt, start):
    with pytest.raises(VerificationFailed) as caught:
        verify_receipt(receipt, start)
    return caught.value.code


def test_the_genesis_leads_to_the_set_of_the_header_over_every_change():
    receipt = receipt_of(*honest_path())
    trust = trust_genesis(genesis_file(), receipt.chain)
    assert agencies(receipt, trust) == [*FIRST, "bank"]
    verified = verify_receipt(receipt, genesis_file())
    assert verified.signers == (*FIRST, "bank")


def test_a_checkpoint_makes_the_changes_below_it_needless():
    receipt = receipt_of(*honest_path())
    for height, names in ((2, SECOND), (3, THIRD)):
        trust = trust_checkpoint(checkpoint(height, names), receipt.chain)
        assert agencies(receipt, trust)[-1] == "bank"
    only_the_last = receipt_of(honest_path()[1])
    assert verify_receipt(only_the_last, checkpoint(2, SECOND)).height == 3
    assert refusal(only_the_last, genesis_file()) == "validators.bad_change"


def test_a_change_at_the_checkpoints_height_is_the_one_block_that_it_fixes():
    receipt = receipt_of(*honest_path())
    assert refusal(receipt, checkpoint(2, SECOND, bytes(32))) == "validators.bad_change"


def test_a_checkpoint_of_another_set_leads_nowhere():
    receipt = receipt_of(*honest_path())
    assert refusal(receipt, checkpoint(2, FIRST)) == "validators.bad_change"
    assert refusal(receipt, checkpoint(3, SECOND)) == "validators.missing_change"


def test_each_way_to_forge_a_path_has_its_reason():
    first, second = honest_path()
    reasons = {
        "validators.missing_change": receipt_of(first),
        "validators.bad_change": receipt_of(second, first),
        "validators.other_set": receipt_of(first, change(2, SECOND, THIRD, listed=SECOND)),
    }
    assert {code: refusal(receipt, genesis_file()) for code, receipt in reasons.items()} == {
        code: code for code in reasons
    }
