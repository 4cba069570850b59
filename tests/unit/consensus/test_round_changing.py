from consensus.messages import RoundChange
from tests.support.consensus_lab import Lab


def test_f_plus_one_ahead_at_different_rounds_pull_to_the_lower_of_them():
    lab = Lab()
    lab.receive(lab.forge.round_change(1, 3))
    assert lab.round == 0
    lab.receive(lab.forge.round_change(2, 7))
    assert lab.round == 3
    assert [change.round for change in lab.votes(RoundChange)] == [3]


def test_any_kind_of_message_shows_where_its_signer_is():
    lab = Lab()
    x = lab.block("X", 3)
    lab.receive(lab.forge.commit(1, 3, x), lab.forge.prepare(2, 2, x))
    assert lab.round == 2


def test_a_proposal_of_the_right_proposer_shows_where_it_is_though_not_justified():
    lab = Lab()
    x = lab.block("X", 2)
    lab.receive(lab.forge.proposal(3, 2, x), lab.forge.round_change(1, 2))
    assert lab.round == 2


def test_a_proposal_of_the_wrong_proposer_shows_nothing():
    lab = Lab()
    x = lab.block("X", 2)
    lab.receive(lab.forge.proposal(2, 2, x), lab.forge.round_change(1, 2))
    assert lab.round == 0


def test_a_round_change_to_a_round_already_left_is_only_looked_at_for_lies():
    lab = Lab()
    x = lab.block()
    lab.receive(lab.forge.round_change(1, 5), lab.forge.round_change(2, 5))
    lab.receive(lab.forge.commit(3, 0, x), lab.forge.round_change(3, 2))
    assert len(lab.evidence()) == 1
    assert lab.engine.state.round_changes.held(3, 2) is None


def test_a_justified_proposal_opens_the_gate_alone():
    lab = Lab()
    x = lab.block("X", 1)
    changes = lab.forge.round_changes(1, (1, 2, 3))
    effects = lab.receive(lab.forge.proposal(2, 1, x, changes=changes))
    assert [(timer.round, timer.delay_ms) for timer in lab.timers(effects)] == [(1, 2_000)]
