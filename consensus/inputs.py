"""What the world tells the engine.

Rule: each input is a fact about one moment; where time matters it carries `now_ms`, for the engine
reads no clock. Every signature inside a received message was verified before (`signatures_of`).
Peers are named by agency id, signers by index in the validator set of the message's height.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias

from consensus.certificate import CommitCertificate, PreparedCertificate
from consensus.effects import TimerKind
from consensus.messages import BodyReference, ConsensusMessage, SignedMessage
from consensus.timeouts import Timing
from consensus.validators import ValidatorSet


class Verdict(IntEnum):
    """What became of a `CheckBlock`."""

    LAWFUL = 1
    """Body in hand, executed, all roots fit, parent certificate valid."""
    UNLAWFUL = 2
    """Body in hand and fitting the header's roots, but the ledger refuses the block."""
    MISSING = 3
    """Header or body could not be had yet from any source asked."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What the vote log holds of ours for one height, after a restart."""

    messages: tuple[SignedMessage, ...]
    """Own signed messages of the height, in the order they were signed."""
    lock: PreparedCertificate | None
    """The highest lock of the height."""


@dataclass(frozen=True, slots=True)
class HeightStarted:
    """The block below is durable and applied: agree on this height."""

    height: int
    """Height to decide."""
    validators: ValidatorSet
    """Who votes at this height."""
    my_index: int | None
    """Own index in `validators`; None for a node without a vote."""
    parent_time_ms: int
    """Time in the parent's header."""
    timing: Timing
    """The ledger's timing at this height."""
    sign_from: int
    """First height this node may sign at; 0 when it never lost a vote."""
    has_work: bool
    """Whether a committable transaction or a due change waits."""
    restored: Restored | None
    """Own votes of this height out of the vote log; None when there are none."""
    now_ms: int
    """Now."""


@dataclass(frozen=True, slots=True)
class Received:
    """A message whose signatures are all valid; own votes come back the same way once durable."""

    message: ConsensusMessage
    """As decoded."""
    sender: str
    """Agency id of the link it came by; our own for own votes."""
    received_ms: int
    """When its frame arrived, before any queue."""
    now_ms: int
    """Now."""


@dataclass(frozen=True, slots=True)
class CertificateReceived:
    """A commit certificate from elsewhere than a Decided: a later block's body, or sync."""

    certificate: CommitCertificate
    """Every seal's signature is verified against the set of its height."""
    sender: str
    """Agency id of the link it came by."""
    now_ms: int
    """Now."""


@dataclass(frozen=True, slots=True)
class TimerFired:
    """A timer started by `StartTimer` is over; stale ones are ignored."""

    kind: TimerKind
    """Which."""
    height: int
    """As started."""
    round: int
    """As started."""
    now_ms: int
    """Now."""


@dataclass(frozen=True, slots=True)
class WorkAvailable:
    """The mempool has a transaction that can commit, or a change is due."""

    now_ms: int
    """Now."""


@dataclass(frozen=True, slots=True)
class WorkGone:
    """The mempool holds nothing any more that can commit."""

    now_ms: int
    """Now."""


@dataclass(frozen=True, slots=True)
class BlockBuilt:
    """The answer to `BuildBlock`: executed, lawful, body durable before this is told."""

    height: int
    """As asked."""
    round: int
    """As asked."""
    header: bytes
    """Header bytes of the new block."""
    body: BodyReference
    """What its body is made of."""
    now_ms: int
    """Now."""


@dataclass(frozen=True, slots=True)
class BlockChecked:
    """The answer to `CheckBlock`."""

    height: int
    """As asked."""
    round: int
    """As asked."""
    hash: bytes
    """As asked."""
    verdict: Verdict
    """The ledger's judgement."""
    timely: bool
    """Asked as fresh: its time fits `timeouts.is_timely` and the header's proposer is the one named
    in the question. Without meaning otherwise."""
    header: bytes
    """Header bytes when lawful; empty otherwise."""
    body: BodyReference | None
    """Body reference when lawful; None otherwise."""
    now_ms: int
    """Now."""


@dataclass(frozen=True, slots=True)
class PeerConnected:
    """A link to a member is up (again): it gets what it may have missed."""

    agency: str
    """Its agency id."""
    now_ms: int
    """Now."""


HeightInput: TypeAlias = (
    Received
    | CertificateReceived
    | TimerFired
    | WorkAvailable
    | WorkGone
    | BlockBuilt
    | BlockChecked
    | PeerConnected
)
"""What concerns the height under way."""
Input: TypeAlias = HeightStarted | HeightInput
