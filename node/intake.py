"""What becomes of each frame of a peer: checked at the edge, then handed to who it is for.

Rule: every signature inside a consensus message is verified here, once; what cannot matter is
dropped before that. Questions are answered out of the store, within the asker's budget. A fault
raised here costs the peer, never the node.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from consensus import certificate as certificates
from consensus.inputs import CertificateReceived, Input, PeerConnected, Received
from consensus.messages import (
    BlockBody,
    Commit,
    ConsensusMessage,
    Decided,
    EvidenceFound,
    GetBody,
    GetCertificates,
    GetProposal,
    GetVoteOfMine,
    Prepare,
    Proposal,
    RoundChange,
    SignedMessage,
    Status,
    VoteOfYours,
    header_hash,
)
from consensus.signatures import certificate_signatures, signatures_of
from consensus.validators import ValidatorSet
from ledger.schedule import AHEAD
from node.admission import Admission
from node.bodies import Bodies
from node.ground import Ground
from node.links import Session
from node.peers import Peers
from node.rejoining import Rejoining
from node.serving import Serving
from node.sync import Sync
from node.verdicts import VoteVerdicts
from node.wire import (
    BlocksEnd,
    FinalBlock,
    Frame,
    GetBlocks,
    GetTransactions,
    Hello,
    Priority,
    Standing,
    consensus_frame,
)
from primitives.errors import PeerFault

HEIGHTS_AHEAD: Final = AHEAD
"""Messages further ahead are only claims: whose vote counts there is not yet known."""


@dataclass(frozen=True, slots=True)
class Desks:
    """Whom frames are for."""

    admission: Admission
    """Transactions."""
    bodies: Bodies
    """Bodies."""
    serving: Serving
    """Questions."""
    rejoining: Rejoining
    """What peers tell of our own votes and of their heights."""
    sync: Sync
    """Final blocks and claims of height."""
    tell: Callable[[Input], None]
    """The engine's inputs."""


