from consensus.effects import CheckBlock, Decide, Send, TimerKind
from consensus.inputs import BlockChecked, Verdict
from consensus.messages import Commit, Decided, GetProposal, Prepare
from tests.support.consensus_lab import Lab


def test_the_lock_is_the_quorum_that_prepared():
    lab = Lab(n=7)
    x = lab.block()
    lab.receive(lab.forge.proposal(1, 0, x))
    lab.receive(*(lab.forge.prepare(i, 0, x) for i in (5, 3, 1, 6)))
    lock = lab.engine.state.lock
    assert lock is not None
    assert [signer for signer, _ in lock.seals] == [0, 1, 3, 5, 6]


def test_prepares_for_another_block_than_the_proposed_one_ask_for_its_proposal():
    lab = Lab()
    x, y = lab.block("X"), lab.block("Y")
    lab.receive(lab.forge.proposal(1, 0, y))
    effects = lab.receive(lab.forge.prepare(2, 0, x), lab.forge.prepare(3, 0, x))
    [question] = lab.sends(GetProposal, effects)
    assert (question.hash, question.to) == (x.hash, ("cora", "dora"))


def test_the_lost_proposal_is_asked_for_again_on_resend():
    lab = Lab()
    x = lab.block()
    lab.receive(lab.forge.prepare(2, 0, x), lab.forge.prepare(3, 0, x))
    assert len(lab.sends(GetProposal, lab.fire(TimerKind.RESEND))) == 1
    lab.receive(lab.forge.proposal(1, 0, x))
    assert lab.sends(GetProposal, lab.fire(TimerKind.RESEND)) == []


def test_a_node_without_a_vote_follows_and_signs_nothing():
    lab = Lab(me=None)
    x = lab.block()
    lab.receive(lab.forge.proposal(1, 0, x))
    lab.receive(*(lab.forge.prepare(i, 0, x) for i in (1, 2, 3)))
    assert lab.engine.state.lock is not None
    lab.receive(*(lab.forge.commit(i, 0, x) for i in (1, 2, 3)))
    assert lab.decided() == [x.hash]
    assert lab.votes(Prepare) == lab.votes(Commit) == []


def test_a_validator_in_quarantine_follows_and_signs_nothing():
    lab = Lab(sign_from=2)
    x = lab.block()
    lab.receive(lab.forge.proposal(1, 0, x))
    lab.time_out(0)
    lab.receive(*lab.forge.round_changes(3, (1, 2, 3)))
    lab.receive(*(lab.forge.commit(i, 0, x) for i in (1, 2, 3)))
    assert lab.decided() == [x.hash]
    assert [e for e in lab.effects if type(e).__name__ == "Vote"] == []


def test_a_decided_header_helps_to_check_the_block():
    lab = Lab()
    x = lab.block()
    del lab.known[x.hash]
    [question] = lab.of(CheckBlock, lab.receive(Decided(x.header, lab.forge.certificate(0, x))))
    assert (question.header, question.body, question.fresh) == (x.header, None, False)
    assert lab.receive(Decided(x.header, lab.forge.certificate(0, x, (0, 1, 2)))) == []


def test_a_certified_block_that_was_missing_is_asked_for_again():
    lab = Lab()
    x = lab.block()
    lab.is_answering = False
    lab.receive(*(lab.forge.commit(i, 0, x) for i in (1, 2, 3)))
    missing = BlockChecked(1, 0, x.hash, Verdict.MISSING, False, b"", None, lab.now_ms)
    assert lab.give(missing) == []
    assert len(lab.of(CheckBlock, lab.fire(TimerKind.RESEND))) == 1
    lab.answer(x)
    assert len(lab.of(Decide)) == 1


def test_commits_beyond_the_quorum_after_a_certificate_change_nothing():
    lab = Lab(n=7)
    x = lab.block()
    lab.is_answering = False
    lab.receive(*(lab.forge.commit(i, 0, x) for i in (1, 2, 3, 4, 5)))
    lab.receive(lab.forge.commit(6, 0, x))
    lab.answer(x)
    assert [signer for signer, _ in lab.of(Decide)[0].certificate.seals] == [1, 2, 3, 4, 5]
    assert lab.of(Send) == []
