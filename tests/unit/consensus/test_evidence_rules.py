from consensus.messages import Commit, Prepare, Proposal, RoundChange
from tests.support.consensus_lab import Lab


def test_each_kind_of_contradiction_is_told_once_with_both_messages():
    lab = Lab()
    x, y = lab.block("X"), lab.block("Y")
    forge = lab.forge
    lab.receive(forge.proposal(1, 0, x), forge.proposal(1, 0, y), forge.proposal(1, 0, y))
    lab.receive(forge.prepare(3, 0, x), forge.prepare(3, 0, y), forge.prepare(3, 0, y))
    lab.receive(forge.commit(3, 0, x), forge.commit(3, 0, y))
    lab.receive(forge.round_change(2, 1), forge.round_change(2, 1, forge.lock(0, x)))
    kinds = [(type(e.found.second), e.signer) for e in lab.evidence()]
    assert kinds == [(Proposal, 1), (Prepare, 3), (Commit, 3), (RoundChange, 2)]


def test_votes_already_counted_stay_counted():
    lab = Lab()
    x, y = lab.block("X"), lab.block("Y")
    lab.receive(lab.forge.proposal(1, 0, x))
    lab.receive(lab.forge.prepare(3, 0, x), lab.forge.prepare(3, 0, y))
    lab.receive(lab.forge.prepare(1, 0, x))
    assert len(lab.votes(Commit)) == 1


def test_a_hidden_lock_is_told_when_the_commit_comes_last():
    lab = Lab()
    x = lab.block()
    lab.receive(lab.forge.round_change(3, 2))
    lab.receive(lab.forge.commit(3, 1, x))
    [evidence] = lab.evidence()
    assert isinstance(evidence.found.first, Commit)
    assert (evidence.height, evidence.round) == (1, 2)


def test_a_shown_lock_is_no_evidence():
    lab = Lab()
    x = lab.block()
    lab.receive(lab.forge.commit(3, 0, x), lab.forge.round_change(3, 1, lab.forge.lock(0, x)))
    assert lab.evidence() == []
