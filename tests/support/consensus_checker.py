"""The omniscient checker: sees every signature, send and application, and judges at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consensus.certificate import CommitCertificate, is_sound, signed_bytes
from consensus.effects import Effect, Evidence, Vote
from consensus.justification import judge
from consensus.messages import (
    KIND_OF,
    Commit,
    Prepare,
    Proposal,
    RoundChange,
    SignedMessage,
    hash_of,
    header_hash,
    payload_of,
    sign_bytes,
)
from consensus.records import SignedRecord, decode
from consensus.state import PROPOSALS_BEHIND, ROUNDS_AHEAD, ROUNDS_BEHIND
from primitives import codec
from primitives.signing import Signed
from tests.support.consensus_blocks import GENESIS_HASH, Block
from tests.support.consensus_keys import CHAIN

if TYPE_CHECKING:
    from tests.support.consensus_cluster import Cluster
    from tests.support.consensus_node import Node


class Checker:
    """Asserts the invariants S1 to S13 after every step of honest nodes."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.decided: dict[int, bytes] = {}
        self.sent: dict[tuple[str, Signed, int, int], bytes] = {}
        self.commit_rounds: dict[tuple[str, int], set[int]] = {}
        self.seals: dict[tuple[Signed, int, int], dict[bytes, set[str]]] = {}
        self.proposals: dict[tuple[int, int, bytes], list[Proposal]] = {}
        self.rounds: dict[tuple[str, int], tuple[int, int]] = {}
        self.releases = 0
        self.round_changes_sent = 0

    def upon_signature(self, agency: str, message: SignedMessage) -> None:
        """S8: over all signatures ever made, the liars' too."""
        if isinstance(message, Proposal):
            key = (message.height, message.round, header_hash(message.header))
            self.proposals.setdefault(key, []).append(message)
        if not isinstance(message, Prepare | Commit):
            return
        key = (KIND_OF[type(message)], message.height, message.round)
        self.seals.setdefault(key, {}).setdefault(message.hash, set()).add(agency)
        quorum = self.cluster.validators_at(message.height).quorum
        certified = [h for h, signers in self.seals[key].items() if len(signers) >= quorum]
        assert len(certified) <= 1, f"S8: two certificates at {key}"

    def upon_release(self, node: Node, message: SignedMessage) -> None:
        """S4, S5, S6, S7, S10: at the moment of sending."""
        self.releases += 1
        key = (node.agency, KIND_OF[type(message)], message.height, message.round)
        payload = payload_of(message)
        assert self.sent.setdefault(key, payload) == payload, f"S4: {key} sent twice"
        durable = node.disk.log[: node.disk.synced]
        encoded = codec.encode(message)
        records = [decode(payload) for payload in durable]
        mine = [r for r in records if isinstance(r, SignedRecord) and r.message == encoded]
        assert mine, f"S10: {key} is not durable"
        committed = self.commit_rounds.setdefault((node.agency, message.height), set())
        match message:
            case Commit():
                committed.add(message.round)
                self._check_commit(node, message, mine[0])
            case RoundChange():
                self.round_changes_sent += 1
                below = [r for r in committed if r < message.round]
                floor = max(below, default=-1)
                assert message.prepared_round_plus_1 - 1 >= floor, "S5: the lock is hidden"
            case Prepare() if message.round > 0:
                validators = self.cluster.validators_at(message.height)
                key_ = (message.height, message.round, message.hash)
                assert any(
                    judge(p, message.hash, validators) is not None
                    for p in self.proposals.get(key_, [])
                ), "S7: prepared without justification"

    def _check_commit(self, node: Node, message: Commit, record: SignedRecord) -> None:
        validators = self.cluster.validators_at(message.height)
        made = self.seals.get((Signed.PREPARE, message.height, message.round), {})
        assert len(made.get(message.hash, ())) >= validators.quorum, "S6: no quorum prepared"
        assert record.lock is not None, "S6: the lock is not durable"
        assert record.lock.hash == message.hash
        assert is_sound(record.lock, validators)
        assert message.hash in node.disk.bodies, "S6: the body is not durable"

    def upon_applied(self, node: Node, block: Block, certificate: CommitCertificate) -> None:
        """S1, S2, S3, S11."""
        fields = block.fields
        height = fields.height
        assert self.decided.setdefault(height, block.hash) == block.hash, f"S1: fork at {height}"
        chain = node.disk.chain
        assert height == len(chain), "S2: heights are contiguous"
        parent = chain[-2][0].hash if height > 1 else GENESIS_HASH
        assert fields.parent == parent, "S2: the chain is linked"
        validators = self.cluster.validators_at(height)
        assert is_sound(certificate, validators), "S3: no sound certificate"
        assert (certificate.height, certificate.hash) == (height, block.hash), "S3"
        data = signed_bytes(certificate, CHAIN)
        for signer, signature in certificate.seals:
            assert self.cluster.keys.verify(validators[signer].public_key, data, signature), "S3"
        assert not fields.label.startswith("unlawful"), "S11"
        if height > 1:
            assert fields.time_ms > chain[-2][0].fields.time_ms, "S11: time goes on"

    def upon_effect(self, node: Node, effect: Effect) -> None:
        """S9, S12, S13: after every step."""
        if isinstance(effect, Evidence):
            liar = self.cluster.validators_at(effect.height)[effect.signer].agency
            assert liar in self.cluster.liars, f"S13: {liar} is honest"
        if isinstance(effect, Vote):
            assert effect.hash == hash_of(effect.message)
            assert (effect.height, effect.round) == (effect.message.height, effect.message.round)
            sign_bytes(effect.message, CHAIN)
        self._check_bounds(node)

    def _check_bounds(self, node: Node) -> None:
        state = node.engine.state
        assert state is not None
        key = (node.agency, node.incarnation)
        place = (state.height, state.round)
        assert self.rounds.get(key, (0, 0)) <= place, "S9: height and round never decrease"
        self.rounds[key] = place
        n = state.validators.n
        kept_rounds = ROUNDS_AHEAD + ROUNDS_BEHIND + 1
        assert len(state.prepares) <= n * (ROUNDS_AHEAD + 1), "S12"
        assert len(state.commits) <= n * (kept_rounds + state.round), "S12"
        assert len(state.round_changes) <= 4 * n, "S12"
        assert len(state.candidates) <= PROPOSALS_BEHIND + 1, "S12"
        assert len(state.own) <= 4 * kept_rounds, "S12"
        assert all(node.engine.future.count(i) <= 16 for i in range(n)), "S12"
        assert all(node.engine.future.size_bytes(i) <= 65536 for i in range(n)), "S12"
