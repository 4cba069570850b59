"""Every scenario of the catalogue has a test by its name (F5 is a ceremony of people)."""

import re
from pathlib import Path

CATALOGUE = """
a1 happy_not_proposer, a2 happy_proposer, a3 reverse_order, a4 commits_without_prepares,
a5 silent_after_decide, a6 wrong_digest, a7 bad_sig_then_good, a8 garbage, a9 non_validator,
a10 duplicates, b1 timeout_empty_rc, b2 rc_not_prepared, b3 rc_prepared, b4 new_leader_fresh,
b5 new_leader_highest, b6 no_going_back, b7 one_sender, b8 first_rc_wins, b9 illegal_rc,
b10 stale_timer, b11 future_proposal, b12 future_proposal_bad, b13 second_proposal_same,
b14 single_liar_huge_round, b15 leader_empty_mempool, b16 timeout_values,
b17 gate_after_power_failure, b18 lost_proposal, c1 lock_survives_rc_quorum, c2 late_commit,
c3 commit_before_body, c4 relock, c5 split_proposer, c6 double_vote, c7 withheld_cert,
d1 resend_after_crash, d2 proposer_crash, d3 restart_vs_liar, d4 crash_at_every_effect,
d5 lock_restored, d6 torn_tail, d7 decided_not_applied, d8 state_root_mismatch, d9 fsync_error,
d10 rolling_restart, d11 crash_in_view_change, e1 future_height, e2 future_round_votes,
e3 oversized, f1 laggard, f2 bogus_cert, f3 lying_height, f4 two_import_paths, g1 valset_change,
g2 quorum_table, g3 idle, g4 clock_jump
"""


def test_every_scenario_has_a_test_by_its_name():
    wanted = re.findall(r"(\w+) (\w+)", CATALOGUE)
    assert len(wanted) == 10 + 18 + 7 + 11 + 3 + 4 + 4
    files = sorted(Path(__file__).parent.glob("test_?_*.py"))
    defined = set(re.findall(r"def (test_\w+)", "".join(f.read_text("utf-8") for f in files)))
    missing = [
        f"{number} {name}"
        for number, name in wanted
        if not any(test.startswith(f"test_{number}_{name}") for test in defined)
    ]
    assert missing == []
