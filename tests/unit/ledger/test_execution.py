"""A block's transactions taking effect, wholly or not at all."""

import pytest

from ledger.apply import run
from ledger.block import receipts_root, transactions_root
from ledger.checks import moment_of
from ledger.day_totals import day_total_key
from ledger.execution import Execution, number_in, receipt_in
from ledger.faces import faces_key
from ledger.key_rotation import RotateKey
from ledger.parameters import PARAMETERS_KEY
from ledger.receipt import Receipt, decode_receipt
from ledger.state import View
from ledger.trie import update
from ledger.validators import VALIDATORS_KEY, ValidatorSets, validator_sets
from primitives.codec import encode
from primitives.signing import key_id
from tests.support.councils import parameter, passed
from tests.support.ledgers import (
    CODE,
    Chain,
    DictState,
    allot,
    is_signed,
    issue,
    key_pair,
    new_chain,
)
from tests.support.naive_trie import naive_root
from tests.support.refusals import refused


@pytest.fixture
def chain() -> Chain:
    chain = new_chain()
    chain.commit(chain.sign("finance", allot(1, 1000)))
    return chain


def execution_on(chain: Chain) -> Execution:
    return Execution(chain.view, moment_of(chain.tip.height + 1, chain.tip.time_ms + 50), is_signed)


def test_roots_and_receipts_follow_the_transactions(chain: Chain) -> None:
    one, two = chain.sign("hospital", issue("a")), chain.sign("hospital", issue("b"))
    execution = execution_on(chain)
    execution.add(one)
    execution.add(two)
    executed = run(execution.finish_steps())
    assert executed.transactions_root == transactions_root([one.hash, two.hash])
    assert executed.receipts_root == receipts_root(executed.receipts)
    receipt = decode_receipt(executed.receipts[1])
    assert isinstance(receipt, Receipt)
    assert (receipt.transaction_id, receipt.height, receipt.index) == (two.id, 2, 1)


def test_a_signature_of_another_key_is_refused_and_changes_nothing(chain: Chain) -> None:
    execution = execution_on(chain)
    forged = chain.sign("hospital", issue("a"), signer=key_pair("insurance", "desk"))
    with refused("transaction.bad_signature"):
        execution.add(forged)
    assert run(execution.finish_steps()).receipts == ()


def test_the_same_transaction_twice_in_a_block_is_refused(chain: Chain) -> None:
    execution = execution_on(chain)
    transaction = chain.sign("hospital", issue("a"))
    execution.add(transaction)
    with refused("transaction.duplicate"):
        execution.add(transaction)


def test_a_transaction_takes_effect_wholly_or_not_at_all(chain: Chain) -> None:
    execution = execution_on(chain)
    half_good = chain.sign("hospital", issue("a"), issue("b", kind="02"))
    with refused("bill.no_open_range"):
        execution.add(half_good)
    empty = run(execution.finish_steps())
    assert empty.leaves == {}
    assert empty.state_root == chain.tip.state_root


def test_rows_written_are_the_state_the_root_speaks_of(chain: Chain) -> None:
    for count in (1, 30, 200):
        chain.commit(chain.sign("hospital", *[issue(f"{count}-{i}") for i in range(count)]))
    leaves = {key[1:]: value for key, value in chain.state.rows.items() if key[:1] == b"s"}
    assert View(chain.state, chain.tip.state_root).root is not None
    assert chain.view.root.hash == naive_root(leaves)  # type: ignore[union-attr]


def test_rows_hold_leaves_records_receipts_and_business_numbers(chain: Chain) -> None:
    transaction = chain.sign("hospital", issue("b-7"))
    executed = chain.build(transaction).executed
    rows = dict(executed.rows())
    assert {key[:1] for key in rows} == {b"s", b"t", b"x", b"n"}
    assert rows[b"nhospital/b-7"] == b"460601260000000001"
    assert number_in(rows[b"nhospital/b-7"]) == (CODE, 1)
    row = receipt_in(rows[b"x" + transaction.id])
    assert (row.height, row.transaction_index, row.receipt) == (2, 0, executed.receipts[0])
    for key, fact in executed.draft.facts.items():
        assert rows[b"s" + key] == encode(fact)


def test_nothing_is_written_before_a_block_is_final(chain: Chain) -> None:
    before = dict(chain.state.rows)
    chain.build(chain.sign("hospital", issue("a")))
    assert chain.state.rows == before


def test_two_nodes_with_other_histories_of_reading_agree(chain: Chain) -> None:
    transaction = chain.sign("hospital", issue("a"), issue("b"))
    cold = View(DictState(list(chain.state.rows.items())), chain.tip.state_root)
    moment = moment_of(2, chain.tip.time_ms + 50)
    roots = set()
    for view in (cold, chain.view):
        execution = Execution(view, moment, is_signed)
        execution.add(transaction)
        roots.add(run(execution.finish_steps()).state_root)
    assert len(roots) == 1


def test_the_trie_of_a_block_is_the_same_in_one_step_and_in_many() -> None:
    """A full block's leaves go into the trie a thousand at a time."""
    chain = new_chain()
    leaves = {b"z/%06d" % number: b"value %d" % number for number in range(2_500)}
    in_one = update(chain.state.node, chain.view.root, leaves)
    pauses = []
    steps = chain.view.update_steps(leaves)
    try:
        while True:
            pauses.append(next(steps))
    except StopIteration as stop:
        in_many = stop.value
    assert in_many.root == in_one.root
    assert in_many.records == in_one.records
    assert len(pauses) == 3


def test_what_was_voted_takes_effect_after_all_transactions_of_its_block() -> None:
    chain = new_chain()
    chain.commit(chain.sign("finance", allot(1, 1000)))
    passed(chain, parameter("max_transaction_operations", 1))
    two = chain.sign("hospital", issue("a"), issue("b"))
    built = chain.commit(two)
    assert built.refused == ()
    assert PARAMETERS_KEY in built.executed.leaves
    assert chain.refuse("hospital", issue("c"), issue("d")).code == (
        "transaction.too_many_operations"
    )


def test_a_change_of_validators_moves_through_both_sets_and_rests(chain: Chain) -> None:
    new = key_pair("health", "validator 2")
    old = key_id(key_pair("health", "validator").public_key)
    first = validator_sets(chain.view).next
    chain.accept("health", RotateKey("validator", old, new.public_key, 0))
    changed = validator_sets(chain.view).after_next
    assert (validator_sets(chain.view).next, changed != first) == (first, True)
    built = chain.commit()
    assert VALIDATORS_KEY in built.executed.leaves
    assert validator_sets(chain.view) == ValidatorSets(changed, changed)
    assert chain.commit().executed.leaves == {}


def test_the_faces_and_the_days_sums_are_written_once_a_block(chain: Chain) -> None:
    one, two = chain.sign("hospital", issue("a")), chain.sign("hospital", issue("b"))
    executed = chain.build(one, two).executed
    assert faces_key(2) in executed.leaves
    assert day_total_key("hospital", "20260921") in executed.leaves
    assert [face.number for face in executed.faces] == [1, 2]
