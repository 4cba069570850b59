"""Guards of proposing, preparing and committing (R1 to R6, 2.16)."""

from tests.mutants.mutant import Mutant

A = "scenarios/test_a_agreement.py::test_"
B = "scenarios/test_b_rounds.py::test_"
C = "scenarios/test_c_locks.py::test_"
D = "scenarios/test_d_restart.py::test_"
G = "scenarios/test_g_sets.py::test_"
U = "unit/consensus/test_"

MUTANTS = (
    Mutant(
        "R1: one vote does not end the idleness",
        "pacing.py",
        "if len(state.voters) >= state.validators.weak:",
        "if state.voters:",
        (G + "g3_one_vote_does_not_end_the_idleness",),
    ),
    Mutant(
        "R2: no block without work or heartbeat",
        "proposing.py",
        "if not state.is_block_due or not (state.has_work or state.is_heartbeat_due):  # R2",
        "if not state.is_block_due:",
        (G + "g3_a_proposer_builds_only_while_there_is_work",),
    ),
    Mutant(
        "R2: no block before the interval is over",
        "proposing.py",
        "if not state.is_block_due or not (state.has_work or state.is_heartbeat_due):  # R2",
        "if not (state.has_work or state.is_heartbeat_due):",
        (A + "a2_a_proposer_does_not_build_before",),
    ),
    Mutant(
        "R3: only the round's proposer proposes",
        "proposing.py",
        "if message.signer != state.validators.proposer(state.height, round_):",
        "if False:",
        (
            B + "b12_future_proposal_bad",
            U + "round_changing.py::test_a_proposal_of_the_wrong_proposer_shows_nothing",
        ),
    ),
    Mutant(
        "R3: past rounds are dropped",
        "proposing.py",
        "if round_ < state.round:",
        "if False:",
        (B + "b6_a_proposal_of_a_past_round_is_dropped",),
    ),
    Mutant(
        "R3: an unjustified proposal is dropped",
        "proposing.py",
        "if justification is None:  # R3: the slot stays free",
        "if False:",
        (B + "b12_future_proposal_bad",),
    ),
    Mutant(
        "R3: a second block in a round is evidence and no candidate",
        "proposing.py",
        "if held is not None and held.hash != hash_:",
        "if False:",
        (C + "c5_split_proposer", U + "evidence_rules.py::test_each_kind_of_contradiction"),
    ),
    Mutant(
        "R4: one PREPARE a round, also after a restart",
        "proposing.py",
        "if candidate is None or round_ in state.accepted:",
        "if candidate is None:",
        (D + "d3_restart_vs_liar", A + "a10_duplicates"),
    ),
    Mutant(
        "R3: no PREPARE without a lawful body in hand",
        "proposing.py",
        "if not state.is_lawful(candidate.hash):  # R3: body held and lawful",
        "if False:",
        (A + "a10_an_unlawful_block_gets_no_vote", "scenarios/test_e_early.py::test_e3_oversized"),
    ),
    Mutant(
        "2.16: a fresh block must be timely",
        "proposing.py",
        "if candidate.is_fresh and round_ not in state.timely:  # §2.16",
        "if False:",
        (B + "b11_a_fresh_block_that_is_not_timely", G + "g4_the_node_with_the_wrong_clock"),
    ),
    Mutant(
        "2.16: a locked block is not timed again",
        "proposing.py",
        "if candidate.is_fresh and round_ not in state.timely:  # §2.16",
        "if round_ not in state.timely:",
        (B + "b11_future_proposal_with_a_lock",),
    ),
    Mutant(
        "R5: the first vote of a signer wins",
        "voting.py",
        "    held = state.prepares.held(message.round, message.signer)\n    if held is not None:",
        "    held = state.prepares.held(message.round, message.signer)\n"
        "    if held is not None and held.hash == message.hash:",
        (C + "c6_double_vote", U + "evidence_rules.py::test_votes_already_counted"),
    ),
    Mutant(
        "R5: a lost proposal is asked for",
        "voting.py",
        "if state.prepares.add(message) == state.validators.weak:",
        "if state.prepares.add(message) == -1:",
        (B + "b18_lost_proposal",),
    ),
    Mutant(
        "R6: a quorum of PREPAREs",
        "voting.py",
        "if state.prepares.count(round_, hash_) < state.validators.quorum:",
        "if state.prepares.count(round_, hash_) < state.validators.weak:",
        (A + "a1_happy_not_proposer",),
    ),
    Mutant(
        "R6: no COMMIT before the body is in hand",
        "voting.py",
        "if hash_ is None or not state.is_lawful(hash_):  # R6: the body in hand",
        "if hash_ is None:",
        (D + "d3_nothing_is_committed_after_a_restart",),
    ),
    Mutant(
        "R6: only the current round is committed (all three guards)",
        "voting.py",
        "    round_ = state.round\n    hash_ = state.accepted.get(round_)",
        "    round_ = max(state.accepted, default=0)\n    hash_ = state.accepted.get(round_)",
        (C + "c4_no_commit_is_signed_in_a_round_already_left",),
        more=(
            (
                "voting.py",
                "if not state.round <= message.round <= state.round + ROUNDS_AHEAD:  # R5, §2.11",
                "if message.round > state.round + ROUNDS_AHEAD:",
            ),
            (
                "state.py",
                "    state.prepares.forget_below(round_, keep_from=state.validators.n + 1)\n",
                "",
            ),
        ),
    ),
    Mutant(
        "R6: the lock goes with the COMMIT to the disk",
        "voting.py",
        "vote(state, out, message, lock=state.lock)  # R6: lock and vote in one record",
        "vote(state, out, message)",
        (A + "a3_reverse_order", D + "d5_lock_restored"),
    ),
)
