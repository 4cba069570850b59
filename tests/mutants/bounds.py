"""Guards of restart, quarantine, bounds, evidence and signing (2.9 to 2.14, g1 to g5)."""

from tests.mutants.mutant import Mutant

B = "scenarios/test_b_rounds.py::test_"
C = "scenarios/test_c_locks.py::test_"
D = "scenarios/test_d_restart.py::test_"
G = "scenarios/test_g_sets.py::test_"
U = "unit/consensus/test_"

MUTANTS = (
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