class Intake:
    """The node's `Receiver`.

    Args:
        ground: state and tasks.
        peers: who sent it, and who pays for faults.
        votes: signatures that were checked.
        desks: whom frames are for.
    """

    def __init__(self, ground: Ground, peers: Peers, votes: VoteVerdicts, desks: Desks) -> None:
        self._ground = ground
        self._peers = peers
        self._votes = votes
        self._desks = desks

    def connected(self, agency: str) -> None:
        """See `Receiver.connected`."""
        self._desks.rejoining.connected(agency)
        self._desks.sync.claims_changed()
        self._desks.tell(PeerConnected(agency, self._ground.now_ms()))

    def received(self, session: Session, frame: Frame, received_ms: int) -> None:
        """See `Receiver.received`."""
        desks, agency = self._desks, session.agency
        match frame:
            case list():
                desks.admission.received(frame, agency)
            case GetTransactions():
                desks.serving.transactions(session, frame)
            case GetBlocks():
                desks.serving.blocks(session, frame)
            case FinalBlock():
                desks.sync.block(agency, frame)
            case BlocksEnd():
                desks.sync.ended(agency, frame)
            case Standing():
                self._peers.claims(agency, frame.height, frame.connected)
                desks.sync.claims_changed()
            case Hello():
                raise PeerFault("hello.twice", "a link has one hello")
            case _:
                self._consensus(session, frame, received_ms)

    def _consensus(self, session: Session, message: ConsensusMessage, received_ms: int) -> None:
        desks = self._desks
        match message:
            case Proposal() | Prepare() | Commit() | RoundChange() | Decided() | EvidenceFound():
                self._signed(session.agency, message, received_ms)
            case Status() | GetProposal():
                self._tell(session.agency, message, received_ms)
            case GetBody() | GetCertificates() | GetVoteOfMine():
                desks.serving.question(session, message)
            case BlockBody():
                desks.bodies.offer(message.header, message.body)
            case VoteOfYours():
                desks.rejoining.answered(session.agency, message)

    def _signed(
        self,
        sender: str,
        message: SignedMessage | Decided | EvidenceFound,
        received_ms: int,
    ) -> None:
        """Verify all signatures, inline or by the worker; then let the message count."""
        height = _height_of(message)
        tip = self._ground.committed.tip.height
        if height > tip + HEIGHTS_AHEAD:
            self._claims(sender, height - 1)
            return
        if height < tip and not isinstance(message, Decided):
            return
        validators = self._ground.committed.validators(height)
        if isinstance(message, Decided):
            _check_sealed(message, validators)
        checks = signatures_of(message, validators, self._ground.committed.tip.chain)
        if self._votes.are_many(checks):
            self._ground.tasks.spawn(
                "verify votes", self._verify_many(sender, message, received_ms)
            )
        elif self._votes.all_good(checks):
            self._counts(sender, message, received_ms)
        else:
            raise PeerFault("consensus.bad_signature", "a signature in it is not good")

    async def _verify_many(
        self, sender: str, message: SignedMessage | Decided | EvidenceFound, received_ms: int
    ) -> None:
        """Do the same off the loop; this task is the node's, so a fault must not end it."""
        validators = self._ground.committed.validators(_height_of(message))
        checks = signatures_of(message, validators, self._ground.committed.tip.chain)
        if not await self._votes.all_good_by_worker(checks):
            self._peers.fault(sender, PeerFault("consensus.bad_signature"))
            return
        try:
            self._counts(sender, message, received_ms)
        except PeerFault as error:
            self._peers.fault(sender, error)

    def _counts(
        self,
        sender: str,
        message: SignedMessage | Decided | EvidenceFound,
        received_ms: int,
    ) -> None:
        """A message whose signatures are all good."""
        tip = self._ground.committed.tip.height
        if isinstance(message, Decided):
            self._decided(sender, message, received_ms)
            return
        if isinstance(message, EvidenceFound):
            self._tell(sender, message, received_ms)
            return
        validators = self._ground.committed.validators(message.height)
        signer = validators[message.signer].agency
        self._desks.serving.note_vote(signer, message)
        self._claims(sender, message.height - 1)
        if isinstance(message, Proposal) and message.height == tip + 2:
            self._certificate_inside(sender, message)
        self._tell(sender, message, received_ms)
        if signer == sender:
            for agency in self._peers.not_linked_to(signer):
                self._peers.send(agency, consensus_frame(message), Priority.CONSENSUS)

    def _decided(self, sender: str, message: Decided, received_ms: int) -> None:
        certificate = message.certificate
        self._desks.rejoining.proved(sender, certificate.height)
        self._claims(sender, certificate.height)
        if certificate.height == self._ground.committed.tip.height + 1:
            self._tell(sender, message, received_ms)

    def _certificate_inside(self, sender: str, proposal: Proposal) -> None:
        """A proposal of the height after ours carries the certificate of ours (R14)."""
        committed = self._ground.committed
        data = proposal.body.parent_certificate
        certificate = certificates.decode(data)
        if certificate.height != committed.tip.height + 1:
            return
        validators = committed.validators(certificate.height)
        if not certificates.is_sound(certificate, validators):
            return
        checks = certificate_signatures(certificate, validators, committed.tip.chain)
        if self._votes.all_good(checks):
            now_ms = self._ground.now_ms()
            self._desks.tell(CertificateReceived(certificate, sender, now_ms))

    def _claims(self, sender: str, height: int) -> None:
        self._peers.claims_at_least(sender, height)
        if height > self._ground.committed.tip.height:
            self._desks.sync.claims_changed()

    def _tell(self, sender: str, message: ConsensusMessage, received_ms: int) -> None:
        self._desks.tell(Received(message, sender, received_ms, self._ground.now_ms()))


def _check_sealed(message: Decided, validators: ValidatorSet) -> None:
    """Refuse what no signature could mend, before a signature is looked at.

    Raises:
        PeerFault: `certificate.no_quorum`.
    """
    certificate = message.certificate
    is_whole = certificate.hash == header_hash(message.header)
    if not is_whole or not certificates.is_sound(certificate, validators):
        raise PeerFault("certificate.no_quorum", "no quorum of distinct validators sealed it")


def _height_of(message: SignedMessage | Decided | EvidenceFound) -> int:
    match message:
        case Decided():
            return message.certificate.height
        case EvidenceFound():
            return message.first.height
        case _:
            return message.height
