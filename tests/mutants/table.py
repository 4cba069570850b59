"""Guards of the consensus rules, each with the change that removes it and the tests that notice.

Rule: `source` stands exactly once in its file; every named test is green as things are and at least
one turns red under the change.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """One guard taken away."""

    name: str
    """Rule and guard, unique."""
    file: str
    """Module of `consensus/`."""
    source: str
    """The exact text that is the guard."""
    replacement: str
    """What stands there without it."""
    tests: tuple[str, ...]
    """Node ids below `tests/` that must notice; the end of a name may be left out."""
    more: tuple[tuple[str, str, str], ...] = ()
    """Further (file, source, replacement) where one rule is guarded more than once."""


A = "scenarios/test_a_agreement.py::test_"
B = "scenarios/test_b_rounds.py::test_"
C = "scenarios/test_c_locks.py::test_"
D = "scenarios/test_d_restart.py::test_"
F = "scenarios/test_f_behind.py::test_"
G = "scenarios/test_g_sets.py::test_"
U = "unit/consensus/test_"

MUTANTS = (
    Mutant(
        "2.1 quorum is ceil(2n/3), not 2f+1",
        "quorum.py",
        "return (2 * validators + 2) // 3",
        "return 2 * ((validators - 1) // 3) + 1",
        (G + "g2_quorum_table", G + "g2_a_quorum_minus_one_does_not_decide"),
    ),
    Mutant(
        "2.2 a PREPARE and a COMMIT sign different bytes",
        "certificate.py",
        "kind = Signed.COMMIT if isinstance(certificate, CommitCertificate) else Signed.PREPARE",
        "kind = Signed.PREPARE",
        (U + "certificate.py::test_prepares_are_no_commits", A + "a6_wrong_digest_is_not_counted"),
    ),
    Mutant(
        "2.6 ValidCert: at least a quorum of seals",
        "certificate.py",
        "if len(seals) < validators.quorum:",
        "if not seals:",
        (F + "f2_what_the_edge_let_through", B + "b9_illegal_rc"),
    ),
    Mutant(
        "2.6 ValidCert: distinct signers",
        "certificate.py",
        "if any(later[0] <= earlier[0] for earlier, later in itertools.pairwise(seals)):",
        "if False:",
        (F + "f2_bogus_cert", B + "b9_illegal_rc"),
    ),
    Mutant(
        "2.6 ValidCert: members of the height's set",
        "certificate.py",
        "return seals[-1][0] < validators.n",
        "return True",
        (F + "f2_what_the_edge_let_through", B + "b9_illegal_rc"),
    ),
    Mutant(
        "2.6 ValidRC: a claim without its certificate is dropped",
        "justification.py",
        "return message.prepared_round_plus_1 == 0 and message.prepared_hash == ZERO_HASH",
        "return True",
        (B + "b9_illegal_rc",),
    ),
    Mutant(
        "2.6 ValidRC: the certificate is of the claimed round",
        "justification.py",
        "lock.round + 1 == message.prepared_round_plus_1",
        "True",
        (B + "b9_illegal_rc",),
    ),
    Mutant(
        "2.6 ValidRC: the lock lies below the target",
        "justification.py",
        "and lock.round < message.round\n",
        "",
        (B + "b9_illegal_rc", U + "justification.py::test_a_lock_of_the_target_round_itself"),
    ),
    Mutant(
        "2.6 J: a quorum of round changes",
        "justification.py",
        "if len(seals) < validators.quorum or seals[-1].signer >= validators.n:",
        "if not seals or seals[-1].signer >= validators.n:",
        (B + "b12_future_proposal_bad",),
    ),
    Mutant(
        "2.6 J: distinct signers",
        "justification.py",
        "if any(later.signer <= earlier.signer for earlier, later in pairwise(seals)):",
        "if False:",
        (B + "b12_future_proposal_bad",),
    ),
    Mutant(
        "2.6 J: the highest lock, not any",
        "justification.py",
        "highest = max(seal.prepared_round_plus_1 for seal in seals)",
        "highest = min(s.prepared_round_plus_1 for s in seals if s.prepared_round_plus_1)"
        " if any(s.prepared_round_plus_1 for s in seals) else 0",
        (
            B + "b12_future_proposal_bad",
            U + "justification.py::test_the_highest_lock_decides_which_block_may_follow",
        ),
    ),
    Mutant(
        "2.6 J: the lock's certificate is attached and for this block",
        "justification.py",
        "if not _is_proof_of(proposal, highest, hash_, validators):",
        "if False:",
        (B + "b12_future_proposal_bad",),
    ),
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
    Mutant(
        "2.9: after a restart the round is the highest one signed in",
        "restoring.py",
        "state.round = max((message.round for message in restored.messages), default=0)",
        "state.round = 0",
        (D + "d11_crash_in_view_change_after", U + "restoring.py::test_the_round_is_the_highest"),
    ),
    Mutant(
        "2.9: after a restart the lock is back",
        "restoring.py",
        "    state.lock = restored.lock\n",
        "",
        (D + "d5_lock_restored",),
    ),
    Mutant(
        "2.10: nothing is signed in quarantine",
        "state.py",
        "can_sign=can_sign and start.my_index is not None and start.height >= start.sign_from,",
        "can_sign=can_sign and start.my_index is not None,",
        (
            U + "voting.py::test_a_validator_in_quarantine_follows",
            U + "recovery.py::test_a_validator_that_lost_its_votes",
        ),
    ),
    Mutant(
        "2.10: three heights above the proven one",
        "recovery.py",
        "QUARANTINE_HEIGHTS = 3",
        "QUARANTINE_HEIGHTS = 2",
        (U + "recovery.py::test_a_quarantined_validator_waits_for_a_quorum_of_others",),
    ),
    Mutant(
        "2.10: a quorum of others, not fewer",
        "recovery.py",
        "if len(self._proven) < self._validators.quorum:",
        "if not self._proven:",
        (U + "recovery.py::test_a_quarantined_validator_waits_for_a_quorum_of_others",),
    ),
    Mutant(
        "2.11: rounds above 10^6 do not decode",
        "certificate.py",
        "Round: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=ROUND_MAX)]",
        "Round: TypeAlias = Annotated[int, msgspec.Meta(ge=0)]",
        (B + "b14_single_liar_huge_round",),
    ),
    Mutant(
        "2.11: votes at most four rounds ahead",
        "voting.py",
        "if not state.round <= message.round <= state.round + ROUNDS_AHEAD:  # R5, §2.11",
        "if not state.round <= message.round:",
        (U + "state.py::test_votes_more_than_four_rounds_ahead",),
    ),
    Mutant(
        "2.11: COMMITs at most 64 rounds back",
        "voting.py",
        "return state.commits.voters(round_) >= state.validators.weak",
        "return True",
        (U + "state.py::test_a_commit_of_a_forgotten_round",),
    ),
    Mutant(
        "2.11: of a signer four round changes",
        "rounds.py",
        "for round_ in future[:-HIGHEST_KEPT]:",
        "for round_ in ():",
        (U + "rounds.py::test_of_a_signer_the_current_round_and_the_three_highest",),
    ),
    Mutant(
        "2.11: four heights ahead",
        "buffer.py",
        "if not current < message.height <= current + HEIGHTS_AHEAD:",
        "if not current < message.height:",
        (U + "buffer.py::test_four_heights_ahead_are_kept",),
    ),
    Mutant(
        "2.11: sixteen messages a signer",
        "buffer.py",
        "if key in kept or len(kept) >= MESSAGES_MAX:",
        "if key in kept:",
        (U + "buffer.py::test_a_signer_fills_only_its_own_sixteen_slots",),
    ),
    Mutant(
        "2.11: 64 KiB a signer",
        "buffer.py",
        "if total_bytes <= SIZE_MAX_BYTES:",
        "if True:",
        (U + "buffer.py::test_a_signer_fills_at_most_64_kib", "scenarios/test_e_early.py"),
    ),
    Mutant(
        "2.11: evidence is bounded a signer",
        "evidence.py",
        "if not is_proof(found) or key in known or len(known) >= PER_SIGNER_MAX:",
        "if not is_proof(found) or key in known:",
        (U + "evidence.py::test_a_liar_fills_only_its_own_few_slots",),
    ),
    Mutant(
        "2.12: only a contradiction is evidence",
        "evidence.py",
        "if not is_proof(found) or key in known or len(known) >= PER_SIGNER_MAX:",
        "if key in known or len(known) >= PER_SIGNER_MAX:",
        (C + "c6_evidence_of_a_peer",),
    ),
    Mutant(
        "2.14: a new set empties the buffer",
        "engine.py",
        "            self._future.clear()  # §2.14\n",
        "            pass\n",
        (G + "g1_a_change_of_the_set_empties_the_buffer",),
    ),
    Mutant(
        "g1: one payload for a (kind, height, round)",
        "guard.py",
        "if payload_of(stored) == payload_of(message):\n                return",
        "if True:\n                return",
        (U + "guard.py::test_g1", D + "d11_votes_of_a_height_above_the_store"),
    ),
    Mutant(
        "g2: no vote below an own later round",
        "guard.py",
        "if isinstance(message, Prepare | Commit) and message.round < self._top_round(message):",
        "if False:",
        (U + "guard.py::test_g2",),
    ),
    Mutant(
        "g3: no round change hides an own commit",
        "guard.py",
        "if isinstance(message, RoundChange) and self._hides_a_lock(message):",
        "if False:",
        (U + "guard.py::test_g3",),
    ),
    Mutant(
        "g4: only the height above the tip",
        "guard.py",
        "if message.height != self._tip + 1:",
        "if False:",
        (U + "guard.py::test_g4",),
    ),
    Mutant(
        "g5: nothing below sign_from",
        "guard.py",
        "if message.height < self._sign_from:",
        "if False:",
        (U + "guard.py::test_g5",),
    ),
)
