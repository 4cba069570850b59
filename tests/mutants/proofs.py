"""Guards of quorums, certificates and justification (2.1, 2.2, 2.6)."""

from tests.mutants.mutant import Mutant

A = "scenarios/test_a_agreement.py::test_"
B = "scenarios/test_b_rounds.py::test_"
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
)
