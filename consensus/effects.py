"""What the engine wants done, in order.

Rule: every effect carries the height, and where they exist the round and the hash, from the moment
it is made; whoever performs it never asks for "current". The host performs effects strictly in
order; only a `Vote` may still be under way (its sync runs elsewhere) when later ones are performed,
and the next input may be handled meanwhile: the engine behaves as having signed.

Peers are named by agency id; an empty `to` or `sources` means all validators of the height.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias

from consensus.certificate import CommitCertificate, PreparedCertificate
from consensus.messages import BodyReference, ConsensusMessage, EvidenceFound, SignedMessage


class TimerKind(IntEnum):
    """The four timers of a height."""

    BLOCK = 1
    """The block interval is over."""
    HEARTBEAT = 2
    """An idle chain owes a block."""
    ROUND = 3
    """The round took too long."""
    RESEND = 4
    """Say again what is still undecided."""


@dataclass(frozen=True, slots=True)
class Vote:
    """Sign this, keep it (with its lock, one record), sync, send to all validators, feed back.

    A Proposal and a Commit need the block's body durable first. Consecutive votes of one batch of
    effects may share one sync. What the signing guard refuses is not sent and not fed back.
    """

    height: int
    """Height of the message."""
    round: int
    """Round of the message."""
    hash: bytes
    """Header hash it is about; of a RoundChange, that of the lock or zeros."""
    message: SignedMessage
    """Whole but for its signature (`UNSIGNED`)."""
    lock: PreparedCertificate | None
    """With a Commit, the lock that must be durable with it."""


@dataclass(frozen=True, slots=True)
class Send:
    """Send a message that needs no signing: an own durable one again, a question, an answer."""

    height: int
    """Height it is about."""
    round: int
    """Round it is about."""
    hash: bytes
    """Header hash it is about; empty when none."""
    message: ConsensusMessage
    """Complete."""
    to: tuple[str, ...]
    """Agency ids; empty for all validators of the height."""


@dataclass(frozen=True, slots=True)
class SendDecided:
    """Answer one who is behind with `Decided` of that height out of the store."""

    height: int
    """A decided height."""
    to: str
    """Agency id."""


@dataclass(frozen=True, slots=True)
class StartTimer:
    """Start a timer; one of the same kind and height is replaced."""

    kind: TimerKind
    """Which."""
    height: int
    """Comes back with `TimerFired`."""
    round: int
    """Comes back with `TimerFired`."""
    delay_ms: int
    """From now; 0 for at once."""


@dataclass(frozen=True, slots=True)
class CancelTimers:
    """The height is decided: forget its timers."""

    height: int
    """Of all timers to forget."""


@dataclass(frozen=True, slots=True)
class BuildBlock:
    """Build, execute and store a block; answer with `BlockBuilt`."""

    height: int
    """Height to build."""
    round: int
    """Round it is for; the answer counts only while the engine is in it."""


@dataclass(frozen=True, slots=True)
class CheckBlock:
    """Get the body, check and execute the block; answer with `BlockChecked`.

    Asked again for a hash under way, the sources are added and a header now known is used. A body
    reference that does not fit the header is no fault of the block: fetch the body by hash.
    """

    height: int
    """Height of the block."""
    round: int
    """Round of the question; comes back with the answer."""
    hash: bytes
    """Header hash."""
    header: bytes
    """Header bytes; empty when only the hash is known."""
    body: BodyReference | None
    """What the body is made of; None when only the hash is known."""
    fresh: bool
    """Whether `timely` of the answer will matter."""
    proposer: str
    """Asked as fresh: the agency that the header must name as proposer. Empty otherwise."""
    received_ms: int
    """Asked as fresh: when the proposal's frame arrived."""
    sources: tuple[str, ...]
    """Agency ids that should have the body, best first."""


@dataclass(frozen=True, slots=True)
class FetchCertificates:
    """Others are ahead: get certificates and bodies from this height up."""

    height: int
    """Lowest height missing."""
    sources: tuple[str, ...]
    """Agency ids that claim to be ahead; empty for all."""


@dataclass(frozen=True, slots=True)
class Decide:
    """The height is decided: finalize it, then start the next height. Once a height."""

    height: int
    """The decided height."""
    round: int
    """Round of the certificate."""
    hash: bytes
    """Header hash of the block, which was checked lawful."""
    certificate: CommitCertificate
    """Why."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A validator contradicted itself: keep, gossip, report. Never acted on automatically."""

    height: int
    """Height of both messages."""
    round: int
    """Round of the second message."""
    hash: bytes
    """Header hash of the second message."""
    signer: int
    """Index of the liar in the height's set."""
    found: EvidenceFound
    """The proof."""


@dataclass(frozen=True, slots=True)
class StopSigning:
    """Our key signed what we did not: a second instance or a stolen key. Sign nothing, alarm."""

    height: int
    """Height of the foreign message."""
    round: int
    """Round of the foreign message."""
    hash: bytes
    """Header hash it is about."""


@dataclass(frozen=True, slots=True)
class Halt:
    """A certified block is unlawful here: more than f liars, or our software differs. End."""

    height: int
    """Height of the block."""
    round: int
    """Round of its certificate."""
    hash: bytes
    """Header hash."""
    reason: str
    """Stable code."""


Effect: TypeAlias = (
    Vote
    | Send
    | SendDecided
    | StartTimer
    | CancelTimers
    | BuildBlock
    | CheckBlock
    | FetchCertificates
    | Decide
    | Evidence
    | StopSigning
    | Halt
)
