"""Scenarios E1 to E3: messages of later heights and rounds, and blocks too large."""

from consensus.effects import CheckBlock, Decide
from consensus.inputs import BlockChecked, HeightStarted, Received, Verdict
from consensus.messages import Commit, Prepare, Proposal, RoundChange
from tests.support.consensus_blocks import GENESIS_TIME_MS, make_block
from tests.support.consensus_forge import Forge
from tests.support.consensus_lab import Lab


def _start_next(lab: Lab) -> list:
    lab.height += 1
    lab.forge = Forge(lab.keys, lab.height)
    lab.guard.start_height(lab.height)
    return lab.give(
        HeightStarted(
            height=lab.height,
            validators=lab.keys.validators,
            my_index=lab.me,
            parent_time_ms=GENESIS_TIME_MS + 60,
            timing=lab.timing,
            sign_from=0,
            has_work=False,
            restored=None,
            now_ms=lab.now_ms,
        )
    )


def test_e1_future_height_votes_are_replayed_and_decide():
    lab = Lab()
    x = lab.block()
    later = Lab(height=2, is_started=False)
    y = later.block("Y")
    lab.known[y.hash] = y
    lab.receive(later.forge.proposal(2, 0, y))
    lab.receive(*(later.forge.prepare(i, 0, y) for i in (1, 2, 3)))
    lab.receive(*(later.forge.commit(i, 0, y) for i in (1, 2, 3)))
    assert lab.engine.future.count(2) == 3
    lab.receive(lab.forge.proposal(1, 0, x))
    lab.receive(*(lab.forge.commit(i, 0, x) for i in (1, 2, 3)))
    assert lab.decided() == [x.hash]
    _start_next(lab)
    assert lab.decided() == [x.hash, y.hash]
    assert lab.engine.future.count(2) == 0


def test_e1_votes_of_the_next_height_alone_move_nothing_at_this_one():
    lab = Lab()
    later = Lab(height=2, is_started=False)
    assert lab.receive(*later.forge.round_changes(3, (1, 2, 3))) == []
    assert lab.round == 0


def test_e2_future_round_votes_count_only_for_their_own_round():
    lab = Lab()
    lab.receive(*lab.forge.round_changes(3, (1, 2)))
    assert lab.round == 3
    x = lab.block("X", 5)
    lab.receive(lab.forge.prepare(3, 5, x), lab.forge.prepare(3, 6, x))
    assert lab.round == 3
    changes = lab.forge.round_changes(5, (1, 2, 3))
    lab.receive(lab.forge.proposal(2, 5, x, changes=changes))
    assert lab.round == 5
    assert lab.votes(Prepare)[-1].round == 5
    assert lab.votes(Commit) == []
    lab.receive(lab.forge.prepare(1, 5, x))
    assert [vote.round for vote in lab.votes(Commit)] == [5]


def test_e2_the_kept_vote_of_a_future_round_counts_once_its_round_comes():
    lab = Lab()
    x = lab.block("X", 2)
    lab.receive(lab.forge.prepare(3, 2, x))
    changes = lab.forge.round_changes(2, (1, 2, 3))
    lab.receive(lab.forge.proposal(3, 2, x, changes=changes))
    lab.receive(lab.forge.prepare(1, 2, x))
    assert [vote.round for vote in lab.votes(Commit)] == [2]


def test_e3_oversized_body_is_never_prepared_and_the_round_is_changed():
    lab = Lab()
    big = lab.block("big")
    del lab.known[big.hash]
    [question] = lab.of(CheckBlock, lab.receive(lab.forge.proposal(1, 0, big)))
    answer = BlockChecked(
        1, question.round, big.hash, Verdict.UNLAWFUL, True, b"", None, lab.now_ms
    )
    assert lab.give(answer) == []
    assert lab.votes(Prepare) == []
    assert len(lab.votes(RoundChange, lab.time_out(0))) == 1


def test_e3_an_oversized_proposal_of_a_later_height_does_not_enter_the_buffer():
    lab = Lab()
    later = Lab(height=2, is_started=False)
    many = tuple(bytes([i % 256, i // 256]) * 16 for i in range(2000))
    big = make_block("big", height=2, transactions=many)
    proposal = later.forge.proposal(2, 0, big)
    assert isinstance(proposal, Proposal)
    lab.give(Received(proposal, "cora", lab.now_ms, lab.now_ms))
    assert lab.engine.future.count(2) == 0
    assert lab.of(Decide) == []
