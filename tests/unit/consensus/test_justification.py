from consensus.justification import Justification, choices, is_valid_round_change, judge
from tests.support.consensus_blocks import make_block
from tests.support.consensus_forge import Forge
from tests.support.consensus_keys import Keyring

KEYS = Keyring(4)
FORGE = Forge(KEYS)
SET = KEYS.validators
X, Y = make_block("X"), make_block("Y")


def test_a_bare_proposal_of_round_0_is_fresh():
    assert judge(FORGE.proposal(1, 0, X), X.hash, SET) is Justification.FRESH
    changes = FORGE.round_changes(1, (0, 1, 2))
    assert judge(FORGE.proposal(1, 0, X, changes=changes), X.hash, SET) is None


def test_a_quorum_without_locks_justifies_any_block():
    proposal = FORGE.proposal(2, 1, X, changes=FORGE.round_changes(1, (0, 1, 2)))
    assert judge(proposal, X.hash, SET) is Justification.FRESH


def test_the_highest_lock_decides_which_block_may_follow():
    low, high = FORGE.lock(0, X), FORGE.lock(1, Y)
    changes = (
        FORGE.round_change(0, 2, low),
        FORGE.round_change(1, 2, high),
        FORGE.round_change(2, 2),
    )
    assert judge(FORGE.proposal(3, 2, Y, changes=changes, lock=high), Y.hash, SET) is (
        Justification.LOCKED
    )
    assert judge(FORGE.proposal(3, 2, X, changes=changes, lock=low), X.hash, SET) is None


def test_a_lock_of_the_target_round_itself_is_impossible():
    changes = (*FORGE.round_changes(1, (0, 1)), FORGE.round_change(2, 1, FORGE.lock(1, X)))
    proposal = FORGE.proposal(2, 1, X, changes=changes, lock=FORGE.lock(1, X))
    assert judge(proposal, X.hash, SET) is None
    assert not is_valid_round_change(changes[2], SET)


def test_a_certificate_that_nobody_in_the_quorum_claims_justifies_nothing():
    locked_on_y = FORGE.round_change(2, 1, FORGE.lock(0, Y))
    changes = (*FORGE.round_changes(1, (0, 1)), locked_on_y)
    proposal = FORGE.proposal(2, 1, X, changes=changes, lock=FORGE.lock(0, X))
    assert judge(proposal, X.hash, SET) is None


def test_the_choices_go_from_the_highest_lock_down_to_a_fresh_block():
    keys = Keyring(7)
    forge = Forge(keys)
    quorum = tuple(range(5))
    low, high = forge.lock(0, X, quorum), forge.lock(1, Y, quorum)
    changes = (
        forge.round_change(0, 2, high),
        forge.round_change(1, 2, low),
        *forge.round_changes(2, (2, 3, 4, 5, 6)),
    )
    found = choices(changes, 5)
    assert [choice.lock for choice in found] == [high, low, None]
    assert [len(choice.round_changes) for choice in found] == [7, 6, 5]
    assert [choice.lock for choice in choices(changes[:5], 5)] == [high]
    assert choices(changes[:4], 5) == ()
