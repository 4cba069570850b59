"""Scenarios F1 to F4 (F5 needs a ceremony of people): who is behind, and what it believes."""

import msgspec

from consensus.certificate import CommitCertificate
from consensus.effects import Decide, FetchCertificates, SendDecided, TimerKind
from consensus.inputs import CertificateReceived, Received
from consensus.messages import Decided, Status
from tests.support.consensus_cluster import Cluster
from tests.support.consensus_lab import Lab


def test_f1_laggard_gets_certificates_and_bodies_and_votes_again():
    cluster = Cluster(seed=11)
    cluster.partition({0, 1, 3}, {2})
    for number in range(50):
        cluster.submit(f"without cora {number}")
        cluster.run_until(height=number + 1, nodes=(0, 1, 3))
    assert cluster.nodes[2].tip == 0
    cluster.partition()
    cluster.run_until(height=50)
    cluster.assert_one_chain()
    before = len([key for key in cluster.checker.sent if key[0] == "cora"])
    cluster.submit("with cora")
    cluster.run_until(height=51)
    assert len([key for key in cluster.checker.sent if key[0] == "cora"]) > before


def _bogus(lab: Lab, x, y) -> list[CommitCertificate]:
    good = lab.forge.certificate(0, x)
    replace = msgspec.structs.replace
    seal = good.seals
    return [
        lab.forge.certificate(0, x, (1, 2)),
        replace(good, seals=(seal[0], seal[0], seal[1])),
        replace(good, seals=(seal[1], seal[0], seal[2])),
        replace(good, seals=(*seal[:2], (4, seal[2][1]))),
        replace(good, seals=(*seal[:2], (3, bytes(64)))),
        replace(good, round=1),
        replace(good, hash=y.hash),
        replace(good, height=2),
        CommitCertificate(1, 0, x.hash, lab.forge.lock(0, x).seals),
    ]


def test_f2_bogus_cert_is_rejected_by_the_edge_or_the_engine():
    for which in range(9):
        lab = Lab()
        x, y = lab.block("X"), lab.block("Y")
        certificate = _bogus(lab, x, y)[which]
        lab.receive(Decided(x.header, certificate))
        assert lab.decided() == [], which
        lab.receive(Decided(x.header, lab.forge.certificate(0, x)))
        assert lab.decided() == [x.hash], which


def test_f2_what_the_edge_let_through_is_still_counted_by_the_engine():
    for which in (0, 1, 2, 3, 7):
        lab = Lab()
        x, y = lab.block("X"), lab.block("Y")
        certificate = _bogus(lab, x, y)[which]
        assert lab.give(Received(Decided(x.header, certificate), "dora", 0, lab.now_ms)) == []
        assert lab.give(CertificateReceived(certificate, "dora", lab.now_ms)) == []


def test_f2_a_header_that_does_not_fit_the_certificate_is_dropped():
    lab = Lab()
    x, y = lab.block("X"), lab.block("Y")
    assert lab.receive(Decided(y.header, lab.forge.certificate(0, x))) == []


def test_f3_lying_height_is_a_hint_only_and_the_newest_claim_counts():
    lab = Lab()
    [ask] = lab.of(FetchCertificates, lab.receive(Status(10**9, 0), sender="dora"))
    assert (ask.height, ask.sources) == (1, ("dora",))
    assert lab.receive(Status(10**9, 0), sender="dora") == []
    [ask] = lab.of(FetchCertificates, lab.fire(TimerKind.RESEND))
    assert ask.sources == ("dora",)
    lab.now_ms += 1_000
    lab.receive(Status(1, 0), sender="dora")
    assert lab.of(FetchCertificates, lab.fire(TimerKind.RESEND)) == []


def test_f3_lying_height_sync_ends_at_the_truth():
    cluster = Cluster(seed=12)
    cluster.silence(3)
    cluster.submit("one")
    cluster.inject(3, (0, 1, 2), Status(10**9, 0))
    cluster.run_until(height=1, nodes=(0, 1, 2))
    cluster.inject(3, (0, 1, 2), Status(5, 0))
    cluster.submit("two")
    cluster.run_until(height=2, nodes=(0, 1, 2))
    assert [node.tip for node in cluster.honest()] == [2, 2, 2]


def test_f3_with_a_weak_quorum_ahead_all_are_asked():
    lab = Lab()
    lab.receive(Status(7, 0), sender="bert")
    lab.receive(Status(7, 0), sender="cora")
    [ask] = lab.of(FetchCertificates, lab.fire(TimerKind.RESEND))
    assert ask.sources == ()


def test_f4_two_import_paths_give_one_decision():
    lab = Lab()
    x = lab.block()
    lab.receive(lab.forge.proposal(1, 0, x))
    lab.receive(*(lab.forge.commit(i, 0, x) for i in (1, 2, 3)))
    lab.receive(Decided(x.header, lab.forge.certificate(0, x)))
    lab.give(CertificateReceived(lab.forge.certificate(0, x), "dora", lab.now_ms))
    assert len(lab.of(Decide)) == 1


def test_f4_a_certificate_in_the_next_proposal_decides():
    lab = Lab()
    x = lab.block()
    lab.receive(lab.forge.proposal(1, 0, x))
    lab.give(CertificateReceived(lab.forge.certificate(0, x), "dora", lab.now_ms))
    assert lab.decided() == [x.hash]


def test_f1_who_is_behind_gets_the_decision_at_most_every_300_ms():
    lab = Lab(height=7)
    assert lab.of(SendDecided, lab.receive(Status(5, 0), sender="dora")) == [SendDecided(5, "dora")]
    assert lab.receive(Status(5, 0), sender="dora") == []
    assert lab.receive(Status(5, 0), sender="nobody") == []
    lab.now_ms += 300
    assert lab.receive(Status(6, 0), sender="dora") == [SendDecided(6, "dora")]
    assert lab.receive(Status(7, 0), sender="cora") == []
