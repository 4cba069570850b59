"""A node of the consensus simulation: engine, voter, vote log, block store and a tests' ledger.

Its disk forgets what was not synced. It reads no clock: the cluster tells it the time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from consensus import certificate as certificates
from consensus import recovery
from consensus.effects import (
    BuildBlock,
    CancelTimers,
    CheckBlock,
    Decide,
    Effect,
    Evidence,
    FetchCertificates,
    Halt,
    Send,
    SendDecided,
    StartTimer,
    StopSigning,
    TimerKind,
    Vote,
)
from consensus.engine import Engine
from consensus.guard import Ruling
from consensus.inputs import (
    CertificateReceived,
    HeightStarted,
    Input,
    Received,
    TimerFired,
    WorkAvailable,
)
from consensus.messages import (
    BlockBody,
    Commit,
    ConsensusMessage,
    Decided,
    EvidenceFound,
    GetBody,
    GetCertificates,
    Proposal,
    SignedMessage,
)
from consensus.records import EvidenceRecord, SignedRecord, SignFromRecord
from consensus.signatures import certificate_signatures, signatures_of
from primitives import codec
from primitives.errors import PeerFault
from tests.support import consensus_store as store
from tests.support.consensus_blocks import (
    GENESIS_HASH,
    GENESIS_TIME_MS,
)
from tests.support.consensus_keys import CHAIN
from tests.support.consensus_store import Disk

if TYPE_CHECKING:
    from tests.support.consensus_cluster import Cluster


class Node:
    """One node; `agency` is its name, `disk` all that it keeps."""

    def __init__(self, cluster: Cluster, agency: str) -> None:
        self.cluster = cluster
        self.agency = agency
        self.disk = Disk()
        self.clock_offset_ms = 0
        self.is_up = False
        self.incarnation = 0
        self.journal: list[tuple[Input, tuple[Effect, ...]]] = []
        self.halted = ""
        self.stopped_signing = False
        self.evidence: list[EvidenceFound] = []
        self.refusals: list[str] = []
        self.is_disk_broken = False
        self.engine = Engine()
        self._clear()

    def _clear(self) -> None:
        self.engine = Engine()
        self.journal = []
        self.timers: dict[tuple[TimerKind, int], object] = {}
        self.fetches: dict[bytes, CheckBlock] = {}
        self.decided_ahead: dict[int, Decided] = {}
        self.is_finalizing = False
        self.stopped_signing = False

    # the life of the process

    def boot(self) -> None:
        """Start from the disk."""
        self._clear()
        self.is_up = True
        self.incarnation += 1
        self.recovered = recovery.recover(self.disk.log)
        self.guard = self.recovered.guard(self.tip)
        self.evidence = list(self.recovered.evidence)
        self.start_height()

    def crash(self) -> None:
        """Lose memory and everything unsynced."""
        self.is_up = False
        self.incarnation += 1
        self.disk.forget_unsynced()

    @property
    def now_ms(self) -> int:
        """The node's own clock."""
        return self.cluster.now_ms + self.clock_offset_ms

    @property
    def tip(self) -> int:
        """Height of the last applied block."""
        return len(self.disk.chain)

    @property
    def height(self) -> int:
        """The height it works on."""
        return self.engine.state.height if self.engine.state else self.tip + 1

    def start_height(self) -> None:
        """Tell the engine that the next height begins."""
        height = self.tip + 1
        validators = self.cluster.validators_at(height)
        start = HeightStarted(
            height=height,
            validators=validators,
            my_index=validators.index_of(self.agency),
            parent_time_ms=self.parent_time_ms,
            timing=self.cluster.timing,
            sign_from=self.guard.sign_from,
            has_work=bool(self.waiting()),
            restored=self.recovered.at(height),
            now_ms=self.now_ms,
        )
        self.give(start)
        ahead = self.decided_ahead.pop(height, None)
        if ahead is not None:
            self.give(Received(ahead, self.agency, self.now_ms, self.now_ms))

    @property
    def parent(self) -> bytes:
        """Hash of the tip."""
        return self.disk.chain[-1][0].hash if self.disk.chain else GENESIS_HASH

    @property
    def parent_time_ms(self) -> int:
        """Time of the tip."""
        return self.disk.chain[-1][0].fields.time_ms if self.disk.chain else GENESIS_TIME_MS

    def carried(self) -> bytes:
        """Return the tip's certificate, as the next block carries it."""
        return certificates.encode(self.disk.chain[-1][1]) if self.disk.chain else b""

    def waiting(self) -> tuple[bytes, ...]:
        """Return the transactions that are known and not yet on the chain."""
        done = {t for block, _ in self.disk.chain for t in block.body.transactions}
        return tuple(t for t in self.cluster.transactions if t not in done)

    # inputs

    def give(self, input_: Input) -> None:
        """Give the engine an input and perform its effects in order."""
        effects = self.engine.handle(input_)
        self.journal.append((input_, effects))
        incarnation = self.incarnation
        for effect in effects:
            if self.incarnation != incarnation:
                return
            self.cluster.before_effect(self, effect)
            if self.incarnation != incarnation:
                return
            self.perform(effect)

    def receive(self, message: ConsensusMessage, sender: str) -> None:
        """Take a message from the network: the edge verifies, then the engine or the store."""
        if not self._is_genuine(message):
            return
        match message:
            case GetBody():
                block = store.find(self, message.hash)
                if block is not None:
                    answer = BlockBody(block.header, codec.encode(block.body))
                    self.cluster.send(self.agency, sender, answer)
            case GetCertificates():
                for block, certificate in self.disk.chain[message.first - 1 :][: message.count]:
                    self.cluster.send(self.agency, sender, Decided(block.header, certificate))
            case BlockBody():
                store.upon_body(self, message)
            case Decided() if message.certificate.height > self.height:
                self.decided_ahead.setdefault(message.certificate.height, message)
            case _:
                if isinstance(message, Proposal) and message.height == self.height + 1:
                    self._upon_parent_certificate(message, sender)
                self.give(Received(message, sender, self.now_ms, self.now_ms))

    def _is_genuine(self, message: ConsensusMessage) -> bool:
        height = getattr(message, "height", None)
        if isinstance(message, Decided):
            height = message.certificate.height
        if isinstance(message, EvidenceFound):
            height = message.first.height
        validators = self.cluster.validators_at(height or 1)
        try:
            checks = signatures_of(message, validators, CHAIN)
        except PeerFault:
            return False
        return all(self.cluster.keys.verify(c.public_key, c.signed, c.signature) for c in checks)

    def _upon_parent_certificate(self, message: Proposal, sender: str) -> None:
        try:
            certificate = certificates.decode(message.body.parent_certificate)
            validators = self.cluster.validators_at(certificate.height)
            checks = certificate_signatures(certificate, validators, CHAIN)
        except PeerFault:
            return
        if all(self.cluster.keys.verify(c.public_key, c.signed, c.signature) for c in checks):
            self.give(CertificateReceived(certificate, sender, self.now_ms))

    # effects

    def perform(self, effect: Effect) -> None:
        """Do what one effect asks for."""
        match effect:
            case Vote():
                self._vote(effect)
            case Send():
                self.cluster.broadcast(self.agency, effect.message, effect.to)
            case SendDecided():
                block, certificate = self.disk.chain[effect.height - 1]
                self.cluster.send(self.agency, effect.to, Decided(block.header, certificate))
            case StartTimer():
                self._start_timer(effect)
            case CancelTimers():
                self.timers.clear()
            case BuildBlock():
                self.later(1, lambda: store.build(self, effect))
            case CheckBlock():
                store.check(self, effect)
            case FetchCertificates():
                question = GetCertificates(effect.height, 64)
                self.cluster.broadcast(self.agency, question, effect.sources)
            case Decide():
                self.is_finalizing = True
                self.later(self.cluster.apply_ms, lambda: self._finalize(effect))
            case Evidence():
                self.evidence.append(effect.found)
                self.disk.log.append(codec.encode(EvidenceRecord(effect.found)))
                self.cluster.broadcast(self.agency, effect.found, ())
            case StopSigning():
                self.stopped_signing = True
            case Halt():
                self.halted = effect.reason
                self.crash()

    def later(self, delay_ms: int, act: object) -> None:
        """Do something later, unless the process died meanwhile."""
        incarnation = self.incarnation
        self.cluster.at(delay_ms, lambda: act() if self.incarnation == incarnation else None)

    def _start_timer(self, effect: StartTimer) -> None:
        key, token = (effect.kind, effect.height), object()
        self.timers[key] = token

        def fire() -> None:
            if self.timers.get(key) is token:
                self.give(TimerFired(effect.kind, effect.height, effect.round, self.now_ms))

        self.later(effect.delay_ms, fire)

    def _vote(self, effect: Vote) -> None:
        """Sign, append; when the sync is over send and feed back."""
        judgement = self.guard.judge(effect.message)
        if judgement.ruling is not Ruling.SIGN or self.stopped_signing:
            self.refusals.append(judgement.rule)
            return
        signed = self.cluster.keys.sign(self.agency, effect.message)
        self.guard.record(signed)
        lock = effect.lock if self.cluster.is_lock_kept else None
        self.disk.log.append(codec.encode(SignedRecord(codec.encode(signed), lock)))
        upto = len(self.disk.log)
        if self.cluster.is_synced_before_send:
            self.later(self.cluster.sync_ms(), lambda: self._synced(signed, effect.hash, upto))
        else:
            self._release(signed)
            self.later(self.cluster.sync_ms(), lambda: self._mark(signed, effect.hash, upto))

    def _synced(self, signed: SignedMessage, hash_: bytes, upto: int) -> None:
        if self.is_disk_broken:
            self.crash()
            return
        self._mark(signed, hash_, upto)
        self._release(signed)

    def _mark(self, signed: SignedMessage, hash_: bytes, upto: int) -> None:
        self.disk.synced = max(self.disk.synced, upto)
        if isinstance(signed, Proposal | Commit) and hash_ in self.disk.unsynced_bodies:
            self.disk.bodies[hash_] = self.disk.unsynced_bodies.pop(hash_)

    def _release(self, signed: SignedMessage) -> None:
        self.cluster.upon_release(self, signed)
        incarnation = self.incarnation
        self.cluster.broadcast(self.agency, signed, ())
        if self.incarnation == incarnation:
            self.give(Received(signed, self.agency, self.now_ms, self.now_ms))

    def _finalize(self, effect: Decide) -> None:
        """Apply the block in one durable step, then start the next height."""
        block = store.find(self, effect.hash)
        assert block is not None
        assert effect.height == self.tip + 1
        self.disk.chain.append((block, effect.certificate))
        self.disk.applied[block.hash] = block
        self.cluster.upon_applied(self, block, effect.certificate)
        for hash_ in list(self.disk.bodies):
            if self.disk.bodies[hash_].fields.height < self.tip - 4:
                del self.disk.bodies[hash_]
        self.is_finalizing = False
        self.guard.start_height(self.tip + 1)
        self.start_height()

    # quarantine

    def lose_votes(self) -> None:
        """Lose the vote log; the block store stays."""
        self.disk.log = [codec.encode(SignFromRecord(recovery.SIGN_FROM_UNKNOWN))]
        self.disk.synced = 1

    def set_sign_from(self, height: int) -> None:
        """Make the end of the quarantine durable."""
        self.disk.log.append(codec.encode(SignFromRecord(height)))
        self.disk.synced = len(self.disk.log)
        self.guard.quarantine(height)

    def submit(self) -> None:
        """A transaction arrived."""
        self.give(WorkAvailable(self.now_ms))
