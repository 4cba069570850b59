"""Scenarios C1 to C7: locks, late votes and liars who split the others."""

from consensus.effects import CheckBlock, Decide
from consensus.messages import Commit, Decided, EvidenceFound, Prepare, Proposal, RoundChange
from tests.support.consensus_blocks import make_block
from tests.support.consensus_cluster import Cluster
from tests.support.consensus_lab import Lab


def _prepare_in_round_0(lab: Lab):
    x = lab.block("X")
    lab.receive(lab.forge.proposal(1, 0, x))
    lab.receive(lab.forge.prepare(1, 0, x), lab.forge.prepare(2, 0, x))
    assert [vote.round for vote in lab.votes(Commit)] == [0]
    return x


def test_c1_lock_survives_rc_quorum():
    lab = Lab()
    x = _prepare_in_round_0(lab)
    lab.receive(lab.forge.round_change(1, 2), lab.forge.round_change(3, 2))
    assert lab.round == 2
    lab.time_out(2)
    changes = lab.votes(RoundChange)
    assert [(c.round, c.prepared_round_plus_1, c.prepared_hash) for c in changes] == [
        (2, 1, x.hash),
        (3, 1, x.hash),
    ]
    assert all(len(change.prepared.seals) == 3 for change in changes)


def test_c1_lock_survives_entering_a_round_by_a_justified_proposal():
    lab = Lab()
    x = _prepare_in_round_0(lab)
    y = lab.block("Y", 1)
    lab.receive(lab.forge.proposal(2, 1, y, changes=lab.forge.round_changes(1, (1, 2, 3))))
    assert lab.round == 1
    [change] = lab.votes(RoundChange, lab.time_out(1))
    assert (change.prepared_round_plus_1, change.prepared_hash) == (1, x.hash)


def test_c2_late_commit_of_a_past_round_decides():
    lab = Lab()
    x = _prepare_in_round_0(lab)
    lab.receive(lab.forge.commit(1, 0, x))
    lab.time_out(0)
    assert lab.round == 1
    lab.receive(lab.forge.commit(2, 0, x))
    assert lab.decided() == [x.hash]
    assert lab.of(Decide)[0].round == 0


def test_c2_commits_of_a_future_round_decide():
    lab = Lab()
    x = lab.block("X", 2)
    lab.receive(lab.forge.commit(1, 2, x))
    assert lab.round == 0
    lab.receive(lab.forge.commit(2, 2, x), lab.forge.commit(3, 2, x))
    assert lab.decided() == [x.hash]
    assert lab.of(Decide)[0].round == 2


def test_c2_commits_of_two_rounds_are_never_summed():
    lab = Lab()
    x = lab.block()
    lab.receive(lab.forge.proposal(1, 0, x))
    lab.receive(lab.forge.commit(1, 0, x), lab.forge.commit(2, 1, x), lab.forge.commit(3, 2, x))
    assert lab.decided() == []


def test_c3_commit_before_body_fetches_from_the_committers_and_decides_on_arrival():
    lab = Lab()
    x = lab.block()
    del lab.known[x.hash]
    effects = lab.receive(*(lab.forge.commit(i, 0, x) for i in (1, 2, 3)))
    [question] = lab.of(CheckBlock, effects)
    assert question.hash == x.hash
    assert question.sources == ("bert", "cora", "dora")
    assert lab.decided() == []
    lab.known[x.hash] = x
    lab.answer(x)
    assert lab.decided() == [x.hash]


def test_c4_relock_on_a_later_block():
    lab = Lab()
    _prepare_in_round_0(lab)
    y = lab.block("Y", 1)
    lab.receive(lab.forge.proposal(2, 1, y, changes=lab.forge.round_changes(1, (1, 2, 3))))
    lab.receive(lab.forge.prepare(2, 1, y), lab.forge.prepare(3, 1, y))
    assert [(vote.round, vote.hash) for vote in lab.votes(Commit)][-1] == (1, y.hash)
    [change] = lab.votes(RoundChange, lab.time_out(1))
    assert (change.round, change.prepared_round_plus_1, change.prepared_hash) == (2, 2, y.hash)


def test_c4_no_commit_is_signed_in_a_round_already_left():
    lab = Lab()
    x = lab.block()
    lab.receive(lab.forge.proposal(1, 0, x), lab.forge.prepare(1, 0, x))
    lab.time_out(0)
    lab.receive(lab.forge.prepare(2, 0, x), lab.forge.prepare(3, 0, x))
    assert lab.votes(Commit) == []


