import pytest

from consensus.guard import Ruling, SigningGuard
from tests.support.consensus_blocks import make_block
from tests.support.consensus_forge import Forge
from tests.support.consensus_keys import Keyring

KEYS = Keyring(4)
FORGE = Forge(KEYS)
X, Y = make_block("X"), make_block("Y")
LOCK = FORGE.lock(0, X)


def _guard(*signed) -> SigningGuard:
    guard = SigningGuard(0)
    for message in signed:
        assert guard.judge(message).ruling is Ruling.SIGN
        guard.record(message)
    return guard


def _refusal(guard: SigningGuard, message) -> str:
    judgement = guard.judge(message)
    return judgement.rule if judgement.ruling is Ruling.REFUSE else ""


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (FORGE.proposal(0, 0, X), FORGE.proposal(0, 0, Y)),
        (FORGE.prepare(0, 0, X), FORGE.prepare(0, 0, Y)),
        (FORGE.commit(0, 0, X), FORGE.commit(0, 0, Y)),
        (FORGE.round_change(0, 1, LOCK), FORGE.round_change(0, 1)),
    ],
)
def test_g1_a_second_payload_of_one_kind_height_and_round_is_refused(first, second):
    guard = _guard(first)
    assert _refusal(guard, second) == "g1"
    again = guard.judge(first)
    assert (again.ruling, again.stored) == (Ruling.REPEAT, first)


@pytest.mark.parametrize("later", [FORGE.round_change(0, 2), FORGE.prepare(0, 2, X)])
def test_g2_no_prepare_or_commit_below_an_own_later_round(later):
    guard = _guard(later)
    assert _refusal(guard, FORGE.prepare(0, 1, X)) == "g2"
    assert _refusal(guard, FORGE.commit(0, 1, X)) == "g2"
    assert guard.judge(FORGE.commit(0, 2, X)).ruling is Ruling.SIGN


def test_g3_no_round_change_hides_an_own_commit():
    guard = _guard(FORGE.commit(0, 0, X))
    assert _refusal(guard, FORGE.round_change(0, 1)) == "g3"
    assert guard.judge(FORGE.round_change(0, 1, LOCK)).ruling is Ruling.SIGN


def test_g4_only_the_height_above_the_tip_is_signed():
    guard = SigningGuard(4)
    for height, rule in ((4, "g4"), (5, ""), (6, "g4")):
        assert _refusal(guard, Forge(KEYS, height).prepare(0, 0, X)) == rule
    guard.start_height(6)
    assert _refusal(guard, Forge(KEYS, 5).prepare(0, 0, X)) == "g4"
    assert _refusal(guard, Forge(KEYS, 6).prepare(0, 0, X)) == ""


def test_g5_nothing_is_signed_in_quarantine():
    guard = SigningGuard(0, 3)
    assert guard.sign_from == 3
    assert _refusal(guard, FORGE.prepare(0, 0, X)) == "g5"
    guard.start_height(3)
    assert _refusal(guard, Forge(KEYS, 3).prepare(0, 0, X)) == ""
    guard.quarantine(9)
    assert _refusal(guard, Forge(KEYS, 3).prepare(0, 0, X)) == "g5"


def test_what_was_signed_is_remembered_until_the_block_is_applied():
    guard = _guard(FORGE.prepare(0, 0, X))
    assert guard.holds(FORGE.prepare(0, 0, X))
    assert not guard.holds(FORGE.prepare(0, 0, Y))
    assert not guard.holds(FORGE.commit(0, 0, X))
    guard.start_height(2)
    assert guard.holds(FORGE.prepare(0, 0, X))
    guard.start_height(3)
    assert not guard.holds(FORGE.prepare(0, 0, X))
