"""The nasty case of a lying validator, by its number, told by the catalogue's scenarios."""

from tests.scenarios.test_c_locks import (
    test_c5_split_proposer_is_outvoted_and_convicted_everywhere as split_proposer,
)
from tests.scenarios.test_c_locks import (
    test_c6_double_vote_is_evidence_on_all_and_the_chain_goes_on as double_vote,
)
from tests.scenarios.test_g_sets import (
    test_g4_clock_jump_makes_one_abstain_and_the_others_go_on as clock_jump,
)


def test_case_20_who_says_two_things_is_outvoted_and_on_record():
    split_proposer()
    double_vote()


def test_case_20_who_turns_its_clock_back_only_abstains():
    clock_jump()
