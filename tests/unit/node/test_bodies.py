from consensus.inputs import BlockChecked, Verdict
from consensus.messages import BodyReference, GetBody, header_hash
from node.bodies import Bodies
from node.wire import GetTransactions
from tests.support.parts import Workshop, make_bench, question, soon, virtually
from tests.support.world import EPOCH_MS, Desk

EXPIRY_MS = EPOCH_MS + 3_000_000


async def proposed():
    """Return a block that the hospital built, and the workshop of finance, which never saw it."""
    hospital, finance = Workshop(make_bench("hospital")), Workshop(make_bench("finance"))
    desk = Desk("finance", hospital.bench.machine.genesis, 1)
    transaction = desk.allot(1, 1_000, EXPIRY_MS)
    built = await hospital.build(transaction)
    return hospital, finance, built, transaction


def verdicts(workshop):
    """Return the answers given to the engine so far."""
    assert all(isinstance(answer, BlockChecked) for answer in workshop.told)
    return [(answer.verdict, answer.timely) for answer in workshop.told]


@virtually
async def test_a_body_is_rebuilt_from_what_waits_and_nothing_is_fetched():
    _, finance, built, transaction = await proposed()
    assert isinstance(finance.bodies, Bodies)
    finance.admission.received([transaction.data], "hospital")
    finance.bodies.check(question(built))
    await soon()
    assert verdicts(finance) == [(Verdict.LAWFUL, True)]
    assert finance.sent == []
    store = finance.ground.store
    assert store.body(1, header_hash(built.header)) is not None
    assert store.proposed_header(1, header_hash(built.header)) == built.header


@virtually
async def test_what_arrives_a_moment_later_is_waited_for_and_not_asked_for():
    _, finance, built, transaction = await proposed()
    finance.bodies.check(question(built))
    await soon(0.02)
    finance.admission.received([transaction.data], "hospital")
    await soon()
    assert verdicts(finance) == [(Verdict.LAWFUL, True)]
    assert finance.sent == []


@virtually
async def test_missing_transactions_are_asked_for_then_the_whole_body_then_others():
    _, finance, built, transaction = await proposed()
    finance.bodies.check(question(built))
    await soon(0.5)
    assert finance.sent == [
        ("finance", GetTransactions((transaction.hash,))),
        ("health", GetBody(1, header_hash(built.header))),
    ]
    finance.admission.received([transaction.data], "health")
    await soon()
    assert verdicts(finance) == [(Verdict.LAWFUL, True)]


@virtually
async def test_a_body_that_nobody_has_is_missing_until_the_engine_asks_again():
    _, finance, built, transaction = await proposed()
    finance.bodies.check(question(built))
    await soon(5)
    assert verdicts(finance) == [(Verdict.MISSING, False)]
    finance.admission.received([transaction.data], "hospital")
    finance.bodies.check(question(built))
    await soon()
    assert verdicts(finance)[1:] == [(Verdict.LAWFUL, True)]


@virtually
async def test_a_reference_that_does_not_fit_is_mended_by_fetching_the_body():
    hospital, finance, built, transaction = await proposed()
    finance.admission.received([transaction.data], "hospital")
    finance.bodies.check(question(built, body=BodyReference((), b"")))
    await soon(0.01)
    served = hospital.bodies.serve(GetBody(1, header_hash(built.header)))
    assert served is not None
    finance.bodies.offer(served.header, served.body)
    await soon()
    assert verdicts(finance) == [(Verdict.LAWFUL, True)]


@virtually
async def test_a_header_that_promises_other_effects_is_unlawful():
    from dataclasses import replace

    import msgspec

    from ledger.block import decode_header, encode_header

    _, finance, built, transaction = await proposed()
    finance.admission.received([transaction.data], "hospital")
    lie = encode_header(msgspec.structs.replace(decode_header(built.header), state_root=bytes(32)))
    finance.bodies.check(question(replace(built, header=lie)))
    await soon()
    assert verdicts(finance) == [(Verdict.UNLAWFUL, False)]
    events = finance.bench.machine.journal.named("blocks.unlawful")
    assert [event["code"] for event in events] == ["block.wrong_roots"]


@virtually
async def test_a_header_that_nobody_can_read_is_a_block_that_nobody_has():
    from dataclasses import replace

    _, finance, built, _ = await proposed()
    finance.bodies.check(question(replace(built, header=b"no header"), body=BodyReference((), b"")))
    await soon(5)
    assert verdicts(finance) == [(Verdict.MISSING, False)]
    assert not finance.ground.tasks.is_over


@virtually
async def test_a_fresh_block_is_untimely_when_it_came_too_late_or_names_another_proposer():
    _, finance, built, transaction = await proposed()
    finance.admission.received([transaction.data], "hospital")
    finance.bodies.check(question(built, received_ms=EPOCH_MS + 60_000))
    finance.bodies.check(question(built, proposer="health"))
    finance.bodies.check(question(built, fresh=False))
    await soon()
    assert verdicts(finance) == [(Verdict.LAWFUL, False)] * 3


@virtually
async def test_questions_about_another_height_are_not_answered():
    _, finance, built, _ = await proposed()
    finance.bodies.check(question(built, height=2))
    await soon(5)
    assert finance.told == []


@virtually
async def test_a_body_survives_a_crash_with_its_header():
    hospital, _, built, _ = await proposed()
    machine = hospital.bench.machine
    machine.disk.crash(lambda _path, _unsynced: b"")
    again = Workshop(make_bench(machine=machine))
    served = again.bodies.serve(GetBody(1, header_hash(built.header)))
    assert served is not None
    assert served.header == built.header
