from consensus.state import PROPOSALS_BEHIND, ROUNDS_BEHIND
from tests.support.consensus_lab import Lab


def _jump(lab: Lab, round_: int) -> None:
    lab.receive(lab.forge.round_change(1, round_), lab.forge.round_change(2, round_))
    assert lab.round == round_


def test_commits_are_kept_64_rounds_back_and_longer_when_a_weak_quorum_made_them():
    lab = Lab()
    x = lab.block()
    lab.receive(lab.forge.commit(3, 0, x))
    lab.receive(lab.forge.commit(3, 1, x), lab.forge.commit(2, 1, x))
    _jump(lab, ROUNDS_BEHIND)
    assert lab.engine.state.commits.voters(0) == 1
    _jump(lab, ROUNDS_BEHIND + 5)
    assert lab.engine.state.commits.voters(0) == 0
    assert lab.engine.state.commits.voters(1) == 2
    lab.receive(lab.forge.commit(1, 1, x))
    assert lab.decided() == [x.hash]


def test_a_commit_of_a_forgotten_round_is_not_kept_again():
    lab = Lab()
    _jump(lab, ROUNDS_BEHIND + 5)
    lab.receive(lab.forge.commit(3, 0, lab.block()))
    assert len(lab.engine.state.commits) == 0


def test_votes_more_than_four_rounds_ahead_are_not_kept():
    lab = Lab()
    x = lab.block()
    lab.receive(lab.forge.prepare(3, 4, x), lab.forge.prepare(3, 5, x))
    lab.receive(lab.forge.commit(3, 4, x), lab.forge.commit(3, 5, x))
    assert len(lab.engine.state.prepares) == len(lab.engine.state.commits) == 1


def test_prepares_of_past_rounds_are_dropped():
    lab = Lab()
    x = lab.block()
    lab.receive(lab.forge.prepare(3, 0, x))
    _jump(lab, 2)
    lab.receive(lab.forge.prepare(3, 1, x))
    assert len(lab.engine.state.prepares) == 0


def test_own_messages_and_proposals_of_long_past_rounds_are_forgotten():
    lab = Lab()
    x = lab.block()
    lab.receive(lab.forge.proposal(1, 0, x))
    _jump(lab, PROPOSALS_BEHIND)
    assert 0 in lab.engine.state.candidates
    assert lab.engine.state.accepted[0] == x.hash
    _jump(lab, PROPOSALS_BEHIND + 1)
    assert 0 not in lab.engine.state.candidates
    assert 0 not in lab.engine.state.accepted
    assert x.hash not in lab.engine.state.blocks
    assert x.hash not in lab.engine.state.verdicts
    _jump(lab, ROUNDS_BEHIND + 1)
    assert all(round_ >= 1 for _, round_ in lab.engine.state.signed)
    assert all(round_ >= 1 for _, round_ in lab.engine.state.own)


def test_the_locked_block_and_the_certified_one_are_kept_whatever_the_round():
    lab = Lab()
    x, y = lab.block("X"), lab.block("Y", 1)
    lab.receive(lab.forge.proposal(1, 0, x))
    lab.receive(lab.forge.prepare(1, 0, x), lab.forge.prepare(2, 0, x))
    del lab.known[y.hash]
    lab.receive(*(lab.forge.commit(i, 1, y) for i in (1, 2, 3)))
    _jump(lab, 9)
    state = lab.engine.state
    assert x.hash in state.blocks
    assert [key[0] for key in state.questions] == [y.hash]
    lab.known[y.hash] = y
    lab.answer(y, 1)
    assert lab.decided() == [y.hash]
