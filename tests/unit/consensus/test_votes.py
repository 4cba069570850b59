from consensus.messages import Prepare
from consensus.votes import Tally
from tests.support.consensus_blocks import make_block
from tests.support.consensus_forge import Forge
from tests.support.consensus_keys import Keyring

FORGE = Forge(Keyring(4))
X, Y = make_block("X"), make_block("Y")


def _tally(*votes: Prepare) -> Tally[Prepare]:
    tally: Tally[Prepare] = Tally()
    for vote in votes:
        tally.add(vote)
    return tally


def test_votes_of_two_rounds_or_two_hashes_are_never_summed():
    tally = _tally(FORGE.prepare(0, 0, X), FORGE.prepare(1, 1, X), FORGE.prepare(2, 0, Y))
    assert tally.count(0, X.hash) == tally.count(1, X.hash) == tally.count(0, Y.hash) == 1
    assert tally.add(FORGE.prepare(3, 0, X)) == 2
    assert tally.voters(0) == 3
    assert len(tally) == 4


def test_seals_are_ascending_whatever_the_order_of_arrival():
    tally = _tally(*(FORGE.prepare(i, 0, X) for i in (3, 0, 2)))
    assert tally.signers(0, X.hash) == (0, 2, 3)
    assert tally.seals(0, X.hash)[1] == (2, FORGE.prepare(2, 0, X).signature)
    assert tally.seals(5, X.hash) == ()


def test_a_signers_votes_come_by_round():
    tally = _tally(FORGE.prepare(1, 3, X), FORGE.prepare(1, 0, Y), FORGE.prepare(2, 1, X))
    assert [vote.round for vote in tally.of(1)] == [0, 3]
    assert tally.held(3, 1) == FORGE.prepare(1, 3, X)
    assert tally.held(3, 2) is tally.held(9, 2) is None


def test_old_rounds_go_unless_enough_voted_in_them():
    tally = _tally(
        FORGE.prepare(0, 0, X),
        FORGE.prepare(1, 0, X),
        FORGE.prepare(0, 1, X),
        FORGE.prepare(0, 2, Y),
    )
    tally.forget_below(2, keep_from=2)
    assert (tally.voters(0), tally.voters(1), tally.voters(2)) == (2, 0, 1)
    assert tally.rounds_with(1) == ((0, X.hash), (2, Y.hash))
    assert tally.rounds_with(2) == ((0, X.hash),)
