"""Guards of deciding, changing rounds and helping others (R7 to R17)."""

from tests.mutants.mutant import Mutant

A = "scenarios/test_a_agreement.py::test_"
B = "scenarios/test_b_rounds.py::test_"
C = "scenarios/test_c_locks.py::test_"
D = "scenarios/test_d_restart.py::test_"
F = "scenarios/test_f_behind.py::test_"
G = "scenarios/test_g_sets.py::test_"
U = "unit/consensus/test_"

MUTANTS = (
    Mutant(
        "R7: a quorum of COMMITs",
        "voting.py",
        "if count >= state.validators.quorum and state.certified is None:  # R7, any round",
        "if count >= state.validators.quorum - 1 and state.certified is None:",
        (A + "a4_commits_without_prepares", G + "g2_a_quorum_minus_one_does_not_decide"),
    ),
    Mutant(
        "R7: COMMITs of any round decide",
        "voting.py",
        "    if not is_kept(state, message.round):",
        "    if message.round != state.round:",
        (C + "c2_late_commit", C + "c2_commits_of_a_future_round"),
    ),
    Mutant(
        "R7: votes of two rounds are never summed",
        "votes.py",
        "        key = (vote.round, vote.hash)\n",
        "        key = (0, vote.hash)\n",
        (C + "c2_commits_of_two_rounds_are_never_summed",),
    ),
    Mutant(
        "R7: no decision before the body is lawful",
        "voting.py",
        "    if verdict is Verdict.LAWFUL:\n        state.is_decided = True  # R7: once a height",
        "    if True:\n        state.is_decided = True",
        (C + "c3_commit_before_body", D + "d8_state_root_mismatch"),
    ),
    Mutant(
        "R7: a certified unlawful block halts the node",
        "voting.py",
        "if verdict is Verdict.UNLAWFUL:",
        "if False:",
        (D + "d8_state_root_mismatch",),
    ),
    Mutant(
        "R7: decided once a height",
        "voting.py",
        "        state.is_decided = True  # R7: once a height",
        "        state.is_decided = len(out) > 9",
        (F + "f4_two_import_paths", A + "a5_silent_after_decide"),
    ),
    Mutant(
        "R8: a stale timer changes nothing",
        "round_changing.py",
        "if round_ != state.round or not state.is_round_timer_on or round_ >= ROUND_MAX:",
        "if not state.is_round_timer_on or round_ >= ROUND_MAX:",
        (B + "b10_stale_timer",),
    ),
    Mutant(
        "R9: the lock survives every jump",
        "round_changing.py",
        "    state.building = None\n    forget_past_rounds(state)",
        "    state.building = None\n    state.lock = None\n    forget_past_rounds(state)",
        (C + "c1_lock_survives_rc_quorum", C + "c1_lock_survives_entering_a_round", B + "b3_rc"),
    ),
    Mutant(
        "R9: a round change says our lock",
        "round_changing.py",
        "    lock = state.lock\n    message = RoundChange(",
        "    lock = None\n    message = RoundChange(",
        (B + "b3_rc_prepared", D + "d5_lock_restored"),
    ),
    Mutant(
        "R10: an invalid round change is dropped",
        "round_changing.py",
        "if not is_valid_round_change(message, state.validators):",
        "if False:",
        (B + "b9_illegal_rc",),
    ),
    Mutant(
        "R10: the first round change of a signer wins",
        "round_changing.py",
        "    held = state.round_changes.held(message.signer, message.round)\n",
        "    held = None\n",
        (B + "b8_first_rc_wins",),
    ),
    Mutant(
        "R10: a hidden lock is evidence (E4)",
        "evidence.py",
        "return change.round > commit.round and change.prepared_round_plus_1 <= commit.round",
        "return False",
        (C + "c6_a_lock_lie_is_evidence",),
    ),
    Mutant(
        "R11: f+1 validators pull, one does not",
        "round_changing.py",
        "reached = state.tops.reached_by(state.validators.weak)",
        "reached = state.tops.reached_by(1)",
        (B + "b14_single_liar_huge_round", B + "b7_one_sender"),
    ),
    Mutant(
        "R11: the count is cumulative over rounds",
        "round_changing.py",
        "reached = state.tops.reached_by(state.validators.weak)",
        "reached = max((c.round for i in range(state.validators.n) for c in"
        " state.round_changes.of(i) if len(state.round_changes.at(c.round)) >="
        " state.validators.weak), default=-1)",
        (U + "round_changing.py::test_f_plus_one_ahead_at_different_rounds",),
    ),
    Mutant(
        "R12: below a quorum the round has no timer",
        "round_changing.py",
        "    if not arrived and state.round not in state.candidates:\n        return False\n",
        "",
        (B + "b17_below_a_quorum_the_round_has_no_timer", D + "d11_crash_in_view_change_after"),
    ),
    Mutant(
        "R12: every kind of message opens the gate, not round changes alone",
        "round_changing.py",
        "arrived = state.tops.count_at(state.round) >= state.validators.quorum",
        "arrived = len(state.round_changes.at(state.round)) >= state.validators.quorum",
        (B + "b17_gate_after_power_failure", B + "b17_power_failure"),
    ),
    Mutant(
        "R13: a quorum of round changes before a proposal",
        "justification.py",
        "while len(rest) >= quorum:",
        "while rest:",
        (B + "b7_one_sender", U + "justification.py::test_the_choices_go_from"),
    ),
    Mutant(
        "R13: one proposal a round, never rebuilt",
        "proposing.py",
        "if state.has_signed(Signed.PROPOSAL, round_) or state.building is not None:",
        "if state.building is not None:",
        (A + "a2_happy_proposer", D + "d2_proposer_crash"),
    ),
    Mutant(
        "R13: a built block goes only into its own round",
        "proposing.py",
        "if built.round != state.round or state.building is None:",
        "if state.building is None:",
        (U + "proposing.py::test_a_block_built_for_an_earlier_turn",),
    ),
    Mutant(
        "R14: a certificate is counted whatever the edge said",
        "voting.py",
        "    if is_sound(certificate, state.validators):\n",
        "    if True:\n",
        (F + "f2_what_the_edge_let_through",),
    ),
    Mutant(
        "R14: the header fits the certificate",
        "voting.py",
        "if header_hash(message.header) != message.certificate.hash:",
        "if False:",
        (F + "f2_a_header_that_does_not_fit",),
    ),
    Mutant(
        "R15: a peer is answered at most every 300 ms",
        "peers_ahead.py",
        "if last_ms is not None and 0 <= now_ms - last_ms < INTERVAL_MS:",
        "if False:",
        (F + "f1_who_is_behind_gets_the_decision", F + "f3_lying_height_is_a_hint"),
    ),
    Mutant(
        "R15: the newest claim of a peer replaces the older one",
        "peers_ahead.py",
        "self._heights[agency] = height",
        "self._heights[agency] = max(height, self._heights.get(agency, 0))",
        (F + "f3_lying_height_is_a_hint",),
    ),
    Mutant(
        "R16: only durable messages are sent again",
        "engine.py",
        "            state.own[key] = message\n",
        "",
        (U + "resending.py::test_own_messages_that_still_matter",),
    ),
    Mutant(
        "R16: everything goes out again after a restart",
        "restoring.py",
        "    resend(state, out, ())\n",
        "",
        (D + "d1_resend_after_crash", D + "d2_proposer_crash"),
    ),
    Mutant(
        "R17: a foreign message under our key stops all signing",
        "engine.py",
        "            state.can_sign = False\n",
        "",
        (U + "engine.py::test_a_message_under_our_key_that_we_never_signed",),
    ),
    Mutant(
        "R17: the alarm lasts beyond the height",
        "engine.py",
        "state = begin(start, self._evidence, can_sign=not self._is_key_shared)",
        "state = begin(start, self._evidence, can_sign=True)",
        (U + "engine.py::test_the_alarm_lasts_beyond_the_height",),
    ),
)
