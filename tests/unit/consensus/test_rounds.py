from consensus.rounds import RoundChanges, TopRounds
from tests.support.consensus_forge import Forge
from tests.support.consensus_keys import Keyring

FORGE = Forge(Keyring(4))


def test_the_round_reached_by_a_count_is_cumulative():
    tops = TopRounds(4)
    assert tops.reached_by(2) == -1
    for signer, round_ in ((0, 2), (1, 9), (2, 5)):
        tops.note(signer, round_)
    assert [tops.reached_by(count) for count in (1, 2, 3, 4)] == [9, 5, 2, -1]
    assert [tops.count_at(round_) for round_ in (0, 3, 9, 10)] == [3, 2, 1, 0]


def test_a_highest_round_never_falls():
    tops = TopRounds(4)
    tops.note(1, 5)
    tops.note(1, 3)
    assert tops.reached_by(1) == 5


def test_of_a_signer_the_current_round_and_the_three_highest_are_kept():
    kept = RoundChanges(4)
    for round_ in (2, 3, 4, 5, 6, 7):
        kept.add(FORGE.round_change(1, round_), 2)
    assert [change.round for change in kept.of(1)] == [2, 5, 6, 7]
    kept.add(FORGE.round_change(1, 4), 2)
    assert [change.round for change in kept.of(1)] == [2, 5, 6, 7]
    assert len(kept) == 4


def test_round_changes_to_a_round_come_by_signer():
    kept = RoundChanges(4)
    for signer in (3, 0, 2):
        kept.add(FORGE.round_change(signer, 1), 0)
    assert [change.signer for change in kept.at(1)] == [0, 2, 3]
    kept.forget_below(2)
    assert kept.at(1) == ()
    assert kept.held(3, 1) is None
