"""Building a block, and holding one to every rule."""

import msgspec
import pytest

from ledger.apply import (
    Built,
    Tip,
    build_steps,
    check_header,
    check_steps,
    genesis_state,
    run,
    tip_of,
)
from ledger.block import CERTIFICATE_SIZE_MAX, Header, encode_body, header_hash
from ledger.checks import parameters_of
from ledger.transaction import Transaction
from ledger.validators import VALIDATORS_KEY, ValidatorSets, validator_set_hash
from primitives.errors import PeerFault
from primitives.hashing import ZERO_HASH, tagged_hash
from tests.support.ledgers import Chain, allot, is_signed, issue, key_pair, new_chain
from tests.support.refusals import refused


@pytest.fixture
def chain() -> Chain:
    chain = new_chain()
    chain.commit(chain.sign("finance", allot(1, 1000)))
    return chain


def check(
    chain: Chain,
    header: Header,
    *transactions: Transaction,
    certificate: bytes = b"certificate",
):
    return run(
        check_steps(
            chain.view,
            chain.tip,
            header=header,
            transactions=transactions,
            parent_certificate=certificate,
            is_signed=is_signed,
        )
    )


def altered(built: Built, **fields) -> Header:
    return msgspec.structs.replace(built.header, **fields)


def test_the_first_block_stands_on_the_genesis() -> None:
    chain = new_chain()
    header = chain.build().header
    assert header.height == 1
    assert header.parent_hash == header.chain == chain.genesis.chain
    assert header.parent_certificate_hash == ZERO_HASH
    assert header.time_ms == chain.genesis.time_ms + 50


def test_two_readings_of_a_genesis_give_one_state() -> None:
    chain = new_chain()
    assert genesis_state(chain.genesis).tip == chain.tip
    assert dict(genesis_state(chain.genesis).rows) == chain.state.rows


def test_a_header_says_all_that_the_block_is(chain: Chain) -> None:
    transaction = chain.sign("hospital", issue("a"))
    built = chain.build(transaction, proposer="health")
    sets = chain.view.leaf(VALIDATORS_KEY, ValidatorSets)
    assert sets is not None
    header = built.header
    assert (header.version, header.suite, header.proposer) == (1, 1, "health")
    assert header.validators_hash == validator_set_hash(sets.next)
    assert header.next_validators_hash == validator_set_hash(sets.after_next)
    assert header.parent_certificate_hash == tagged_hash(b"certificate", b"certificate")
    assert header.state_root == built.executed.state_root
    assert built.hash == header_hash(built.header_bytes)
    assert built.body.transactions == (transaction.data,)
    assert tip_of(built.header_bytes) == Tip(
        chain.genesis.chain, 2, built.hash, header.time_ms, header.state_root
    )


def test_a_built_block_passes_the_check_with_the_same_effects(chain: Chain) -> None:
    transactions = [chain.sign("hospital", issue(f"b-{i}")) for i in range(3)]
    built = chain.build(*transactions)
    executed = check(chain, built.header, *transactions)
    assert list(executed.rows()) == list(built.executed.rows())


def test_time_is_the_wanted_one_when_it_is_late_enough(chain: Chain) -> None:
    assert chain.build(time_ms=chain.tip.time_ms + 1000).header.time_ms == chain.tip.time_ms + 1000
    assert chain.build(time_ms=chain.tip.time_ms + 1).header.time_ms == chain.tip.time_ms + 50


def test_a_builder_pauses_after_each_transaction_and_while_it_closes(chain: Chain) -> None:
    transactions = [chain.sign("hospital", issue(f"b-{i}")) for i in range(3)]
    steps = build_steps(
        chain.view,
        chain.tip,
        proposer="finance",
        time_ms=0,
        candidates=transactions,
        parent_certificate=b"certificate",
        is_signed=is_signed,
    )
    closing = 3  # the faces, the leaves, the trie
    assert len(list(steps)) == 3 + closing


def test_a_builder_leaves_out_what_is_refused_and_says_why(chain: Chain) -> None:
    good = chain.sign("hospital", issue("a"))
    forged = chain.sign("hospital", issue("b"), signer=key_pair("health", "desk"))
    again = chain.sign("hospital", issue("a"))
    built = chain.build(good, forged, again)
    assert built.body.transactions == (good.data,)
    assert [(transaction.id, refusal.code) for transaction, refusal in built.refused] == [
        (forged.id, "transaction.bad_signature"),
        (again.id, "bill.business_number_used"),
    ]


def small_blocks(**limits: int) -> Chain:
    parameters = parameters_of(new_chain().view)
    chain = new_chain(msgspec.structs.replace(parameters, **limits))
    chain.commit(chain.sign("finance", allot(1, 1000)))
    return chain


def test_a_builder_fills_a_block_up_to_its_operations_and_leaves_the_rest() -> None:
    chain = small_blocks(max_block_operations=3)
    two, big, one = (
        chain.sign("hospital", *[issue(f"{name}-{i}") for i in range(count)])
        for name, count in (("two", 2), ("big", 2), ("one", 1))
    )
    built = chain.build(two, big, one)
    assert built.body.transactions == (two.data, one.data)
    assert built.left == (big,)
    with refused("block.too_large", error=PeerFault):
        check(chain, built.header, two, big, one)


