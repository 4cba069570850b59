import pytest

from node.admission import INBOX_BYTES_MAX, Admission
from primitives.errors import PeerFault, Refused, Unavailable
from tests.support.parts import Workshop, make_bench, soon, virtually
from tests.support.world import EPOCH_MS, Desk

EXPIRY_MS = EPOCH_MS + 3_000_000


async def open_workshop():
    """Return a workshop whose hospital has numbers, and both desks."""
    bench = make_bench()
    workshop = Workshop(bench)
    finance, hospital = (Desk(a, bench.machine.genesis, 1) for a in ("finance", "hospital"))
    await workshop.finalize(await workshop.build(finance.allot(1, 1_000, EXPIRY_MS)))
    workshop.sent.clear()
    return workshop, finance, hospital


@virtually
async def test_what_is_handed_in_waits_and_goes_to_all_others():
    workshop, _, hospital = await open_workshop()
    assert isinstance(workshop.admission, Admission)
    transaction = hospital.bills(["a"], EXPIRY_MS)
    assert workshop.admission.submit(transaction.data) == transaction
    assert workshop.admission.submit(transaction.data) == transaction
    await soon()
    assert workshop.sent == [("", [transaction.data])]


@virtually
async def test_what_cannot_commit_is_refused_with_code_and_field():
    workshop, finance, hospital = await open_workshop()
    with pytest.raises(Refused) as caught:
        workshop.admission.submit(finance.allot(5, 9, EXPIRY_MS).data)
    assert (caught.value.code, caught.value.field) == ("range.overlaps", "first")
    with pytest.raises(Refused) as caught:
        workshop.admission.submit(hospital.bills(["a"], EPOCH_MS - 1).data)
    assert caught.value.code == "transaction.expired"
    with pytest.raises(PeerFault):
        workshop.admission.submit(b"no transaction")


@virtually
async def test_what_a_peer_sent_waits_in_the_inbox_and_is_then_in_line():
    workshop, _, hospital = await open_workshop()
    batch = [hospital.bills([f"n{i}"], EXPIRY_MS).data for i in range(5)]
    workshop.admission.received(batch, "finance")
    assert len(workshop.mempool) == 0
    await soon()
    assert len(workshop.mempool) == 5
    assert workshop.sent == []


@virtually
async def test_a_block_may_use_what_still_waits_in_the_inbox():
    workshop, _, hospital = await open_workshop()
    transaction = hospital.bills(["a"], EXPIRY_MS)
    workshop.admission.received([transaction.data], "finance")
    assert workshop.admission.known(transaction.hash) == transaction


@virtually
async def test_a_peer_pays_for_garbage_and_for_forged_signatures_but_not_for_being_late():
    workshop, _, hospital = await open_workshop()
    good = hospital.bills(["a"], EXPIRY_MS)
    late = hospital.bills(["b"], EPOCH_MS - 1)
    forged = good.data.replace(good.signature, bytes(64))
    workshop.admission.received([b"garbage", forged, late.data], "health")
    await soon()
    assert workshop.faults == [
        ("health", "codec.malformed"),
        ("health", "transaction.bad_signature"),
    ]


@virtually
async def test_a_block_takes_its_transactions_out_of_line_and_those_it_made_impossible():
    workshop, _, hospital = await open_workshop()
    first, rival = hospital.bills(["a"], EXPIRY_MS), hospital.bills(["a"], EXPIRY_MS)
    built = await workshop.build(first)
    workshop.mempool.remove(first.hash)
    workshop.admission.submit(rival.data)
    await workshop.finalize(built)
    assert len(workshop.mempool) == 0
    refusal = workshop.admission.refusal(rival.id)
    assert refusal is not None
    assert refusal.code == "bill.business_number_used"


@virtually
async def test_what_expired_leaves_with_the_block_whose_time_is_past_it():
    workshop, finance, hospital = await open_workshop()
    short = hospital.bills(["a"], EPOCH_MS + 2_000)
    workshop.admission.submit(short.data)
    await soon(3)
    await workshop.finalize(await workshop.build(finance.allot(1_001, 2_000, EXPIRY_MS)))
    assert len(workshop.mempool) == 0
    refusal = workshop.admission.refusal(short.id)
    assert refusal is not None
    assert refusal.code == "transaction.expired"


@virtually
async def test_when_the_last_number_is_taken_what_waits_for_one_leaves():
    workshop, _, hospital = await open_workshop()
    everything = [f"n{i}" for i in range(1_000)]
    built = await workshop.build(hospital.bills(everything, EXPIRY_MS))
    waiting = hospital.bills(["one-more"], EXPIRY_MS)
    workshop.admission.submit(waiting.data)
    await workshop.finalize(built)
    assert len(workshop.mempool) == 0
    refusal = workshop.admission.refusal(waiting.id)
    assert refusal is not None
    assert refusal.code == "bill.no_open_range"


@virtually
async def test_what_was_handed_in_is_sent_again_ever_more_rarely_until_it_commits():
    workshop, _, hospital = await open_workshop()
    transaction = hospital.bills(["a"], EXPIRY_MS)
    workshop.admission.submit(transaction.data)
    for _ in range(160):
        await soon(0.1)
        workshop.admission.send_again(1.0)
    repeats = len(workshop.sent) - 1
    assert 3 <= repeats <= 5
    await workshop.finalize(await workshop.build())
    workshop.sent.clear()
    await soon(60)
    workshop.admission.send_again(1.0)
    await soon()
    assert workshop.sent == []


@virtually
async def test_a_late_copy_of_what_was_committed_is_dropped_unread():
    workshop, _, hospital = await open_workshop()
    transaction = hospital.bills(["a"], EXPIRY_MS)
    await workshop.finalize(await workshop.build(transaction))
    workshop.admission.received([transaction.data], "health")
    await soon()
    assert workshop.verdicts.get(transaction.hash) is None
    assert workshop.faults == []


@virtually
async def test_when_there_is_no_room_no_signature_is_looked_at():
    workshop, _, hospital = await open_workshop()
    for i in range(500):
        workshop.admission.submit(hospital.bills([f"n{i}"], EXPIRY_MS).data)
    good = hospital.bills(["a"], EXPIRY_MS)
    forged = good.data.replace(good.signature, bytes(64))
    with pytest.raises(Unavailable) as caught:
        workshop.admission.submit(forged)
    assert caught.value.code == "mempool.quota"


@virtually
async def test_one_peer_cannot_fill_the_inbox_of_the_others():
    workshop, _, hospital = await open_workshop()
    big = [bytes([i]) * 1_000_000 for i in range(20)]
    workshop.admission.received(big, "health")
    transaction = hospital.bills(["a"], EXPIRY_MS)
    workshop.admission.received([transaction.data], "finance")
    await soon()
    assert len(workshop.faults) == INBOX_BYTES_MAX // 1_000_000
    assert workshop.mempool.by_id(transaction.id) == transaction
