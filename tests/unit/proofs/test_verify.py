"""A receipt proves its fact from the genesis alone; a forgery is named by the step it breaks."""

import msgspec
import pytest

from proofs.chain import Checkpoint
from proofs.errors import VerificationFailed
from proofs.jsonfile import Base64Url
from proofs.receipt import BillFact, NamedValidator, dump_receipt, is_absence, load_receipt
from proofs.verify import STEPS, verify_receipt
from tests.independent import verify_receipt as independent
from tests.support.document_receipts import (
    NEWEST,
    NEXT,
    OLD,
    OTHER,
    document_receipt,
    documents_chain,
    sample_document,
)
from tests.support.receipts import (
    CODE,
    NUMBER,
    TIME_MS,
    genesis_file,
    sample_bill,
    sample_chain,
    sample_receipt,
    whole_text,
)
from tests.support.tampering import forgeries, good_receipts

FORGERIES = forgeries()
GOOD = good_receipts()


@pytest.mark.parametrize(("name", "file"), GOOD, ids=[name for name, _ in GOOD])
def test_an_honest_receipt_is_proved(name, file):
    receipt = load_receipt(file)
    verified = verify_receipt(receipt, genesis_file())
    assert verified.fact == receipt.fact
    assert verified.steps == (STEPS if receipt.details else STEPS[:-1])
    assert (verified.bill is not None) is isinstance(receipt.fact, BillFact)
    assert (verified.value is None) is is_absence(receipt.fact)


@pytest.mark.parametrize(("name", "file"), GOOD, ids=[name for name, _ in GOOD])
def test_the_independent_script_proves_the_same_steps(name, file):
    verified = verify_receipt(load_receipt(file), genesis_file())
    assert tuple(independent.verify(file, genesis_file())) == verified.steps


@pytest.mark.parametrize("forgery", FORGERIES, ids=lambda forgery: forgery.name)
def test_a_forgery_is_refused_by_the_step_it_breaks(forgery):
    with pytest.raises(VerificationFailed) as caught:
        verify_receipt(load_receipt(forgery.receipt), forgery.genesis)
    assert caught.value.step == ("receipt" if forgery.is_malformed else forgery.step)
    assert caught.value.code.startswith(f"{caught.value.step}.")


@pytest.mark.parametrize("forgery", FORGERIES, ids=lambda forgery: forgery.name)
def test_the_independent_script_names_the_same_step(forgery):
    with pytest.raises(independent.Failed) as caught:
        independent.verify(forgery.receipt, forgery.genesis)
    assert str(caught.value) == forgery.step


def test_a_document_is_told_with_its_custodian_its_name_and_how_it_stands():
    verified = verify_receipt(document_receipt(whole_text(OTHER), OLD), genesis_file())
    assert verified.document is not None
    assert verified.document.name == OLD
    assert verified.document.leaf == sample_document(OLD, OTHER, state=1, superseded_by=NEWEST)
    assert (verified.bill, len(verified.shown)) == (None, 4)
    bare = verify_receipt(document_receipt(), genesis_file())
    assert bare.document is not None
    assert (bare.document.name, bare.shown, bare.steps) == (NEXT, (), STEPS[:-1])


@pytest.mark.parametrize("name", ["a bill by its key", "a parameter"])
def test_other_facts_show_no_details(name):
    receipt = load_receipt(dict(GOOD)[name])
    with pytest.raises(VerificationFailed, match=r"leaf\.other_fact"):
        verify_receipt(msgspec.structs.replace(receipt, details=whole_text()), genesis_file())


def test_a_record_of_sixteen_mebibytes_of_quotes_is_proved():
    text = '{"x":"' + '\\"' * (8 * 2**20) + '"}'
    receipt = document_receipt(whole_text(text), chain=documents_chain(text=text))
    file = dump_receipt(receipt)
    assert len(file) > 32 * 2**20
    assert len(verify_receipt(load_receipt(file), genesis_file()).shown) == 1
    assert "document" in independent.verify(file, genesis_file())


def test_every_step_is_broken_by_some_forgery():
    assert {forgery.step for forgery in FORGERIES} == set(STEPS)


def test_what_was_proved_tells_its_height_its_age_its_signers_and_where_trust_starts():
    verified = verify_receipt(sample_receipt(details=whole_text()), genesis_file())
    assert verified.fact == BillFact(CODE, NUMBER)
    assert verified.bill == sample_bill()
    assert verified.height == 3
    assert verified.age_ms(TIME_MS + 61_000) == 60_000
    assert verified.signers == ("finance", "hospital", "insurer")
    assert (verified.trust.start, verified.trust.height) == ("genesis", 0)
    assert verified.trust.names["hospital"] == "示例省人民医院"
    assert [leaf.path for leaf in verified.shown][:3] == ["busNo", "busType", "payer"]


def _checkpoint(height, header_hash=bytes(32), chain=None):
    genesis = sample_chain().genesis
    return Checkpoint(
        format="piaolian-checkpoint-1",
        chain=Base64Url(chain or genesis.chain),
        height=height,
        header_hash=Base64Url(header_hash),
        validators=tuple(
            NamedValidator(entry.agency, entry.suite, Base64Url(entry.public_key))
            for entry in genesis.validators
        ),
        date="2026-11-23",
    )


def test_trust_may_start_at_a_dated_checkpoint_of_an_earlier_height():
    verified = verify_receipt(sample_receipt(), _checkpoint(2))
    assert (verified.trust.start, verified.trust.height) == ("checkpoint", 2)
    assert verified.trust.date == "2026-11-23"


def test_at_its_own_height_a_checkpoint_knows_the_one_header():
    good = sample_chain().certificate.hash
    assert verify_receipt(sample_receipt(), _checkpoint(3, good)).height == 3
    with pytest.raises(VerificationFailed, match=r"header\.before_checkpoint"):
        verify_receipt(sample_receipt(), _checkpoint(3))


def test_what_is_older_than_the_checkpoint_is_not_believed():
    with pytest.raises(VerificationFailed, match=r"header\.before_checkpoint"):
        verify_receipt(sample_receipt(), _checkpoint(4))


def test_a_checkpoint_of_another_chain_proves_nothing():
    with pytest.raises(VerificationFailed, match=r"genesis\.differs"):
        verify_receipt(sample_receipt(), _checkpoint(2, chain=bytes([1]) * 32))
