from dataclasses import replace

import pytest

from consensus.signatures import SignatureCheck
from node.verdicts import BATCH_MIN, TransactionVerdicts, VoteVerdicts
from primitives.errors import Refused
from primitives.signing import SigningKey
from tests.support.parts import make_bench, virtually
from tests.support.world import EPOCH_MS, Desk, seed_bytes


@virtually
async def test_a_good_transaction_is_decoded_and_checked_once_and_kept_until_forgotten():
    bench = make_bench()
    desk = Desk("hospital", bench.machine.genesis, 1)
    verdicts = TransactionVerdicts(desk.chain)
    data = desk.bills(["a"], EPOCH_MS).data
    transaction = verdicts.read(data, bench.restored.committed.view, EPOCH_MS)
    assert verdicts.read(data, bench.restored.committed.view, EPOCH_MS) is transaction
    assert verdicts.is_signed(transaction, desk.signer.desk_public_key)
    verdicts.forget(transaction.hash)
    assert verdicts.get(transaction.hash) is None


@virtually
async def test_a_verdict_counts_for_the_key_it_was_given_for():
    bench = make_bench()
    desk = Desk("hospital", bench.machine.genesis, 1)
    verdicts = TransactionVerdicts(desk.chain)
    transaction = verdicts.read(
        desk.bills(["a"], EPOCH_MS).data, bench.restored.committed.view, EPOCH_MS
    )
    assert not verdicts.is_signed(transaction, SigningKey(seed_bytes("other")).public_key)


@virtually
async def test_a_signature_by_another_key_is_refused():
    bench = make_bench()
    desk = Desk("hospital", bench.machine.genesis, 1)
    good = desk.bills(["a"], EPOCH_MS)
    forged = good.data.replace(good.signature, bytes(64))
    with pytest.raises(Refused) as caught:
        TransactionVerdicts(desk.chain).read(forged, bench.restored.committed.view, EPOCH_MS)
    assert caught.value.code == "transaction.bad_signature"


@virtually
async def test_many_signatures_go_to_the_worker_and_few_do_not():
    bench = make_bench()
    votes = VoteVerdicts(bench.ground.world.executor)
    key = SigningKey(seed_bytes("voter"))
    checks = [
        SignatureCheck(key.public_key, bytes([i]), key.sign(bytes([i]))) for i in range(BATCH_MIN)
    ]
    assert not votes.are_many(checks[1:])
    assert votes.are_many(checks)
    assert await votes.all_good_by_worker(checks)
    assert not votes.are_many(checks)
    assert votes.all_good(checks)
    assert not votes.all_good([*checks, replace(checks[0], signed=b"other")])