def test_a_builder_fills_a_block_up_to_its_bytes_and_leaves_the_rest() -> None:
    chain = small_blocks(max_block_bytes=2048)
    transactions = [chain.sign("hospital", issue(f"b-{i}")) for i in range(10)]
    built = chain.build(*transactions)
    assert 0 < len(built.left) < 10
    assert len(encode_body(built.body)) <= 2048
    with refused("block.too_large", error=PeerFault):
        check(chain, built.header, *transactions)


def test_an_agency_fills_its_quota_and_leaves_the_rest_of_the_block_to_others() -> None:
    chain = small_blocks(agency_operations_per_block=3)
    two, more, one = (
        chain.sign("hospital", *[issue(f"{name}-{i}") for i in range(count)])
        for name, count in (("two", 2), ("more", 2), ("one", 1))
    )
    other = chain.sign("finance", allot(5001, 5002), allot(6001, 6002))
    built = chain.build(two, more, one, other)
    assert built.body.transactions == (two.data, one.data, other.data)
    assert built.left == (more,)
    with refused("block.too_large", error=PeerFault):
        check(chain, built.header, two, more)


def test_an_agencys_first_transaction_fits_whatever_its_quota() -> None:
    chain = small_blocks(agency_operations_per_block=1)
    big = chain.sign("hospital", issue("a"), issue("b"), issue("c"))
    again = chain.sign("hospital", issue("d"))
    built = chain.build(big, again)
    assert built.body.transactions == (big.data,)
    assert built.left == (again,)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"version": 2}, "block.unknown_version"),
        ({"suite": 2}, "block.unknown_version"),
        ({"chain": bytes(32)}, "block.wrong_chain"),
        ({"height": 3}, "block.wrong_height"),
        ({"parent_hash": bytes(32)}, "block.wrong_parent"),
        ({"validators_hash": bytes(32)}, "block.wrong_validators"),
        ({"next_validators_hash": bytes(32)}, "block.wrong_validators"),
        ({"time_ms": 1}, "block.too_early"),
        ({"proposer": "nobody"}, "block.unknown_proposer"),
        ({"parent_certificate_hash": ZERO_HASH}, "block.wrong_parent_certificate"),
        ({"transactions_root": bytes(32)}, "block.wrong_roots"),
        ({"receipts_root": bytes(32)}, "block.wrong_roots"),
        ({"state_root": bytes(32)}, "block.wrong_roots"),
    ],
)
def test_a_header_that_lies_is_refused(chain: Chain, fields: dict, code: str) -> None:
    transaction = chain.sign("hospital", issue("a"))
    built = chain.build(transaction)
    with refused(code, error=PeerFault):
        check(chain, altered(built, **fields), transaction)


def test_a_header_is_checked_without_its_body(chain: Chain) -> None:
    built = chain.build(chain.sign("hospital", issue("a")))
    check_header(chain.view, chain.tip, built.header)
    with refused("block.too_early", "time_ms", PeerFault):
        early = altered(built, time_ms=chain.tip.time_ms + 49)
        check_header(chain.view, chain.tip, early)


def test_a_block_needs_its_parents_certificate(chain: Chain) -> None:
    built = chain.build()
    header = altered(built, parent_certificate_hash=ZERO_HASH)
    with refused("block.wrong_parent_certificate", error=PeerFault):
        check(chain, header, certificate=b"")
    long = bytes(CERTIFICATE_SIZE_MAX + 1)
    header = altered(built, parent_certificate_hash=tagged_hash(b"certificate", long))
    with refused("block.wrong_parent_certificate", error=PeerFault):
        check(chain, header, certificate=long)


def test_the_first_block_has_no_parents_certificate() -> None:
    chain = new_chain()
    header = altered(
        chain.build(), parent_certificate_hash=tagged_hash(b"certificate", b"certificate")
    )
    with refused("block.wrong_parent_certificate", error=PeerFault):
        check(chain, header)


def test_a_block_with_one_failing_transaction_is_unlawful_as_a_whole(chain: Chain) -> None:
    good, again = chain.sign("hospital", issue("a")), chain.sign("hospital", issue("a"))
    built = chain.build(good)
    with pytest.raises(PeerFault) as caught:
        check(chain, built.header, good, again)
    assert caught.value.code == "block.unlawful_transaction"
    assert caught.value.detail == "bill.business_number_used"


def test_transactions_in_another_order_make_another_block(chain: Chain) -> None:
    one, two = chain.sign("hospital", issue("a")), chain.sign("hospital", issue("b"))
    built = chain.build(one, two)
    with refused("block.wrong_roots", error=PeerFault):
        check(chain, built.header, two, one)


def test_a_block_of_nothing_keeps_the_state(chain: Chain) -> None:
    built = chain.build()
    assert built.header.state_root == chain.tip.state_root
    assert list(check(chain, built.header).rows()) == []
