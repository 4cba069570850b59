"""The omniscient checker is not blind: hosts that break the voter's duties are caught."""

import pytest

from consensus.messages import Commit, Proposal, RoundChange
from tests.support.consensus_cluster import Cluster


def test_a_vote_sent_before_its_sync_is_caught():
    cluster = Cluster(seed=30)
    cluster.is_synced_before_send = False
    cluster.submit("one")
    with pytest.raises(AssertionError, match="S10"):
        cluster.run_until(height=1)


def test_a_commit_without_its_durable_lock_is_caught():
    cluster = Cluster(seed=31)
    cluster.is_lock_kept = False
    cluster.submit("one")
    with pytest.raises(AssertionError, match="S6"):
        cluster.run_until(height=1)


def test_a_vote_log_thrown_away_without_quarantine_is_caught():
    cluster = Cluster(seed=32)
    cluster.drop = lambda source, target, message: isinstance(message, Proposal | Commit)
    cluster.submit("one")
    cluster.run_ms(1_200)
    assert cluster.nodes[0].tip == 0
    bert = cluster.nodes[1]
    assert [key[1].name for key in cluster.checker.sent if key[0] == "bert"][:1] == ["PROPOSAL"]
    cluster.crash(1)
    bert.disk.log.clear()
    bert.disk.synced = 0
    cluster.restart(1)
    with pytest.raises(AssertionError, match="S4"):
        cluster.run_ms(10_000)


def test_no_progress_is_told_with_the_place_of_every_node():
    cluster = Cluster(seed=33)
    cluster.drop = lambda source, target, message: isinstance(message, RoundChange | Commit)
    cluster.submit("one")
    with pytest.raises(AssertionError, match="no progress"):
        cluster.run_until(height=1, limit_ms=5_000)
