"""Admission: what every transaction is asked before it may wait."""

import msgspec
import pytest

from ledger.agencies import SUSPENDED, Agency, agency_key
from ledger.checks import (
    check_transaction,
    moment_of,
    recheck_transaction,
    signature_check,
)
from ledger.state import Draft
from ledger.transaction import Acknowledgment, Transaction, build, signed_message
from tests.support.ledgers import Chain, allot, issue, key_pair, new_chain
from tests.support.refusals import refused


@pytest.fixture
def chain() -> Chain:
    chain = new_chain()
    chain.commit(chain.sign("finance", allot(1, 1000)))
    return chain


def admit(chain: Chain, transaction: Transaction, time_ms: int | None = None):
    now_ms = chain.tip.time_ms if time_ms is None else time_ms
    return check_transaction(chain.view, transaction, moment_of(chain.tip.height + 1, now_ms))


def altered(chain: Chain, transaction: Transaction, **fields) -> Transaction:
    envelope = msgspec.structs.replace(transaction.envelope, **fields)
    return build(envelope, key_pair("hospital", "desk").sign)


def test_a_lawful_transaction_shows_what_it_would_bring(chain: Chain) -> None:
    accepted = admit(chain, chain.sign("hospital", issue("a"), issue("b")))
    assert [result.number for result in accepted.results] == [1, 2]
    assert len(accepted.faces) == 2
    assert chain.view.bill_of("hospital", "a") is None


def test_the_moment_has_the_year_of_shanghai() -> None:
    assert moment_of(1, 1_798_732_800_000 - 1).year == "26"
    assert moment_of(1, 1_798_732_800_000).year == "27"


def test_a_transaction_may_take_effect_until_its_expiry(chain: Chain) -> None:
    transaction = chain.sign("hospital", issue("a"), expiry_ms=chain.tip.time_ms + 100)
    admit(chain, transaction, chain.tip.time_ms + 100)
    with refused("transaction.expired", "expiry_ms"):
        admit(chain, transaction, chain.tip.time_ms + 101)


def test_a_transaction_expires_within_an_hour_and_the_clocks_precision(chain: Chain) -> None:
    farthest = chain.tip.time_ms + 3_600_000 + 500
    admit(chain, chain.sign("hospital", issue("a"), expiry_ms=farthest))
    with refused("transaction.expiry_too_far", "expiry_ms"):
        admit(chain, chain.sign("hospital", issue("a"), expiry_ms=farthest + 1))


def test_a_second_arrival_is_refused_as_duplicate(chain: Chain) -> None:
    transaction = chain.sign("hospital", issue("a"))
    chain.commit(transaction)
    with refused("transaction.duplicate"):
        admit(chain, transaction)


def test_operations_are_limited_by_the_parameters() -> None:
    chain = new_chain(
        msgspec.structs.replace(new_chain().genesis.parameters, max_transaction_operations=1)
    )
    with refused("transaction.too_many_operations", "operations"):
        admit(chain, chain.sign("finance", allot(1, 2), allot(3, 4)))


def test_acknowledgments_are_not_in_use_yet(chain: Chain) -> None:
    acknowledgment = Acknowledgment("health", bytes(8), bytes(64))
    transaction = altered(
        chain, chain.sign("hospital", issue("a")), acknowledgments=(acknowledgment,)
    )
    with refused("transaction.acknowledgments_not_in_use", "acknowledgments"):
        admit(chain, transaction)


def test_an_unknown_sender_is_refused(chain: Chain) -> None:
    transaction = altered(chain, chain.sign("hospital", issue("a")), agency="nobody")
    with refused("agency.unknown", "agency"):
        admit(chain, transaction)
    with refused("agency.unknown", "agency"):
        signature_check(chain.view, transaction, chain.tip.time_ms)


def test_a_suspended_sender_is_refused(chain: Chain) -> None:
    hospital = chain.view.leaf(agency_key("hospital"), Agency)
    assert hospital is not None
    draft = Draft(chain.view)
    draft.facts[agency_key("hospital")] = msgspec.structs.replace(hospital, standing=SUSPENDED)
    transaction = chain.sign("hospital", issue("a"))
    with refused("agency.suspended", "agency"):
        check_transaction(draft, transaction, moment_of(2, chain.tip.time_ms))


def test_a_key_of_another_purpose_signs_no_transaction(chain: Chain) -> None:
    with refused("agency.wrong_key_purpose", "key_id"):
        admit(chain, chain.sign("hospital", issue("a"), purpose="validator"))


def test_an_unknown_key_signs_no_transaction(chain: Chain) -> None:
    transaction = altered(chain, chain.sign("hospital", issue("a")), key_id=bytes(8))
    with refused("agency.unknown_key", "key_id"):
        admit(chain, transaction)


def test_a_refusal_names_the_operation(chain: Chain) -> None:
    transaction = chain.sign("hospital", issue("a"), issue("b"), issue("c", (1, 0, 0, 0, 0)))
    with pytest.raises(Exception, match="amounts_do_not_add_up") as caught:
        admit(chain, transaction)
    assert caught.value.facts["operation"] == 2


def test_what_must_be_verified_is_the_named_key_over_the_signed_message(chain: Chain) -> None:
    transaction = chain.sign("hospital", issue("a"))
    check = signature_check(chain.view, transaction, chain.tip.time_ms)
    assert check.public_key == key_pair("hospital", "desk").public_key
    assert check.message == signed_message(chain.genesis.chain, transaction.envelope_bytes)
    assert check.signature == transaction.signature


def test_after_a_block_a_transaction_whose_number_was_taken_can_no_longer_commit(
    chain: Chain,
) -> None:
    waiting = chain.sign("hospital", issue("z"), issue("a"))
    moment = moment_of(3, chain.tip.time_ms)
    recheck_transaction(chain.view, waiting, moment)
    chain.commit(chain.sign("hospital", issue("a")))
    with refused("bill.business_number_used", "business_number"):
        recheck_transaction(chain.view, waiting, moment)


def test_after_a_block_a_transaction_that_is_in_it_or_expired_is_done(chain: Chain) -> None:
    waiting = chain.sign("hospital", issue("a"))
    with refused("transaction.expired"):
        recheck_transaction(chain.view, waiting, moment_of(3, waiting.envelope.expiry_ms + 1))
    chain.commit(waiting)
    with refused("transaction.duplicate"):
        recheck_transaction(chain.view, waiting, moment_of(3, chain.tip.time_ms))
