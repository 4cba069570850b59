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
from ledger.keys import KeyLimits
from ledger.orders import CancelOrder, order_key
from ledger.parameters import Parameters
from ledger.people import IssueKey, RevokeKey
from ledger.state import Draft
from ledger.transaction import (
    Acknowledgment,
    Approval,
    SignedTransaction,
    Transaction,
    build,
    decode_transaction,
    signed_message,
)
from primitives.codec import encode
from primitives.signing import SigningKey, key_id
from tests.support.ledgers import Chain, allot, issue, key_pair, new_chain
from tests.support.money import DAY_MS, new_town, order_of, reverse
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


CLERK, CHECKER = key_pair("hospital", "clerk 1"), key_pair("hospital", "checker 2")
FREE = KeyLimits((), (), 10**12, 1_000, 100, 0, 1440)


def checked_town(*tags: int) -> Chain:
    """Return a town whose hospital has a clerk and a checker, and what a second person approves."""
    town = new_town(Parameters(checked_operations=tags))
    for purpose, key, staff in (("desk", CLERK, "c-1"), ("checker", CHECKER, "c-2")):
        until_ms = town.tip.time_ms + DAY_MS
        town.accept("hospital", IssueKey(purpose, key.public_key, staff, FREE, until_ms))
    town.accept("hospital", issue("a"))
    return town


def test_what_the_parameters_name_takes_effect_with_a_checkers_approval() -> None:
    town = checked_town(8)
    error = town.refuse("hospital", reverse(1), person=CLERK)
    assert (error.code, error.field) == ("approval.missing", "approvals")
    town.accept("hospital", reverse(1), person=CLERK, approver=CHECKER)


def test_one_operation_of_many_that_is_checked_makes_the_whole_checked() -> None:
    town = checked_town(8)
    assert town.refuse("hospital", issue("b"), reverse(1)).code == "approval.missing"
    town.accept("hospital", issue("b"), reverse(1), approver=CHECKER)


def test_an_approval_that_nobody_asked_for_is_refused() -> None:
    for town in (checked_town(), checked_town(8)):
        error = town.refuse("hospital", issue("b"), approver=CHECKER)
        assert (error.code, error.field) == ("approval.not_needed", "approvals")


def test_an_approval_by_an_unknown_key_is_refused() -> None:
    error = checked_town(8).refuse("hospital", reverse(1), approver=key_pair("clinic", "desk"))
    assert error.code == "approval.unknown_key"


@pytest.mark.parametrize("key", [CLERK, key_pair("hospital", "governance")])
def test_only_a_checkers_key_approves(key: SigningKey) -> None:
    error = checked_town(8).refuse("hospital", reverse(1), approver=key)
    assert error.code == "approval.wrong_purpose"


def test_nobody_approves_what_they_signed_themselves_not_with_a_second_key_either() -> None:
    town = checked_town(8)
    second = key_pair("hospital", "clerk 1, as a checker")
    until_ms = town.tip.time_ms + DAY_MS
    town.accept("hospital", IssueKey("checker", second.public_key, "c-1", FREE, until_ms))
    error = town.refuse("hospital", reverse(1), person=CLERK, approver=second)
    assert error.code == "approval.same_person"


def test_an_approval_of_a_withdrawn_or_ended_key_is_refused() -> None:
    town = checked_town(8)
    end_ms = town.tip.time_ms + 2 * DAY_MS
    error = town.refuse("hospital", reverse(1), approver=CHECKER, time_ms=end_ms)
    assert error.code == "key.not_in_force"
    town.accept("hospital", RevokeKey(key_id(CHECKER.public_key)))
    assert town.refuse("hospital", reverse(1), approver=CHECKER).code == "key.revoked"


def test_an_approval_of_another_envelope_is_refused() -> None:
    town = checked_town(8)
    one = town.sign("hospital", reverse(1), approver=CHECKER)
    two = town.sign("hospital", reverse(1))
    mixed = SignedTransaction(two.envelope_bytes, two.signature, one.approvals)
    transaction = decode_transaction(encode(mixed), town.genesis.chain)
    with refused("approval.bad_signature", "approvals"):
        admit(town, transaction)


def test_an_approval_is_no_signature_and_a_signature_no_approval() -> None:
    town = checked_town(8)
    one = town.sign("hospital", reverse(1), approver=CHECKER)
    as_signed = Approval(
        key_id(CHECKER.public_key),
        CHECKER.sign(signed_message(town.genesis.chain, one.envelope_bytes)),
    )
    mixed = SignedTransaction(one.envelope_bytes, one.signature, (as_signed,))
    with refused("approval.bad_signature", "approvals"):
        admit(town, decode_transaction(encode(mixed), town.genesis.chain))


def test_a_transaction_watches_the_leaves_it_changes_but_those_of_plain_bills(
    chain: Chain,
) -> None:
    plain = admit(chain, chain.sign("hospital", issue("a")))
    assert plain.watched == frozenset()
    opened = order_of("o1", 500)
    both = admit(chain, chain.sign("hospital", issue("a"), opened))
    assert both.watched == {order_key("hospital", "o1")}


def test_operations_of_a_transaction_see_what_those_before_them_did(chain: Chain) -> None:
    cancel = CancelOrder("hospital", "o1", "not_needed")
    admit(chain, chain.sign("hospital", order_of("o1", 500), cancel))
    with refused("order.unknown"):
        admit(chain, chain.sign("hospital", cancel, order_of("o1", 500)))
