import pytest

from consensus import recovery
from consensus.messages import EvidenceFound, Status
from consensus.records import (
    CleanShutdownRecord,
    DecidedRecord,
    EvidenceRecord,
    SignedRecord,
    SignFromRecord,
)
from primitives import codec
from primitives.errors import NodeFault
from tests.support.consensus_blocks import make_block
from tests.support.consensus_cluster import Cluster
from tests.support.consensus_forge import Forge
from tests.support.consensus_keys import Keyring

KEYS = Keyring(4)
FORGE = Forge(KEYS)
X, Y = make_block("X"), make_block("Y")
LOCK = FORGE.lock(0, X)


def _signed(message, lock=None) -> bytes:
    return codec.encode(SignedRecord(codec.encode(message), lock))


LOG = [
    _signed(FORGE.prepare(0, 0, X)),
    _signed(FORGE.commit(0, 0, X), LOCK),
    _signed(FORGE.round_change(0, 1, LOCK)),
    _signed(FORGE.commit(0, 1, Y), FORGE.lock(1, Y)),
    _signed(Forge(KEYS, 2).prepare(0, 0, X)),
]


def test_the_highest_lock_and_all_messages_of_a_height_are_restored():
    found = recovery.recover(LOG)
    restored = found.at(1)
    assert restored is not None
    assert [type(message).__name__ for message in restored.messages] == [
        "Prepare",
        "Commit",
        "RoundChange",
        "Commit",
    ]
    assert restored.lock == FORGE.lock(1, Y)
    assert found.at(2).lock is None
    assert found.at(3) is None
    assert found.highest == 2
    assert recovery.recover([LOG[0], LOG[4]][1:]).at(1) is None


def test_an_empty_log_binds_nothing():
    found = recovery.recover([])
    assert (found.signed, found.sign_from, found.decided, found.is_clean) == ((), 0, None, False)


def test_the_guard_remembers_the_whole_log():
    guard = recovery.recover(LOG).guard(0)
    assert guard.judge(FORGE.prepare(0, 0, Y)).rule == "g1"
    assert guard.judge(FORGE.round_change(0, 3)).rule == "g3"


def test_the_last_sign_from_counts_and_survives():
    log = [codec.encode(SignFromRecord(h)) for h in (recovery.SIGN_FROM_UNKNOWN, 12)]
    assert recovery.recover(log[:1]).sign_from == recovery.SIGN_FROM_UNKNOWN
    assert recovery.recover(log).guard(0).sign_from == 12


def test_decisions_evidence_and_a_clean_end_are_found():
    evidence = EvidenceFound(FORGE.prepare(1, 0, X), FORGE.prepare(1, 0, Y))
    log = [
        codec.encode(EvidenceRecord(evidence)),
        codec.encode(DecidedRecord(1, X.hash)),
        codec.encode(CleanShutdownRecord(2)),
    ]
    found = recovery.recover(log)
    assert found.evidence == (evidence,)
    assert found.decided == DecidedRecord(1, X.hash)
    assert found.is_clean
    assert not recovery.recover([*log, LOG[0]]).is_clean


@pytest.mark.parametrize(
    "payload",
    [
        b"garbage",
        codec.encode(SignedRecord(b"garbage", None)),
        codec.encode(SignedRecord(codec.encode(Status(1, 0)), None)),
    ],
)
def test_a_record_of_unknown_form_stops_the_node(payload):
    with pytest.raises(NodeFault, match=r"vote_log\.unreadable"):
        recovery.recover([payload])


def test_records_below_the_tip_are_no_longer_needed():
    evidence = EvidenceFound(FORGE.prepare(1, 0, X), FORGE.prepare(1, 0, Y))
    signed = SignedRecord(codec.encode(FORGE.prepare(0, 0, X)), None)
    assert recovery.is_needed(signed, 1)
    assert not recovery.is_needed(signed, 2)
    for record in (DecidedRecord(1, X.hash), CleanShutdownRecord(1)):
        assert recovery.is_needed(record, 1)
        assert not recovery.is_needed(record, 2)
    assert recovery.is_needed(SignFromRecord(3), 2)
    assert not recovery.is_needed(SignFromRecord(3), 3)
    assert recovery.is_needed(EvidenceRecord(evidence), 10**6)


def test_a_vote_of_ours_that_only_a_peer_holds_means_a_lost_log():
    guard = recovery.recover(LOG).guard(0)
    assert not recovery.is_lost_vote(FORGE.prepare(0, 0, X), guard, 0)
    assert recovery.is_lost_vote(FORGE.prepare(0, 2, X), guard, 0)
    assert recovery.is_lost_vote(FORGE.prepare(0, 0, Y), guard, 0)
    assert not recovery.is_lost_vote(FORGE.prepare(0, 2, X), guard, 1)


def test_a_quarantined_validator_waits_for_a_quorum_of_others():
    quarantine = recovery.Quarantine(KEYS.validators, 0)
    quarantine.prove("bert", 7)
    quarantine.prove("bert", 8)
    quarantine.prove("cora", 9)
    quarantine.prove("anna", 99)
    quarantine.prove("nobody", 99)
    assert quarantine.sign_from() is None
    quarantine.prove("dora", 5)
    assert quarantine.sign_from() == 12


def test_a_validator_that_lost_its_votes_signs_again_three_heights_above_the_proven_one():
    cluster = Cluster(seed=21)
    for number in range(2):
        cluster.submit(f"before {number}")
        cluster.run_until(height=number + 1)
    cluster.crash(3)
    node = cluster.nodes[3]
    node.lose_votes()
    quarantine = recovery.Quarantine(cluster.base, 3)
    for other in cluster.nodes[:3]:
        quarantine.prove(other.agency, other.tip)
    cluster.restart(3)
    node.set_sign_from(quarantine.sign_from())
    cluster.crash(3)
    cluster.restart(3)
    for number in range(6):
        cluster.submit(f"after {number}")
        cluster.run_until(height=number + 3)
    cluster.assert_one_chain()
    heights = {key[2] for key in cluster.checker.sent if key[0] == "dora"}
    assert heights == {1, 2, 5, 6, 7, 8}
    assert not any(node.refusals)
