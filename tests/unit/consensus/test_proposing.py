from consensus.effects import BuildBlock, CheckBlock, StopSigning, TimerKind, Vote
from consensus.inputs import BlockBuilt, BlockChecked, Verdict
from consensus.messages import BodyReference, GetProposal, Prepare, Proposal
from tests.support.consensus_lab import Lab


def _checked(lab: Lab, block, verdict: Verdict, *, timely: bool = True, round_: int = 0):
    known = block if verdict is Verdict.LAWFUL else None
    return BlockChecked(
        lab.height,
        round_,
        block.hash,
        verdict,
        timely,
        known.header if known else b"",
        known.body if known else None,
        lab.now_ms,
    )


def test_a_question_carries_all_that_the_checker_needs():
    lab = Lab()
    x = lab.block()
    lab.receive(lab.forge.prepare(3, 0, x))
    lab.now_ms += 5
    [question] = lab.of(CheckBlock, lab.receive(lab.forge.proposal(1, 0, x)))
    assert question == CheckBlock(
        1, 0, x.hash, x.header, x.body, True, "bert", lab.now_ms, ("bert", "dora")
    )


def test_a_missing_body_is_waited_for_and_then_prepared():
    lab = Lab()
    x = lab.block()
    lab.is_answering = False
    lab.receive(lab.forge.proposal(1, 0, x))
    assert lab.give(_checked(lab, x, Verdict.MISSING)) == []
    [again] = lab.of(CheckBlock, lab.fire(TimerKind.RESEND))
    assert again.hash == x.hash
    lab.give(_checked(lab, x, Verdict.LAWFUL))
    assert [vote.hash for vote in lab.votes(Prepare)] == [x.hash]


def test_a_verdict_on_what_was_never_asked_is_ignored():
    lab = Lab()
    x = lab.block()
    lab.is_answering = False
    assert lab.give(_checked(lab, x, Verdict.LAWFUL)) == []
    lab.receive(lab.forge.proposal(1, 0, x))
    assert lab.votes(Prepare) == []


def test_answers_for_another_height_are_ignored():
    lab = Lab(height=4)
    lab.is_answering = False
    lab.fire(TimerKind.BLOCK)
    x = lab.block()
    stray = BlockBuilt(3, 0, x.header, x.body, lab.now_ms)
    assert lab.give(stray) == []
    assert lab.give(_checked(Lab(height=3), x, Verdict.LAWFUL)) == []


def test_a_block_built_for_a_round_already_left_is_not_proposed():
    lab = Lab(height=4)
    lab.is_answering = False
    lab.fire(TimerKind.BLOCK)
    lab.time_out(0)
    x = lab.block()
    assert lab.give(BlockBuilt(4, 0, x.header, x.body, lab.now_ms)) == []
    assert lab.give(BlockBuilt(4, 1, x.header, x.body, lab.now_ms)) == []
    assert lab.votes(Proposal) == []


def test_one_build_is_under_way_at_a_time():
    lab = Lab(height=4)
    lab.is_answering = False
    assert len(lab.of(BuildBlock, lab.fire(TimerKind.BLOCK))) == 1
    assert lab.of(BuildBlock, lab.fire(TimerKind.HEARTBEAT)) == []


def test_a_locked_block_judged_lawful_before_is_not_asked_about_again():
    lab = Lab()
    x = lab.block()
    lab.receive(lab.forge.proposal(1, 0, x))
    lock = lab.forge.lock(0, x)
    changes = lab.forge.round_changes(1, (1, 2, 3), lock)
    effects = lab.receive(lab.forge.proposal(2, 1, x, changes=changes, lock=lock))
    assert lab.of(CheckBlock, effects) == []
    assert [vote.round for vote in lab.votes(Prepare, effects)] == [1]


def test_a_fresh_block_is_judged_for_its_own_round():
    lab = Lab()
    x = lab.block("X", 1)
    lab.is_answering = False
    lab.receive(lab.forge.proposal(1, 0, x))
    changes = lab.forge.round_changes(1, (1, 2, 3))
    [question] = lab.of(CheckBlock, lab.receive(lab.forge.proposal(2, 1, x, changes=changes)))
    assert (question.round, question.fresh, question.proposer) == (1, True, "cora")
    lab.give(_checked(lab, x, Verdict.LAWFUL, round_=0))
    assert lab.votes(Prepare) == []
    lab.give(_checked(lab, x, Verdict.LAWFUL, round_=1))
    assert [vote.round for vote in lab.votes(Prepare)] == [1]


def test_an_unlawful_locked_block_is_not_asked_about_for_ever():
    lab = Lab(height=3)
    x = lab.block()
    lab.verdicts[x.hash] = Verdict.UNLAWFUL
    lock = lab.forge.lock(0, x)
    lab.receive(lab.forge.round_change(1, 1, lock), lab.forge.round_change(2, 1, lock))
    assert len(lab.of(CheckBlock)) == 1
    assert lab.votes(Proposal) == []
    lab.receive(lab.forge.round_change(3, 1))
    assert len(lab.of(CheckBlock)) == 1


def test_a_locked_block_is_fetched_from_those_who_prepared_it_and_then_proposed():
    lab = Lab(height=3)
    x = lab.block()
    lab.is_answering = False
    lock = lab.forge.lock(0, x)
    [question] = lab.of(
        CheckBlock,
        lab.receive(lab.forge.round_change(1, 1, lock), lab.forge.round_change(2, 1, lock)),
    )
    assert question.sources == ("bert", "cora", "dora")
    assert (question.header, question.body) == (b"", None)
    lab.give(_checked(lab, x, Verdict.LAWFUL, timely=False, round_=1))
    [proposal] = lab.votes(Proposal)
    assert (proposal.header, proposal.prepared) == (x.header, lock)


def test_own_proposals_are_served_only_once_they_are_signed():
    lab = Lab(height=4)
    lab.is_voting = False
    lab.fire(TimerKind.BLOCK)
    assert lab.receive(GetProposal(4, 0), sender="bert") == []
    assert lab.votes(Proposal)[0].body == BodyReference((), b"")


def test_a_question_for_another_height_is_not_answered():
    lab = Lab()
    lab.receive(lab.forge.proposal(1, 0, lab.block()))
    assert lab.receive(GetProposal(2, 0), sender="cora") == []


def test_a_proposal_durable_only_after_its_round_is_long_past_is_just_counted_as_signed():
    lab = Lab(height=4)
    lab.is_voting = False
    lab.fire(TimerKind.BLOCK)
    [vote] = [e for e in lab.of(Vote) if isinstance(e.message, Proposal)]
    lab.receive(*lab.forge.round_changes(9, (1, 2)))
    assert lab.round == 9
    assert lab.vote(vote) == []
    assert lab.of(StopSigning) == []


def test_a_block_built_for_an_earlier_turn_of_ours_is_not_proposed_in_this_one():
    lab = Lab(height=4)
    lab.is_answering = False
    lab.fire(TimerKind.BLOCK)
    lab.receive(*lab.forge.round_changes(4, (1, 2)))
    assert [build.round for build in lab.of(BuildBlock)] == [0, 4]
    x = lab.block()
    assert lab.give(BlockBuilt(4, 0, x.header, x.body, lab.now_ms)) == []
    lab.give(BlockBuilt(4, 4, x.header, x.body, lab.now_ms))
    assert [proposal.round for proposal in lab.votes(Proposal)] == [4]