def test_c5_split_proposer_is_outvoted_and_convicted_everywhere():
    cluster = Cluster(seed=5)
    cluster.silence(1)
    forge = cluster.forge(1)
    x = make_block("X", time_ms=cluster.now_ms, proposer="bert")
    y = make_block("Y", time_ms=cluster.now_ms, proposer="bert")
    cluster.inject(1, (0, 2), forge.proposal(1, 0, x))
    cluster.inject(1, (3,), forge.proposal(1, 0, y))
    cluster.submit("one")
    cluster.run_until(height=1, nodes=(0, 2, 3))
    decided = cluster.nodes[0].disk.chain[0]
    assert decided[1].round == 1
    cluster.run_ms(3_000)
    cluster.assert_one_chain()
    for node in cluster.honest():
        assert [type(found.first) for found in node.evidence] == [Proposal], node.agency


def test_c6_double_vote_is_evidence_on_all_and_the_chain_goes_on():
    cluster = Cluster(seed=6)
    cluster.silence(3)
    forge = cluster.forge(1)
    x, y = make_block("X"), make_block("Y")
    for message in (forge.prepare(3, 0, x), forge.prepare(3, 0, y)):
        cluster.inject(3, (0, 1, 2), message)
    for message in (forge.commit(3, 0, x), forge.commit(3, 0, y)):
        cluster.inject(3, (0, 1, 2), message)
    cluster.submit("one")
    cluster.run_until(height=1, nodes=(0, 1, 2))
    cluster.submit("two")
    cluster.run_until(height=2, nodes=(0, 1, 2))
    for node in cluster.honest():
        kinds = {type(found.first) for found in node.evidence}
        assert kinds == {Prepare, Commit}
    cluster.assert_one_chain()


def test_c6_a_lock_lie_is_evidence_whichever_message_comes_first():
    for order in (1, -1):
        lab = Lab()
        x = lab.block()
        commit, lie = lab.forge.commit(3, 0, x), lab.forge.round_change(3, 1)
        lab.receive(*(commit, lie)[::order])
        [evidence] = lab.evidence()
        assert evidence.signer == 3
        assert (evidence.found.first, type(evidence.found.second)) == (commit, RoundChange)


def test_c6_evidence_of_a_peer_is_passed_on_once():
    lab = Lab()
    x, y = lab.block("X"), lab.block("Y")
    found = EvidenceFound(lab.forge.prepare(3, 0, x), lab.forge.prepare(3, 0, y))
    lab.receive(found)
    lab.receive(found, sender="bert")
    assert [evidence.found for evidence in lab.evidence()] == [found]
    lab.receive(EvidenceFound(lab.forge.prepare(2, 0, x), lab.forge.prepare(2, 0, x)))
    assert len(lab.evidence()) == 1


def test_c7_withheld_cert_binds_the_later_rounds():
    cluster = Cluster(seed=7)
    cluster.submit("one")
    hidden: list[Commit] = []

    def withhold(source, target, message):
        if isinstance(message, Commit) and message.round == 0:
            hidden.append(message)
            return True
        return False

    cluster.drop = withhold
    cluster.run_ms(300)
    assert {commit.signer for commit in hidden} == {0, 1, 2, 3}
    x = hidden[0].hash
    cluster.silence(3)
    cluster.run_until(height=1, nodes=(0, 1, 2))
    for node in cluster.honest():
        block, certificate = node.disk.chain[0]
        assert block.hash == x
        assert certificate.round > 0


def test_c7_the_liar_reveals_its_certificate_later_and_it_is_taken():
    lab = Lab()
    x = _prepare_in_round_0(lab)
    certificate = lab.forge.certificate(0, x)
    lab.time_out(0)
    lab.receive(*lab.forge.round_changes(1, (1, 2)))
    assert lab.decided() == []
    lab.receive(Decided(x.header, certificate))
    assert lab.decided() == [x.hash]


def test_c7_the_lock_outlives_a_jump_by_a_fresh_proposal_and_binds_the_round_after():
    """Prepared X in 0, pulled into 1 by a fresh Y that nobody prepares: round 2 repeats X."""
    lab = Lab(height=2)
    x, y = lab.block("X", 0), lab.block("Y", 1)
    lab.receive(lab.forge.proposal(2, 0, x))
    lab.receive(lab.forge.prepare(1, 0, x), lab.forge.prepare(2, 0, x))
    assert [vote.hash for vote in lab.votes(Commit)] == [x.hash]
    lab.receive(lab.forge.proposal(3, 1, y, changes=lab.forge.round_changes(1, (1, 2, 3))))
    assert lab.round == 1
    lab.receive(lab.forge.round_change(1, 2), lab.forge.round_change(3, 2))
    [proposal] = lab.votes(Proposal)
    assert (proposal.round, proposal.header) == (2, x.header)
    assert proposal.prepared.hash == x.hash
